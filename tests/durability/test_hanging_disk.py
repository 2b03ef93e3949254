"""A disk that takes writes and never answers: the loop goes on, and the process ends itself, telling where it stood."""

import os
import signal
from pathlib import Path

import pytest
from durability.mounted import recording_disk
from e2e.driving import ask, bills_are_right, log_of, tap, until
from hwsim.demo import SITE
from hwsim.site import SimulatedEvse
from hwsim.site_file import read_site
from hwsim.stage import READER_VARIABLE, set_stage

from gateway.watchdog import EXIT_STUCK


async def charging(evse: SimulatedEvse) -> None:
    """Wait until energy flows, long enough for a second tap to be meant."""
    await until(lambda: evse.is_closed, "the contactor closes")
    began_wh = evse.meter.counter_wh
    await until(lambda: evse.meter.counter_wh >= began_wh + 10, "energy flows")


# What the service manager is said to have: a thread may then take longer than the stop of a session below.
WATCHDOG_S = 15
STOP_S = 5
WITHIN_S = 90.0
STARTED_WITHIN_S = 60.0


@pytest.mark.slow
@pytest.mark.timeout(240)
async def test_while_the_disk_hangs_drivers_can_end_and_sessions_do_and_then_the_process_ends_with_last_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(READER_VARIABLE, "line")
    with recording_disk(tmp_path) as disk:
        async with set_stage(read_site(SITE), tmp_path / "stage") as stage:
            config = stage.config.read_text()
            state_dir, rule = f'state_dir = "{stage.directory / "state"}"', "cdr_clock_wait_s = 0"
            assert state_dir in config
            assert rule in config
            config = config.replace(rule, f"{rule}\nstorage_lost_stop_s = {STOP_S}")
            stage.config.write_text(config.replace(state_dir, f'state_dir = "{disk.mount}"'))
            stage.gateway.environment["WATCHDOG_USEC"] = str(WATCHDOG_S * 1_000_000)
            await stage.gateway.start(STARTED_WITHIN_S)
            by_card, by_itself = stage.site.evses["EVSE-3"], stage.site.evses["EVSE-2"]
            by_card.plug_in()
            by_itself.plug_in()
            await tap(stage, reader="middle")
            await until(lambda: by_itself.is_closed, "the contactor closes")
            await tap(stage)
            await charging(by_card)

            os.kill(disk.pid, signal.SIGSTOP)  # most likely in the middle of what follows from the start
            try:
                await tap(stage)
                await until(lambda: not by_card.is_closed, "its contactor opens on what is decided")
                await until(lambda: "event=storage_lost" in log_of(stage), "the silence is noticed")
                await until(lambda: not by_itself.is_closed, "a session that cannot be written down ends")
                assert "has given no answer for 5 s" in log_of(stage)
                await until(lambda: "event=stuck" in log_of(stage), "the process gives up", WITHIN_S)
            finally:
                os.kill(disk.pid, signal.SIGCONT)
            assert await stage.gateway.ended(WITHIN_S) == EXIT_STUCK
            last_words = log_of(stage).partition("event=stuck")[2]
            assert 'reason="the thread of the journal has been at one piece of work for' in last_words
            assert "gateway/journal/sqlite.py" in last_words
            assert "Timeout" not in log_of(stage)  # the interpreter's own last words: the loop was on time

            await stage.gateway.start(STARTED_WITHIN_S)
            by_card.unplug()
            by_itself.unplug()
            await bills_are_right(stage, 2)


@pytest.mark.slow
@pytest.mark.timeout(240)
async def test_a_disk_that_answers_again_in_time_has_everything_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(READER_VARIABLE, "line")
    with recording_disk(tmp_path) as disk:
        async with set_stage(read_site(SITE), tmp_path / "stage") as stage:
            config, state_dir = stage.config.read_text(), f'state_dir = "{stage.directory / "state"}"'
            stage.config.write_text(config.replace(state_dir, f'state_dir = "{disk.mount}"'))
            await stage.gateway.start(STARTED_WITHIN_S)
            evse = stage.site.evses["EVSE-3"]
            for silences in (1, 2):
                evse.plug_in()
                await tap(stage)
                await charging(evse)
                os.kill(disk.pid, signal.SIGSTOP)
                try:
                    await tap(stage)
                    await until(lambda: not evse.is_closed, "its contactor opens on what is decided")
                    await until(lambda: log_of(stage).count("=storage_lost") == silences, "the silence is noticed")  # noqa: B023 - awaited here
                finally:
                    os.kill(disk.pid, signal.SIGCONT)
                await until(lambda: log_of(stage).count("=storage_healed") == silences, "it heals")  # noqa: B023 - awaited here
                evse.unplug()
                await bills_are_right(stage, silences)
            assert (await ask(stage, "replay"))["is_equal"]
            assert (await ask(stage, "verify"))["is_whole"]
            assert await stage.gateway.stop() == os.EX_OK
