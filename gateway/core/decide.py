"""Observation in, facts out: the one place where the world's news become something that is written down."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import assert_never

from gateway.core.adoption import adopt, tell_others
from gateway.core.card_rules import Hall, judge_card
from gateway.core.clock_rules import learn_time, seal_waiting
from gateway.core.command_desk import note_reply, settle_commands, take_command
from gateway.core.delivery_desk import book_delivery
from gateway.core.device_rules import find_leak, note_register, raise_and_mend
from gateway.core.energy_rules import find_unattributed, note_rollover
from gateway.core.facts import (
    CardRefused,
    Fact,
    FactBody,
    ReadingQuarantined,
    StopRequested,
)
from gateway.core.facts_roaming import AuthorizationAnswered, Outcome
from gateway.core.identifiers import InquiryId
from gateway.core.inquiry_rules import judge_report
from gateway.core.limit_rules import take_preferences
from gateway.core.metering import highest_plausible_wh
from gateway.core.observations import (
    AuthorizationReported,
    CardPresented,
    CardUnusable,
    CdrDisputed,
    CdrsWanted,
    CommandReceived,
    CommandReplied,
    ControllerLost,
    ControllerSeen,
    DeliveriesAnswered,
    DeliveryRetried,
    FaultCleared,
    LocationSeen,
    MeterLost,
    MeterReading,
    MeterReplaced,
    Observation,
    PreferencesReceived,
    Reconfigured,
    RootSealed,
    Started,
    TermsFound,
    Tick,
)
from gateway.core.observations_storage import StopsRecalled, StorageHealed, StorageLost
from gateway.core.observations_tariffs import TariffSent, TariffTakenBack
from gateway.core.page import Page, World
from gateway.core.reasons import Refusal
from gateway.core.removed_rules import leave_removed
from gateway.core.reservation_rules import drop_claim, end_reservation
from gateway.core.rules import EvseRules
from gateway.core.scene import Scene, Stage
from gateway.core.session_phase import RUNNING
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
from gateway.core.sight import lose_controller, see_controller, see_power, see_reading
from gateway.core.signing import sign_start, signing_end
from gateway.core.tariff_desk import take_tariff
from gateway.core.technician_rules import forgets_counter, take_word

_ANY = frozenset(Stage)
_UNUSED = frozenset({Stage.FREE, Stage.RESERVED})
_UNDER_WAY = frozenset({Stage.RUNNING, Stage.ENDING})

# In this order, each seeing what the ones before it wrote down.
RULES: tuple[tuple[frozenset[Stage], Callable[[Scene], Iterator[FactBody]]], ...] = (
    (_ANY, raise_and_mend),
    (_ANY, note_rollover),
    (_UNUSED, find_leak),
    (_UNUSED, note_register),
    (_ANY, find_unattributed),
    (frozenset({Stage.AUTHORIZED, Stage.CLAIMED}), start_session),
    (frozenset({Stage.AUTHORIZED}), cancel_session),
    (frozenset({Stage.CLAIMED}), drop_claim),
    (frozenset({Stage.RESERVED}), end_reservation),
    (frozenset({Stage.INTERRUPTED}), resume_session),
    (_UNDER_WAY, note_contactor),
    (frozenset({Stage.RUNNING}), sign_start),
    (frozenset({Stage.RUNNING}), find_stuck_contactor),
    (frozenset({Stage.RUNNING}), stop_session),
    (frozenset({Stage.RUNNING}), turn_pause),
    (frozenset({Stage.RUNNING}), sample_energy),
    (frozenset({Stage.ENDING}), signing_end(end_session)),
)


def decide(  # noqa: C901, PLR0912 - one row per kind of observation
    world: World, observation: Observation
) -> tuple[World, tuple[Fact, ...]]:
    """Return the world after an observation and the facts that have to be on disk before it counts."""
    page = Page(world, observation.at)
    page.write_all(learn_time(world.state.chronology, observation.at))
    match observation:
        case Started() | Reconfigured() | TermsFound():
            adopt(page, observation)
        case TariffSent() | TariffTakenBack():
            take_tariff(page, observation)
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
        case DeliveriesAnswered() | DeliveryRetried() | CdrsWanted():
            book_delivery(page, observation)
        case RootSealed(_, root):
            page.write(root)
        case CommandReceived() | CommandReplied() | AuthorizationReported() | PreferencesReceived():
            _hear_peer(page, observation)
        case CdrDisputed() | LocationSeen():
            tell_others(page, observation)
        case StorageLost() | StorageHealed():
            _look_at_storage(page, observation)
        case StopsRecalled():
            _recall_stops(page, observation)
        case Tick():
            for limits in world.policy.evses.values():
                _run_rules(page, limits)
            leave_removed(page)
            _stop_asking(page)
        case _:
            assert_never(observation)
    settle_commands(page)
    return page.world, tuple(page.facts)


def _look(page: Page, limits: EvseRules, news: MeterReading | MeterLost | ControllerSeen | ControllerLost) -> None:
    sight = page.world.sight
    seen = sight.evse(limits.uid)
    match news:
        case MeterReading():
            baseline = page.world.state.evse(limits.uid).register
            seen = see_reading(seen, news, baseline, limits, page.world.state.chronology)
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


def _look_at_storage(page: Page, news: StorageLost | StorageHealed) -> None:
    """Take the disk for a device of every EVSE: without it none may begin anything."""
    lost = news if isinstance(news, StorageLost) else None
    for limits in page.world.policy.evses.values():
        sight = page.world.sight
        seen = replace(sight.evse(limits.uid), storage_lost=lost)
        page.world = replace(page.world, sight=sight.with_evse(limits.uid, seen))
        _run_rules(page, limits)


def _recall_stops(page: Page, recalled: StopsRecalled) -> None:
    """Write down which stops the disk never took; a contactor that was opened for one must not close again."""
    for stop in recalled.stops:
        session = page.world.state.session(stop.session_id)
        if session is not None and session.phase in RUNNING:
            page.write(StopRequested(stop.reason, decided_at=stop.at), session.evse_uid, session.id)


def _quarantine(page: Page, limits: EvseRules) -> None:
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


def _run_rules(page: Page, limits: EvseRules) -> None:
    scene, written = page.scene(limits), len(page.facts)
    stage = scene.stage
    for stages, rule in RULES:
        if len(page.facts) != written:
            scene, written = page.scene(limits), len(page.facts)
            stage = scene.stage
        if stage in stages:
            for body in rule(scene):
                page.write_at(limits, body)
    for record, sealed in seal_waiting(page.scene(limits)):
        page.write(sealed, limits.uid, record.id)


def _take_card(page: Page, card: CardPresented) -> None:
    world = page.world
    scenes = tuple(page.scene(limits) for limits in world.policy.evses_of(card.reader))
    inquiry_id = InquiryId(page.id_of(f"{card.reader}/inquiry"))
    verdict = judge_card(card, Hall(scenes, world.state, world.tokens, world.policy.asks, inquiry_id))
    if verdict.body is None:
        return
    if verdict.scene is None:
        page.write(verdict.body)
        return
    page.write_at(verdict.scene.limits, verdict.body)
    _run_rules(page, verdict.scene.limits)


def _hear_peer(
    page: Page, news: CommandReceived | CommandReplied | AuthorizationReported | PreferencesReceived
) -> None:
    match news:
        case CommandReceived():
            if take_command(page, news):
                for limits in page.world.policy.evses.values():
                    _run_rules(page, limits)
        case CommandReplied():
            note_reply(page, news)
        case AuthorizationReported():
            _take_report(page, news)
        case PreferencesReceived():
            take_preferences(page, news)


def _take_report(page: Page, report: AuthorizationReported) -> None:
    """Take what the owner of a card says; an answer nobody waits for any more counts for nothing."""
    inquiry = page.world.state.inquiries.get(report.id)
    limits = page.world.policy.evses.get(inquiry.evse_uid) if inquiry is not None and inquiry.evse_uid else None
    answered = AuthorizationAnswered(report.id, report.peer, report.outcome, report.reference, report.info)
    if inquiry is None:
        return
    if limits is None:  # the configuration is another one since
        page.write(answered)
        return
    page.write_at(limits, judge_report(report, inquiry, page.scene(limits), page.world.state))
    page.write(answered, limits.uid, page.facts[-1].session_id)
    _run_rules(page, limits)


def _stop_asking(page: Page) -> None:
    """Let no driver wait longer than the site's patience lasts."""
    patience = timedelta(seconds=page.world.policy.session.authorize_timeout_s)
    for inquiry in tuple(page.world.state.inquiries.values()):
        if page.world.state.chronology.elapsed(inquiry.at, page.at) >= patience:
            _take_report(page, AuthorizationReported(inquiry.asked.id, page.at, None, Outcome.TIMED_OUT))


def _take_word(page: Page, limits: EvseRules, word: FaultCleared | MeterReplaced) -> None:
    bodies = tuple(take_word(page.scene(limits), word))
    for body in bodies:
        page.write_at(limits, body)
    if forgets_counter(bodies):
        sight = page.world.sight
        seen = replace(sight.evse(limits.uid), believed=None, oddity=None)
        page.world = replace(page.world, sight=sight.with_evse(limits.uid, seen))
