"""What an operator would want to find in the log: the facts that are news on an ordinary day."""

import structlog

from gateway.core.facts import (
    CardRefused,
    Fact,
    FaultMended,
    FaultRaised,
    JournalRepaired,
    SessionEnded,
    SessionStarted,
)
from gateway.core.facts_energy import CounterRolledOver, UnattributedEnergyFound
from gateway.core.facts_roaming import CommandFinished, CommandTaken, ReservationEnded, SessionReserved
from gateway.core.facts_time import CdrSealed, TimeLearned
from gateway.core.session_record import SessionRecord

log = structlog.get_logger()

_LOOK_INTO_IT = "see ocpi-gateway ledger; look for a welded contactor, wrong wiring or theft, then faults clear"
_UNCERTAIN = "nobody has told this machine the time, so it is not certain when the session was"
_FREE = "its tariff is not valid now (see `ocpi-gateway check-config`), or was withdrawn; put it right and reload"
_CHECK_CLOCK = "check `timedatectl` and the network time service; cdr_clock_wait_s bounds the wait"


def tell(fact: Fact) -> None:
    """Log a fact that is news; pass over the others."""
    match fact.body:
        case CardRefused(reader, card, reason, detail):
            log.warning("card_refused", reader=reader, card=card, reason=reason.value, detail=detail)
        case FaultRaised(kind, detail):
            log.error("fault_raised", evse=fact.evse_uid, fault=kind.value, detail=detail)
        case FaultMended(kind):
            log.info("fault_mended", evse=fact.evse_uid, fault=kind.value)
        case SessionStarted():
            log.info("session_started", evse=fact.evse_uid, session=fact.session_id)
        case SessionEnded(_, _, _, seals):
            log.info("session_ended", evse=fact.evse_uid, session=fact.session_id)
            if not seals:
                log.warning("cdr_waits", session=fact.session_id, reason=_UNCERTAIN, remedy=_CHECK_CLOCK)
        case JournalRepaired(kept_up_to_seq, is_whole, kept_at, reason):
            log.error(
                "journal_repaired", kept_up_to_seq=kept_up_to_seq, is_whole=is_whole, kept_at=kept_at, reason=reason
            )
        case _:
            _tell_of_time_and_energy(fact)


def tell_of_price(session: SessionRecord | None, tariff_id: str | None) -> None:
    """Log that a charge will cost nothing, though its EVSE has a tariff; `session` has just started."""
    if session is not None and session.tariff is None and tariff_id is not None:
        log.warning("charging_is_free", evse=session.evse_uid, session=session.id, tariff=tariff_id, remedy=_FREE)


def _tell_of_time_and_energy(fact: Fact) -> None:
    match fact.body:
        case CdrSealed(is_time_trusted):
            log.info("cdr_sealed", evse=fact.evse_uid, session=fact.session_id, time_certain=is_time_trusted)
        case CounterRolledOver(rollover_wh, turns):
            log.info("counter_rolled_over", evse=fact.evse_uid, rollover_wh=rollover_wh, turns=turns)
        case UnattributedEnergyFound(energy_wh):
            log.error("unattributed_energy", evse=fact.evse_uid, energy_wh=energy_wh, remedy=_LOOK_INTO_IT)
        case TimeLearned(moved_ms):
            log.info("time_learned", moved_s=moved_ms / 1000, clock=fact.at.clock.value)
        case _:
            _tell_of_peers(fact)


def _tell_of_peers(fact: Fact) -> None:
    match fact.body:
        case CommandTaken(id_, peer, _, _, _, _, response, objection, command):
            why = {} if objection is None else {"reason": objection.value}
            told = log.info if objection is None else log.warning
            told("order_taken", peer=peer, order=command.kind.value, id=id_, response=response.value, **why)
        case CommandFinished(id_, result, detail):
            log.info("order_finished", evse=fact.evse_uid, id=id_, result=result.value, detail=detail)
        case SessionReserved():
            log.info("evse_reserved", evse=fact.evse_uid, session=fact.session_id)
        case ReservationEnded(reason):
            log.info("reservation_ended", evse=fact.evse_uid, session=fact.session_id, reason=reason.value)
        case _:
            pass
