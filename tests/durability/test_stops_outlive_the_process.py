"""A stop that no disk took is kept where the process' end does not reach it: its contactor does not close again."""

import errno
from pathlib import Path

import pytest
from durability.mounted import recording_disk
from e2e.driving import bills_are_right, log_of, tap, until
from hwsim.demo import SITE
from hwsim.site_file import read_site
from hwsim.stage import READER_VARIABLE, set_stage

from gateway.settings import STOPS_FILE

STARTED_WITHIN_S = 60.0


@pytest.mark.slow
@pytest.mark.timeout(240)
async def test_a_driver_who_stopped_on_an_ill_disk_pays_for_nothing_after_the_process_was_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(READER_VARIABLE, "line")
    with recording_disk(tmp_path) as disk:
        async with set_stage(read_site(SITE), tmp_path / "stage") as stage:
            state_dir, config = f'state_dir = "{stage.directory / "state"}"', stage.config.read_text()
            assert state_dir in config
            stage.config.write_text(config.replace(state_dir, f'state_dir = "{disk.mount}"'))
            await stage.gateway.start(STARTED_WITHIN_S)
            note = stage.directory / STOPS_FILE
            evse = stage.site.evses["EVSE-3"]
            evse.plug_in()
            await tap(stage)
            await until(lambda: evse.is_closed, "the contactor closes")
            began_wh = evse.meter.counter_wh
            await until(lambda: evse.meter.counter_wh >= began_wh + 10, "energy flows")

            disk.refuse(errno.EIO)
            await tap(stage)
            await until(lambda: not evse.is_closed, "its contactor opens on what is decided")
            counted_wh = evse.meter.counter_wh
            assert note.exists()
            await stage.gateway.kill()
            disk.accept()
            await stage.gateway.start(STARTED_WITHIN_S)
            await bills_are_right(stage, 1)

            assert not evse.is_closed
            assert evse.meter.counter_wh == counted_wh
            assert "event=session_resumed" not in log_of(stage)
            assert not note.exists()
