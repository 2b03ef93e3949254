"""Reload, restart and stop in the middle of a session: what the relay's coil did is the judge."""

import asyncio
import json
import os
import re
import signal
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from e2e.driving import ask, bills_are_right, log_of, nobody_saw_a_traceback, running_stage, tap, until
from hwsim.relay_board import RelayBoard
from hwsim.stage import Stage

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120), pytest.mark.usefixtures("gateway_command")]

EVSE = "EVSE-3"
STRANGER = "04AABBCCDD1122"
STOPS_WITHIN_S = 10.0


@dataclass
class Coil:
    """What the relay of an EVSE did, each change as it came."""

    moves: list[bool] = field(default_factory=list)

    def note(self, _coil: int, on: bool, _at: float) -> None:  # noqa: FBT001 - the board calls it so
        self.moves.append(on)


def coil_of(stage: Stage) -> Coil:
    board, coil = stage.site.evses[EVSE].controller, Coil()
    assert isinstance(board, RelayBoard)
    board.listeners.append(coil.note)
    return coil


async def begin_charging(stage: Stage) -> None:
    stage.site.evses[EVSE].plug_in()
    await tap(stage)
    await until(lambda: stage.site.evses[EVSE].is_closed, "the contactor closes")
    await energy_flows(stage)


async def energy_flows(stage: Stage, evse: str = EVSE) -> None:
    meter = stage.site.evses[evse].meter
    began_wh = meter.counter_wh
    await until(lambda: meter.counter_wh >= began_wh + 10, "energy flows")


async def end_charging(stage: Stage) -> None:
    await tap(stage)
    await until(lambda: not stage.site.evses[EVSE].is_closed, "the contactor opens")


async def reload(stage: Stage) -> str:
    """Reload as `systemctl reload` does; return what the daemon said of it."""
    before = len(log_of(stage))
    os.kill(stage.gateway.pid, signal.SIGHUP)
    await until(lambda: "event=reload" in log_of(stage)[before:], "the daemon reloads")
    await until(lambda: log_of(stage)[before:].endswith("\n"), "the line is whole")
    ends = ("event=reloaded", "event=reload_refused")
    await until(lambda: any(end in log_of(stage)[before:] for end in ends), "the reload ends")
    return log_of(stage)[before:]


async def watched_again(stage: Stage) -> None:
    """Wait until the new process has seen the contactor and has had the time for a wrong move."""
    await energy_flows(stage)
    await energy_flows(stage)


async def test_a_new_card_charges_after_a_reload_and_the_session_beside_it_goes_on(tmp_path: Path) -> None:
    async with running_stage(tmp_path) as stage:
        coil = coil_of(stage)
        await begin_charging(stage)
        await tap(stage, STRANGER, "middle")
        await until(lambda: "event=card_refused" in log_of(stage), "the stranger is refused")

        tokens = stage.config.with_name("tokens.json")
        listed = json.loads(tokens.read_text())
        tokens.write_text(json.dumps([*listed, {**listed[0], "uid": STRANGER, "contract_id": "NLEMSC99999999"}]))
        stage.config.write_text(stage.config.read_text().replace("idle_end_s = 15", "idle_end_s = 16"))
        said = await reload(stage)

        assert "event=reload_applied item=tokens_file" in said
        assert "event=reload_applied item=rules.idle_end_s" in said
        stage.site.evses["EVSE-2"].plug_in()
        await tap(stage, STRANGER, "middle")
        await until(lambda: stage.site.evses["EVSE-2"].is_closed, "the stranger is known now")
        assert coil.moves == [True]
        await energy_flows(stage, "EVSE-2")
        await tap(stage, STRANGER, "middle")
        await end_charging(stage)
        await bills_are_right(stage, 2)
        nobody_saw_a_traceback(stage)


async def test_what_cannot_be_reloaded_is_one_line_each_and_a_broken_configuration_changes_nothing(
    tmp_path: Path,
) -> None:
    async with running_stage(tmp_path) as stage:
        right = stage.config.read_text()
        stage.config.write_text(
            right.replace("baud = 9600", "baud = 19200").replace("idle_end_s = 15", "idle_end_s = 17")
        )
        said = await reload(stage)
        assert said.count("event=reload_needs_restart") == 1
        assert "item=buses.hall.baud" in said
        assert "systemctl restart ocpi-gateway" in said
        assert "event=reload_applied item=rules.idle_end_s" in said

        stage.config.write_text(right.replace('model = "abb-b23"', 'model = "abb-b32"').replace("[rules]", "[rulez]"))
        said = await reload(stage)
        assert said.count("event=reload_refused") >= 2
        assert "did you mean" in said, "the remedy stands there"
        assert "event=reload_applied" not in said

        # It is still the configuration before: the two that were applied are no news.
        stage.config.write_text(right)
        said = await reload(stage)
        assert "event=reload_applied item=rules.idle_end_s" in said
        assert "event=reload_needs_restart" not in said
        nobody_saw_a_traceback(stage)


async def test_a_backend_that_a_reload_adds_gets_the_next_bill_and_one_it_removes_gets_none(tmp_path: Path) -> None:
    async with running_stage(tmp_path) as stage:
        right = stage.config.read_text()
        without = re.sub(
            r"^\[backends\.emsp[\].].*?(?=^\[(?!backends\.emsp))", "", right, flags=re.MULTILINE | re.DOTALL
        )
        assert without.count("[backends.") < right.count("[backends.")
        stage.config.write_text(without)
        said = await reload(stage)
        assert "event=reload_applied item=backends.emsp" in said
        assert len((await ask(stage, "status"))["backends"]) == 1

        stage.config.write_text(right)
        await reload(stage)
        assert len((await ask(stage, "status"))["backends"]) == 2
        await begin_charging(stage)
        await end_charging(stage)
        await bills_are_right(stage, 1)
        nobody_saw_a_traceback(stage)


async def test_a_restart_moves_no_relay_and_the_session_goes_on(tmp_path: Path) -> None:
    async with running_stage(tmp_path) as stage:
        coil = coil_of(stage)
        await begin_charging(stage)

        async with asyncio.timeout(STOPS_WITHIN_S):
            assert await stage.gateway.stop() == 0
        await energy_flows(stage)
        await stage.gateway.start()
        await watched_again(stage)

        assert coil.moves == [True], "closed once, and never touched by stop and start"
        await end_charging(stage)
        assert coil.moves == [True, False]
        await bills_are_right(stage, 1)


async def test_a_site_that_wants_it_has_its_contactors_open_before_the_stop_has_ended(tmp_path: Path) -> None:
    async with running_stage(tmp_path, lambda config: f'on_stop = "open"\n{config}') as stage:
        coil = coil_of(stage)
        await begin_charging(stage)

        async with asyncio.timeout(STOPS_WITHIN_S):
            assert await stage.gateway.stop() == 0
        assert coil.moves == [True, False]
        assert not stage.site.evses[EVSE].is_closed
        assert "event=contactors_opened" in log_of(stage)

        await stage.gateway.start()
        await until(lambda: stage.site.evses[EVSE].is_closed, "the session goes on")
        await energy_flows(stage)
        assert coil.moves == [True, False, True]
        await end_charging(stage)
        await bills_are_right(stage, 1)
        nobody_saw_a_traceback(stage)


async def test_a_pillar_with_control_pilot_is_open_too_before_the_stop_has_ended(tmp_path: Path) -> None:
    async with running_stage(tmp_path, lambda config: f'on_stop = "open"\n{config}') as stage:
        pillar = stage.site.evses["EVSE-1"]
        pillar.plug_in()
        await tap(stage, reader="left")
        await until(lambda: pillar.is_closed, "the contactor closes")
        await energy_flows(stage, "EVSE-1")

        async with asyncio.timeout(STOPS_WITHIN_S):
            assert await stage.gateway.stop() == 0
        assert not pillar.is_closed
        assert "event=contactors_opened" in log_of(stage)


async def test_a_contactor_that_does_not_open_is_named_and_the_stop_still_ends_in_time(tmp_path: Path) -> None:
    async with running_stage(tmp_path, lambda config: f'on_stop = "open"\n{config}') as stage:
        board = stage.site.evses[EVSE].controller
        assert isinstance(board, RelayBoard)
        await begin_charging(stage)
        board.stick(0)

        async with asyncio.timeout(STOPS_WITHIN_S):
            assert await stage.gateway.stop() == 0
        (line,) = [line for line in log_of(stage).splitlines() if "event=contactors_not_seen_open" in line]
        assert f"evses={EVSE}" in line
