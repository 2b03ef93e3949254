"""Software that we did not write is our peer: a published OCPI implementation plays the eMSP, from handshake to CDR."""

from pathlib import Path
from typing import Any

import pytest
from e2e.driving import nobody_saw_a_traceback, running_stage, tap, until
from e2e.foreign_emsp import SECTIONS, a_token, foreign_emsp
from roaming import free_port

pytestmark = pytest.mark.slow

CARD = "04C0FFEE123456"
CPO, LOCATION = ("SE", "HWS"), "SIMULATED-1"
# The library writes every id in capitals.
EVSE, READER = "EVSE-1", "left"  # the one with a control pilot: a session may wait for its vehicle


@pytest.mark.timeout(180)
@pytest.mark.parametrize("patch_mode", ["replaces", "appends"])
async def test_a_foreign_driver_charges_and_is_billed_at_home(
    tmp_path: Path, repository: Path, patch_mode: str
) -> None:
    port = await free_port()
    async with (
        foreign_emsp(repository, tmp_path, patch_mode) as emsp,
        running_stage(tmp_path, lambda config: config + SECTIONS.format(port=port)) as stage,
    ):
        await emsp.is_registered_at(stage)
        pushed = await emsp.hand_out(a_token(CARD))
        [answer] = pushed["receiver_responses"]
        # 200 where the gateway, which reads the list of a new peer, was faster than the push.
        assert answer["status_code"] in {200, 201}
        assert answer["response"]["status_code"] == 1000

        evse = stage.site.evses[EVSE]
        began_wh = evse.meter.counter_wh
        await tap(stage, CARD, READER)
        await emsp.until(lambda seen: statuses_in(seen) == ["PENDING"], "the session is pending")
        evse.plug_in()
        await until(lambda: evse.meter.counter_wh >= began_wh + 10, "energy flows")
        await emsp.until(lambda seen: statuses_in(seen) == ["PENDING", "ACTIVE"], "the session is active")
        await tap(stage, CARD, READER)
        await emsp.until(lambda seen: statuses_in(seen) == ["PENDING", "ACTIVE", "COMPLETED"], "it is completed")
        await emsp.until(lambda seen: seen["objects"].get("cdrs"), "the CDR is there")

        seen = await emsp.seen()
        [session], [cdr] = seen["objects"]["sessions"].values(), seen["objects"]["cdrs"].values()
        assert len(seen["states"]["cdrs"][cdr["id"]]) == 1
        assert (cdr["session_id"], cdr["total_energy"]) == (session["id"], session["kwh"])
        assert cdr["total_energy"] == (evse.meter.counter_wh - began_wh) / 1000
        assert cdr["charging_periods"] == session["charging_periods"]
        assert cdr["cdr_token"]["uid"] == CARD
        nobody_saw_a_traceback(stage)


@pytest.mark.timeout(180)
async def test_the_foreign_provider_is_asked_about_a_card_and_starts_and_stops_by_command(
    tmp_path: Path, repository: Path
) -> None:
    port = await free_port()
    async with (
        foreign_emsp(repository, tmp_path, "replaces") as emsp,
        running_stage(tmp_path, lambda config: config + SECTIONS.format(port=port)) as stage,
    ):
        await emsp.is_registered_at(stage)
        evse = stage.site.evses[EVSE]

        await emsp.hand_out(a_token(CARD, whitelist="NEVER"))
        await tap(stage, CARD, READER)
        (asked,) = await emsp.until(lambda seen: seen["asked"], "the provider is asked about the card")
        assert asked["token_uid"] == CARD
        assert asked["location_reference"] == {"location_id": LOCATION, "evse_uids": [EVSE]}
        (session,) = await emsp.until(lambda seen: list(seen["objects"].get("sessions", {}).values()), "a session")
        assert session["authorization_reference"] == "REALTIME-1"
        await tap(stage, CARD, READER)
        await emsp.until(
            lambda seen: [it["status"] for it in seen["objects"]["sessions"].values()] == ["INVALID"],
            "it is taken back",
        )

        app = a_token("APP-4711", type="APP_USER", whitelist="NEVER")
        ordered = await emsp.command(
            *("START_SESSION", CPO), token=app, location_id=LOCATION, evse_uid=EVSE, authorization_reference="APP-1"
        )
        assert (ordered["status"], ordered["answer"]["data"]["result"]) == (200, "ACCEPTED")
        assert await emsp.result_of(ordered) == "ACCEPTED"
        evse.plug_in()
        began_wh = evse.meter.counter_wh
        await until(lambda: evse.meter.counter_wh >= began_wh + 10, "energy flows")
        session = await emsp.until(_active, "the session is active")
        stopped = await emsp.command("STOP_SESSION", CPO, session_id=session["id"])
        assert await emsp.result_of(stopped) == "ACCEPTED"
        (cdr,) = await emsp.until(lambda seen: list(seen["objects"].get("cdrs", {}).values()), "the CDR")
        assert (cdr["auth_method"], cdr["authorization_reference"]) == ("COMMAND", "APP-1")
        assert (cdr["session_id"], cdr["cdr_token"]["uid"]) == (session["id"], "APP-4711")
        unknown = await emsp.command("STOP_SESSION", CPO, session_id="no-such-session")
        assert unknown["answer"]["data"]["result"] == "UNKNOWN_SESSION"
        nobody_saw_a_traceback(stage)


def _active(seen: Any) -> Any:
    return next((it for it in seen["objects"]["sessions"].values() if it["status"] == "ACTIVE"), None)


def statuses_in(seen: Any) -> list[str]:
    """The states of the only session there is, in their order, each once."""
    states = [state for states in seen["states"].get("sessions", {}).values() for state in states]
    return list(dict.fromkeys(state["status"] for state in states))
