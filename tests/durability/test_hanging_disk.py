"""A disk that takes writes and never answers: the loop goes on, and the process ends itself, telling where it stood."""

import os
import signal
from pathlib import Path

import pytest
from durability.mounted import recording_disk
from e2e.driving import bills_are_right, log_of, tap, until
from hwsim.demo import SITE
from hwsim.site_file import read_site
from hwsim.stage import READER_VARIABLE, set_stage

from gateway.watchdog import EXIT_STUCK

# What the service manager is said to have; the daemon gives up after two thirds of it.
PATIENCE_S = 24
WITHIN_S = 60.0


@pytest.mark.slow
@pytest.mark.timeout(240)
async def test_while_the_disk_hangs_a_driver_can_end_and_then_the_process_ends_with_last_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(READER_VARIABLE, "line")
    with recording_disk(tmp_path) as disk:
        async with set_stage(read_site(SITE), tmp_path / "stage") as stage:
            state_dir = f'state_dir = "{stage.directory / "state"}"'
            config = stage.config.read_text()
            assert state_dir in config
            stage.config.write_text(config.replace(state_dir, f'state_dir = "{disk.mount}"'))
            stage.gateway.environment["WATCHDOG_USEC"] = str(PATIENCE_S * 1_000_000)
            await stage.gateway.start()
            evse = stage.site.evses["EVSE-3"]
            evse.plug_in()
            await tap(stage)
            await until(lambda: evse.meter.counter_wh and evse.is_closed, "the contactor closes")

            os.kill(disk.pid, signal.SIGSTOP)
            try:
                await tap(stage)
                await until(lambda: not evse.is_closed, "the contactor opens on what is decided")
                await until(lambda: "event=stuck" in log_of(stage), "it is stuck", WITHIN_S)
            finally:
                os.kill(disk.pid, signal.SIGCONT)
            assert await stage.gateway.ended(WITHIN_S) == EXIT_STUCK
            last_words = log_of(stage).partition("event=stuck")[2]
            assert 'reason="the site has decided nothing for 16 s"' in last_words
            assert "gateway/journal/sqlite.py" in last_words
            assert "Timeout" not in log_of(stage)  # the interpreter's own last words: the loop was on time

            await stage.gateway.start()
            if evse.is_closed:  # the end was only decided: the driver sees the lamp and taps again
                await tap(stage)
            evse.unplug()
            await bills_are_right(stage, 1)
