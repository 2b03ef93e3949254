"""The configuration as frozen values; config.py reads them from TOML. Defaults stand here and nowhere else."""

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from gateway.core.identifiers import EvseUid
from gateway.core.place import Site
from gateway.core.rules import SessionRules
from gateway.core.tariff import Tariff

DEFAULT_STATE_DIR = Path("/var/lib/ocpi-gateway")
DEFAULT_SOCKET = Path("/run/ocpi-gateway/gateway.sock")
# So many new orders of a peer within a minute are decided on: far more than a site has drivers who order.
ORDERS_PER_MINUTE = 60
# The journal's name below the state directory.
JOURNAL_FILE = "journal.sqlite"
# What is known of peers and their tokens, beside it.
REGISTRY_FILE = "registry.sqlite"
# The key that the device signs with, made at the first start; the public one beside it ends in .pub.
KEY_FILE = "device.key"
STOPS_FILE = "decided-stops.json"  # beside the socket


class LogLevel(StrEnum):
    """From which weight on events stand in the log."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class OnStop(StrEnum):
    """What an orderly stop does with contactors: nothing, so that charging goes on through a restart; or open them."""

    HOLD = "hold"
    OPEN = "open"


class BusKind(StrEnum):
    """How Modbus frames travel."""

    RTU = "rtu"
    RTU_OVER_TCP = "rtu_over_tcp"
    TCP = "tcp"


@dataclass(frozen=True, slots=True)
class BusSettings:
    """One RS-485 line or TCP host. Serial fields count for `rtu`, host and port for the others."""

    name: str
    kind: BusKind
    device: str | None = None
    baud: int = 9600
    parity: str = "N"
    stop_bits: int = 1
    host: str | None = None
    port: int | None = None
    poll_interval_s: float = 1.0


@dataclass(frozen=True, slots=True)
class MeterSettings:
    """A meter on a bus; `model` names a file in drivers/meters/models; the other values replace the model's own.

    `rollover_wh` is where the counter begins at 0 again.
    """

    name: str
    bus: str
    unit: int
    model: str
    timeout_s: float | None = None
    rollover_wh: int | None = None


class ControllerKind(StrEnum):
    """Which charge-controller driver."""

    RELAY_BOARD = "relay_board"
    EVSE_DIN = "evse_din"


@dataclass(frozen=True, slots=True)
class ControllerSettings:
    """A charge controller on a bus; `coil` is the 0-based coil of a relay board."""

    name: str
    bus: str
    unit: int
    kind: ControllerKind
    coil: int = 0
    timeout_s: float = 0.5


class ReaderKind(StrEnum):
    """How cards are read: through pcscd, or as text lines (one hex uid each) from a device or Unix socket."""

    PCSC = "pcsc"
    LINE = "line"


class UidOrder(StrEnum):
    """In which order the reader delivers a uid's bytes."""

    NORMAL = "normal"
    REVERSED = "reversed"


@dataclass(frozen=True, slots=True)
class ReaderSettings:
    """A card reader; `match` is a part of the PC/SC reader name, `device` the path of a line reader."""

    name: str
    kind: ReaderKind
    match: str = ""
    device: str | None = None
    uid_order: UidOrder = UidOrder.NORMAL


@dataclass(frozen=True, slots=True)
class EvseSettings:
    """What belongs to one EVSE; limits end a session. `max_power_w` bounds what an energy step may be."""

    uid: str
    meter: str
    controller: str
    readers: tuple[str, ...]
    max_power_w: int
    max_current_a: int
    tariff: str | None = None
    max_energy_wh: int | None = None
    max_duration_s: int | None = None


class BackendKind(StrEnum):
    """How a backend is reached."""

    OCPI = "ocpi"
    MQTT = "mqtt"


@dataclass(frozen=True, slots=True)
class TlsSettings:
    """CA bundle to trust (None: the system's), and a client certificate where the backend wants one."""

    ca_file: Path | None = None
    cert_file: Path | None = None
    key_file: Path | None = None


class Drivers(StrEnum):
    """Whose Sessions and CDRs a backend gets: those of all drivers, or of its own party's (a peer's: its roles')."""

    ALL = "all"
    OWN = "own"


@dataclass(frozen=True, slots=True)
class OcpiBackendSettings:
    """An OCPI peer. The token stands in a file of its own, so that the config can be shown to anybody.

    `version` None is the highest that both sides know. `drivers` None: all for the site's own party, else its own.
    """

    name: str
    versions_url: str
    token_file: Path
    country_code: str
    party_id: str
    tls: TlsSettings = TlsSettings()
    timeout_s: float = 10.0
    version: str | None = None
    drivers: Drivers | None = None


@dataclass(frozen=True, slots=True)
class PeerBackendSettings:
    """An OCPI peer that is registered: its URL, token and version are those of `ocpi-gateway peers list`."""

    name: str
    peer: str
    country_code: str
    party_id: str
    tls: TlsSettings = TlsSettings()
    timeout_s: float = 10.0
    version: str | None = None
    drivers: Drivers | None = None


@dataclass(frozen=True, slots=True)
class MqttBackendSettings:
    """A broker. `protocol` is 5 or 311; `tls` None means a plain connection; `version` is that of the objects.

    `accepts` is what the backend may send us, `parties` (SE*ABC) whose tokens; without any, the site's own party's.
    """

    name: str
    host: str
    port: int
    prefix: str
    client_id: str
    username: str | None = None
    password_file: Path | None = None
    protocol: int = 5
    tls: TlsSettings | None = None
    timeout_s: float = 10.0
    version: str = "2.2.1"
    accepts: tuple[str, ...] = ()
    parties: tuple[str, ...] = ()


BackendSettings = OcpiBackendSettings | PeerBackendSettings | MqttBackendSettings


@dataclass(frozen=True, slots=True)
class OcpiServerSettings:
    """Our own OCPI endpoints for peers. Without `cert_file` a proxy in front of it must speak TLS.

    `required_receivers` are the modules a peer must take pushes of to be registered. `page_limit` is the largest page
    that is given out. A request's head must arrive within `request_timeout_s`, and so must its body; `timeout_s` is for
    requests of ours. `ca_file` is trusted beside the system's CAs where a peer is called. With
    `private_response_urls` results of orders go to addresses in private networks too.
    """

    public_url: str
    business_name: str
    website: str | None = None
    host: str = "127.0.0.1"
    port: int = 8080
    cert_file: Path | None = None
    key_file: Path | None = None
    behind_proxy: bool = False
    request_timeout_s: float = 10.0
    page_limit: int = 100
    wrong_tokens_per_minute: int = 30
    orders_per_minute: int = ORDERS_PER_MINUTE
    required_receivers: tuple[str, ...] = ("sessions", "cdrs")
    allow_http: bool = False
    private_response_urls: bool = False
    ask_about_unknown_cards: bool = True
    ca_file: Path | None = None
    timeout_s: float = 10.0


@dataclass(frozen=True, slots=True)
class StorageSettings:
    """Settled sessions older than `keep_days` go from the journal to its archive; 0 keeps all of them in it.

    The card, which bears `endurance_tb` of small writes, is to live for `life_years`.
    """

    keep_days: int = 90
    life_years: int = 10
    endurance_tb: float = 0.07


@dataclass(frozen=True, slots=True)
class MonitoringSettings:
    """Where /metrics and /health are answered over TCP, to anybody who can reach it."""

    host: str = "127.0.0.1"
    port: int = 9469


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything the daemon needs to know before it starts."""

    site: Site
    tokens_file: Path
    meters_dir: Path
    buses: tuple[BusSettings, ...]
    meters: tuple[MeterSettings, ...]
    controllers: tuple[ControllerSettings, ...]
    readers: tuple[ReaderSettings, ...]
    evses: tuple[EvseSettings, ...]
    tariffs: tuple[Tariff, ...]
    backends: tuple[BackendSettings, ...]
    rules: SessionRules = field(default_factory=SessionRules)
    state_dir: Path = DEFAULT_STATE_DIR
    socket: Path = DEFAULT_SOCKET
    ocpi_server: OcpiServerSettings | None = None
    storage: StorageSettings = StorageSettings()
    log_level: LogLevel = LogLevel.INFO
    on_stop: OnStop = OnStop.HOLD
    monitoring: MonitoringSettings | None = None
    opening_times: str | None = None

    @property
    def limitable(self) -> frozenset[EvseUid]:
        """The EVSEs whose charge controller can offer less than all."""
        kinds = {controller.name: controller.kind for controller in self.controllers}
        return frozenset(
            EvseUid(evse.uid) for evse in self.evses if kinds.get(evse.controller) is ControllerKind.EVSE_DIN
        )
