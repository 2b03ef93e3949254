"""Everything a scenario can touch, set up and taken down together: site, card readers, backends, gateway."""

import asyncio
import contextlib
import os
import secrets
import shutil
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from hwsim.broker import Broker, BrokerLogin, BrokerMissing
from hwsim.cards import LineCards, VirtualCard
from hwsim.chronicle import Chronicle
from hwsim.evse_din import EvseDin
from hwsim.gateway_process import GatewayProcess
from hwsim.mqtt_watch import MqttWatch, Subscription
from hwsim.ocpi_peer import OcpiPeer
from hwsim.pcscd import Pcscd, what_is_missing
from hwsim.relay_board import RelayBoard
from hwsim.site import SimulatedEvse, SimulatedSite
from hwsim.site_file import Backends, ReaderChoice, SiteFile, write_gateway_files
from hwsim.tls import CertificateAuthority, ServerCertificate

MQTT_PREFIX = "ocpi/hwsim"
READER_VARIABLE = "HWSIM_READER"


class PcscSlot:
    """A virtual reader of a real pcscd, and the card that lies on it."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._card: VirtualCard | None = None

    async def insert(self, uid: bytes) -> None:
        """Lay a card on the reader."""
        await self.remove()
        self._card = VirtualCard(uid)
        await self._card.insert(self._port)

    async def remove(self) -> None:
        """Take the card away, where one lies there."""
        if self._card is not None:
            await self._card.remove()
            self._card = None


class LineSlot:
    """A reader that speaks in lines, and the card that lies on it."""

    def __init__(self, module: LineCards) -> None:
        self._module = module

    async def insert(self, uid: bytes) -> None:
        """Lay a card on the module."""
        await self._module.show(uid)

    async def remove(self) -> None:
        """Take the card away."""
        await self._module.take_away()


CardSlot = PcscSlot | LineSlot


@dataclass(frozen=True, slots=True)
class Desk:
    """The card readers, how the gateway finds them, what its process needs for that, and a remark for the audience."""

    slots: Mapping[str, CardSlot]
    choices: Mapping[str, ReaderChoice]
    environment: Mapping[str, str]
    remark: str


@dataclass(frozen=True, slots=True)
class Post:
    """The MQTT side: the broker, and the backend that listens to it."""

    broker: Broker
    watch: MqttWatch
    login: BrokerLogin


@dataclass(frozen=True, slots=True)
class Stage:
    """The simulated world around one gateway; `post` None where no broker is installed. `remarks` tell such things."""

    directory: Path
    file: SiteFile
    chronicle: Chronicle
    site: SimulatedSite
    desk: Desk
    peer: OcpiPeer
    post: Post | None
    gateway: GatewayProcess
    config: Path
    remarks: tuple[str, ...]

    @property
    def broker(self) -> Broker:
        """The broker; raises BrokerMissing where none is installed."""
        return self._post().broker

    @property
    def watch(self) -> MqttWatch:
        """The backend behind the broker; raises BrokerMissing where none is installed."""
        return self._post().watch

    def _post(self) -> Post:
        if self.post is None:
            raise BrokerMissing(self.remarks[-1])
        return self.post


@asynccontextmanager
async def set_stage(file: SiteFile, directory: Path) -> AsyncIterator[Stage]:
    """Set everything up in a fresh directory and start it, the gateway excepted; take it down at the end."""
    make_fresh(directory)
    chronicle = Chronicle()
    async with AsyncExitStack() as opened:
        authority = CertificateAuthority(directory / "ca")
        token_file = secret_file(directory / "emsp.token")
        password_file = secret_file(directory / "broker.password")
        certificate = authority.issue("server")
        peer = OcpiPeer(
            token_file.read_text(), party=file.emsp, cpo=file.cpo, tls=certificate.context(), tell=chronicle.tell
        )
        opened.push_async_callback(peer.stop)
        await peer.start()
        post: Post | None = None
        no_post: tuple[str, ...] = ()
        try:
            login = BrokerLogin("gateway", password_file.read_text())
            post = await opened.enter_async_context(open_post(directory, login, authority, certificate, chronicle))
        except BrokerMissing as missing:
            no_post = (f"nothing goes over MQTT: {missing}",)
        site = await opened.enter_async_context(SimulatedSite(file.plan(directory)))
        for uid, evse in site.evses.items():
            report_contactor(uid, evse, chronicle)
        desk = await opened.enter_async_context(open_desk(file.readers, directory))
        backends = Backends(
            ocpi_url=peer.url,
            ocpi_token_file=token_file,
            ocpi_ca_file=authority.ca_file,
            mqtt_port=post.broker.port if post else None,
            mqtt_password_file=password_file,
            mqtt_ca_file=authority.ca_file,
            mqtt_prefix=MQTT_PREFIX,
            mqtt_username=post.login.username if post else None,
        )
        config = write_gateway_files(file, site, desk.choices, backends, directory)
        gateway = GatewayProcess(config, directory / "gateway.log", desk.environment, chronicle.tell, file.readers)
        opened.push_async_callback(gateway.stop)
        yield Stage(directory, file, chronicle, site, desk, peer, post, gateway, config, (desk.remark, *no_post))


@asynccontextmanager
async def open_post(
    directory: Path,
    login: BrokerLogin,
    authority: CertificateAuthority,
    certificate: ServerCertificate,
    chronicle: Chronicle,
) -> AsyncIterator[Post]:
    """Run a broker with password and TLS, and the backend behind it; raises BrokerMissing."""
    broker = Broker(directory / "broker", login=login, tls=certificate)
    await broker.start()
    try:
        trust = broker.client_context(authority.ca_file)
        subscription = Subscription(
            broker.port, MQTT_PREFIX, username=login.username, password=login.password, tls=trust
        )
        watch = MqttWatch(subscription, chronicle.tell)
        async with running(watch):
            yield Post(broker, watch, login)
    finally:
        await broker.stop()


def make_fresh(directory: Path) -> None:
    """Empty the directory, for nobody else to look into."""
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True, mode=0o700)


def secret_file(path: Path) -> Path:
    """Make a file with a fresh secret that only its owner may read."""
    path.touch(mode=0o600)
    path.write_text(secrets.token_urlsafe(24))
    return path


@asynccontextmanager
async def running(watch: MqttWatch) -> AsyncIterator[None]:
    """Keep the MQTT backend listening for the length of a block."""
    task = asyncio.create_task(watch.run())
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


def report_contactor(uid: str, evse: SimulatedEvse, chronicle: Chronicle) -> None:
    """Have the chronicle hear when an EVSE's contactor moves."""

    def moved(*, closed: bool) -> None:
        chronicle.tell("contactor_closed" if closed else "contactor_opened", evse=uid)

    match evse.controller:
        case EvseDin():
            evse.controller.listeners.append(lambda closed, _: moved(closed=closed))
        case RelayBoard():
            coil = evse.plan.controller.coil
            evse.controller.listeners.append(lambda which, on, _: moved(closed=on) if which == coil else None)


@asynccontextmanager
async def open_desk(readers: Sequence[str], directory: Path) -> AsyncIterator[Desk]:
    """Open the card readers: a real pcscd's where one can run here, otherwise readers that speak in lines."""
    asked_for_lines = os.environ.get(READER_VARIABLE) == "line"
    why_not = f"{READER_VARIABLE}=line is set" if asked_for_lines else what_is_missing()
    if why_not is None:
        async with Pcscd(readers) as pcscd:
            first_slots = {name: next(s for s in pcscd.slots if s.name.startswith(f"{name} ")) for name in readers}
            yield Desk(
                {name: PcscSlot(slot.port) for name, slot in first_slots.items()},
                {name: ReaderChoice("pcsc", {"match": slot.name}) for name, slot in first_slots.items()},
                pcscd.environment,
                "cards go through a real pcscd, on virtual readers (vpcd)",
            )
        return
    async with AsyncExitStack() as opened:
        modules = {
            name: await opened.enter_async_context(LineCards(directory / f"reader-{name}", as_socket=True))
            for name in readers
        }
        yield Desk(
            {name: LineSlot(module) for name, module in modules.items()},
            {name: ReaderChoice("line", {"device": str(module.device)}) for name, module in modules.items()},
            {},
            f"cards do NOT go through pcscd but through the in-process line reader: {why_not}",
        )
