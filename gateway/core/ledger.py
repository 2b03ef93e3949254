"""Energy kept like money: every Wh that a counter moves is a session's or nobody's, and the books balance to it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from gateway.core.facts import (
    ChargingContinued,
    ChargingPaused,
    EnergySampled,
    Fact,
    FaultMended,
    MeterExchanged,
    Register,
    RegisterNoted,
    SessionEnded,
    SessionStarted,
)
from gateway.core.facts_energy import CounterRolledOver, UnattributedEnergyAccepted, UnattributedEnergyFound
from gateway.core.identifiers import EvseUid
from gateway.core.instant import Instant
from gateway.core.reasons import NEW_BASELINE


@dataclass(frozen=True, slots=True)
class Account:
    """One EVSE's books in Wh. `opening` and `closing` are counter values, None before the first one.

    `breaks` counts how often a new baseline was taken on a technician's word: what the counter did in between is
    unknown, so it is on no account. `exchanged` is what changing meters added to the counter's face value. A counter
    that began at 0 again goes on in the books; `rollover_wh` is where it does so, `rollovers` how often it did, `turns`
    how often since its baseline. `accepted` is what of nobody's a technician has looked into, `alarmed` says that there
    is more to look into.
    """

    opening: int | None = None
    closing: int | None = None
    sessions: int = 0
    unattributed: int = 0
    exchanged: int = 0
    breaks: int = 0
    exchanges: int = 0
    rollovers: int = 0
    rollover_wh: int | None = None
    turns: int = 0
    accepted: int = 0
    alarmed: bool = False
    since: Instant | None = None
    until: Instant | None = None

    @property
    def movement(self) -> int:
        """What the counter moved by itself, as far as it was followed: closing less opening, exchanges taken out."""
        if self.opening is None or self.closing is None:
            return 0
        return self.closing - self.opening - self.exchanged

    @property
    def unexplained(self) -> int:
        """The energy on nobody's account that nobody has looked into."""
        return self.unattributed - self.accepted

    @property
    def balances(self) -> bool:
        """Whether every Wh is on an account."""
        return self.sessions + self.unattributed == self.movement


def keep_books(facts: Iterable[Fact]) -> Mapping[EvseUid, Account]:
    """Fold facts, oldest first, into the books of every EVSE they speak of."""
    books: dict[EvseUid, Account] = {}
    for fact in facts:
        if fact.evse_uid is not None:
            books[fact.evse_uid] = book(books.get(fact.evse_uid, Account()), fact)
    return {uid: account for uid, account in books.items() if account.opening is not None}


def book(account: Account, fact: Fact) -> Account:
    """Book one fact."""
    match fact.body:
        case SessionStarted(register) | RegisterNoted(register):
            return _move(account, register, of_session=False)
        case EnergySampled(register, _) | SessionEnded(register):
            return _move(account, register, of_session=True)
        case ChargingPaused(register) | ChargingContinued(register):
            # Back-dated to when it was first seen: a value behind the newest one moves nothing.
            is_behind = account.closing is not None and register.energy_wh <= account.closing
            return account if is_behind else _move(account, register, of_session=True)
        case MeterExchanged(old_wh, new_wh):
            return _exchange(_move(account, Register(old_wh, fact.at), of_session=False), old_wh, new_wh)
        case FaultMended(kind, True) if kind in NEW_BASELINE and account.closing is not None:
            return replace(account, closing=None, turns=0, breaks=account.breaks + 1)
        case _:
            return _mark(account, fact)


def _mark(account: Account, fact: Fact) -> Account:
    """Take in what moves no energy."""
    match fact.body:
        case CounterRolledOver(rollover_wh, turns):
            return replace(account, rollovers=account.rollovers + 1, rollover_wh=rollover_wh, turns=turns)
        case UnattributedEnergyFound():
            return replace(account, alarmed=True)
        case UnattributedEnergyAccepted(energy_wh):
            return replace(account, alarmed=False, accepted=account.accepted + energy_wh)
        case _:
            return account


def _exchange(account: Account, old_wh: int, new_wh: int) -> Account:
    exchanged = account.exchanged + new_wh - old_wh
    return replace(account, closing=new_wh, exchanged=exchanged, exchanges=account.exchanges + 1, turns=0)


def _move(account: Account, register: Register, *, of_session: bool) -> Account:
    to_wh = register.energy_wh
    account = replace(account, since=account.since or register.at, until=register.at)
    if account.opening is None:
        return replace(account, opening=to_wh, closing=to_wh)
    if account.closing is None:
        # The first value after a break: the opening moves along, so that the gap is in no difference.
        before = account.opening + account.exchanged + account.sessions + account.unattributed
        return replace(account, opening=account.opening + to_wh - before, closing=to_wh)
    moved = to_wh - account.closing
    if of_session:
        return replace(account, closing=to_wh, sessions=account.sessions + moved)
    return replace(account, closing=to_wh, unattributed=account.unattributed + moved)
