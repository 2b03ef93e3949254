"""What becomes of an EVSE that is not configured any more: what was open there ends with what is on record."""

from typing import Final

from gateway.core.clock_rules import seal_waiting
from gateway.core.facts import FactBody, SessionCancelled, StopRequested
from gateway.core.facts_roaming import ReservationEnd, ReservationEnded, ReservationUnclaimed
from gateway.core.identifiers import ConnectorId, EvseUid
from gateway.core.page import Page
from gateway.core.reasons import CancelReason, StopReason
from gateway.core.rules import EvseRules
from gateway.core.scene import Scene, Stage
from gateway.core.session_rules import end_unseen

_OUT_OF_ORDER: Final = CancelReason.EVSE_OUT_OF_ORDER


def leave_removed(page: Page) -> None:
    """End what is open at EVSEs that are not there any more, and seal the bills that wait; nobody else would."""
    for uid, record in page.world.state.evses.items():
        if uid in page.world.policy.evses or (record.open_session is None and not record.waiting):
            continue
        limits = _nothing_at(uid)
        while page.world.state.evse(uid).open_session is not None:
            page.write_at(limits, _next_step(page.scene(limits)))
        for waiting, sealed in seal_waiting(page.scene(limits)):
            page.write(sealed, uid, waiting.id)


def _next_step(scene: Scene) -> FactBody:
    match scene.stage:
        case Stage.CLAIMED:
            return ReservationUnclaimed(_OUT_OF_ORDER)
        case Stage.RESERVED:
            return ReservationEnded(ReservationEnd.OUT_OF_ORDER)
        case Stage.AUTHORIZED:
            return SessionCancelled(_OUT_OF_ORDER)
        case Stage.ENDING:
            return end_unseen(scene)
        case _:
            return StopRequested(StopReason.EVSE_REMOVED)


def _nothing_at(uid: EvseUid) -> EvseRules:
    return EvseRules(uid, ConnectorId(""), (), 0, 0, tariff_id=None, max_energy_wh=None, max_duration_s=None)
