import os
import subprocess
import time
from pathlib import Path

import pytest

RESTART_DELAY = Path(__file__).resolve().parents[2] / "systemd" / "restart-delay"


class Machine:
    """The script's surroundings: systemd's variables, and a `sleep` that only tells for how long."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        sleep = folder / "sleep"
        sleep.write_text('#!/bin/sh\necho "slept $1"\n')
        sleep.chmod(0o755)

    def end(self, result: str) -> None:
        self._run("count", SERVICE_RESULT=result)

    def seconds_before_the_start(self) -> int:
        return int(self._run("wait").split()[-1])

    def _run(self, word: str, **variables: str) -> str:
        path = f"{self.folder}:{os.environ['PATH']}"
        environment = {"PATH": path, "RUNTIME_DIRECTORY": str(self.folder), **variables}
        done = subprocess.run([RESTART_DELAY, word], env=environment, capture_output=True, text=True, check=True)  # noqa: S603 - ours
        assert done.stderr == ""
        return done.stdout


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_the_first_start_and_the_first_failure_cost_nothing(machine: Machine) -> None:
    assert machine.seconds_before_the_start() == 0
    machine.end("signal")
    assert machine.seconds_before_the_start() == 0


def test_each_further_failure_waits_longer_up_to_a_minute_with_restart_sec(machine: Machine) -> None:
    waits = []
    for _ in range(8):
        machine.end("exit-code")
        waits.append(machine.seconds_before_the_start())

    assert waits == [0, 2, 6, 14, 30, 58, 58, 58]


def test_an_orderly_stop_forgets_the_failures(machine: Machine) -> None:
    for _ in range(5):
        machine.end("watchdog")
    machine.end("success")

    assert machine.seconds_before_the_start() == 0


def test_failures_are_forgotten_after_a_good_quarter_of_an_hour(machine: Machine) -> None:
    for _ in range(5):
        machine.end("signal")
    before = time.time() - 16 * 60
    os.utime(machine.folder / "failures", (before, before))

    assert machine.seconds_before_the_start() == 0
    machine.end("signal")
    assert (machine.folder / "failures").read_text() == "1\n"
