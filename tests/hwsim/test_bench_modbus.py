"""The Modbus measurements in short: they run, they find the faults in a client that has them, and none in ours."""

import pytest
from hwsim.bad_wire import Mode
from hwsim.bench_adversary import MIXED, OURS, THEIRS, Style, measure_adversary
from hwsim.bench_bus import measure_line
from hwsim.bench_poll import measure_polls

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("mode", [*Mode, MIXED])
async def test_ours_hands_out_nothing_wrong_or_old_over_any_bad_wire(mode: str) -> None:
    tally, _ = await measure_adversary(OURS, str(mode), Style.EQUAL, 1200)

    assert tally.fired > 0
    assert (tally.wrong, tally.stale) == (0, 0)
    assert tally.good > tally.reads // 2


async def test_a_client_that_matches_on_the_unit_alone_takes_old_and_foreign_answers() -> None:
    tally, _ = await measure_adversary(THEIRS, str(Mode.LATE), Style.EQUAL, 2400)

    assert tally.wrong + tally.stale > 0


async def test_ours_sends_nothing_into_the_silence_between_frames() -> None:
    fullness = await measure_line(OURS, 115_200, 4, 2.0)

    assert fullness.polls == fullness.requests > 0
    assert fullness.early == 0
    assert 0 < fullness.share <= 1


@pytest.mark.parametrize("kind", ["ours", "pymodbus"])
async def test_what_a_poll_costs_is_measured_in_a_process_of_its_own(kind: str) -> None:
    cost = await measure_polls(kind, 20, 200)

    assert cost.cpu_us > 0
    assert cost.resident > 0
