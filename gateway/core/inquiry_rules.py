"""What follows once the owner of a card was asked: what it said, or what holds where nobody said anything."""

from collections.abc import Mapping

from gateway.core.authorization import Reach, Ruling, rule_on
from gateway.core.card_rules import refuse, why_refused
from gateway.core.facts import FactBody
from gateway.core.facts_roaming import Outcome
from gateway.core.grant import choose, grant, stranger_grant
from gateway.core.inquiry import Inquiry
from gateway.core.observations import AuthorizationReported, CardPresented
from gateway.core.reasons import Refusal
from gateway.core.scene import Scene
from gateway.core.site_state import SiteState
from gateway.core.token import AuthMethod

_SAID_NO: Mapping[Outcome, Refusal] = {
    Outcome.BLOCKED: Refusal.BLOCKED_TOKEN,
    Outcome.EXPIRED: Refusal.EXPIRED_TOKEN,
    Outcome.NO_CREDIT: Refusal.NO_CREDIT,
    Outcome.NOT_ALLOWED: Refusal.PROVIDER_REFUSED,
    Outcome.NOT_ALLOWED_HERE: Refusal.NOT_ALLOWED_HERE,
    Outcome.UNKNOWN: Refusal.UNKNOWN_TOKEN,
}
_SAID_NOTHING: Mapping[Outcome, Reach] = {Outcome.OFFLINE: Reach.OFFLINE, Outcome.TIMED_OUT: Reach.TIMED_OUT}


def judge_report(report: AuthorizationReported, inquiry: Inquiry, scene: Scene, state: SiteState) -> FactBody:
    """Decide on a card whose owner was asked."""
    asked = inquiry.asked
    card, now = CardPresented(asked.reader, inquiry.at, asked.uid), state.chronology.place(report.at)
    if report.outcome in _SAID_NO:
        return refuse(card, _SAID_NO[report.outcome], report.info)
    token = asked.token if report.token is None else report.token
    if report.outcome in _SAID_NOTHING:
        reach = _SAID_NOTHING[report.outcome]
        may_try = scene.rules.unknown_card_max_wh is not None
        ruling = rule_on(token, reach, now) if token is not None else None
        if ruling is Ruling.REFUSE or (token is None and not may_try):
            return refuse(card, why_refused(token, now))
    choice = choose((scene,))
    if isinstance(choice, Refusal):
        return refuse(card, choice)
    if token is None:
        return stranger_grant(card, choice, state)
    if report.outcome is Outcome.ALLOWED:
        method, reference = AuthMethod.AUTH_REQUEST, report.reference
        return grant(choice, state, token, method, reference=reference, reader=card.reader)
    return grant(choice, state, token, AuthMethod.WHITELIST, reader=card.reader, basis="its owner could not be asked")
