"""What a backend without an OCPI server sends over MQTT, against a real broker and registry; the README's own words."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiomqtt
import pytest
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from plant import BACKEND
from structlog.testing import capture_logs
from uplink.mosquitto import HOST, Mosquitto, listening, running

from gateway.core.identifiers import Party, TokenUid
from gateway.journal.journal import Journal, open_journal
from gateway.projection import project
from gateway.reconciling import Reconciler
from gateway.registry.registry import Registry, open_registry
from gateway.settings import MqttBackendSettings
from gateway.uplink.mqtt import MqttUplink
from gateway.wiring_mqtt import Answering, respondents

pytestmark = pytest.mark.slow

US = Party("SE", "ABC")
PREFIX = "ocpi/garage-1"
BASE = f"{PREFIX}/SE/ABC"
README = (Path(__file__).parents[2] / "gateway" / "uplink" / "README.md").read_text(encoding="utf-8")


def example(name: str) -> str:
    """Return an example of the contract by what stands behind its fence."""
    found = re.search(rf"```{re.escape(name)}\n(.*?)```", README, re.DOTALL)
    assert found is not None, f"the README has no example {name}"
    return found[1]


@dataclass
class Backend:
    """The other end of the broker."""

    client: aiomqtt.Client
    registry: Registry
    heard: list[str] = field(default_factory=list)

    async def ask(
        self, topic: str, payload: str | bytes, *, to: str | None = f"{BASE}/replies/me", name: str = "1"
    ) -> Any:
        await self.send(topic, payload, to=to, name=name)
        return await self.hear(to or f"{BASE}/tokens/result", name)

    async def send(
        self,
        topic: str,
        payload: str | bytes,
        *,
        to: str | None = f"{BASE}/replies/me",
        name: str = "1",
        retain: bool = False,
    ) -> None:
        properties = Properties(PacketTypes.PUBLISH)
        properties.CorrelationData = name.encode()
        if to is not None:
            properties.ResponseTopic = to
        await self.client.publish(f"{BASE}/{topic}", payload, qos=1, retain=retain, properties=properties)

    async def hear(self, wanted: str = f"{BASE}/replies/me", name: str = "1") -> Any:
        async for message in self.client.messages:
            if str(message.topic) != wanted:
                continue
            self.heard.append(getattr(message.properties, "CorrelationData", b"").decode())
            if self.heard[-1] == name:
                assert isinstance(message.payload, bytes)
                return json.loads(message.payload)
        raise AssertionError("the broker went away")


def settings(port: int, **more: Any) -> MqttBackendSettings:
    usual = {"name": BACKEND, "host": HOST, "port": port, "prefix": PREFIX, "client_id": "g", "accepts": ("tokens",)}
    return MqttBackendSettings(**{**usual, **more})


@asynccontextmanager
async def in_touch(
    folder: Path, *lines: str, listener: str | None = None, lying: str | None = None, **more: Any
) -> AsyncIterator[Backend]:
    """Run broker, gateway's line and registry; the backend listens, and what it has `lying` there was sent before."""
    broker = Mosquitto(folder / "broker", *lines)
    async with (
        asyncio.timeout(60),
        running(broker),
        open_journal(folder / "journal.sqlite", project) as journal,
        open_registry(folder / "registry.sqlite", journal) as registry,
    ):
        configured = settings(broker.port, **more)
        uplink = MqttUplink(configured, US, respondents(configured, US, Answering(_reconciler(journal), registry)))
        async with _listening(broker, listener) as client:
            backend = Backend(client, registry)
            if lying is not None:
                await backend.send("tokens/put", lying, retain=True)
            async with uplink.session(), asyncio.TaskGroup() as tasks:
                attending = tasks.create_task(uplink.requests.run())
                yield backend
                attending.cancel()


def _reconciler(journal: Journal) -> Reconciler:
    return Reconciler(journal, None, None)  # type: ignore[arg-type] # nobody asks for CDRs here


@asynccontextmanager
async def _listening(broker: Mosquitto, user: str | None) -> AsyncIterator[aiomqtt.Client]:
    if user is None:
        async with listening(broker, f"{BASE}/#") as client:
            yield client
        return
    async with aiomqtt.Client(
        HOST, broker.port, username=user, protocol=aiomqtt.ProtocolVersion.V5, identifier=user
    ) as client:
        await client.subscribe(f"{BASE}/#", qos=1)
        yield client


def a_token(number: int, **more: Any) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(example("json tokens/put"))[0]
    return {**read, "uid": f"04{number:012X}", **more}


async def test_the_contracts_example_is_answered_as_the_contract_says(tmp_path: Path) -> None:
    async with in_touch(tmp_path) as backend:
        said = await backend.ask("tokens/put", example("json tokens/put"))
        assert said == json.loads(example("json tokens/result"))
        card = backend.registry.cards(())[TokenUid("04A1B2C3D4E5F6")]
        assert (card.contract_id, card.owner) == ("SE-ABC-C00000001", US)


async def test_what_comes_twice_or_late_changes_nothing(tmp_path: Path) -> None:
    async with in_touch(tmp_path) as backend:
        newest = a_token(1, valid=False, last_updated="2026-03-02T00:00:00Z")
        for number, token in enumerate((newest, newest, a_token(1))):
            said = await backend.ask("tokens/put", json.dumps(token), name=str(number))
            assert said == {"accepted": 1, "refused": []}
        assert backend.registry.cards(())[TokenUid(newest["uid"])].valid is False
        held = await backend.ask("tokens/held", "", name="held")
        assert held == {"count": 1, "newest": "2026-03-02T00:00:00Z"}


@pytest.mark.parametrize(
    ("payload", "said"),
    [
        ("{", "send a Token, or a list of Tokens, as JSON"),
        ("7", "send a Token, or a list of Tokens, as JSON"),
        (json.dumps([0] * 501), "too many at once: send at most 500 tokens, then the rest"),
        (" " * 300_000, "300000 bytes, at most 262144 are taken: send less at once"),
    ],
)
async def test_what_is_no_batch_is_answered_with_the_reason(tmp_path: Path, payload: str, said: str) -> None:
    async with in_touch(tmp_path) as backend:
        assert await backend.ask("tokens/put", payload) == {"error": said}


async def test_a_request_that_the_broker_kept_is_refused_for_it_would_come_at_every_connection(tmp_path: Path) -> None:
    async with in_touch(tmp_path, lying=example("json tokens/put")) as backend:
        assert "send it without the retain flag" in (await backend.hear())["error"]
        assert (await backend.ask("tokens/held", "", name="held"))["count"] == 0


async def test_an_address_that_would_fill_the_journal_is_refused(tmp_path: Path) -> None:
    async with in_touch(tmp_path) as backend:
        said = await backend.ask("tokens/put", "[]", name="x" * 129)
        assert said == {"error": "Correlation Data of more than 128 bytes: send shorter ones"}
        with capture_logs() as lines:
            for nowhere in (f"{BASE}/replies/{'x' * 256}", "elsewhere", f"{BASE}/status"):
                await backend.send("tokens/put", "[]", to=nowhere)
            assert await backend.ask("tokens/put", "[]", name="next") == {"accepted": 0, "refused": []}
        assert [line["event"] for line in lines] == ["request_not_answered"], "said once, however many come"


async def test_what_would_fill_the_memory_the_broker_does_not_hand_over(tmp_path: Path) -> None:
    async with in_touch(tmp_path) as backend:
        await backend.send("tokens/put", b" " * (2 << 20), name="huge")
        await backend.ask("tokens/put", "[]", name="next")
        assert backend.heard == ["next"]


async def test_a_malformed_token_keeps_no_other_out(tmp_path: Path) -> None:
    async with in_touch(tmp_path) as backend:
        said = await backend.ask("tokens/put", json.dumps([a_token(1), {"uid": "04"}, a_token(2)]))
        assert said["accepted"] == 2
        assert [each["index"] for each in said["refused"]] == [1]


async def test_without_a_response_topic_the_answer_comes_where_the_contract_says(tmp_path: Path) -> None:
    async with in_touch(tmp_path) as backend:
        assert (await backend.ask("tokens/put", "[]", to=None)) == {"accepted": 0, "refused": []}


async def test_ten_thousand_tokens_come_in_messages_of_five_hundred(tmp_path: Path) -> None:
    async with in_touch(tmp_path) as backend:
        for begin in range(0, 10_000, 500):
            batch = json.dumps([a_token(number) for number in range(begin, begin + 500)])
            assert (await backend.ask("tokens/put", batch, name=str(begin)))["accepted"] == 500
        assert (await backend.ask("tokens/held", "", name="held"))["count"] == 10_000


async def test_what_is_not_accepted_is_not_even_subscribed_to(tmp_path: Path) -> None:
    async with open_journal(tmp_path / "j", project) as journal, open_registry(tmp_path / "r", journal) as registry:
        silent = settings(1, accepts=())
        topics = [each.topic for each in respondents(silent, US, Answering(_reconciler(journal), registry))]
        assert topics == ["inventory/request"]


async def test_the_contracts_acl_lets_through_what_it_should_and_nothing_else(tmp_path: Path) -> None:
    acl = tmp_path / "acl"
    acl.write_text(example("acl"))
    acl.chmod(0o644)
    lines = ("allow_anonymous true", f"acl_file {acl}")
    async with in_touch(tmp_path, *lines, listener="backend", username="garage-1") as backend:
        assert (await backend.ask("tokens/put", "[]")) == {"accepted": 0, "refused": []}
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.5):
                await backend.ask("status", b'{"status":"offline"}', to=f"{BASE}/status", name="no")
