"""Named faults are retried with growing pauses; bugs go through; a change is told once."""

import asyncio

import pytest
from structlog.testing import capture_logs

from gateway.supervision import Backoff, supervise


class WireCut(Exception):
    """A fault in the field."""


class Patient:
    """Runs that end as told; the pauses between them are noted and take no time."""

    def __init__(self, *ends: Exception | None) -> None:
        self._ends = iter(ends)
        self.runs = 0
        self.pauses: list[float] = []

    async def run(self) -> None:
        self.runs += 1
        end = next(self._ends)
        if end is not None:
            raise end

    async def pause(self, seconds: float) -> None:
        self.pauses.append(seconds)

    async def supervised(self, chance: float = 0.0) -> None:
        await supervise("bus", self.run, (WireCut,), chance=lambda: chance, pause=self.pause)


async def test_a_fault_is_retried_until_the_task_ends_well() -> None:
    patient = Patient(WireCut("port gone"), WireCut("port gone"), None)
    await patient.supervised()
    assert patient.runs == 3


async def test_pauses_double_from_half_a_second_to_a_minute_and_stay_there() -> None:
    patient = Patient(*[WireCut("port gone")] * 10, None)
    await patient.supervised()
    assert patient.pauses == [0.5, 1, 2, 4, 8, 16, 32, 60, 60, 60]


async def test_jitter_shortens_a_pause_by_no_more_than_half() -> None:
    patient = Patient(WireCut("port gone"), None)
    await patient.supervised(chance=1.0)
    assert patient.pauses == [0.25]


def test_a_pause_after_days_of_failures_is_still_a_number() -> None:
    assert Backoff().pause_s(10_000_000, 0.0) == 60


async def test_a_bug_is_not_retried() -> None:
    patient = Patient(KeyError("a bug"))
    with pytest.raises(KeyError):
        await patient.supervised()
    assert patient.runs == 1


async def test_the_same_fault_is_logged_once_and_its_repetitions_are_counted() -> None:
    with capture_logs() as lines:
        await Patient(*[WireCut("port gone")] * 4, WireCut("port taken"), None).supervised()
    assert lines == [
        {"event": "task_failed", "log_level": "warning", "task": "bus", "reason": "port gone", "failures": 1},
        {"event": "task_failed", "log_level": "warning", "task": "bus", "reason": "port taken", "failures": 5},
        {"event": "task_recovered", "log_level": "info", "task": "bus", "failures": 5},
    ]


async def test_after_a_good_stretch_the_pauses_start_over_and_the_recovery_is_told_while_it_runs() -> None:
    told_while_running: list[list[str]] = []
    runs = 0

    async def run() -> None:
        nonlocal runs
        runs += 1
        if runs == 3:
            # Longer than a good stretch, as this back-off sees it.
            await asyncio.sleep(0.3)
            told_while_running.append([line["event"] for line in lines])
        if runs < 5:
            raise WireCut("port gone")

    pauses: list[float] = []

    async def pause(seconds: float) -> None:
        pauses.append(seconds)

    with capture_logs() as lines:
        await supervise("bus", run, (WireCut,), Backoff(good_after_s=0.2), chance=lambda: 0.0, pause=pause)
    assert pauses == [0.5, 1.0, 0.5, 1.0]
    assert told_while_running == [["task_failed", "task_recovered"]]


async def test_cancelling_ends_it_at_once() -> None:
    started = asyncio.Event()

    async def run() -> None:
        started.set()
        await asyncio.Event().wait()

    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(supervise("bus", run, (WireCut,)))
        await started.wait()
        task.cancel()
    assert task.cancelled()
