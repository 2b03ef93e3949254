"""What goes wrong on site is one clear line with its remedy, heals where it can, and loses no fact."""

import fcntl
import os
import re
from pathlib import Path

import pytest
from e2e.driving import ask, bills_are_right, charge, log_of, nobody_saw_a_traceback, run, running_stage, tap, until
from hwsim.ocpi_peer_conduct import Conduct, Mode
from hwsim.stage import Stage
from hwsim.tls import CertificateAuthority, Flaw

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120), pytest.mark.usefixtures("gateway_command")]


def lines_about(stage: Stage, event: str) -> list[str]:
    return [line for line in log_of(stage).splitlines() if f"event={event}" in line]


async def trouble_of(stage: Stage, backend: str) -> str:
    status = await ask(stage, "status")
    (found,) = [each for each in status["backends"] if each["name"] == backend]
    return str(found["trouble"])


async def test_a_malformed_configuration_is_every_mistake_in_one_line_each_and_exit_2(tmp_path: Path) -> None:
    config = tmp_path / "gateway.toml"
    config.write_text('tokens_file = "nowhere.json"\n[site]\ncountry_code = "SWE"\ncolour = "red"\n')
    for words in (("check-config",), ("run",)):
        status, output, complaint = await run(*words, "--config", str(config))
        said = output + complaint
        assert status == 2
        assert "Traceback" not in said
        for place in ("tokens_file", "site.country_code", "site.colour", "site.time_zone", "evses"):
            assert place in said


async def test_a_configuration_that_is_no_toml_is_one_line(tmp_path: Path) -> None:
    config = tmp_path / "gateway.toml"
    config.write_text("[site\n")
    status, output, complaint = await run("run", "--config", str(config))
    assert status == 2
    assert len((output + complaint).strip().splitlines()) == 1
    assert "line 1" in output + complaint


async def test_a_wrong_serial_port_is_named_and_the_other_bus_works(tmp_path: Path) -> None:
    def misspell(config: str) -> str:
        return re.sub(r'device = ".*/hall"', 'device = "/dev/serial/by-id/usb-nothing"', config)

    async with running_stage(tmp_path, misspell) as stage:
        await charge(stage)
        await bills_are_right(stage, 1)
        await until(lambda: lines_about(stage, "meter_lost"), "the meters on the wrong port are lost")
        meters = await ask(stage, "meters")
        troubles = [meter["trouble"] for meter in meters["meters"] if meter["bus"] == "hall"]
        assert all("/dev/serial/by-id/usb-nothing" in trouble for trouble in troubles)
        # Logged as a change, not at every poll.
        assert len(lines_about(stage, "meter_lost")) == len(troubles)
        nobody_saw_a_traceback(stage)


async def test_a_port_that_another_process_holds_is_named_with_its_holder_and_taken_when_it_is_free(
    tmp_path: Path,
) -> None:
    async with running_stage(tmp_path) as stage:
        await stage.gateway.stop()
        holder = os.open(stage.site.pty("hall").path, os.O_RDWR | os.O_NOCTTY)
        try:
            fcntl.flock(holder, fcntl.LOCK_EX)
            await stage.gateway.start()
            await until(lambda: lines_about(stage, "meter_lost"), "the port is taken")
            assert str(os.getpid()) in lines_about(stage, "meter_lost")[0]
        finally:
            os.close(holder)
        await until(lambda: lines_about(stage, "meter_found"), "the port is taken back")
        nobody_saw_a_traceback(stage)


async def test_a_daemon_that_is_stopped_as_soon_as_it_runs_has_nothing_to_complain_about(tmp_path: Path) -> None:
    async with running_stage(tmp_path) as stage:
        for _ in range(5):
            assert await stage.gateway.stop() == 0
            await stage.gateway.start()
        words = [line for line in log_of(stage).splitlines() if not line.startswith("at=")]
        assert words == []


async def test_a_broker_that_refuses_our_password_is_told_once_and_gets_everything_after_the_mend(
    tmp_path: Path,
) -> None:
    def confuse(config: str) -> str:
        return config.replace("broker.password", "wrong.password")

    async with running_stage(tmp_path, str) as stage:
        await stage.gateway.stop()
        password = stage.directory / "wrong.password"
        password.write_text("not this one")
        password.chmod(0o600)
        stage.config.write_text(confuse(stage.config.read_text()))
        await stage.gateway.start()
        await charge(stage)
        assert "password_file" in await trouble_of(stage, "broker")
        password.write_text((stage.directory / "broker.password").read_text())
        await bills_are_right(stage, 1)
        nobody_saw_a_traceback(stage)


async def test_a_certificate_that_is_not_yet_valid_is_explained_as_a_wrong_clock(tmp_path: Path) -> None:
    async with running_stage(tmp_path) as stage:
        await stage.gateway.stop()
        await stage.peer.stop()
        authority = CertificateAuthority(stage.directory / "early-ca")
        stage.peer.use_certificate(authority.issue("early", Flaw.NOT_YET_VALID).context())
        await stage.peer.start()
        right_ca = (stage.directory / "ca" / "ca.pem").read_bytes()
        (stage.directory / "ca" / "ca.pem").write_bytes(right_ca + authority.ca_file.read_bytes())
        await stage.gateway.start()
        await charge(stage)
        trouble = await trouble_of(stage, "emsp")
        assert "not yet valid" in trouble
        assert "clock" in trouble
        await stage.peer.stop()
        stage.peer.use_certificate(authority.issue("good").context())
        await stage.peer.start()
        await bills_are_right(stage, 1)
        nobody_saw_a_traceback(stage)


async def test_a_peer_that_answers_html_is_waited_out(tmp_path: Path) -> None:
    async with running_stage(tmp_path) as stage:
        await stage.peer.behave(Conduct(Mode.HTML))
        await charge(stage)
        await until(lambda: lines_about(stage, "uplink_in_trouble"), "the trouble is told")
        assert "a web page" in await trouble_of(stage, "emsp")
        await stage.peer.behave(Conduct(Mode.ACCEPT))
        await bills_are_right(stage, 1)
        nobody_saw_a_traceback(stage)


async def test_a_lost_reply_is_answered_with_the_same_bytes_again(tmp_path: Path) -> None:
    async with running_stage(tmp_path) as stage:
        await stage.peer.behave(Conduct(Mode.LOSE_REPLY, times=4))
        await charge(stage)
        await bills_are_right(stage, 1)
        nobody_saw_a_traceback(stage)


async def test_a_killed_daemon_goes_on_with_the_session_and_bills_it_once(tmp_path: Path) -> None:
    async with running_stage(tmp_path) as stage:
        evse = stage.site.evses["EVSE-3"]
        evse.plug_in()
        await tap(stage)
        await until(lambda: evse.is_closed, "the contactor closes")
        await stage.gateway.kill()
        assert evse.is_closed, "the relay holds while nobody watches"
        await stage.gateway.start()
        await until(lambda: lines_about(stage, "ready")[1:], "the daemon is back")
        sessions = await ask(stage, "sessions")
        await until(lambda: evse.meter.counter_wh >= 98_765_430 + 30, "energy flows")
        await tap(stage)
        await until(lambda: not evse.is_closed, "the contactor opens")
        await bills_are_right(stage, 1)
        (cdr,) = stage.peer.shelf.cdrs.values()
        assert [session["session_id"] for session in sessions] == [cdr.value["session_id"]]
        status_code, output, _ = await run("replay", "--config", str(stage.config))
        assert status_code == 0, output
        nobody_saw_a_traceback(stage)
