"""Waits after failures: they grow, they end at the cap, they spread, and they honour the backend's wish."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.uplink.backoff import Backoff

CHANCE = st.floats(min_value=0, max_value=1, exclude_max=True)
FAILURES = st.integers(min_value=1, max_value=10**9)


@given(FAILURES, CHANCE)
def test_a_wait_is_never_nothing_and_never_above_the_cap(failures: int, chance: float) -> None:
    assert 0.5 <= Backoff(base_s=1, cap_s=60).wait_s(failures, chance) <= 60


@given(FAILURES, CHANCE)
def test_one_more_failure_never_makes_the_wait_shorter(failures: int, chance: float) -> None:
    backoff = Backoff()

    assert backoff.wait_s(failures, chance) <= backoff.wait_s(failures + 1, chance)


@given(FAILURES, CHANCE, st.integers(min_value=0, max_value=3600))
def test_what_the_backend_asked_for_is_the_least(failures: int, chance: float, retry_after_s: int) -> None:
    assert Backoff().wait_s(failures, chance, retry_after_s) >= retry_after_s


@pytest.mark.parametrize(("failures", "least", "most"), [(1, 0.5, 1), (2, 1, 2), (4, 4, 8), (7, 30, 60), (500, 30, 60)])
def test_waits_double_and_half_of_each_is_chance(failures: int, least: float, most: float) -> None:
    backoff = Backoff(base_s=1, cap_s=60)

    assert backoff.wait_s(failures, 0.0) == least
    assert backoff.wait_s(failures, 0.999999) == pytest.approx(most, rel=1e-4)
