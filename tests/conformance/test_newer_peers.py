"""R-13: a peer that knows more than we do is understood as far as we do."""

from pathlib import Path
from typing import Any

import pytest
from live_cpo import live
from roaming import Cpo, Emsp, a_token, befriend
from web.test_ocpi_commands import START

from gateway.journal.replay import replay
from gateway.ocpi.versions import details_url, endpoints
from gateway.projection import project


async def test_r_13_a_token_with_fields_of_a_newer_version_is_taken(cpo: Cpo, emsp: Emsp) -> None:
    caller = await befriend(cpo, emsp)
    newer = a_token() | {"invented_later": {"deep": [1, 2]}, "energy_contract": {"supplier_name": "Wind"}}
    path = f"/2.2.1/tokens/DE/MSP/{newer['uid']}"
    assert (await cpo.ask("PUT", path, caller, newer)).code == 1000
    assert (await cpo.get(path, caller)).data["uid"] == newer["uid"]


@pytest.mark.parametrize("version", ["2.2.1", "2.3.0"])
async def test_r_13_a_token_of_a_type_that_came_later_is_taken(cpo: Cpo, emsp: Emsp, version: str) -> None:
    caller = await befriend(cpo, emsp)
    path, newer = f"/{version}/tokens/DE/MSP/B-XY-123", a_token("B-XY-123") | {"type": "LICENSE_PLATE"}
    assert (await cpo.ask("PUT", f"{path}?type=LICENSE_PLATE", caller, newer)).status == 201
    assert (await cpo.get(f"{path}?type=LICENSE_PLATE", caller)).data == newer
    assert (await cpo.get(path, caller)).status == 404
    assert (await cpo.get(f"{path}?type=license%20plate", caller)).code == 2001


async def test_r_13_credentials_with_fields_of_a_newer_version_are_taken(cpo: Cpo, emsp: Emsp) -> None:
    token_a = (await cpo.parts.desk.invite("msp")).token
    emsp.accepted.add("TOKEN-B")
    newer: dict[str, Any] = emsp.credentials("TOKEN-B") | {"hub_party_id": "DEHUB"}
    newer["roles"] = [*newer["roles"], newer["roles"][0] | {"role": "NAP", "extra": True}]
    assert (await cpo.ask("POST", "/2.2.1/credentials", token_a, newer)).code == 1000


@pytest.mark.parametrize("unknown", ["3.0", "2.2.1-d2", "next"])
def test_r_13_versions_that_we_do_not_know_are_passed_over(unknown: str) -> None:
    listed = f'[{{"version": "{unknown}", "url": "https://a/x"}}, {{"version": "2.2.1", "url": "https://a/y", "z": 1}}]'
    assert details_url(listed.encode(), "https://a/versions") == ("2.2.1", "https://a/y")


def test_r_13_modules_that_we_do_not_know_are_passed_over() -> None:
    lines = [("payments", "SENDER"), ("sessions", "RECEIVER"), ("sessions", "INVENTED"), ("cdrs", "RECEIVER")]
    listed = ",".join(
        f'{{"identifier": "{module}", "role": "{role}", "url": "https://a/{role}/{module}"}}' for module, role in lines
    )
    found = endpoints(f'{{"version": "2.2.1", "endpoints": [{listed}]}}'.encode(), "https://a/2.2.1")
    assert (found.sessions, found.cdrs) == ("https://a/RECEIVER/sessions", "https://a/RECEIVER/cdrs")


@pytest.mark.slow
async def test_r_13_a_driver_with_a_token_of_a_type_that_came_later_charges_and_is_billed(tmp_path: Path) -> None:
    plate = START | {"token": a_token("B-XY-123", type="LICENSE_PLATE")}
    async with live(tmp_path) as site:
        assert (await site.order("START_SESSION", plate)).data["result"] == "ACCEPTED"
        site.box.outlet.plugged, site.box.outlet.power_w = True, 11_000
        await site.box.wait(60)
        await site.order("STOP_SESSION", {"session_id": site.session.id})
        await site.box.wait(3)
        await site.emsp.told(2)
        types = [(await site.cpo.get(f"/{name}/cdrs", site.token)).data[0]["cdr_token"] for name in ("2.2.1", "2.3.0")]
        assert [(each["uid"], each["type"]) for each in types] == [("B-XY-123", "OTHER"), ("B-XY-123", "LICENSE_PLATE")]
    assert replay(tmp_path / "journal.sqlite", project).is_equal
