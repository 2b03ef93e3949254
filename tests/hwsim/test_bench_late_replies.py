"""The late-reply measurement: it shows the fault in a client that has it, and none in ours."""

import pytest
from hwsim.bench_late import measure_ours, measure_pymodbus

pytestmark = pytest.mark.slow

READS = 800


async def test_ours_hands_out_no_wrong_value_however_many_replies_come_late() -> None:
    tally = await measure_ours(READS)
    assert (tally.reads, tally.wrong) == (READS, 0)
    # Every late reply was told as a failed read, and nearly all the others were right.
    assert 0 < tally.late <= tally.refused < READS // 10


async def test_a_client_that_matches_on_the_unit_alone_hands_out_wrong_ones() -> None:
    tally = await measure_pymodbus(READS)
    assert tally.late > 0
    # Hundreds on a quiet machine; a stall of a busy one puts such a client right again.
    assert tally.wrong > 0
