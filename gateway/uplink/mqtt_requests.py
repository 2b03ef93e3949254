"""What backends ask over MQTT: requests on topics of ours, each answered on the topic that it names."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final, Protocol

import aiomqtt
import structlog
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from gateway.ocpi.inventory import encode_refusal
from gateway.ocpi.mqtt_order import Address

_log = structlog.get_logger()

_LARGEST_REQUEST: Final = 256 * 1024  # 500 tokens with every field; longer ones are not even read
_LONGEST_CORRELATION: Final = 128  # bytes: a command's stand in its fact, for good
_LONGEST_TOPIC: Final = 256  # likewise


@dataclass(frozen=True, slots=True)
class Respondent:
    """Answers requests on one topic below our party's: JSON in, JSON out, never raising what is a fault in the field.

    An answer to a request that names no topic goes to `otherwise`, the only one that MQTT 3.1.1 has.
    """

    topic: str
    otherwise: str
    answer: Callable[[bytes], Awaitable[bytes]]


@dataclass(frozen=True, slots=True)
class OrderTaker:
    """Like a Respondent, for what has a second answer later: it is told where that must go."""

    topic: str
    otherwise: str
    take: Callable[[bytes, Address], Awaitable[bytes]]


class Line(Protocol):
    """A connection as far as requests need it."""

    @property
    def lost(self) -> asyncio.Future[str]:
        """Done when the connection is gone."""
        ...

    @property
    def incoming(self) -> aiomqtt.client.MessagesIterator:
        """What comes in, until the connection is gone; MqttError then."""
        ...

    async def subscribe(self, topic: str) -> bool:
        """Ask for what comes on a topic; False where the broker does not let us."""
        ...

    async def reply(self, topic: str, payload: bytes, properties: bytes | None) -> None:
        """Publish an answer; ConnectionResetError if the connection goes before it is acknowledged."""
        ...


class RequestDesk:
    """Answers requests on whichever connection there is; `run` for as long as the daemon lives."""

    def __init__(self, backend: str, respondents: tuple[Respondent | OrderTaker, ...]) -> None:
        self._backend = backend
        self._base = ""
        self._all = respondents
        self._respondents: Mapping[str, Respondent | OrderTaker] = {}
        self._line: Line | None = None
        self._has_told = False
        self._connected = asyncio.Event()
        self._is_idle = asyncio.Event()
        self._is_idle.set()

    async def open(self, line: Line, base: str) -> None:
        """Subscribe below `base` on a new connection; a broker that does not allow it delivers all the same."""
        self._base, self._respondents = base, {f"{base}/{one.topic}": one for one in self._all}
        for topic in self._respondents:
            if not await line.subscribe(topic):
                _log.warning(
                    "requests_not_heard",
                    backend=self._backend,
                    topic=topic,
                    remedy="allow this user to subscribe to it in the broker's ACL",
                )
        self._line, self._has_told = line, False
        self._connected.set()

    async def run(self) -> None:
        """Answer, one after the other; returns never."""
        while True:
            await self._connected.wait()
            self._connected.clear()
            line = self._line
            if line is None or line.lost.done():
                continue
            try:
                async for message in line.incoming:
                    self._is_idle.clear()
                    try:
                        await self._take(line, message)
                    finally:
                        self._is_idle.set()
            except (aiomqtt.MqttError, ConnectionResetError):
                continue  # the shipper tells of it, and connects anew

    async def send(self, address: Address, payload: bytes) -> None:
        """Publish what nobody asked for just now; ConnectionResetError where there is no connection.

        An answer that is being given goes first: no result overtakes the response to its own command.
        """
        await self._is_idle.wait()
        line = self._line
        if line is None or line.lost.done() or address.topic is None:
            raise ConnectionResetError("there is no connection")
        topic = address.topic if address.topic.startswith(f"{self._base}/") else f"{self._base}/{address.topic}"
        await line.reply(topic, payload, _properties(address.correlation))

    async def _take(self, line: Line, message: aiomqtt.Message) -> None:
        respondent = self._respondents.get(str(message.topic))
        payload = message.payload
        if respondent is None or not isinstance(payload, bytes):
            return
        wanted = getattr(message.properties, "ResponseTopic", None)
        topic = self._reply_topic(wanted, respondent)
        if topic is None:
            self._tell_once("its response topic is not below ours, or too long")
            return
        correlation: bytes | None = getattr(message.properties, "CorrelationData", None)
        if (problem := _problem(message, payload, correlation)) is not None:
            answer = encode_refusal(problem)
        elif isinstance(respondent, OrderTaker):
            answer = await respondent.take(payload, Address(wanted, correlation))
        else:
            answer = await respondent.answer(payload)
        await line.reply(topic, answer, None if message.properties is None else _properties(correlation))

    def _tell_once(self, reason: str) -> None:
        """Log it for the first such request on a connection: who sends one may send a thousand."""
        if not self._has_told:
            self._has_told = True
            _log.warning("request_not_answered", backend=self._backend, reason=reason)

    def _reply_topic(self, wanted: str | None, respondent: Respondent | OrderTaker) -> str | None:
        """Return where to answer: only below our own replies, so that no request makes us speak in another's name."""
        if wanted is None:
            return f"{self._base}/{respondent.otherwise}"
        is_ours = wanted.startswith(f"{self._base}/replies/") and not set("+#\0") & set(wanted)
        return wanted if is_ours and len(wanted) <= _LONGEST_TOPIC else None


def _problem(message: aiomqtt.Message, payload: bytes, correlation: bytes | None) -> str | None:
    """Return why a request is not even read."""
    if message.retain:  # a command that the broker kept would be carried out anew whenever we connect
        return "a retained message is no request, it comes again at every connection: send it without the retain flag"
    if len(payload) > _LARGEST_REQUEST:
        return f"{len(payload)} bytes, at most {_LARGEST_REQUEST} are taken: send less at once"
    if len(correlation or b"") > _LONGEST_CORRELATION:
        return f"Correlation Data of more than {_LONGEST_CORRELATION} bytes: send shorter ones"
    return None


def _properties(correlation: bytes | None) -> bytes:
    properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call] # paho annotates only part of itself
    properties.PayloadFormatIndicator = 1
    properties.ContentType = "application/json"
    if correlation is not None:
        properties.CorrelationData = correlation
    packed: bytes = properties.pack()  # type: ignore[no-untyped-call] # see above
    return packed
