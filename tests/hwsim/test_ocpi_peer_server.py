"""The simulated OCPI peer over real TLS: what it answers, and the ways in which it fails."""

import base64
import json
import ssl
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest
from hwsim.chronicle import Chronicle
from hwsim.ocpi_peer import OcpiPeer
from hwsim.ocpi_peer_conduct import Conduct, Mode
from hwsim.ocpi_peer_http import Party
from hwsim.tls import CertificateAuthority, Flaw

SESSION = {
    "country_code": "DE",
    "party_id": "ABC",
    "id": "S1",
    "start_date_time": "2026-05-01T10:00:00Z",
    "kwh": 0,
    "cdr_token": {
        "country_code": "NL",
        "party_id": "EMS",
        "uid": "04A1B2C3",
        "type": "RFID",
        "contract_id": "NL-EMS-C1",
    },
    "auth_method": "WHITELIST",
    "location_id": "LOC1",
    "evse_uid": "EVSE-1",
    "connector_id": "1",
    "currency": "EUR",
    "status": "ACTIVE",
    "last_updated": "2026-05-01T10:00:00Z",
}
URL = "/ocpi/emsp/2.2.1/sessions/DE/ABC/S1"


@dataclass
class Cpo:
    peer: OcpiPeer
    chronicle: Chronicle
    client: aiohttp.ClientSession
    ca_file: Path

    def headers(self, *, functional: bool = True) -> dict[str, str]:
        routing = {
            "OCPI-from-country-code": "DE",
            "OCPI-from-party-id": "ABC",
            "OCPI-to-country-code": "NL",
            "OCPI-to-party-id": "EMS",
        }
        return {
            "Authorization": f"Token {base64.b64encode(b'secret').decode()}",
            "X-Request-ID": str(uuid.uuid4()),
            "X-Correlation-ID": str(uuid.uuid4()),
        } | (routing if functional else {})

    async def put(self, **header: str) -> aiohttp.ClientResponse:
        url = self.peer.base + URL
        return await self.client.put(url, json=SESSION, headers=self.headers() | header, timeout=timeout())


def timeout(seconds: float = 5) -> aiohttp.ClientTimeout:
    return aiohttp.ClientTimeout(total=seconds)


@pytest.fixture
async def cpo(tmp_path: Path) -> AsyncIterator[Cpo]:
    authority = CertificateAuthority(tmp_path)
    chronicle = Chronicle()
    peer = OcpiPeer(
        "secret",
        party=Party("NL", "EMS"),
        cpo=Party("DE", "ABC"),
        tls=authority.issue("peer").context(),
        tell=chronicle.tell,
    )
    await peer.start()
    trust = ssl.create_default_context(cafile=authority.ca_file)
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=trust)) as client:
        yield Cpo(peer, chronicle, client, authority.ca_file)
    await peer.stop()


async def test_endpoints_are_found_from_the_versions_url(cpo: Cpo) -> None:
    async with cpo.client.get(cpo.peer.url, headers=cpo.headers(functional=False)) as response:
        version = (await response.json())["data"][0]
    async with cpo.client.get(version["url"], headers=cpo.headers(functional=False)) as response:
        details = (await response.json())["data"]
    assert version["version"] == details["version"] == "2.2.1"
    assert {(e["identifier"], e["role"]) for e in details["endpoints"]} == {
        ("sessions", "RECEIVER"),
        ("cdrs", "RECEIVER"),
    }
    assert cpo.peer.violations == []


async def test_a_session_is_created_then_updated_and_ids_come_back(cpo: Cpo) -> None:
    first, second = await cpo.put(**{"X-Request-ID": "r-1", "X-Correlation-ID": "c-1"}), await cpo.put()
    assert (first.status, second.status) == (201, 200)
    assert (first.headers["X-Request-ID"], first.headers["X-Correlation-ID"]) == ("r-1", "c-1")
    assert (first.headers["OCPI-from-party-id"], first.headers["OCPI-to-party-id"]) == ("EMS", "ABC")
    assert cpo.peer.violations == []
    assert cpo.chronicle.happenings[0].detail["status"] == "ACTIVE"


async def test_a_wrong_token_is_answered_401_with_the_envelope(cpo: Cpo) -> None:
    response = await cpo.put(Authorization="Token c2VjcmV0Cg==")
    assert response.status == 401
    assert (await response.json())["status_code"] == 2001
    assert response.headers["X-Request-ID"]
    assert cpo.peer.shelf.sessions == {}


@pytest.mark.parametrize(
    ("header", "finding"),
    [
        ({"X-Correlation-ID": ""}, "header X-Correlation-ID is missing"),
        ({"OCPI-to-party-id": "OTH"}, "header OCPI-to-party-id is 'OTH' instead of 'EMS'"),
        ({"Content-Type": "text/plain"}, "Content-Type is text/plain instead of application/json"),
    ],
)
async def test_a_wrong_header_is_recorded(cpo: Cpo, header: dict[str, str], finding: str) -> None:
    await cpo.put(**header)
    assert [violation.finding for violation in cpo.peer.violations] == [finding]


async def test_a_request_id_used_twice_is_recorded(cpo: Cpo) -> None:
    for _ in range(2):
        await cpo.put(**{"X-Request-ID": "again"})
    assert [violation.finding for violation in cpo.peer.violations] == ["X-Request-ID again was used before"]


async def test_a_body_that_is_no_json_is_answered_400(cpo: Cpo) -> None:
    headers = cpo.headers() | {"Content-Type": "application/json"}
    async with cpo.client.put(cpo.peer.base + URL, data=b"{", headers=headers) as response:
        assert response.status == 400


@pytest.mark.parametrize(
    ("mode", "http", "ocpi"),
    [
        (Mode.REFUSE_HTTP, 422, 2001),
        (Mode.REFUSE_OCPI, 200, 2001),
        (Mode.STUMBLE, 503, 3000),
        (Mode.STUMBLE_OCPI, 200, 3000),
        (Mode.THROTTLE, 429, 2000),
    ],
)
async def test_a_mode_decides_the_answer_and_stores_nothing(cpo: Cpo, mode: Mode, http: int, ocpi: int) -> None:
    await cpo.peer.behave(Conduct(mode, retry_after_s=7))
    response = await cpo.put()
    assert (response.status, (await response.json())["status_code"]) == (http, ocpi)
    assert response.headers.get("Retry-After") == ("7" if mode is Mode.THROTTLE else None)
    assert cpo.peer.shelf.sessions == {}


@pytest.mark.parametrize("subject", ["S1", "sessions"])
async def test_refusing_an_object_or_its_module_refuses_it(cpo: Cpo, subject: str) -> None:
    await cpo.peer.behave(Conduct(Mode.REFUSE_HTTP, subject=subject))
    assert (await cpo.put()).status == 422


async def test_refusing_one_object_lets_the_others_through(cpo: Cpo) -> None:
    await cpo.peer.behave(Conduct(Mode.REFUSE_OCPI, subject="another"))
    assert (await cpo.put()).status == 201


async def test_stumbling_twice_ends_after_two_requests(cpo: Cpo) -> None:
    await cpo.peer.behave(Conduct(Mode.STUMBLE, times=2))
    assert [(await cpo.put()).status for _ in range(3)] == [503, 503, 201]


async def test_html_comes_instead_of_json(cpo: Cpo) -> None:
    await cpo.peer.behave(Conduct(Mode.HTML))
    response = await cpo.put()
    assert (response.status, response.content_type) == (200, "text/html")


async def test_a_lost_reply_leaves_the_object_stored(cpo: Cpo) -> None:
    await cpo.peer.behave(Conduct(Mode.LOSE_REPLY))
    with pytest.raises(aiohttp.ClientError):
        await cpo.put()
    assert "S1" in cpo.peer.shelf.sessions


async def test_a_hanging_peer_lets_go_when_it_behaves_again(cpo: Cpo) -> None:
    await cpo.peer.behave(Conduct(Mode.HANG))
    with pytest.raises(TimeoutError):
        await cpo.client.put(cpo.peer.base + URL, json=SESSION, headers=cpo.headers(), timeout=timeout(0.2))
    await cpo.peer.behave(Conduct())
    assert (await cpo.put()).status == 201


async def test_offline_closes_the_port_and_coming_back_keeps_it_and_the_store(cpo: Cpo) -> None:
    await cpo.put()
    base = cpo.peer.base
    await cpo.peer.behave(Conduct(Mode.OFFLINE))
    with pytest.raises(aiohttp.ClientConnectorError):
        await cpo.put()
    await cpo.peer.behave(Conduct())
    assert cpo.peer.base == base
    assert (await cpo.put()).status == 200


async def test_a_get_gives_back_what_was_put(cpo: Cpo) -> None:
    await cpo.put()
    async with cpo.client.get(cpo.peer.base + URL, headers=cpo.headers()) as response:
        assert json.loads(await response.text())["data"] == SESSION


@pytest.mark.parametrize(
    ("flaw", "words"),
    [
        (Flaw.NOT_YET_VALID, "not yet valid"),
        (Flaw.EXPIRED, "expired"),
        (Flaw.WRONG_HOST, "not valid for 'localhost'"),
        (Flaw.UNKNOWN_CA, "certificate verify failed"),
    ],
)
async def test_a_flawed_certificate_fails_for_its_own_reason(tmp_path: Path, flaw: Flaw, words: str) -> None:
    authority = CertificateAuthority(tmp_path)
    peer = OcpiPeer(
        "secret",
        party=Party("NL", "EMS"),
        cpo=Party("DE", "ABC"),
        tls=authority.issue("peer", flaw).context(),
        tell=Chronicle().tell,
    )
    await peer.start()
    trust = ssl.create_default_context(cafile=authority.ca_file)
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=trust)) as client:
        with pytest.raises(aiohttp.ClientConnectorCertificateError, match=words):
            await client.get(peer.url)
    await peer.stop()
