"""Observation in, facts out: the one place where the world's news become something that is written down."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import assert_never
from uuid import UUID, uuid5

from gateway.core.authorization import TokenBook
from gateway.core.card_rules import judge_card
from gateway.core.clock_rules import learn_time, seal_waiting
from gateway.core.delivery import Accepted, ObjectKind, Rejected
from gateway.core.device_rules import find_leak, note_register, raise_and_mend
from gateway.core.facts import (
    BackendsAdopted,
    CardRefused,
    DeliveryAccepted,
    DeliveryParked,
    DeliveryReleased,
    DeliveryRequested,
    Fact,
    FactBody,
    FaultMended,
    GatewayStarted,
    MeterExchanged,
    ReadingQuarantined,
    SessionAuthorized,
    SiteAdopted,
    TariffAdopted,
)
from gateway.core.identifiers import EvseUid, SessionId
from gateway.core.instant import Instant
from gateway.core.metering import highest_plausible_wh
from gateway.core.observations import (
    CardPresented,
    CardUnusable,
    CdrsWanted,
    ControllerLost,
    ControllerSeen,
    DeliveryAnswered,
    DeliveryRetried,
    FaultCleared,
    MeterLost,
    MeterReading,
    MeterReplaced,
    Observation,
    Reconfigured,
    Started,
    StorageHealed,
    StorageLost,
    Tick,
)
from gateway.core.reasons import FaultKind, Refusal
from gateway.core.rules import EvseRules, Policy
from gateway.core.scene import Scene, Stage, set_scene
from gateway.core.session_rules import (
    cancel_session,
    end_session,
    find_stuck_contactor,
    note_contactor,
    resume_session,
    sample_energy,
    start_session,
    stop_session,
    turn_pause,
)
from gateway.core.sight import Sight, lose_controller, see_controller, see_power, see_reading
from gateway.core.site_state import LATCHED, SiteState, evolve

_ANY = frozenset(Stage)
_UNDER_WAY = frozenset({Stage.RUNNING, Stage.ENDING})

# In this order, each seeing what the ones before it wrote down.
RULES: tuple[tuple[frozenset[Stage], Callable[[Scene], Iterator[FactBody]]], ...] = (
    (_ANY, raise_and_mend),
    (frozenset({Stage.FREE}), find_leak),
    (frozenset({Stage.FREE}), note_register),
    (frozenset({Stage.AUTHORIZED}), start_session),
    (frozenset({Stage.AUTHORIZED}), cancel_session),
    (frozenset({Stage.INTERRUPTED}), resume_session),
    (_UNDER_WAY, note_contactor),
    (frozenset({Stage.RUNNING}), find_stuck_contactor),
    (frozenset({Stage.RUNNING}), stop_session),
    (frozenset({Stage.RUNNING}), turn_pause),
    (frozenset({Stage.RUNNING}), sample_energy),
    (frozenset({Stage.ENDING}), end_session),
)

# A session's id follows from where and when it was authorised, so that minting one needs no dice.
_SESSION_IDS = UUID("6f1c3d52-0a2b-5d1e-9a57-3f6f7c2b8f10")


@dataclass(frozen=True, slots=True)
class World:
    """All that the site's writer holds: the rules, the token list, what is certain, what is seen."""

    policy: Policy
    tokens: TokenBook
    state: SiteState = field(default_factory=SiteState)
    sight: Sight = field(default_factory=Sight)


def decide(world: World, observation: Observation) -> tuple[World, tuple[Fact, ...]]:
    """Return the world after an observation and the facts that have to be on disk before it counts."""
    page = _Page(world, observation.at)
    page.write_all(learn_time(world.state.chronology, observation.at))
    match observation:
        case Started() | Reconfigured():
            _adopt(page, observation)
        case MeterReading() | MeterLost() | ControllerSeen() | ControllerLost():
            limits = world.policy.evses[observation.evse_uid]
            _look(page, limits, observation)
            _run_rules(page, limits)
        case CardPresented():
            _take_card(page, observation)
        case CardUnusable(reader, _, reason):
            page.write(CardRefused(reader=reader, card=None, reason=Refusal.CARD_UNUSABLE, detail=reason))
        case FaultCleared() | MeterReplaced():
            _take_word(page, world.policy.evses[observation.evse_uid], observation)
        case DeliveryAnswered() | DeliveryRetried() | CdrsWanted():
            _book_delivery(page, observation)
        case StorageLost() | StorageHealed():
            _look_at_storage(page, observation)
        case Tick():
            for limits in world.policy.evses.values():
                _run_rules(page, limits)
        case _:
            assert_never(observation)
    return page.world, tuple(page.facts)


class _Page:
    """The page being written: every fact takes effect on the world at once, so that the next rule sees it."""

    def __init__(self, world: World, at: Instant) -> None:
        self.world = world
        self.at = at
        self.facts: list[Fact] = []

    def write(self, body: FactBody, evse_uid: EvseUid | None = None, session_id: SessionId | None = None) -> None:
        state = self.world.state
        fact = Fact(seq=state.last_seq + 1, at=self.at, evse_uid=evse_uid, session_id=session_id, body=body)
        self.facts.append(fact)
        self.world = replace(self.world, state=evolve(state, fact))

    def write_all(self, bodies: Iterator[FactBody]) -> None:
        """Write facts that are of no EVSE."""
        for body in bodies:
            self.write(body)

    def write_at(self, limits: EvseRules, body: FactBody) -> None:
        """Write a fact of an EVSE, and of its open session where there is one."""
        if isinstance(body, SessionAuthorized):
            session_id: SessionId | None = _mint_session_id(limits.uid, self)
        else:
            session = self.world.state.evse(limits.uid).open_session
            session_id = session.id if session is not None else None
        self.write(body, limits.uid, session_id)

    def scene(self, limits: EvseRules) -> Scene:
        return set_scene(self.world.policy, limits, self.world.state, self.world.sight, self.at)


def _adopt(page: _Page, wanted: Started | Reconfigured) -> None:
    if isinstance(wanted, Reconfigured):
        page.world = replace(page.world, policy=wanted.policy, tokens=wanted.tokens)
    else:
        after = page.world.state.newest or page.at
        if wanted.repaired is not None:
            page.write(wanted.repaired)
        page.write(GatewayStarted(wanted.version, after))
    state = page.world.state
    if state.site is None or state.site.site != wanted.site:
        page.write(SiteAdopted(wanted.site))
    for tariff in wanted.tariffs:
        known = state.tariffs.get(tariff.id)
        if known is None or known.tariff != tariff:
            page.write(TariffAdopted(tariff))
    if state.backends != wanted.backends:
        page.write(BackendsAdopted(wanted.backends))


def _look(page: _Page, limits: EvseRules, news: MeterReading | MeterLost | ControllerSeen | ControllerLost) -> None:
    sight = page.world.sight
    seen = sight.evse(limits.uid)
    match news:
        case MeterReading():
            baseline = page.world.state.evse(limits.uid).register
            seen = see_reading(seen, news, baseline, limits.max_power_w, page.world.state.chronology)
            seen = see_power(seen, news, page.world.policy.session)
        case MeterLost():
            seen = replace(seen, meter_lost=seen.meter_lost or news)
        case ControllerSeen():
            seen = see_controller(seen, news)
        case ControllerLost():
            seen = lose_controller(seen, news)
    page.world = replace(page.world, sight=sight.with_evse(limits.uid, seen))
    if isinstance(news, MeterReading):
        _quarantine(page, limits)


def _look_at_storage(page: _Page, news: StorageLost | StorageHealed) -> None:
    """Take the disk for a device of every EVSE: without it none may begin anything."""
    lost = news if isinstance(news, StorageLost) else None
    for limits in page.world.policy.evses.values():
        sight = page.world.sight
        seen = replace(sight.evse(limits.uid), storage_lost=lost)
        page.world = replace(page.world, sight=sight.with_evse(limits.uid, seen))
        _run_rules(page, limits)


def _quarantine(page: _Page, limits: EvseRules) -> None:
    """Write down the first value of each run of values that are not believed; the rest is counted, not written."""
    scene = page.scene(limits)
    oddity = scene.seen.oddity
    if oddity is None or oddity.count > 1:
        return
    last = scene.seen.believed or scene.record.register
    reached = None
    if last is not None:
        reached = highest_plausible_wh(last, oddity.reading.at, limits.max_power_w, scene.chronology)
    body = ReadingQuarantined(
        energy_wh=oddity.reading.energy_wh,
        problem=oddity.problem,
        expected_min_wh=last.energy_wh if last is not None else None,
        expected_max_wh=reached,
    )
    page.write_at(limits, body)


def _run_rules(page: _Page, limits: EvseRules) -> None:
    for stages, rule in RULES:
        scene = page.scene(limits)
        if scene.stage in stages:
            for body in rule(scene):
                page.write_at(limits, body)
    for record, sealed in seal_waiting(page.scene(limits)):
        page.write(sealed, limits.uid, record.id)


def _take_card(page: _Page, card: CardPresented) -> None:
    scenes = tuple(page.scene(limits) for limits in page.world.policy.evses_of(card.reader))
    verdict = judge_card(card, page.world.tokens, scenes, page.world.state)
    if verdict.scene is None:
        page.write(verdict.body)
        return
    page.write_at(verdict.scene.limits, verdict.body)
    _run_rules(page, verdict.scene.limits)


def _take_word(page: _Page, limits: EvseRules, word: FaultCleared | MeterReplaced) -> None:
    """Take a technician's word that the EVSE is mended; what can be seen to be wrong still is."""
    record = page.world.state.evse(limits.uid)
    is_forgotten = FaultKind.METER_IMPLAUSIBLE in record.faults
    mended = LATCHED | {FaultKind.METER_IMPLAUSIBLE}
    if isinstance(word, MeterReplaced):
        if record.open_session is not None:
            return  # a bill begun on one counter cannot end on another
        page.write_at(limits, MeterExchanged(word.old_wh, word.new_wh))
        is_forgotten, mended = True, frozenset({FaultKind.METER_IMPLAUSIBLE})
    for kind in [kind for kind in record.faults if kind in mended]:
        page.write_at(limits, FaultMended(kind, by_technician=isinstance(word, FaultCleared)))
    if is_forgotten:
        sight = page.world.sight
        seen = replace(sight.evse(limits.uid), believed=None, oddity=None)
        page.world = replace(page.world, sight=sight.with_evse(limits.uid, seen))


def _book_delivery(page: _Page, news: DeliveryAnswered | DeliveryRetried | CdrsWanted) -> None:
    if isinstance(news, CdrsWanted):
        for number, cdr_id in news.cdrs:
            page.write(DeliveryRequested(news.backend, ObjectKind.CDR, cdr_id, number))
        return
    delivery = news.delivery
    key = (delivery.backend, delivery.kind, delivery.object_id)
    if isinstance(news, DeliveryRetried):
        page.write(DeliveryReleased(*key), session_id=delivery.session_id)
        return
    match news.receipt:
        case Accepted(answer, location):
            body: FactBody = DeliveryAccepted(*key, delivery.up_to_seq, answer, location)
        case Rejected(reason):
            body = DeliveryParked(*key, delivery.up_to_seq, reason)
        case _:
            assert_never(news.receipt)
    page.write(body, session_id=delivery.session_id)


def _mint_session_id(evse_uid: EvseUid, page: _Page) -> SessionId:
    state, at = page.world.state, page.at
    party = state.site.site.party if state.site is not None else None
    return SessionId(str(uuid5(_SESSION_IDS, f"{party}/{evse_uid}/{state.last_seq + 1}/{at.boot_id}/{at.boot_ns}")))
