"""The uplink to an MQTT broker: the OCPI objects on topics, accepted when the broker has acknowledged them."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from functools import lru_cache

import aiomqtt
import structlog
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from gateway.core.delivery import Accepted, Deferred, Delivery, Receipt, Rejected
from gateway.core.identifiers import Party
from gateway.ocpi.quoting import quote
from gateway.settings import MqttBackendSettings
from gateway.uplink.broker import Broker
from gateway.uplink.mqtt_requests import OrderTaker, RequestDesk, Respondent
from gateway.uplink.packets import object_properties
from gateway.uplink.ports import LinkDown
from gateway.uplink.request_ids import new_request_id
from gateway.uplink.tls import client_context, explain
from gateway.uplink.topics import (
    OFFLINE,
    ONLINE,
    is_retained,
    object_topic,
    own_properties,
    owner_topic,
    shared_properties,
    status_topic,
)

_log = structlog.get_logger()

_KEEPALIVE_S = 30  # a dead line is noticed within 45 s also when there is nothing to send
_MQTT5 = 5
_MOST_REQUESTS = 64  # that wait for an answer; more at once are dropped, and asked again
_LONGEST_PACKET = 1 << 20  # bytes that a broker may hand us at once; what is somewhat too long is still answered so

# PUBACK reason codes (MQTT 5, 3.4.2.1). Refusals an operator can undo keep the object owed; the others park it.
_NO_SUBSCRIBERS = 0x10
_FIRST_FAILURE = 0x80
_DEFERRING: Mapping[int, str] = {
    0x80: "the broker failed without saying why: look into its log if this stays",
    0x83: "the broker refused for reasons of its own: look into its log",
    0x87: "the broker does not let us publish there: allow this user the topics under the prefix in its ACL",
    0x91: "the broker is confused about packet ids: nothing to do unless this stays",
    0x97: "a quota of the broker is used up: raise it, or wait",
}
_REJECTING: Mapping[int, str] = {
    0x90: "the broker does not take this topic name: change the prefix or the broker's rules",
    0x99: "the broker says that the payload is not what it should be",
}

# CONNACK reason codes (MQTT 5, 3.2.2.2; those of 3.1.1 are mapped to them), the ones with a remedy of their own.
_REFUSALS: Mapping[int, str] = {
    0x84: "does not speak this MQTT version: set protocol to 311 or 5",
    0x85: "does not accept our client id: change client_id",
    0x86: "does not accept user name and password: check username and password_file",
    0x87: "does not let us in: check username and password_file, and the broker's ACL",
    0x88: "says it is unavailable: look into the broker's log if this stays",
    0x89: "says it is busy: nothing to do unless this stays",
    0x8A: "has banned us: ask its operator",
    0x95: "says our packets are too large: raise its packet limit",
    0x97: "says a quota is used up: raise it, or wait",
    0x9A: "does not allow retained messages, and our status is one: allow them",
    0x9F: "says we connect too often: nothing to do unless this stays",
}


class MqttUplink:
    """A broker; password and TLS files are read anew for every session. `owner` is the party the site belongs to."""

    def __init__(
        self, settings: MqttBackendSettings, owner: Party, respondents: tuple[Respondent | OrderTaker, ...] = ()
    ) -> None:
        self._settings = settings
        self._owner = owner
        self.requests = RequestDesk(settings.name, respondents)

    @asynccontextmanager
    async def session(self) -> AsyncIterator["MqttLink"]:
        """Connect, say online, and offline on leaving; if the line breaks the broker says it for us (last will)."""
        settings = self._settings
        where = f"{settings.host}:{settings.port}"
        try:
            broker = self._broker()
        except ValueError as problem:
            raise LinkDown(str(problem)) from None
        try:
            await broker.__aenter__()
        except aiomqtt.MqttError as error:
            broker.hang_up()
            raise LinkDown(_explain_refusal(error, where)) from None
        link = MqttLink(settings, broker, status_topic(settings.prefix, self._owner))
        try:
            await self.requests.open(link, owner_topic(settings.prefix, self._owner))
            await link.say(ONLINE)  # from here on requests are heard
            yield link
        except ConnectionResetError as lost:
            raise LinkDown(str(lost)) from None
        finally:
            with suppress(OSError):
                if not broker.lost.done():
                    await link.say(OFFLINE)
            with suppress(aiomqtt.MqttError, OSError):
                await broker.__aexit__(None, None, None)

    def _broker(self) -> Broker:
        settings = self._settings
        is_mqtt_5 = settings.protocol == _MQTT5
        return Broker(
            settings.host,
            settings.port,
            username=settings.username,
            password=_read_password(settings),
            identifier=settings.client_id,
            protocol=aiomqtt.ProtocolVersion.V5 if is_mqtt_5 else aiomqtt.ProtocolVersion.V311,
            properties=_limits() if is_mqtt_5 else None,
            will=aiomqtt.Will(status_topic(settings.prefix, self._owner), OFFLINE, qos=1, retain=True),
            timeout=settings.timeout_s,
            keepalive=_KEEPALIVE_S,
            tls_context=None if settings.tls is None else client_context(settings.tls),
            max_queued_incoming_messages=_MOST_REQUESTS,
        )


class MqttLink:
    """A connection to the broker; gone for good once it is lost."""

    def __init__(self, settings: MqttBackendSettings, broker: Broker, status: str) -> None:
        self._settings = settings
        self._broker = broker
        self._status = status

    @property
    def lost(self) -> asyncio.Future[str]:
        """Done, with the reason, when the connection is gone or the broker has fallen silent."""
        return self._broker.lost

    async def say(self, status: bytes) -> None:
        """Publish our retained status; ConnectionResetError if the broker does not acknowledge it."""
        code = await self._broker.publish_acknowledged(self._status, status, retain=True)
        if code >= _FIRST_FAILURE:
            _log.warning(
                "status_refused", backend=self._settings.name, topic=self._status, reason=f"PUBACK 0x{code:02x}"
            )

    @property
    def incoming(self) -> aiomqtt.client.MessagesIterator:
        """What comes in on the topics that were asked for."""
        return self._broker.messages

    async def subscribe(self, topic: str) -> bool:
        """Ask for what comes on a topic; False where the broker does not let us."""
        try:
            granted = await self._broker.subscribe(topic, qos=1, timeout=self._settings.timeout_s)
        except aiomqtt.MqttError:
            return False
        return all(_code(each) < _FIRST_FAILURE for each in granted)

    async def reply(self, topic: str, payload: bytes, properties: bytes | None) -> None:
        """Publish an answer; ConnectionResetError if the connection goes before it is acknowledged."""
        await self._broker.publish_acknowledged(topic, payload, properties=properties)

    async def deliver(self, delivery: Delivery) -> Receipt:
        """Publish one object; Accepted only after a PUBACK that says so, see `judge_puback`."""
        longest = self._broker.longest_payload
        if longest is not None and len(delivery.body) > longest:
            return Rejected(f"{len(delivery.body)} bytes, the broker takes {longest}: raise its max_packet_size")
        topic, properties = object_topic(self._settings.prefix, delivery), self._properties(delivery)
        try:
            code = await self._broker.publish_acknowledged(
                topic, delivery.body, retain=is_retained(delivery), properties=properties
            )
        except ConnectionResetError as lost:
            return Deferred(str(lost))
        return judge_puback(code)

    def _properties(self, delivery: Delivery) -> bytes | None:
        """MQTT 5 only: what an HTTP request says outside its body. 3.1.1 has no place for it."""
        if self._settings.protocol != _MQTT5:
            return None
        shared = shared_properties(delivery.kind, delivery.owner, delivery.version)
        return object_properties(shared, own_properties(delivery, new_request_id()))


def _limits() -> Properties:
    """Say in CONNECT what a broker must not hand us: a client that may publish our requests could fill the memory."""
    properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call] # paho annotates only part of itself
    properties.MaximumPacketSize = _LONGEST_PACKET
    return properties


def _code(granted: int | ReasonCode) -> int:
    return granted.value if isinstance(granted, ReasonCode) else granted


@lru_cache
def judge_puback(code: int) -> Receipt:
    """Say what a PUBACK's reason code means; 0x10 is success too, but nobody has subscribed."""
    if code in _REJECTING:
        return Rejected(f"PUBACK 0x{code:02x}: {_REJECTING[code]}")
    if code >= _FIRST_FAILURE:
        return Deferred(f"PUBACK 0x{code:02x}: {_DEFERRING.get(code, 'the broker refused: look into its log')}")
    return Accepted("PUBACK 0x10, nobody has subscribed" if code == _NO_SUBSCRIBERS else f"PUBACK 0x{code:02x}")


def _explain_refusal(error: aiomqtt.MqttError, where: str) -> str:
    """Say why there is no connection: a CONNACK's reason, or what stands behind aiomqtt's error."""
    reason = getattr(error, "rc", None)
    if isinstance(reason, ReasonCode):
        said = _REFUSALS.get(reason.value, "does not let us in: look into its log")
        return f"the broker {where} {said} (CONNACK 0x{reason.value:02x}, {quote(str(reason))})"
    return explain(error, f"the broker {where}")


def _read_password(settings: MqttBackendSettings) -> str | None:
    path = settings.password_file
    if path is None:
        return None
    try:
        return path.read_text(encoding="utf-8").rstrip("\r\n")
    except OSError as error:
        raise ValueError(f"{path} cannot be read ({error.strerror}): correct password_file") from None
