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

log = structlog.get_logger()


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
        case SessionEnded():
            log.info("session_ended", evse=fact.evse_uid, session=fact.session_id)
        case JournalRepaired(kept_up_to_seq, is_whole, kept_at, reason):
            log.error(
                "journal_repaired", kept_up_to_seq=kept_up_to_seq, is_whole=is_whole, kept_at=kept_at, reason=reason
            )
        case _:
            pass
