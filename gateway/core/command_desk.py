"""Takes the commands of peers: decides once on each, and finds out what came of it."""

from collections.abc import Callable, Mapping
from datetime import timedelta

from gateway.core.command_book import CommandRecord, pending_commands
from gateway.core.command_rules import judge_command
from gateway.core.command_search import Ground
from gateway.core.commands import OBJECTIONS, CommandKind, CommandResponse, CommandResult
from gateway.core.facts import SessionCancelled
from gateway.core.facts_roaming import (
    CommandAnswered,
    CommandFinished,
    CommandTaken,
    ReservationEnd,
    ReservationUnclaimed,
)
from gateway.core.observations import CommandReceived, CommandReplied
from gateway.core.page import Page
from gateway.core.reasons import CancelReason, FaultKind
from gateway.core.scene import Scene
from gateway.core.session_phase import OPEN, Phase
from gateway.core.site_state import SiteState

# A retry may come for so long; after it the same words are a new wish.
RETRIES_COME_WITHIN = timedelta(minutes=10)
# A command that has not come off is given up while a quarter of the time is left that its peer was told to wait, so
# that the result still arrives in time.
_WAITED, _OF = 3, 4


def take_command(page: Page, order: CommandReceived) -> bool:
    """Decide on a command; returns whether anything follows. One that was seen before changes nothing."""
    state = page.world.state
    if find_record(state, order) is not None:
        return False
    ruling = judge_command(Ground(order, page.scenes(), state))
    session_id = ruling.session_id
    for scene, body in ruling.steps:
        page.write_at(scene.limits, body)
        session_id = page.facts[-1].session_id
    response = CommandResponse.ACCEPTED if ruling.objection is None else OBJECTIONS[ruling.objection][0]
    taken = CommandTaken(
        id=order.id,
        peer=order.peer,
        key=order.key,
        correlation=order.correlation,
        reply_to=order.reply_to,
        timeout_s=page.world.policy.session.command_timeout_s,
        response=response,
        objection=ruling.objection,
        command=order.command,
    )
    page.write(taken, None if ruling.scene is None else ruling.scene.limits.uid, session_id)
    return ruling.objection is None


def find_record(state: SiteState, order: CommandReceived) -> CommandRecord | None:
    """Return the record of a command, also where it came a second time.

    The same content is a repetition while the first is being done, and for some minutes if it belongs to the same
    correlation. What was refused had no effect, and may be tried again.
    """
    if order.id in state.commands:
        return state.commands[order.id]
    for record in reversed(tuple(state.commands.values())):
        taken = record.taken
        if (taken.peer, taken.key) != (order.peer, order.key) or taken.response is not CommandResponse.ACCEPTED:
            continue
        is_retry = (
            taken.correlation == order.correlation
            and state.chronology.elapsed(record.taken_at, order.at) < RETRIES_COME_WITHIN
        )
        if record.is_pending or is_retry:
            return record
    return None


def note_reply(page: Page, replied: CommandReplied) -> None:
    """Note that a result was sent, or never will be."""
    record = page.world.state.commands.get(replied.id)
    if record is not None and record.owed_at is not None:
        page.write(CommandAnswered(replied.id, replied.delivered, replied.answer), record.evse_uid, record.session_id)


def settle_commands(page: Page) -> None:
    """Write down what came of commands; one that takes too long is given up, and nothing may come of it later."""
    if not page.world.state.commands:
        return
    for record in tuple(pending_commands(page.world.state.commands)):
        scene = _scene_of(page, record)
        found = _RESULTS[record.taken.command.kind](record, scene)
        if (
            found is None
            and page.world.state.chronology.elapsed(record.taken_at, page.at)
            >= timedelta(seconds=record.taken.timeout_s) * _WAITED / _OF
        ):
            found = (CommandResult.TIMEOUT, "the charging station did not react in time")
            _withdraw(page, record, scene)
        if found is not None:
            page.write(CommandFinished(record.taken.id, *found), record.evse_uid, record.session_id)
    _give_up_reservations(page)


def _scene_of(page: Page, record: CommandRecord) -> Scene | None:
    limits = page.world.policy.evses.get(record.evse_uid) if record.evse_uid is not None else None
    return None if limits is None else page.scene(limits)


def _withdraw(page: Page, record: CommandRecord, scene: Scene | None) -> None:
    session = None if scene is None else scene.record.open_session
    if scene is None or session is None or session.id != record.session_id:
        return
    if record.taken.command.kind is not CommandKind.START_SESSION:
        return
    if session.phase is Phase.AUTHORIZED:
        page.write_at(scene.limits, SessionCancelled(CancelReason.COMMAND_TIMED_OUT))
    elif session.phase is Phase.CLAIMED:
        page.write_at(scene.limits, ReservationUnclaimed(CancelReason.COMMAND_TIMED_OUT))


Found = tuple[CommandResult, str] | None
_DEVICES = frozenset({CancelReason.METER_SILENT, CancelReason.EVSE_OUT_OF_ORDER})


def _of_start(record: CommandRecord, scene: Scene | None) -> Found:
    """Call a start accepted once energy may flow, or once only the vehicle is missing."""
    session = None if scene is None else scene.record.session
    if scene is None or session is None or session.id != record.session_id:
        return CommandResult.FAILED, "the session is gone"
    match session.phase:
        case Phase.AUTHORIZED | Phase.CLAIMED:
            waits = scene.seen.plugged is False and not scene.record.faults
            return (CommandResult.ACCEPTED, "authorised; waits for the vehicle") if waits else None
        case Phase.CANCELLED:
            reason = session.cancel_reason
            result = CommandResult.EVSE_INOPERATIVE if reason in _DEVICES else CommandResult.FAILED
            return result, f"the session was cancelled: {'' if reason is None else reason.value}"
        case Phase.RESERVED | Phase.LAPSED:
            return CommandResult.FAILED, "the vehicle did not begin to charge; it stays reserved"
        case _:
            return CommandResult.ACCEPTED, "the session runs"


def _of_stop(record: CommandRecord, scene: Scene | None) -> Found:
    """Call a stop accepted once the session is over, or its contactor was seen open after the order."""
    session = None if scene is None else scene.record.session
    if scene is None or session is None or session.id != record.session_id or session.phase not in OPEN:
        if scene is not None and FaultKind.CONTACTOR_DID_NOT_OPEN in scene.record.faults:
            return CommandResult.FAILED, "the contactor did not open"
        return CommandResult.ACCEPTED, "the session has ended"
    if session.phase is Phase.RESERVED:
        return CommandResult.ACCEPTED, "the driver may not charge any more; it stays reserved"
    controller, safe_since = scene.seen.controller, scene.seen.safe_since
    if safe_since is None or controller is None or scene.chronology.is_before(controller.at, record.taken_at):
        return None
    return CommandResult.ACCEPTED, "no energy flows any more"


def _at_once(record: CommandRecord, scene: Scene | None) -> Found:
    del record, scene
    return CommandResult.ACCEPTED, "done"


_RESULTS: Mapping[CommandKind, Callable[[CommandRecord, Scene | None], Found]] = {
    CommandKind.START_SESSION: _of_start,
    CommandKind.STOP_SESSION: _of_stop,
    CommandKind.RESERVE_NOW: _at_once,
    CommandKind.CANCEL_RESERVATION: _at_once,
    CommandKind.UNLOCK_CONNECTOR: _at_once,
    CommandKind.SET_CHARGING_PROFILE: _at_once,
    CommandKind.CLEAR_CHARGING_PROFILE: _at_once,
    CommandKind.GET_CHARGING_PROFILE: _at_once,
}


def _give_up_reservations(page: Page) -> None:
    """Tell the peer where we cannot keep what we had promised."""
    for evse in page.world.state.evses.values():
        session = evse.session
        if (
            session is None
            or session.reservation is None
            or session.reservation.ended is not ReservationEnd.OUT_OF_ORDER
        ):
            continue
        record = page.world.state.commands.get(session.reservation.command_id)
        if record is None or record.finished is None or record.finished.result is CommandResult.CANCELED_RESERVATION:
            continue
        given_up = CommandFinished(
            record.taken.id, CommandResult.CANCELED_RESERVATION, "the EVSE went out of order before anybody came"
        )
        page.write(given_up, record.evse_uid, record.session_id)
