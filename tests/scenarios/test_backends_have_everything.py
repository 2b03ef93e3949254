"""A backend loses CDRs, or an answer is lost on the way: asking what it should have brings everything back.

Against a real broker; the gateway is whole, its site charges.
"""

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiomqtt
import pytest
from journal.test_journal_archive import grown_old, keep_up
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from plant import BACKEND, PARTY
from scenarios.box import Box, running_box
from uplink.mosquitto import HOST, Mosquitto, listening, running

from gateway.core.delivery import NOTHING_BEFORE
from gateway.journal.replay import replay
from gateway.ocpi.inventory import read_question
from gateway.projection import project
from gateway.reconciling import Reconciler
from gateway.settings import MqttBackendSettings
from gateway.uplink.mqtt import MqttUplink
from gateway.uplink.mqtt_requests import Respondent

pytestmark = pytest.mark.slow

BASE = "ocpi/SE/ABC"


@dataclass
class Consumer:
    """A backend on MQTT as the contract asks for: it keeps CDRs by number, and checks that each follows the last."""

    client: aiomqtt.Client
    cdrs: dict[int, bytes] = field(default_factory=dict)
    links: dict[int, dict[str, str]] = field(default_factory=dict)
    replies: dict[str, Any] = field(default_factory=dict)
    is_online: bool = False

    async def take_until(self, enough: Any) -> None:
        while not enough():
            message = await anext(self.client.messages)
            assert isinstance(message.payload, bytes)
            topic, properties = str(message.topic), dict(getattr(message.properties, "UserProperty", []))
            if "/replies/" in topic or topic.endswith("/inventory"):
                correlation = getattr(message.properties, "CorrelationData", b"none")
                self.replies[correlation.decode()] = json.loads(message.payload)
            elif topic.endswith("/status"):
                self.is_online = b"online" in message.payload
            elif "/cdrs/" in topic:
                number = int(properties["CDR-Number"])
                self.cdrs[number], self.links[number] = message.payload, properties

    async def ask(self, question: object, name: str, reply_to: str | None = f"{BASE}/replies/me") -> dict[str, Any]:
        properties = Properties(PacketTypes.PUBLISH)
        properties.CorrelationData = name.encode()
        if reply_to is not None:
            properties.ResponseTopic = reply_to
        await self.take_until(lambda: self.is_online)
        await self.client.publish(f"{BASE}/inventory/request", json.dumps(question), qos=1, properties=properties)
        await self.take_until(lambda: name in self.replies)
        answer: dict[str, Any] = self.replies[name]
        return answer


@dataclass
class Wire:
    """The box's way to the broker."""

    uplink: MqttUplink
    has_paused: asyncio.Event = field(default_factory=asyncio.Event)

    def session(self) -> Any:
        return self.uplink.session()

    async def be_patient(self, seconds: float) -> None:
        self.has_paused.set()
        await asyncio.sleep(min(seconds, 0.1))


@asynccontextmanager
async def site_on_a_broker(folder: Path) -> AsyncIterator[tuple[Box, Consumer, Mosquitto, Wire]]:
    found: list[Reconciler] = []

    async def answer(request: bytes) -> bytes:
        return await found[0].answer(BACKEND, read_question(request))

    async with running(Mosquitto(folder / "broker")) as broker, asyncio.timeout(60):
        settings = MqttBackendSettings(BACKEND, HOST, broker.port, "ocpi", "gateway", timeout_s=2.0)
        uplink = MqttUplink(settings, PARTY, (Respondent("inventory/request", "inventory", answer),))
        wire = Wire(uplink)
        async with (
            listening(broker, f"{BASE}/#") as client,
            running_box(folder / "journal.sqlite", backend=wire) as box,  # type: ignore[arg-type]
            asyncio.TaskGroup() as tasks,
        ):
            found.append(Reconciler(box.journal, box.site.inbox, box.clock))
            attending = tasks.create_task(uplink.requests.run())
            yield box, Consumer(client), broker, wire
            attending.cancel()


async def test_cdrs_that_a_backend_lost_return_byte_for_byte(tmp_path: Path) -> None:
    async with site_on_a_broker(tmp_path) as (box, backend, *_):
        for _ in range(4):
            await box.charge(seconds=60)
        await backend.take_until(lambda: len(backend.cdrs) == 4)
        sent = dict(backend.cdrs)

        del backend.cdrs[2], backend.cdrs[4]  # somebody restored yesterday's backup
        held = await backend.ask({"from": 1, "to": 4}, "what is there?")
        missing = [line["number"] for line in held["cdrs"] if line["number"] not in backend.cdrs]
        told = await backend.ask({"resend": [*missing, 99]}, "send them again")
        await backend.take_until(lambda: len(backend.cdrs) == 4)

        assert missing == [2, 4]
        assert told == {"resend": [2, 4], "unknown": [99]}
        assert backend.cdrs == sent
        assert [line["digest"] for line in held["cdrs"]] == [
            hashlib.sha256(body).hexdigest() for _, body in sorted(sent.items())
        ]
        assert (held["count"], held["next"], held["head_digest"]) == (4, None, held["cdrs"][-1]["digest"])
    assert replay(tmp_path / "journal.sqlite", project).is_equal


async def test_cdrs_of_archived_sessions_are_in_the_inventory_and_return_too(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    async with site_on_a_broker(tmp_path) as (box, backend, *_):
        for _ in range(3):
            await box.charge(seconds=60)
        await backend.take_until(lambda: len(backend.cdrs) == 3)
        await grown_old(box)
        await box.charge(seconds=60)
        await backend.take_until(lambda: len(backend.cdrs) == 4)
        sent = dict(backend.cdrs)
        await keep_up(box)
        assert len(await box.journal.sessions(10)) == 1

        del backend.cdrs[1], backend.cdrs[3]
        held = await backend.ask({"from": 1}, "what is there?")
        told = await backend.ask({"resend": [1, 3]}, "send them again")
        await backend.take_until(lambda: len(backend.cdrs) == 4)

        assert [line["number"] for line in held["cdrs"]] == [1, 2, 3, 4]
        assert told == {"resend": [1, 3], "unknown": []}
        assert backend.cdrs == sent
    assert replay(path, project).is_equal


async def test_cdrs_return_that_only_the_archive_has_kept(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    async with site_on_a_broker(tmp_path) as (box, backend, *_):
        for _ in range(2):
            await box.charge(seconds=60)
        await backend.take_until(lambda: len(backend.cdrs) == 2)
        sent = dict(backend.cdrs)
        await grown_old(box)
        await box.charge(seconds=60)
        await keep_up(box)
    for lost in (path, tmp_path / "journal.sqlite-wal"):
        lost.unlink(missing_ok=True)

    async with site_on_a_broker(tmp_path) as (_, backend, *_):
        told = await backend.ask({"resend": [1, 2]}, "the journal is lost, are these too?")

        assert told["resend"] == [1, 2]
        await backend.take_until(lambda: len(backend.cdrs) == 2)
        assert backend.cdrs == sent


async def test_a_backend_can_prove_from_what_it_got_that_nothing_is_missing(tmp_path: Path) -> None:
    async with site_on_a_broker(tmp_path) as (box, backend, *_):
        for _ in range(3):
            await box.charge(seconds=60)
        await backend.take_until(lambda: len(backend.cdrs) == 3)

    previous = NOTHING_BEFORE
    for number in (1, 2, 3):
        link, digest = backend.links[number], hashlib.sha256(backend.cdrs[number]).hexdigest()
        assert (link["CDR-Previous-Digest"], link["CDR-Digest"]) == (previous, digest)
        previous = digest


async def test_an_acknowledgement_lost_on_the_way_heals_without_a_second_cdr(tmp_path: Path) -> None:
    async with site_on_a_broker(tmp_path) as (box, backend, broker, wire):
        await box.charge(seconds=60)
        await backend.take_until(lambda: len(backend.cdrs) == 1)
        broker.freeze()  # it takes the next CDR from its socket when it wakes, but the gateway has given up by then
        await box.charge(seconds=60)
        await wire.has_paused.wait()  # it has given up on the acknowledgement
        broker.thaw()
        await backend.take_until(lambda: len(backend.cdrs) == 2)
        held = await backend.ask({}, "all?")
        while held["cdrs"][-1]["state"] != "delivered":
            held = await backend.ask({}, f"all? {len(backend.replies)}")

        assert [line["state"] for line in held["cdrs"]] == ["delivered", "delivered"]
        assert {line["number"] for line in held["cdrs"]} == set(backend.cdrs)


async def test_a_request_without_a_response_topic_is_answered_where_3_1_1_looks(tmp_path: Path) -> None:
    async with site_on_a_broker(tmp_path) as (_box, backend, *_):
        held = await backend.ask({}, "and I?", reply_to=None)
    assert held == {"count": 0, "first_digest": None, "head_digest": None, "cdrs": [], "next": None, "root": None}


async def test_no_request_makes_the_gateway_speak_on_a_topic_that_is_not_for_replies(tmp_path: Path) -> None:
    async with site_on_a_broker(tmp_path) as (_box, backend, *_):
        await backend.take_until(lambda: backend.is_online)
        for topic in (f"{BASE}/status", "another/site/status"):
            properties = Properties(PacketTypes.PUBLISH)
            properties.ResponseTopic = topic
            await backend.client.publish(f"{BASE}/inventory/request", b"{}", qos=1, properties=properties)
        await backend.ask({}, "after those")
    assert set(backend.replies) == {"after those"}
