"""A backend on MQTT: subscribes to everything below one prefix, records it, and judges it by the published contract."""

import asyncio
import json
import ssl
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote
from uuid import uuid4

import aiomqtt
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from hwsim.ocpi_peer_objects import CDR, SESSION
from hwsim.ocpi_peer_types import NotJson, Table, obj, read_json

QOS_AT_LEAST_ONCE = 1
METHODS: Mapping[str, tuple[str, Table]] = {"sessions": ("PUT", SESSION), "cdrs": ("POST", CDR)}
STATUSES = frozenset({"online", "offline"})
MQTT_5 = 5


@dataclass(frozen=True, slots=True)
class WatchedMessage:
    """A message as it came."""

    topic: str
    payload: bytes
    qos: int
    retain: bool
    properties: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class MqttViolation:
    """A breach of the contract, and the topic it stood on."""

    topic: str
    finding: str


@dataclass(frozen=True, slots=True)
class Subscription:
    """Where to listen: a broker's address, the prefix, and what the broker asks of its clients."""

    port: int
    prefix: str
    protocol: int = MQTT_5
    username: str | None = None
    password: str | None = None
    tls: ssl.SSLContext | None = None


class MqttWatch:
    """The subscriber. `run` is its whole life; `tell(what, **detail)` hears of every object and every violation."""

    def __init__(self, subscription: Subscription, tell: Callable[..., None]) -> None:
        self.messages: list[WatchedMessage] = []
        self.violations: list[MqttViolation] = []
        self.status: str | None = None
        self.ready = asyncio.Event()
        self._subscription = subscription
        self._tell = tell
        self._request_ids: dict[str, bytes] = {}
        self._cdrs: dict[str, bytes] = {}
        self._client: aiomqtt.Client | None = None

    async def run(self) -> None:
        """Listen for ever, coming back when the broker does."""
        while True:
            try:
                await self._listen()
            except aiomqtt.MqttError:
                self.ready.clear()
                # The broker is away on purpose more often than not; it is local and free to ask.
                await asyncio.sleep(0.1)

    def bodies(self, kind: str, object_id: str) -> list[bytes]:
        """Give every payload that came for one object; `kind` is sessions or cdrs."""
        end = f"/{kind}/{object_id}"
        return [message.payload for message in self.messages if message.topic.endswith(end)]

    async def order(self, command: str, evse: str | None, owner: tuple[str, str]) -> None:
        """Send a command as a backend without an OCPI server does; what it needs it knows from its topics."""
        await self.ready.wait()
        if self._client is None:
            raise aiomqtt.MqttError("the broker is away")
        base = next(topic.removesuffix("/status") for topic in self._topics("status"))
        body: dict[str, Any] = {"session_id": self._running_session()}
        if command == "START_SESSION":
            location = next(unquote(topic.rpartition("/")[2]) for topic in self._topics("locations", levels=2))
            body = {"token": app_user(owner), "location_id": location, **({} if evse is None else {"evse_uid": evse})}
        properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
        properties.ResponseTopic = f"{base}/replies/hwsim"
        properties.CorrelationData = uuid4().bytes
        self._tell("mqtt_order", command=command)
        await self._client.publish(f"{base}/commands/{command}", json.dumps(body), qos=1, properties=properties)

    def _topics(self, module: str, levels: int = 1) -> Iterator[str]:
        return (each.topic for each in self.messages if each.topic.split("/")[-levels] == module)

    def _running_session(self) -> str | None:
        sessions = (json.loads(each.payload) for each in reversed(self.messages) if "/sessions/" in each.topic)
        return next((str(session["id"]) for session in sessions if session["status"] == "ACTIVE"), None)

    def _hear_reply(self, message: WatchedMessage) -> None:
        said = json.loads(message.payload)
        if "timeout" not in said:
            self._tell("mqtt_result", id=str(said.get("id")), result=str(said.get("result", said.get("error"))))

    async def _listen(self) -> None:
        to = self._subscription
        version = aiomqtt.ProtocolVersion.V5 if to.protocol == MQTT_5 else aiomqtt.ProtocolVersion.V311
        async with aiomqtt.Client(
            "localhost",
            to.port,
            protocol=version,
            username=to.username,
            password=to.password,
            tls_context=to.tls,
            # The broker keeps our place while we are away, as it would for a backend that means it.
            identifier="hwsim-watch",
            **({"clean_start": False, "properties": lasting()} if to.protocol == MQTT_5 else {"clean_session": False}),
        ) as client:
            await client.subscribe(f"{to.prefix}/#", qos=QOS_AT_LEAST_ONCE)
            self._client = client
            self.ready.set()
            async for message in client.messages:
                pairs = getattr(message.properties, "UserProperty", None) or []
                payload = message.payload if isinstance(message.payload, bytes) else str(message.payload).encode()
                self.take(WatchedMessage(str(message.topic), payload, message.qos, bool(message.retain), dict(pairs)))

    def take(self, message: WatchedMessage) -> None:
        """Record a message and judge it."""
        self.messages.append(message)
        for finding in self._judge(message):
            self.violations.append(MqttViolation(message.topic, finding))
            self._tell("violation", request=f"MQTT {message.topic}", finding=finding)

    def _judge(self, message: WatchedMessage) -> Iterator[str]:
        prefix = f"{self._subscription.prefix}/"
        match message.topic.removeprefix(prefix).split("/"):
            case [_, _, "status"]:
                yield from self._judge_status(message)
            case [country, party, ("sessions" | "cdrs") as kind, object_id]:
                yield from self._judge_object(message, kind, (unquote(country), unquote(party), unquote(object_id)))
            case [country, party, ("locations" | "tariffs"), object_id]:
                yield from self._judge_place(message, (unquote(country), unquote(party), unquote(object_id)))
            case [_, _, "commands", _]:
                pass  # what we ordered ourselves, as we hear it too
            case [_, _, "replies", *_]:
                self._hear_reply(message)
            case [_, _, "locations", _, _]:
                yield from self._judge_evse(message)
            case [_, _, "inventory"] | [_, _, "inventory", "request"] | [_, _, "replies", *_]:
                pass  # what a backend asks, and what it is answered
            case _:
                yield "is not a topic of the contract"

    def _judge_place(self, message: WatchedMessage, ids: tuple[str, str, str]) -> Iterator[str]:
        """Judge a Location or Tariff: complete, and the one that the topic names."""
        value, findings = _value_of(message.payload)
        yield from findings
        if isinstance(value, dict):
            yield from self._judge_ids(value, ids)
        if self._subscription.protocol == MQTT_5:
            yield from self._judge_properties(message, "PUT", ids[:2])

    def _judge_evse(self, message: WatchedMessage) -> Iterator[str]:
        """Judge the status of an EVSE: that, and since when."""
        value, findings = _value_of(message.payload)
        yield from findings
        if not isinstance(value, dict) or value.keys() != {"status", "last_updated"}:
            yield "the status of an EVSE is its status and last_updated, and nothing else"
        else:
            self._tell("mqtt_evse", topic=message.topic, status=str(value["status"]))

    def _judge_status(self, message: WatchedMessage) -> Iterator[str]:
        try:
            value = json.loads(message.payload)
        except ValueError:
            value = None
        status = value.get("status") if isinstance(value, dict) else None
        if status not in STATUSES:
            yield f"the status message is {message.payload!r} instead of a JSON object with status online or offline"
            return
        self.status = str(status)
        self._tell("mqtt_status", status=self.status)

    def _judge_object(self, message: WatchedMessage, kind: str, ids: tuple[str, str, str]) -> Iterator[str]:
        method, table = METHODS[kind]
        if message.retain:
            yield "a Session or CDR is personal data and must not be retained"
        if message.qos != QOS_AT_LEAST_ONCE:
            yield f"came with QoS {message.qos} instead of 1"
        try:
            value, findings = read_json(message.payload)
        except NotJson as error:
            yield str(error)
            return
        yield from findings
        yield from obj(table)(value, "")
        if isinstance(value, dict):
            yield from self._judge_ids(value, ids)
            self._announce(kind, value)
        if kind == "cdrs" and self._cdrs.setdefault(ids[2], message.payload) != message.payload:
            yield f"CDR {ids[2]} is sealed and came again with other bytes"
        if self._subscription.protocol == MQTT_5:
            yield from self._judge_properties(message, method, ids[:2])

    def _judge_ids(self, value: dict[str, Any], ids: tuple[str, str, str]) -> Iterator[str]:
        for name, wanted in zip(("country_code", "party_id", "id"), ids, strict=True):
            if value.get(name) != wanted:
                yield f"{name} is {value.get(name)!r} in the body and {wanted!r} in the topic"

    def _judge_properties(self, message: WatchedMessage, method: str, owner: tuple[str, str]) -> Iterator[str]:
        properties = message.properties
        fixed = {"method": method, "OCPI-from-country-code": owner[0], "OCPI-from-party-id": owner[1]}
        for name, wanted in fixed.items():
            if properties.get(name) != wanted:
                yield f"user property {name} is {properties.get(name)!r} instead of {wanted!r}"
        for name in ("X-Request-ID", "X-Correlation-ID", "path"):
            if not properties.get(name):
                yield f"user property {name} is missing"
        request_id = properties.get("X-Request-ID")
        # QoS 1 may deliver one publication twice: the same id with the same bytes is no second request.
        if request_id and self._request_ids.setdefault(request_id, message.payload) != message.payload:
            yield f"X-Request-ID {request_id} was used before"

    def _announce(self, kind: str, value: dict[str, Any]) -> None:
        if kind == "sessions":
            self._tell("mqtt_session", id=str(value.get("id")), status=str(value.get("status")))
        else:
            self._tell("mqtt_cdr", id=str(value.get("id")), kwh=str(value.get("total_energy")))


def _value_of(payload: bytes) -> tuple[Any, list[str]]:
    try:
        value, findings = read_json(payload)
    except NotJson as error:
        return None, [str(error)]
    return value, list(findings)


def app_user(owner: tuple[str, str]) -> dict[str, Any]:
    """Make the Token of somebody with an app, who needs no card."""
    country, party = owner
    return {
        "country_code": country,
        "party_id": party,
        "uid": "APP-0001",
        "type": "APP_USER",
        "contract_id": f"{country}-{party}-C00000099",
        "issuer": "Simulated provider",
        "valid": True,
        "whitelist": "NEVER",
        "last_updated": "2026-01-01T00:00:00Z",
    }


def lasting() -> Properties:
    """Give CONNECT properties that make the broker keep our subscription for an hour."""
    properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
    properties.SessionExpiryInterval = 3600
    return properties
