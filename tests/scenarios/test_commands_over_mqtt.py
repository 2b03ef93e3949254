"""A backend without an OCPI server orders over a real broker: decided on like any order, and told the result."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiomqtt
import pytest
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from plant import BACKEND, EVSE, PARTY
from scenarios.box import Box, running_box
from uplink.mosquitto import HOST, Mosquitto, listening, running
from uplink.test_mqtt_backend_sends import example

from gateway.core.facts import SessionStarted
from gateway.ocpi.mqtt_order import Address, read_address, write_address
from gateway.orders import OrderDesk
from gateway.reconciling import Reconciler
from gateway.settings import MqttBackendSettings
from gateway.uplink.mqtt import MqttUplink
from gateway.uplink.mqtt_results import MqttResults
from gateway.wiring_mqtt import Answering, respondents

pytestmark = pytest.mark.slow

BASE = "ocpi/SE/ABC"
REPLIES = f"{BASE}/replies/me"


@dataclass
class Orderer:
    """The backend: sends commands, and keeps what comes back by correlation and topic."""

    client: aiomqtt.Client
    box: Box
    heard: list[tuple[str, str, Any]] = field(default_factory=list)

    async def send(self, command: str, body: Any, name: str, *, to: str | None = REPLIES) -> None:
        properties = Properties(PacketTypes.PUBLISH)
        properties.CorrelationData = name.encode()
        if to is not None:
            properties.ResponseTopic = to
        payload = body if isinstance(body, str) else json.dumps(body)
        await self.client.publish(f"{BASE}/commands/{command}", payload, qos=1, properties=properties)

    async def hear(self, name: str, count: int = 1) -> list[Any]:
        """Return the first so many answers to a command."""
        while len(found := [said for about, _, said in self.heard if about == name]) < count:
            message = await anext(self.client.messages)
            topic = str(message.topic)
            if "/replies/" in topic or topic.endswith(("commands/response", "commands/result")):
                assert isinstance(message.payload, bytes)
                about = getattr(message.properties, "CorrelationData", b"").decode()
                self.heard.append((about, topic, json.loads(message.payload)))
        return found[:count]


@asynccontextmanager
async def ordering(folder: Path, **more: Any) -> AsyncIterator[Orderer]:
    async with asyncio.timeout(60), running(Mosquitto(folder / "broker")) as broker:
        settings = MqttBackendSettings(BACKEND, HOST, broker.port, "ocpi", "gateway", accepts=("commands",), **more)
        async with running_box(folder / "journal.sqlite", tokens=()) as box:
            desk = OrderDesk(box.site, box.clock)
            answering = Answering(Reconciler(box.journal, box.site.inbox, box.clock), None, desk)
            uplink = MqttUplink(settings, PARTY, respondents(settings, PARTY, answering))
            results = MqttResults(BACKEND, desk, uplink.requests, box.clock)
            async with listening(broker, f"{BASE}/#") as client, uplink.session(), asyncio.TaskGroup() as tasks:
                attending = [tasks.create_task(work) for work in (uplink.requests.run(), results.run())]
                yield Orderer(client, box)
                for task in attending:
                    task.cancel()


def start(**more: Any) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(example("json commands/START_SESSION"))
    return {**read, "location_id": "LOC1", "evse_uid": EVSE, "connector_id": "1", **more}


async def test_r_67_an_order_is_answered_at_once_and_its_result_follows_with_the_same_id(tmp_path: Path) -> None:
    async with ordering(tmp_path) as backend:
        backend.box.outlet.plugged, backend.box.outlet.power_w = True, 11_000
        await backend.box.wait(2)
        await backend.send("START_SESSION", start(), "one")
        (response,) = await backend.hear("one")
        assert (response["result"], response["timeout"] > 0) == ("ACCEPTED", True)
        await backend.box.wait(5)
        _, result = await backend.hear("one", 2)
        assert (result["result"], result["id"]) == ("ACCEPTED", response["id"])
        assert "timeout" not in result
        (session,) = await backend.box.journal.sessions(5)
        body = json.loads(session.body)
        assert (body["auth_method"], body["cdr_token"]["uid"], body["status"]) == ("COMMAND", "APP-0001", "ACTIVE")
        assert body["authorization_reference"] == "REF-1"


async def test_r_71_a_command_that_comes_twice_starts_one_session(tmp_path: Path) -> None:
    async with ordering(tmp_path) as backend:
        backend.box.outlet.plugged, backend.box.outlet.power_w = True, 11_000
        await backend.box.wait(2)
        for _ in range(2):
            await backend.send("START_SESSION", start(), "one")
        first, second = await backend.hear("one", 2)
        assert first["id"] == second["id"]
        await backend.box.wait(5)
        assert len([fact for fact in await backend.box.facts() if isinstance(fact.body, SessionStarted)]) == 1


async def test_a_session_is_stopped_and_a_foreign_one_is_unknown(tmp_path: Path) -> None:
    async with ordering(tmp_path) as backend:
        backend.box.outlet.plugged, backend.box.outlet.power_w = True, 11_000
        await backend.box.wait(2)
        await backend.send("START_SESSION", start(), "one")
        await backend.hear("one")
        await backend.box.wait(10)
        (session,) = await backend.box.journal.sessions(5)
        await backend.send("STOP_SESSION", {"session_id": "nothing"}, "two")
        assert (await backend.hear("two"))[0]["result"] == "UNKNOWN_SESSION"
        await backend.send("STOP_SESSION", {"session_id": session.session_id}, "three")
        await backend.hear("three")
        await backend.box.wait(10)
        assert (await backend.hear("three", 2))[1]["result"] == "ACCEPTED"
        assert (await backend.box.journal.sessions(5))[0].status == "COMPLETED"


async def test_a_backend_orders_for_its_own_parties_drivers_alone_where_it_says_which(tmp_path: Path) -> None:
    async with ordering(tmp_path, parties=("NL*TNM",)) as backend:
        await backend.box.wait(2)
        await backend.send("START_SESSION", start(), "one")
        assert (await backend.hear("one"))[0]["result"] == "REJECTED"


@pytest.mark.parametrize(
    ("command", "body", "said"),
    [
        ("START_SESSION", "[", "send the fields of START_SESSION as a JSON object"),
        ("START_SESSION", "{}", "token: is missing"),
        ("STOP_SESSION", "{}", "session_id: is missing"),
    ],
)
async def test_what_is_no_order_is_answered_with_the_reason(tmp_path: Path, command: str, body: str, said: str) -> None:
    async with ordering(tmp_path) as backend:
        await backend.send(command, body, "one")
        assert await backend.hear("one") == [{"error": said}]


async def test_without_a_response_topic_both_answers_come_where_the_contract_says(tmp_path: Path) -> None:
    async with ordering(tmp_path) as backend:
        backend.box.outlet.plugged, backend.box.outlet.power_w = True, 11_000
        await backend.box.wait(2)
        await backend.send("START_SESSION", start(), "one", to=None)
        await backend.hear("one")
        await backend.box.wait(5)
        await backend.hear("one", 2)
        assert [topic.removeprefix(BASE) for _, topic, _ in backend.heard] == ["/commands/response", "/commands/result"]


@pytest.mark.parametrize("address", [Address(None, None), Address("a/replies/b", b"\x00\xff"), Address("x", b"")])
def test_an_address_survives_the_journal(address: Address) -> None:
    assert read_address(write_address(address)) == address
    assert read_address("https://peer.example/results/1") is None
