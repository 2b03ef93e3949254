"""A clock for simulated energy that a test turns by hand."""

from hwsim.car import Load

SECOND = 1_000_000_000


class Stopwatch:
    """Nanoseconds that pass when the test says so."""

    def __init__(self) -> None:
        self._now = 0

    def __call__(self) -> int:
        return self._now

    def passes(self, seconds: float) -> None:
        self._now += round(seconds * SECOND)


def energy_wh(load: Load) -> int:
    """What has flowed so far."""
    return load.flow().energy_wh
