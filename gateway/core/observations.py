"""What the world tells us: everything that enters the site's inbox."""

from dataclasses import dataclass
from datetime import datetime

from gateway.core.authorization import TokenBook
from gateway.core.backend_terms import Offer
from gateway.core.cdr import Cdr
from gateway.core.commands import Command
from gateway.core.delivery import Delivery, Verdict
from gateway.core.facts import JournalRepaired
from gateway.core.facts_backends import PartStamp
from gateway.core.facts_proof import RootSigned, SignedReading
from gateway.core.facts_roaming import Outcome
from gateway.core.identifiers import (
    BackendName,
    CdrId,
    CommandId,
    EvseUid,
    InquiryId,
    Party,
    ReaderName,
    SessionId,
    TokenUid,
)
from gateway.core.instant import Instant
from gateway.core.observations_storage import StorageNews
from gateway.core.observations_tariffs import TariffNews
from gateway.core.pilot import Pilot
from gateway.core.place import Site
from gateway.core.rules import Policy
from gateway.core.tariff import Tariff
from gateway.core.token import Token


@dataclass(frozen=True, slots=True)
class MeterReading:
    """`at` is when the request was sent, so the counter is at least as new. None: the meter says "not available"."""

    evse_uid: EvseUid
    at: Instant
    energy_wh: int | None
    power_w: int | None
    signed: SignedReading | None = None


@dataclass(frozen=True, slots=True)
class MeterLost:
    """The meter of this EVSE does not answer (any more); `reason` is a sentence for the technician."""

    evse_uid: EvseUid
    at: Instant
    reason: str


@dataclass(frozen=True, slots=True)
class ControllerSeen:
    """What the charge controller read back; None is unknown. `at` is when the request was sent.

    `released` is what the device remembers to have been told: with a control pilot its contactor may still be open.
    """

    evse_uid: EvseUid
    at: Instant
    pilot: Pilot | None
    contactor_closed: bool | None
    fault: str | None
    released: bool | None = None


@dataclass(frozen=True, slots=True)
class ControllerLost:
    """The charge controller of this EVSE does not answer (any more)."""

    evse_uid: EvseUid
    at: Instant
    reason: str


@dataclass(frozen=True, slots=True)
class CardPresented:
    """A card came to the reader; once per visit, however long it rests."""

    reader: ReaderName
    at: Instant
    uid: TokenUid


@dataclass(frozen=True, slots=True)
class CardUnusable:
    """A card came that cannot identify anybody: random or blank uid, unreadable; `reason` is a sentence."""

    reader: ReaderName
    at: Instant
    reason: str


@dataclass(frozen=True, slots=True)
class FaultCleared:
    """A technician says the fault of this EVSE is mended."""

    evse_uid: EvseUid
    at: Instant


@dataclass(frozen=True, slots=True)
class MeterReplaced:
    """A technician put another meter in, and read both."""

    evse_uid: EvseUid
    at: Instant
    old_wh: int
    new_wh: int


@dataclass(frozen=True, slots=True)
class DeliveryRetried:
    """A technician wants a parked delivery sent again."""

    delivery: Delivery
    at: Instant


@dataclass(frozen=True, slots=True)
class RootSealed:
    """The device has signed a root."""

    at: Instant
    root: RootSigned


@dataclass(frozen=True, slots=True)
class CdrsWanted:
    """A backend, or a technician for it, wants CDRs again: number in its chain, and id, of each."""

    backend: BackendName
    at: Instant
    cdrs: tuple[tuple[int, CdrId], ...]


@dataclass(frozen=True, slots=True)
class DeliveriesAnswered:
    """A backend accepted or rejected deliveries; a deferred one stays owed and is no observation."""

    verdicts: tuple[Verdict, ...]
    at: Instant


@dataclass(frozen=True, slots=True)
class CommandReceived:
    """A peer orders something; `on_behalf_of` whose drivers it may speak for, None: everybody's.

    `id` is new for every arrival, `key` the same for the same content; the result goes to `reply_to`.
    """

    id: CommandId
    at: Instant
    peer: str
    on_behalf_of: tuple[Party, ...] | None
    key: str
    correlation: str | None
    reply_to: str
    command: Command


@dataclass(frozen=True, slots=True)
class CommandReplied:
    """Whoever sends results has sent one, or gives up on it."""

    id: CommandId
    at: Instant
    delivered: bool
    answer: str


@dataclass(frozen=True, slots=True)
class AuthorizationReported:
    """Whoever asks the owners of cards has an outcome; `token` is the card as its owner describes it."""

    id: InquiryId
    at: Instant
    peer: str | None
    outcome: Outcome
    token: Token | None = None
    reference: str | None = None
    info: str | None = None


@dataclass(frozen=True, slots=True)
class PreferencesReceived:
    """A driver's provider says what the driver wants of a running session."""

    session_id: SessionId
    at: Instant
    profile_type: str
    departure: datetime | None
    energy_wh: int | None


@dataclass(frozen=True, slots=True)
class CdrDisputed:
    """A human takes a CDR back, and may have said what is right."""

    at: Instant
    cdr: Cdr
    reason: str
    replacement: Cdr | None


@dataclass(frozen=True, slots=True)
class LocationSeen:
    """These parts of our Location look otherwise than they are known to."""

    at: Instant
    parts: tuple[PartStamp, ...]


@dataclass(frozen=True, slots=True)
class TermsFound:
    """Backends were reached: the version to speak with each, whose drivers it speaks for, what it takes."""

    offers: tuple[Offer, ...]
    at: Instant


@dataclass(frozen=True, slots=True)
class Started:
    """The daemon came up with this configuration; `repaired` tells what had to be done to the journal for that."""

    at: Instant
    version: str
    site: Site
    tariffs: tuple[Tariff, ...]
    backends: tuple[BackendName, ...]
    repaired: JournalRepaired | None = None
    offers: tuple[Offer, ...] = ()


@dataclass(frozen=True, slots=True)
class Reconfigured:
    """The running daemon has another configuration from here on; its EVSEs and their wiring are the same."""

    at: Instant
    policy: Policy
    tokens: TokenBook
    site: Site
    tariffs: tuple[Tariff, ...]
    backends: tuple[BackendName, ...]
    offers: tuple[Offer, ...] = ()


@dataclass(frozen=True, slots=True)
class Tick:
    """Time passed."""

    at: Instant


Observation = (
    MeterReading
    | MeterLost
    | ControllerSeen
    | ControllerLost
    | CardPresented
    | CardUnusable
    | FaultCleared
    | MeterReplaced
    | DeliveriesAnswered
    | DeliveryRetried
    | CdrsWanted
    | RootSealed
    | CommandReceived
    | CommandReplied
    | AuthorizationReported
    | PreferencesReceived
    | TermsFound
    | CdrDisputed
    | LocationSeen
    | StorageNews
    | Started
    | Reconfigured
    | TariffNews
    | Tick
)
