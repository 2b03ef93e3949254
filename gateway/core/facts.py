"""What we write down. Past tense, never edited; new kinds are added, old ones stay readable for ever."""

from dataclasses import dataclass

from gateway.core.delivery import ObjectKind
from gateway.core.facts_backends import OutsideFact
from gateway.core.facts_energy import EnergyFact
from gateway.core.facts_proof import MeterSigned, RootSigned
from gateway.core.facts_roaming import RoamingFact
from gateway.core.facts_time import TimeFact
from gateway.core.identifiers import BackendName, ConnectorId, EvseUid, ReaderName, SessionId
from gateway.core.instant import Instant
from gateway.core.place import Site
from gateway.core.reasons import CancelReason, FaultKind, Implausible, Refusal, StopReason
from gateway.core.tariff import Tariff
from gateway.core.token import AuthMethod, Token


@dataclass(frozen=True, slots=True)
class Register:
    """An accepted value of a meter's import counter in Wh, and when it was asked for."""

    energy_wh: int
    at: Instant


@dataclass(frozen=True, slots=True)
class GatewayStarted:
    """The daemon came up; `after` is the newest moment on record before, None where an older version wrote this."""

    version: str
    after: Instant | None = None


@dataclass(frozen=True, slots=True)
class JournalRepaired:
    """Facts up to `kept_up_to_seq`, all of them if `is_whole`, came from a damaged file that is kept at `kept_at`."""

    kept_up_to_seq: int
    is_whole: bool
    kept_at: str
    reason: str


@dataclass(frozen=True, slots=True)
class SiteAdopted:
    """The configured site differs from the one known so far."""

    site: Site


@dataclass(frozen=True, slots=True)
class TariffAdopted:
    """A tariff differs from the one of the same id known so far; `sent_by` None: it is a configured one."""

    tariff: Tariff
    sent_by: BackendName | None = None


@dataclass(frozen=True, slots=True)
class BackendsAdopted:
    """The configured backends differ from the ones known so far; each is owed what happens from here on."""

    names: tuple[BackendName, ...]


@dataclass(frozen=True, slots=True)
class CardRefused:
    """A card did nothing. `card` is the redacted uid, None where none could be read."""

    reader: ReaderName
    card: str | None
    reason: Refusal
    detail: str


@dataclass(frozen=True, slots=True)
class SessionAuthorized:
    """Somebody may charge here. `tariff_seq` is the fact that adopted the tariff this session is priced with.

    `basis` says on what ground where it is not an ordinary one, `max_energy_wh` what that ground is good for.
    """

    connector_id: ConnectorId
    token: Token
    auth_method: AuthMethod
    authorization_reference: str | None
    reader: ReaderName | None
    tariff_id: str | None
    tariff_seq: int | None
    site_seq: int
    basis: str | None = None
    max_energy_wh: int | None = None


@dataclass(frozen=True, slots=True)
class SessionCancelled:
    """An authorised session ended without having started."""

    reason: CancelReason


@dataclass(frozen=True, slots=True)
class SessionStarted:
    """Energy may flow from here on; written before the contactor closes."""

    start: Register


@dataclass(frozen=True, slots=True)
class SessionResumed:
    """The daemon came back and the session goes on; `down_s` None where the clocks cannot say."""

    down_s: int | None


@dataclass(frozen=True, slots=True)
class ContactorClosed:
    """The charge controller read back closed."""


@dataclass(frozen=True, slots=True)
class ContactorOpened:
    """The charge controller read back open."""


@dataclass(frozen=True, slots=True)
class EnergySampled:
    """The counter during a session, once per sample interval."""

    register: Register
    power_w: int | None


@dataclass(frozen=True, slots=True)
class ChargingPaused:
    """The vehicle stopped asking for energy, at the time of `register`."""

    register: Register


@dataclass(frozen=True, slots=True)
class ChargingContinued:
    """The vehicle asks for energy again, since the time of `register`."""

    register: Register


@dataclass(frozen=True, slots=True)
class StopRequested:
    """The session must end: the contactor is to open. `decided_at`: before a restart, when no disk took this."""

    reason: StopReason
    decided_at: Instant | None = None


@dataclass(frozen=True, slots=True)
class SessionEnded:
    """The bill's last line: `stop` closes the energy, `end` the time.

    `measured_open` says whether `stop` was read after the contactor was seen open. `seals` says that the CDR follows at
    once; else it waits for a `CdrSealed`. `is_time_trusted` says whether it is certain when the session was.
    """

    stop: Register
    end: Instant
    measured_open: bool
    seals: bool = True
    is_time_trusted: bool = True


@dataclass(frozen=True, slots=True)
class RegisterNoted:
    """The counter while no session ran: energy since the last value on record is nobody's."""

    register: Register


@dataclass(frozen=True, slots=True)
class MeterExchanged:
    """A technician put another meter in: the old one was taken out at `old_wh`, the new one began at `new_wh`."""

    old_wh: int
    new_wh: int


@dataclass(frozen=True, slots=True)
class ReadingQuarantined:
    """A counter value that is not believed and never billed; `expected_wh` is the range that would have been."""

    energy_wh: int | None
    problem: Implausible
    expected_min_wh: int | None
    expected_max_wh: int | None


@dataclass(frozen=True, slots=True)
class FaultRaised:
    """The EVSE is out of order."""

    kind: FaultKind
    detail: str


@dataclass(frozen=True, slots=True)
class FaultMended:
    """One fault is gone: seen to be gone, or because a technician said so."""

    kind: FaultKind
    by_technician: bool


@dataclass(frozen=True, slots=True)
class DeliveryAccepted:
    """A backend has the object, as of fact `up_to_seq`."""

    backend: BackendName
    object: ObjectKind
    object_id: str
    up_to_seq: int
    answer: str
    location: str | None


@dataclass(frozen=True, slots=True)
class DeliveryParked:
    """A backend will not have the object; it waits for a human and blocks nothing."""

    backend: BackendName
    object: ObjectKind
    object_id: str
    up_to_seq: int
    reason: str


@dataclass(frozen=True, slots=True)
class DeliveryReleased:
    """A human wants a refused object sent again."""

    backend: BackendName
    object: ObjectKind
    object_id: str


@dataclass(frozen=True, slots=True)
class DeliveryRequested:
    """A backend, or a technician for it, wants a CDR again; `number` is the CDR's place in the backend's chain."""

    backend: BackendName
    object: ObjectKind
    object_id: str
    number: int


FactBody = (
    GatewayStarted
    | JournalRepaired
    | SiteAdopted
    | TariffAdopted
    | BackendsAdopted
    | OutsideFact
    | MeterSigned
    | CardRefused
    | SessionAuthorized
    | SessionCancelled
    | SessionStarted
    | SessionResumed
    | ContactorClosed
    | ContactorOpened
    | EnergySampled
    | ChargingPaused
    | ChargingContinued
    | StopRequested
    | SessionEnded
    | TimeFact
    | RegisterNoted
    | MeterExchanged
    | EnergyFact
    | ReadingQuarantined
    | FaultRaised
    | FaultMended
    | DeliveryAccepted
    | DeliveryParked
    | DeliveryReleased
    | DeliveryRequested
    | RootSigned
    | RoamingFact
)


@dataclass(frozen=True, slots=True)
class Fact:
    """One line of the journal; `seq` counts without gaps from 1."""

    seq: int
    at: Instant
    evse_uid: EvseUid | None
    session_id: SessionId | None
    body: FactBody
