"""The real daemon on a machine that does not know the time: the wall clock it sees is moved under it."""

import asyncio
import shutil
import subprocess
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from e2e.driving import (
    PATIENCE_S,
    ask,
    bills_are_right,
    charge,
    log_of,
    nobody_saw_a_traceback,
    running_stage,
    until,
)
from hwsim.stage import Stage

SOURCE = Path(__file__).with_name("wrong_clock.c")
TO_1970_S = 86_400 - int(time.time())
SECOND = timedelta(seconds=1)

pytestmark = pytest.mark.slow


@pytest.fixture
def clock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file that says what the daemon's clock shows."""
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.fail("there is no C compiler; apt-get install gcc libc6-dev")
    library, file = tmp_path / "wrong_clock.so", tmp_path / "clock"
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", library, SOURCE], check=True)  # noqa: S603 - our own source
    show(file, offset_s=TO_1970_S, held=False)
    monkeypatch.setenv("WRONG_CLOCK", str(file))
    return file


def show(clock: Path, *, offset_s: int, held: bool) -> None:
    clock.write_text(f"{offset_s} {held:d}\n")


async def test_a_cdr_waits_for_the_time_and_goes_out_right_once_it_has_come(tmp_path: Path, clock: Path) -> None:
    preload = {"LD_PRELOAD": str(tmp_path / "wrong_clock.so")}
    edit = "cdr_clock_wait_s = 0", "cdr_clock_wait_s = 3600"
    async with running_stage(tmp_path, lambda config: config.replace(*edit), environment=preload) as stage:
        began = datetime.now(UTC)
        await charge(stage)
        ended = datetime.now(UTC)
        await until(lambda: "event=cdr_waits" in log_of(stage), "the log says that a CDR waits")
        status = await ask(stage, "status")
        waiting = [session for evse in status["evses"] for session in evse["waiting_cdrs"]]
        line = await _completed(stage)
        troubles = {backend["name"]: backend["trouble"] for backend in status["backends"]}
        assert (len(waiting), waiting) == (1, [line["session_id"]])
        assert (line["cdr_waits"], line["session"]["start_date_time"][:4]) == (True, "1970")
        assert len(troubles) == 2
        for trouble in troubles.values():
            assert "not yet valid, more likely this machine's clock is wrong: check `timedatectl`" in trouble
        assert not await ask(stage, "cdrs")

        show(clock, offset_s=0, held=True)

        await bills_are_right(stage, 1)
        (line,) = await ask(stage, "cdrs")
        cdr = line["cdr"]
        assert began - SECOND <= datetime.fromisoformat(cdr["start_date_time"]) <= ended
        assert began <= datetime.fromisoformat(cdr["end_date_time"]) <= ended + SECOND
        assert "synchronised" not in cdr["remark"]
        story = await ask(stage, "explain", waiting[0])
        assert not story["cdr_waits"]
        assert {event["at"][:4] for event in story["events"]} == {cdr["start_date_time"][:4]}
        for account in (await ask(stage, "ledger")).values():
            assert (account["since"][:4], account["balances"]) == (cdr["start_date_time"][:4], True)
        assert log_of(stage).count("event=cdr_waits") == 1
        nobody_saw_a_traceback(stage)


async def _completed(stage: Stage) -> Any:
    """Return the only session once it stands as completed on the disk: an end waits a moment for company."""
    async with asyncio.timeout(PATIENCE_S):
        while (line := (await ask(stage, "sessions"))[0])["status"] != "COMPLETED":
            pass  # each look runs a command, which takes its time
    return line


async def test_a_cdr_that_has_waited_in_vain_goes_out_and_says_so(tmp_path: Path, clock: Path) -> None:
    show(clock, offset_s=0, held=False)
    preload = {"LD_PRELOAD": str(tmp_path / "wrong_clock.so")}
    edit = "cdr_clock_wait_s = 0", "cdr_clock_wait_s = 6"
    async with running_stage(tmp_path, lambda config: config.replace(*edit), environment=preload) as stage:
        await charge(stage)
        await until(lambda: "event=cdr_waits" in log_of(stage), "the log says that a CDR waits")
        await stage.gateway.kill()
        await stage.gateway.start()
        await bills_are_right(stage, 1)
        (line,) = await ask(stage, "cdrs")
        assert line["cdr"]["remark"].endswith("start and end by a clock that was not synchronised")
        nobody_saw_a_traceback(stage)
