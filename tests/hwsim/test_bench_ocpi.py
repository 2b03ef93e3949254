"""The OCPI bench measures what it says: the same page from both servers, and work that is done."""

import pytest
from hwsim.bench_ocpi import measure_page, run_figure

pytestmark = pytest.mark.slow


async def test_both_servers_are_asked_for_the_same_page() -> None:
    ours, bare, size = await measure_page(seconds=0.2)
    assert min(ours.per_s, bare.per_s) > 0
    assert size > 100 * 1000, "a hundred CDRs are no smaller"


async def test_cards_are_decided_on_and_bills_are_priced() -> None:
    p50_ms, p99_ms = await run_figure("ocpi_work.py", "decide", "1000", "100")
    assert 0 < p50_ms <= p99_ms
    (per_s,) = await run_figure("ocpi_work.py", "price", "3")
    assert per_s > 0
