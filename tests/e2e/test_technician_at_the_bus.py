"""A technician looks at the running gateway's buses: what answers, what is wrong with a meter, and every frame."""

import asyncio
import re
from pathlib import Path

import pytest
from e2e.driving import ask, log_of, nobody_saw_a_traceback, run, running_stage, until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120), pytest.mark.usefixtures("gateway_command")]


def with_a_wrong_model(config: str) -> str:
    wrong, changes = re.subn(r'"carlo-gavazzi-em340"', '"eastron-sdm630"', config)
    assert changes == 1
    return wrong


async def test_a_wrong_model_is_named_once_in_the_log_and_among_the_hints(tmp_path: Path) -> None:
    async with running_stage(tmp_path, with_a_wrong_model) as stage:
        await until(lambda: "event=meter_in_doubt" in log_of(stage), "the wrong model is noticed")
        (doubt,) = [line for line in log_of(stage).splitlines() if "event=meter_in_doubt" in line]
        assert 'set model = \\"carlo-gavazzi-em340\\"' in doubt
        buses = (await ask(stage, "bus", "stats"))["buses"]
        hints = [hint for bus in buses for hint in bus["hints"] if hint["cause"] == "meter_in_doubt"]
        assert [("carlo-gavazzi-em340" in hint["text"]) for hint in hints] == [True]
        troubles = [meter["trouble"] for meter in (await ask(stage, "meters"))["meters"] if meter["trouble"]]
        assert len(troubles) == 1
        nobody_saw_a_traceback(stage)


async def test_a_healthy_cabinet_shows_its_figures_no_hint_and_its_frames(tmp_path: Path) -> None:
    capture = tmp_path / "line.pcap"
    async with running_stage(tmp_path) as stage:
        status, output, _ = await run(
            "bus", "trace", "--pcap", str(capture), "--seconds", "3", "--config", str(stage.config)
        )
        assert status == 0
        assert int(output.split()[0]) > 10
        buses = (await ask(stage, "bus", "stats"))["buses"]
        devices = [device for bus in buses for device in bus["devices"]]
        assert all(device["replies"] > 0 and device["reply_p99_ms"] > 0 for device in devices)
        assert {hint["cause"] for bus in buses for hint in bus["hints"]} <= {"full_line"}  # hall is polled that often
        assert "meter_in_doubt" not in log_of(stage)
        status, _, complaint = await run("bus", "scan", stage.site.pty("hall").path, "--config", str(stage.config))
        assert status == 1
        assert "the running gateway uses" in complaint
        nobody_saw_a_traceback(stage)
    assert capture.stat().st_size > 1000


def with_a_meter_that_is_not_there(config: str) -> str:
    return config + '\n[meters.attic]\nbus = "hall"\nunit = 77\nmodel = "schneider-iem3155"\ntimeout_s = 2.0\n'


async def test_of_a_meter_that_is_not_there_it_is_said_that_it_does_not_reply_however_long(tmp_path: Path) -> None:
    async with running_stage(tmp_path, with_a_meter_that_is_not_there) as stage:
        told = [""]
        async with asyncio.timeout(90):
            while "left alone" not in told[-1]:
                meters = (await ask(stage, "meters"))["meters"]
                told += [one["trouble"] or "" for one in meters if one["name"] == "attic"]
        assert [one for one in told if one and not ("no reply" in one and "check its power, wiring" in one)] == []
        nobody_saw_a_traceback(stage)


async def test_a_models_file_that_cannot_be_read_does_not_keep_a_wrong_model_from_being_named(tmp_path: Path) -> None:
    def with_a_broken_file_beside(config: str) -> str:
        (tmp_path / "run" / "meters").mkdir()
        (tmp_path / "run" / "meters" / "half-written.toml").write_text('model = "half-wri')
        return with_a_wrong_model(config)

    async with running_stage(tmp_path, with_a_broken_file_beside) as stage:
        await until(lambda: "event=meter_in_doubt" in log_of(stage), "the wrong model is noticed")
        (left_out,) = [line for line in log_of(stage).splitlines() if "event=meter_model_left_out" in line]
        assert "half-written.toml" in left_out
        assert "carlo-gavazzi-em340" in log_of(stage)
        nobody_saw_a_traceback(stage)
