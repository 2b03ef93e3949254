"""A backend without an OCPI server sends tariffs over a real broker: the README's own words, and what a driver pays."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import aiomqtt
import pytest
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from plant import BACKEND, PARTY, policy, site
from scenarios.box import Box, running_box
from uplink.mosquitto import HOST, Mosquitto, running
from uplink.test_mqtt_backend_sends import example

from gateway.core.backend_terms import Offer
from gateway.core.delivery import ObjectKind
from gateway.core.observations import TermsFound
from gateway.core.place import Site
from gateway.core.tariff import Tariff
from gateway.ocpi.dialects import parse_site_tariffs
from gateway.reconciling import Reconciler
from gateway.settings import MqttBackendSettings
from gateway.tariffs import MOST_SENT, TARIFFS_PER_MINUTE, TariffDesk
from gateway.uplink.mqtt import MqttUplink
from gateway.uplink.ports import Link
from gateway.wiring_mqtt import Answering, respondents

pytestmark = pytest.mark.slow

PREFIX = "ocpi/garage-1"
BASE = f"{PREFIX}/SE/ABC"
DAY = json.loads(example("json tariffs/put"))


@dataclass
class Configured:
    """What the configuration says of tariffs."""

    site: Site
    tariffs: Sequence[Tariff] = ()


@dataclass
class Operator:
    """The backend: sends tariffs and hears the answers."""

    client: aiomqtt.Client
    box: Box
    line: Link
    port: int
    sent: int = 0

    async def ask(self, topic: str, body: Any) -> Any:
        self.sent += 1
        properties, name = Properties(PacketTypes.PUBLISH), str(self.sent).encode()
        properties.CorrelationData = name
        payload = body if isinstance(body, str | bytes) else json.dumps(body)
        await self.client.publish(f"{BASE}/{topic}", payload, qos=1, properties=properties)
        return json.loads(await self.hear(f"{BASE}/tariffs/result", name))

    async def hear(self, topic: str, name: bytes | None = None) -> bytes:
        async for message in self.client.messages:
            about = getattr(message.properties, "CorrelationData", None)
            if str(message.topic) == topic and (name is None or about == name):
                assert isinstance(message.payload, bytes)
                return message.payload
        raise AssertionError("the broker went away")


@asynccontextmanager
async def operating(folder: Path, *configured: Tariff, lines: tuple[str, ...] = ()) -> AsyncIterator[Operator]:
    place = site(tariff_id="DAY")
    place = Site(**{**{name: getattr(place, name) for name in place.__slots__}, "currency": "SEK"})
    async with asyncio.timeout(60), running(Mosquitto(folder / "broker", *lines)) as broker:
        mqtt = MqttBackendSettings(BACKEND, HOST, broker.port, PREFIX, "g", username="garage-1", accepts=("tariffs",))
        rules = policy(tariff_id="DAY")
        async with running_box(folder / "journal.sqlite", rules=rules, place=place, tariffs=configured) as box:
            desk = TariffDesk(box.site, box.clock, lambda: Configured(place, configured))
            answering = Answering(Reconciler(box.journal, box.site.inbox, box.clock), tariffs=desk)
            uplink = MqttUplink(mqtt, PARTY, respondents(mqtt, PARTY, answering))
            consumer = aiomqtt.Client(
                HOST, broker.port, username="backend", protocol=aiomqtt.ProtocolVersion.V5, identifier="backend"
            )
            async with consumer as client, uplink.session() as line, asyncio.TaskGroup() as tasks:
                await client.subscribe(f"{BASE}/#", qos=1)
                attending = tasks.create_task(uplink.requests.run())
                yield Operator(client, box, line, broker.port)
                attending.cancel()


async def test_the_contracts_examples_are_answered_as_the_contract_says(tmp_path: Path) -> None:
    async with operating(tmp_path) as operator:
        said = await operator.ask("tariffs/put", example("json tariffs/put"))
        assert said == json.loads(example("json tariffs/put answered"))
        said = await operator.ask("tariffs/withdraw", example("json tariffs/withdraw"))
        assert said == json.loads(example("json tariffs/withdraw answered"))


async def test_what_was_sent_is_what_the_next_session_costs_and_outlives_a_kill(tmp_path: Path) -> None:
    async with operating(tmp_path) as operator:
        await operator.ask("tariffs/put", DAY)
    async with operating(tmp_path) as operator:
        await operator.box.charge(1200)
        (cdr,) = await operator.box.journal.cdrs(2)
        bill = json.loads(cdr.body)
        assert bill["tariffs"][0]["id"] == "DAY"
        assert Decimal(str(bill["total_cost"]["excl_vat"])) == Decimal("4.25") * Decimal(str(bill["total_energy"]))


async def test_an_older_one_is_told_what_holds_instead(tmp_path: Path) -> None:
    configured = parse_site_tariffs(json.dumps([{**DAY, "last_updated": "2026-05-01T00:00:00Z"}]).encode())
    async with operating(tmp_path, *configured) as operator:
        said = await operator.ask("tariffs/put", DAY)
        assert said == {"id": "DAY", "result": "OUTDATED", "last_updated": "2026-05-01T00:00:00Z"}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"party_id": "XYZ"}, "$.party_id: this site has tariffs of its own party alone, SE*ABC"),
        ({"currency": "EUR"}, "$.currency: is EUR, the site bills in SEK"),
        ({"id": "put"}, "$.id: put is the name of a topic beside the tariffs' own, choose another"),
        ({"max_kwh": 7}, "$: object contains unknown field `max_kwh`"),
        ({"elements": []}, "$.elements: expected `array` of length >= 1"),
        ({"last_updated": "yesterday"}, "$.last_updated: "),
    ],
)
async def test_what_is_no_tariff_of_ours_is_answered_with_the_reason(
    tmp_path: Path, change: dict[str, Any], said: str
) -> None:
    async with operating(tmp_path) as operator:
        answer = await operator.ask("tariffs/put", {**DAY, **change})
        assert answer["error"].startswith(said)
        assert operator.box.site.written.tariffs == {}


async def test_a_change_needs_a_newer_moment_and_an_id_is_written_in_one_way(tmp_path: Path) -> None:
    async with operating(tmp_path) as operator:
        await operator.ask("tariffs/put", DAY)
        said = await operator.ask("tariffs/put", {**DAY, "tariff_alt_url": "https://example.com"})
        assert said == {"error": "$.last_updated: another tariff of this id has the same; give a change a newer one"}
        said = await operator.ask("tariffs/put", {**DAY, "id": "Day"})
        assert said == {"error": "$.id: is written DAY here, and OCPI's ids differ in more than case"}


async def test_a_backend_gone_mad_does_not_fill_the_memory(tmp_path: Path) -> None:
    async with operating(tmp_path) as operator:
        for number in range(MOST_SENT):
            await operator.ask("tariffs/put", {**DAY, "id": f"T{number}"})
        assert "error" in await operator.ask("tariffs/put", DAY)
        assert (await operator.ask("tariffs/put", {**DAY, "id": "T1"}))["result"] == "HELD"
        for _ in range(TARIFFS_PER_MINUTE - MOST_SENT - 1):
            await operator.ask("tariffs/put", {**DAY, "id": "T1"})
        said = await operator.ask("tariffs/put", {**DAY, "id": "T1", "last_updated": "2026-04-01T00:00:00Z"})
        assert said == {"error": "too many tariffs within a minute: wait"}


@pytest.mark.parametrize("body", ["[", "[]", "7", b"\xff", "{}", '{"id":"DAY"}', '{"id":"DAY","last_updated":"x"}'])
@pytest.mark.parametrize("topic", ["tariffs/put", "tariffs/withdraw"])
async def test_anything_else_is_an_error_and_no_more(tmp_path: Path, topic: str, body: str | bytes) -> None:
    async with operating(tmp_path) as operator:
        assert list(await operator.ask(topic, body)) == ["error"]


async def test_who_takes_tariffs_sees_one_come_and_go(tmp_path: Path) -> None:
    async with operating(tmp_path) as operator:
        box = operator.box
        await box.site.inbox.put_and_wait(TermsFound((Offer(BACKEND, "2.2.1", None, ("tariffs",)),), box.clock.now()))
        await operator.ask("tariffs/put", DAY)
        await box.backend.wait_for(ObjectKind.TARIFF, 1)
        await operator.ask("tariffs/withdraw", {"id": "DAY", "last_updated": DAY["last_updated"]})
        await box.backend.wait_for(ObjectKind.TARIFF, 2)
        heard = []
        for delivery in box.backend.of(ObjectKind.TARIFF):
            await operator.line.deliver(delivery)
            heard.append(await operator.hear(f"{BASE}/tariffs/DAY"))
        assert (json.loads(heard[0])["id"], heard[1]) == ("DAY", b"")
        assert await retained(operator.port) == [f"{BASE}/status"]


async def retained(port: int) -> list[str]:
    """Return the topics below ours on which the broker keeps something for whoever comes later."""
    kept = []
    async with aiomqtt.Client(HOST, port, protocol=aiomqtt.ProtocolVersion.V5, identifier="later") as client:
        await client.subscribe(f"{BASE}/#", qos=1)
        await client.publish(f"{BASE}/that/was/all", b"1", qos=1)
        async for message in client.messages:
            if str(message.topic) == f"{BASE}/that/was/all":
                break
            kept.append(str(message.topic))
    return kept


async def test_the_contracts_acl_lets_tariffs_through(tmp_path: Path) -> None:
    acl = tmp_path / "acl"
    acl.write_text(example("acl"))
    acl.chmod(0o644)
    async with operating(tmp_path, lines=("allow_anonymous true", f"acl_file {acl}")) as operator:
        assert (await operator.ask("tariffs/put", DAY))["result"] == "HELD"
        assert (await operator.ask("tariffs/withdraw", DAY | {"currency": 1}))["error"]
