"""hw-sim's site around the installed service: wires are ptys, cards lie on readers of the machine's own pcscd."""

import shutil
from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from hwsim.broker import BrokerLogin
from hwsim.chronicle import Chronicle
from hwsim.ocpi_peer import OcpiPeer
from hwsim.player import Player
from hwsim.player_verbs import Props
from hwsim.scenario import parse_scenario, read_raw
from hwsim.site import SimulatedSite
from hwsim.site_file import Backends, ReaderChoice, SiteFile, read_site, write_gateway_files
from hwsim.stage import MQTT_PREFIX, PcscSlot, Post, make_fresh, open_post, report_contactor, secret_file
from hwsim.tls import CertificateAuthority
from hwsim.verdict import displays
from machine import Service, run

CONFIG_FOLDER = Path("/etc/ocpi-gateway")
VPCD = Path("/usr/lib/pcsc/drivers/serial/libifdvpcd.so")
# vpcd serves two slots for each reader, on ports of its own choice from this one on.
FIRST_PORT = 35_963
CAR_COMES = [
    # The same card twice within a second or two is one tap to the reader.
    {"do": "pause", "for_s": 3.0},
    {"do": "plug", "evse": "EVSE-1"},
    {"do": "tap", "card": "alice", "reader": "left"},
    {"wait": "contactor_closed", "evse": "EVSE-1"},
    {"wait": "energy", "evse": "EVSE-1", "at_least_wh": 15, "within_s": 20},
]
CAR_GOES = [
    {"wait": "energy", "evse": "EVSE-1", "at_least_wh": 15, "within_s": 20},
    {"do": "tap", "card": "alice", "reader": "left"},
    {"wait": "contactor_opened", "evse": "EVSE-1"},
    {"wait": "cdr", "evse": "EVSE-1"},
    {"do": "unplug", "evse": "EVSE-1"},
]


@dataclass(slots=True)
class Site:
    """The simulated world, and the bills it must have come to."""

    chronicle: Chronicle
    props: Props
    simulated: SimulatedSite
    peer: OcpiPeer
    post: Post
    before: dict[str, Decimal]
    coil_moves: list[str]
    bills: int = 0

    async def play(self, file: Path) -> None:
        """Play a scenario; raises ScenarioFailed."""
        await self.steps(file.stem, read_raw(file))

    async def steps(self, name: str, raw: dict[str, object]) -> None:
        """Play steps; raises ScenarioFailed."""
        scenario = parse_scenario(raw, name, self.props.cards)
        self.bills += scenario.bills
        await Player(self.props).play(scenario)


def write_readers(names: tuple[str, ...]) -> dict[str, int]:
    """Give the machine's pcscd a virtual reader for each name; return their ports."""
    ports = {name: FIRST_PORT + 2 * number for number, name in enumerate(names)}
    for name, port in ports.items():
        # A driver loaded once would keep one set of slots for all.
        library = VPCD.with_name(f"libifdvpcd-{name}.so")
        shutil.copy(VPCD, library)
        Path("/etc/reader.conf.d", name).write_text(
            f'FRIENDLYNAME "{name}"\nDEVICENAME /dev/null:{port:#x}\nLIBPATH {library}\nCHANNELID {port:#x}\n'
        )
    Path("/etc/reader.conf.d/vpcd").unlink(missing_ok=True)
    return ports


@asynccontextmanager
async def set_up_site(site_file: Path, directory: Path, service: Service) -> AsyncIterator[Site]:
    """Start the site and write the gateway's configuration for it; the service is left alone."""
    file = read_site(site_file)
    make_open(directory)
    chronicle, coil_moves = Chronicle(), list[str]()
    ports = write_readers(file.readers)
    # By its socket alone, as on a real site: the gateway is who wakes it.
    await run("systemctl stop pcscd.service && systemctl start pcscd.socket")
    async with AsyncExitStack() as opened:
        authority = CertificateAuthority(directory / "ca")
        token_file, password_file = secret_file(directory / "emsp.token"), secret_file(directory / "broker.password")
        certificate = authority.issue("server")
        peer = OcpiPeer(
            token_file.read_text(), party=file.emsp, cpo=file.cpo, tls=certificate.context(), tell=chronicle.tell
        )
        opened.push_async_callback(peer.stop)
        await peer.start()
        login = BrokerLogin("gateway", password_file.read_text())
        post = await opened.enter_async_context(open_post(directory / "post", login, authority, certificate, chronicle))
        simulated = await opened.enter_async_context(SimulatedSite(file.plan(directory)))
        give_to_dialout(directory / name for name in file.raw["buses"])
        for uid, evse in simulated.evses.items():
            report_contactor(uid, evse, chronicle)
            evse.controller.listeners.append(lambda *move, uid=uid: coil_moves.append(f"{uid}: {move}"))
        backends = Backends(
            ocpi_url=peer.url,
            ocpi_token_file=as_credential(token_file),
            ocpi_ca_file=beside_the_configuration(authority.ca_file),
            mqtt_port=post.broker.port,
            mqtt_password_file=as_credential(password_file),
            mqtt_ca_file=beside_the_configuration(authority.ca_file),
            mqtt_prefix=MQTT_PREFIX,
            mqtt_username=login.username,
        )
        write_configuration(file, simulated, backends)
        props = Props(
            chronicle,
            evses=simulated.evses,
            buses=simulated.buses,
            readers={name: PcscSlot(port) for name, port in ports.items()},
            cards=file.cards,
            peer=peer,
            machines={"daemon": service, "broker": post.broker},
        )
        yield Site(chronicle, props, simulated, peer, post, displays(simulated.evses), coil_moves)


def make_open(directory: Path) -> None:
    """Empty a directory that the service may look into."""
    make_fresh(directory)
    directory.chmod(0o755)


def give_to_dialout(ports: Iterable[Path]) -> None:
    """Leave serial ports as udev leaves an adapter: root's, and open to dialout."""
    for port in ports:
        if port.is_symlink():
            shutil.chown(port, "root", "dialout")
            port.chmod(0o660)


def as_credential(secret: Path) -> Path:
    """Put a secret where root alone reads it; return its name in the configuration."""
    name = Path("credentials", secret.name)
    (CONFIG_FOLDER / name).touch(mode=0o600)
    (CONFIG_FOLDER / name).write_bytes(secret.read_bytes())
    return name


def beside_the_configuration(file: Path) -> Path:
    """Copy a file for all to read; return its name in the configuration."""
    shutil.copy(file, CONFIG_FOLDER / file.name)
    (CONFIG_FOLDER / file.name).chmod(0o644)
    return Path(file.name)


def write_configuration(file: SiteFile, simulated: SimulatedSite, backends: Backends) -> None:
    """Write what a technician would, in place of the example."""
    readers = {name: ReaderChoice("pcsc", {"match": f"{name} 00 00"}) for name in file.readers}
    config = write_gateway_files(file, simulated, readers, backends, CONFIG_FOLDER)
    # The journal and the socket stand where the unit has them.
    kept = [line for line in config.read_text().splitlines() if not line.startswith(("state_dir", "socket"))]
    config.write_text("\n".join(kept) + "\n")
