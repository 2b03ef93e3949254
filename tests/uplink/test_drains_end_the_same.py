"""Whatever befalls a drain in its middle, it ends the same: everything arrived, each CDR in its bytes, nothing owed.

Over HTTPS to a real TLS server, and over MQTT to a real broker with a consumer that keeps its place.
"""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import aiomqtt
import pytest
from aiohttp import web
from uplink.certificates import Authority
from uplink.mosquitto import HOST, Mosquitto, listening
from uplink.shipping import BACKEND, OWNER, MemoryOutbox, a_cdr, a_session, shipping
from uplink.small_peer import TOKEN, SmallPeer, envelope, hang

from gateway.core.delivery import Accepted, Delivery, Receipt
from gateway.settings import MqttBackendSettings, OcpiBackendSettings, TlsSettings
from gateway.uplink.access import Access
from gateway.uplink.backoff import Backoff
from gateway.uplink.https import OcpiUplink
from gateway.uplink.mqtt import MqttUplink
from gateway.uplink.ports import Link
from gateway.uplink.shipper import Shipper

pytestmark = pytest.mark.slow

SESSIONS = 40
QUICK = Backoff(base_s=0.02, cap_s=0.2)
TIMEOUT_S = 1.0
NOWHERE = "backend.invalid"  # RFC 6761: resolves to nothing, for certain
BACKLOG = [row for n in range(SESSIONS) for row in (a_session(f"S{n}", 2 * n + 1), a_cdr(f"S{n}", 2 * n + 2))]
Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


async def five_hundred(_: web.Request) -> web.StreamResponse:
    return envelope(3000, status=500)


async def throttle(_: web.Request) -> web.StreamResponse:
    return envelope(2000, status=429, headers={"Retry-After": "7"})


async def garbage(_: web.Request) -> web.StreamResponse:
    return web.Response(body=b"\x00\xff<html>", content_type="application/json")


async def cut_off(request: web.Request) -> web.StreamResponse:
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


ANSWERS: dict[str, Answer] = {
    "500": five_hundred,
    "429": throttle,
    "garbage": garbage,
    "silence": hang,
    "cut off": cut_off,
}


class Peer:
    """An OCPI peer behind TLS."""

    def __init__(self, folder: Path) -> None:
        self._authority = Authority(folder / "ca", "ca")
        self._peer = SmallPeer()
        self._host = "127.0.0.1"
        tls = TlsSettings(ca_file=self._authority.ca_file)
        settings = OcpiBackendSettings(BACKEND, "", Path(), "DE", "HUB", tls=tls, timeout_s=TIMEOUT_S)
        uplink = OcpiUplink(settings, lambda: Access(f"https://{self._host}:{self._peer.port}/versions", TOKEN))
        self.session: Callable[[], AbstractAsyncContextManager[Link]] = uplink.session

    def _context(self, name: str, **dates: timedelta) -> ssl.SSLContext:
        certificate = self._authority.issue(name, "127.0.0.1", **dates)
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificate.cert_file, certificate.key_file)
        return context

    @asynccontextmanager
    async def up(self) -> AsyncIterator[None]:
        await self._peer.start(self._context("good"))
        yield
        await self._peer.stop()

    async def suffer(self, fault: str, acknowledged: int) -> None:
        assert len(self._peer.stored) == acknowledged
        if fault in ANSWERS:
            self._peer.behave = ANSWERS[fault]
            return
        await self._peer.stop()
        if fault == "certificate expired":
            await self._peer.start(self._context("expired", begins=timedelta(days=-3), ends=timedelta(days=-1)))
        elif fault == "no DNS":
            self._host = NOWHERE

    async def recover(self) -> None:
        self._peer.behave, self._host = None, "127.0.0.1"
        await self._peer.stop()
        await self._peer.start(self._context("renewed"))

    async def received(self) -> dict[str, bytes]:
        return {json.loads(body)["id"]: body for body in self._peer.stored.values()}


class Broker:
    """A broker, and a consumer whose place it keeps."""

    def __init__(self, folder: Path) -> None:
        self._mosquitto = Mosquitto(folder / "broker", "allow_anonymous true", "autosave_interval 1")
        self._stack = AsyncExitStack()
        self._consumer: aiomqtt.Client | None = None
        self._host = HOST
        self._got: dict[str, bytes] = {}

    def session(self) -> AbstractAsyncContextManager[Link]:
        port = self._mosquitto.port
        settings = MqttBackendSettings(BACKEND, self._host, port, "ocpi", "gateway", timeout_s=TIMEOUT_S)
        return MqttUplink(settings, OWNER).session()

    @asynccontextmanager
    async def up(self) -> AsyncIterator[None]:
        await self._begin()
        yield
        await self._stack.aclose()
        await self._mosquitto.kill()

    async def _begin(self) -> None:
        await self._mosquitto.start()
        self._consumer = await self._stack.enter_async_context(listening(self._mosquitto, "ocpi/+/+/+/+"))

    async def suffer(self, fault: str, acknowledged: int) -> None:
        if fault == "silence":
            self._mosquitto.freeze()
            return
        self._host = NOWHERE if fault == "no DNS" else HOST
        await self._take(lambda: len(self._got) >= acknowledged)
        await self._mosquitto.kill()
        with suppress(aiomqtt.MqttError):
            await self._stack.aclose()
        self._consumer = None

    async def recover(self) -> None:
        if self._consumer is not None:
            self._mosquitto.thaw()
            return
        self._host = HOST
        await self._begin()

    async def received(self) -> dict[str, bytes]:
        await self._take(lambda: len(self._got) == len(BACKLOG))
        return self._got

    async def _take(self, is_enough: Callable[[], bool]) -> None:
        assert self._consumer is not None
        while not is_enough():
            message = await anext(self._consumer.messages)
            assert isinstance(message.payload, bytes)
            self._got[json.loads(message.payload)["id"]] = message.payload


@dataclass
class Tripwire:
    """The backend's uplink; when half of the backlog went over it, the fault befalls the backend."""

    backend: Peer | Broker
    fault: str
    delivered: int = 0
    acknowledged: int = 0
    in_flight: int = 0
    has_tripped: asyncio.Event = field(default_factory=asyncio.Event)
    is_quiet: asyncio.Event = field(default_factory=asyncio.Event)
    waits: list[float] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)

    @asynccontextmanager
    async def session(self) -> AsyncIterator["TrippedLink"]:
        async with self.backend.session() as link:
            yield TrippedLink(link, self)


@dataclass
class TrippedLink:
    """One connection over it."""

    link: Link
    wire: Tripwire

    @property
    def lost(self) -> asyncio.Future[str]:
        return self.link.lost

    async def deliver(self, delivery: Delivery) -> Receipt:
        wire = self.wire
        wire.delivered += 1
        if wire.delivered == SESSIONS:
            while wire.in_flight:  # what a broker acknowledged and had no time to pass on dies with it
                wire.is_quiet.clear()
                await wire.is_quiet.wait()
            await wire.backend.suffer(wire.fault, wire.acknowledged)
            wire.has_tripped.set()
        elif wire.delivered > SESSIONS:
            await wire.has_tripped.wait()
        wire.in_flight += 1
        receipt = await self.link.deliver(delivery)
        wire.in_flight -= 1
        wire.acknowledged += isinstance(receipt, Accepted)
        wire.is_quiet.set()
        return receipt


@pytest.mark.parametrize(
    ("kind", "fault", "trouble"),
    [
        (Peer, "500", "HTTP 500"),
        (Peer, "429", "HTTP 429"),
        (Peer, "garbage", "no OCPI answer"),
        (Peer, "silence", "did not answer in time"),
        (Peer, "cut off", "Server disconnected"),
        (Peer, "gone", "refuses connections"),
        (Peer, "certificate expired", "has expired"),
        (Peer, "no DNS", "does not resolve"),
        (Broker, "killed", "broke"),
        (Broker, "silence", "has not acknowledged within"),
        (Broker, "no DNS", "does not resolve"),
    ],
    ids=lambda value: value.__name__ if isinstance(value, type) else value,
)
async def test_a_drain_ends_the_same(kind: type[Peer] | type[Broker], fault: str, trouble: str, tmp_path: Path) -> None:
    backend = kind(tmp_path)
    wire, outbox = Tripwire(backend, fault), MemoryOutbox(*BACKLOG)

    async def pause(seconds: float) -> None:
        wire.waits.append(seconds)
        wire.troubles.append(shipper.state.trouble or "")
        if len(wire.waits) == 3:  # the fault was surely met by now
            await backend.recover()
        await asyncio.sleep(min(seconds, 0.05))

    shipper = Shipper(BACKEND, wire, outbox, backoff=QUICK, sleep=pause)
    async with asyncio.timeout(40), backend.up():
        async with shipping(shipper):
            await outbox.until_empty()
        received = await backend.received()

    assert received == {row.object_id: row.body for row in BACKLOG}
    assert {name for name, _ in outbox.accepted} == received.keys()
    assert outbox.parked == {}
    assert any(trouble in said for said in wire.troubles), wire.troubles
    assert any(wait >= 7 for wait in wire.waits) == (fault == "429")
