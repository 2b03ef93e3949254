"""What any uplink must promise, over HTTPS to a real TLS server and over MQTT to a real broker."""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import pytest
from aiohttp import web
from uplink.certificates import Authority
from uplink.mosquitto import HOST, Mosquitto, listening
from uplink.shipping import BACKEND, OWNER, MemoryOutbox, a_cdr, a_session, shipping
from uplink.small_peer import TOKEN, SmallPeer, envelope, hang

from gateway.core.delivery import Accepted, Deferred, ObjectKind, Rejected
from gateway.settings import MqttBackendSettings, OcpiBackendSettings, TlsSettings
from gateway.uplink.access import read_access
from gateway.uplink.backoff import Backoff
from gateway.uplink.https import OcpiUplink
from gateway.uplink.mqtt import MqttUplink
from gateway.uplink.ports import LinkDown, Uplink
from gateway.uplink.shipper import Shipper

if TYPE_CHECKING:
    import aiomqtt

pytestmark = pytest.mark.slow

LONG_REMARK = "x" * 20_000  # what the backends of this suite refuse
QUICK = Backoff(base_s=0.02, cap_s=0.2)
TIMEOUT_S = 1.0


class Backend(Protocol):
    """The other end: it can be down, deaf or choosy, and tells what it holds."""

    uplink: Uplink

    async def go_down(self) -> None: ...

    async def come_up(self) -> None: ...

    def fall_silent(self) -> None:
        """Take what comes, and acknowledge nothing."""

    def speak_again(self) -> None: ...

    async def next_body(self) -> bytes:
        """The next object that arrived, in order."""
        ...


class TlsPeer:
    """An OCPI peer behind TLS that refuses CDRs with a long remark."""

    def __init__(self, folder: Path) -> None:
        authority = Authority(folder / "ca", "ca")
        certificate = authority.issue("peer", "127.0.0.1")
        self._context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self._context.load_cert_chain(certificate.cert_file, certificate.key_file)
        self._token_file = folder / "token"
        self._token_file.write_text(TOKEN)
        self._ca_file = authority.ca_file
        self._arrived: asyncio.Queue[bytes] = asyncio.Queue()
        self._peer = SmallPeer(behave=self._answer)

    @property
    def uplink(self) -> Uplink:
        settings = OcpiBackendSettings(
            name=BACKEND,
            versions_url=f"https://127.0.0.1:{self._peer.port}/versions",
            token_file=self._token_file,
            country_code="DE",
            party_id="HUB",
            tls=TlsSettings(ca_file=self._ca_file),
            timeout_s=TIMEOUT_S,
        )
        return OcpiUplink(settings, partial(read_access, settings))

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        if len(body) > len(LONG_REMARK):
            return envelope(2001, "remark is too long")
        if request.method != "GET":
            self._arrived.put_nowait(body)
        return await self._peer.store(request)

    async def come_up(self) -> None:
        await self._peer.start(self._context)

    async def go_down(self) -> None:
        await self._peer.stop()

    def fall_silent(self) -> None:
        self._peer.behave = hang

    def speak_again(self) -> None:
        self._peer.behave = self._answer

    async def next_body(self) -> bytes:
        return await self._arrived.get()


class Broker:
    """Mosquitto with a packet limit, and a consumer with a session that outlives every outage."""

    def __init__(self, folder: Path, protocol: int) -> None:
        self._mosquitto = Mosquitto(folder, "allow_anonymous true", "max_packet_size 15000")
        self._stack = AsyncExitStack()
        self._consumer: aiomqtt.Client | None = None
        self.uplink: Uplink = MqttUplink(
            MqttBackendSettings(
                name=BACKEND,
                host=HOST,
                port=self._mosquitto.port,
                prefix="ocpi",
                client_id="gateway",
                protocol=protocol,
                timeout_s=TIMEOUT_S,
            ),
            OWNER,
        )

    async def come_up(self) -> None:
        await self._mosquitto.start()
        self._consumer = await self._stack.enter_async_context(listening(self._mosquitto, "ocpi/+/+/+/+"))

    async def go_down(self) -> None:
        await self._stack.aclose()
        await self._mosquitto.stop()

    def fall_silent(self) -> None:
        self._mosquitto.freeze()

    def speak_again(self) -> None:
        self._mosquitto.thaw()

    async def next_body(self) -> bytes:
        assert self._consumer is not None
        message = await anext(self._consumer.messages)
        assert isinstance(message.payload, bytes)
        return message.payload


@pytest.fixture(params=["https", "mqtt 5"])
async def backend(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Backend]:
    backend: Backend = TlsPeer(tmp_path) if request.param == "https" else Broker(tmp_path / "broker", 5)
    await backend.come_up()
    yield backend
    backend.speak_again()
    await backend.go_down()


async def test_it_delivers_the_exact_bytes(backend: Backend) -> None:
    async with asyncio.timeout(10), backend.uplink.session() as link:
        receipts = [await link.deliver(delivery) for delivery in (a_session(), a_cdr())]
        arrived = [await backend.next_body(), await backend.next_body()]

    assert [type(receipt) for receipt in receipts] == [Accepted, Accepted]
    assert arrived == [a_session().body, a_cdr().body]


async def test_it_takes_several_at_once(backend: Backend) -> None:
    sessions = [a_session(f"S{n}", n) for n in range(20)]
    async with asyncio.timeout(10), backend.uplink.session() as link:
        receipts = await asyncio.gather(*(link.deliver(delivery) for delivery in sessions))
        arrived = {await backend.next_body() for _ in sessions}

    assert {type(receipt) for receipt in receipts} == {Accepted}
    assert arrived == {delivery.body for delivery in sessions}


async def test_it_rejects_what_the_backend_refuses_and_goes_on(backend: Backend) -> None:
    async with asyncio.timeout(10), backend.uplink.session() as link:
        refused = await link.deliver(a_cdr(remark=LONG_REMARK))
        taken = await link.deliver(a_session("S2"))

    assert isinstance(refused, Rejected)
    assert isinstance(taken, Accepted)


async def test_a_backend_that_is_down_is_one_line_with_a_remedy(backend: Backend) -> None:
    await backend.go_down()

    with pytest.raises(LinkDown) as down:
        async with asyncio.timeout(10), backend.uplink.session():
            pytest.fail("connected to nothing")
    await backend.come_up()

    assert str(down.value).endswith("refuses connections: check that the backend runs and the port is right")


async def test_it_defers_when_the_backend_goes_down_in_the_middle(backend: Backend) -> None:
    async with asyncio.timeout(10), backend.uplink.session() as link:
        first = await link.deliver(a_session())
        await backend.go_down()
        second = await link.deliver(a_cdr())
    await backend.come_up()

    assert isinstance(first, Accepted)
    assert isinstance(second, Deferred)


async def test_it_never_accepts_without_an_acknowledgement(backend: Backend) -> None:
    async with asyncio.timeout(10), backend.uplink.session() as link:
        backend.fall_silent()
        receipt = await link.deliver(a_cdr())
        backend.speak_again()

    assert isinstance(receipt, Deferred)
    assert ":" in receipt.reason


async def test_after_a_night_offline_everything_arrives_once_in_its_newest_state(backend: Backend) -> None:
    outbox = MemoryOutbox()
    shipper = Shipper(BACKEND, backend.uplink, outbox, backoff=QUICK)
    async with asyncio.timeout(20), shipping(shipper):
        await outbox.until_empty()
        await backend.go_down()
        for seq in range(1, 50):
            outbox.owe(a_session("S1", seq, kwh=f"{seq}.5"))
        outbox.owe(a_cdr("S1", 50))
        await backend.come_up()
        await outbox.until_empty()
        arrived = [await backend.next_body(), await backend.next_body()]
        outbox.owe(a_session("S2", 60))
        arrived.append(await backend.next_body())

    assert [json.loads(body)["id"] for body in arrived] == ["S1", "S1-CDR", "S2"]
    assert arrived[0] == a_session("S1", 49, kwh="49.5").body
    assert outbox.parked == {}


async def test_a_refused_object_is_parked_and_its_neighbours_arrive(backend: Backend) -> None:
    outbox = MemoryOutbox(a_cdr("BAD", 1, remark=LONG_REMARK), a_session("S1", 2), a_cdr("S1", 3))
    async with asyncio.timeout(20), shipping(Shipper(BACKEND, backend.uplink, outbox, backoff=QUICK)):
        await outbox.until_empty()

    assert list(outbox.parked) == [(ObjectKind.CDR, "BAD-CDR")]
    assert outbox.accepted == [("S1", 2), ("S1-CDR", 3)]


async def test_an_object_that_met_silence_arrives_when_the_backend_speaks_again(backend: Backend) -> None:
    outbox = MemoryOutbox(a_cdr())
    pausing = asyncio.Event()

    async def pause(seconds: float) -> None:
        pausing.set()
        await asyncio.sleep(seconds)

    shipper = Shipper(BACKEND, backend.uplink, outbox, backoff=QUICK, sleep=pause)
    backend.fall_silent()
    async with asyncio.timeout(20), shipping(shipper):
        await pausing.wait()
        assert shipper.state.trouble is not None
        backend.speak_again()
        await outbox.until_empty()

    assert outbox.accepted == [("S1-CDR", 2)]
    assert shipper.state.connected


async def test_mqtt_3_1_1_recovers_too(tmp_path: Path) -> None:
    broker = Broker(tmp_path / "broker", 311)
    await broker.come_up()
    outbox = MemoryOutbox(a_session())
    async with asyncio.timeout(20), shipping(Shipper(BACKEND, broker.uplink, outbox, backoff=QUICK)):
        arrived = [await broker.next_body()]
        await outbox.until_empty()
        await broker.go_down()
        outbox.owe(a_cdr())
        await broker.come_up()
        arrived.append(await broker.next_body())
        await outbox.until_empty()
    await broker.go_down()

    assert arrived == [a_session().body, a_cdr().body]
