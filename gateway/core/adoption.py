"""What is taken over into the facts: the configuration, terms of backends, what those outside are to be told."""

from dataclasses import replace

from gateway.core.facts import BackendsAdopted, GatewayStarted, SiteAdopted, TariffAdopted
from gateway.core.facts_backends import BackendTermsAgreed, CdrCredited, LocationChanged
from gateway.core.facts_roaming import AuthorizationAnswered, Outcome
from gateway.core.observations import CdrDisputed, LocationSeen, Reconfigured, Started, TermsFound
from gateway.core.page import Page
from gateway.core.tariff_desk import is_news


def tell_others(page: Page, news: CdrDisputed | LocationSeen) -> None:
    """Write down what those outside are to be told: a bill taken back, a Location that has changed."""
    if isinstance(news, CdrDisputed):
        page.write(CdrCredited(news.cdr, news.reason, news.replacement), session_id=news.cdr.session_id)
        return
    known = {part.path: part.body for part in page.world.state.location}
    changed = tuple(part for part in news.parts if known.get(part.path) != part.body)
    if changed:
        page.write(LocationChanged(changed))


def adopt(page: Page, news: Started | Reconfigured | TermsFound) -> None:
    """Write down what of a configuration, or of what was agreed with backends, is new."""
    if not isinstance(news, TermsFound):
        _adopt_configuration(page, news)
    for offer in news.offers:
        state = page.world.state
        terms = offer.on_top_of(state.terms_of(offer.backend))
        if terms != state.terms_of(offer.backend) and offer.backend in state.backends:
            page.write(BackendTermsAgreed(offer.backend, terms))


def _adopt_configuration(page: Page, wanted: Started | Reconfigured) -> None:
    if isinstance(wanted, Reconfigured):
        page.world = replace(page.world, policy=wanted.policy, tokens=wanted.tokens)
    else:
        after = page.world.state.newest or page.at
        if wanted.repaired is not None:
            page.write(wanted.repaired)
        page.write(GatewayStarted(wanted.version, after))
        _drop_questions(page)
    state = page.world.state
    if state.site is None or state.site.site != wanted.site:
        page.write(SiteAdopted(wanted.site))
    for tariff in wanted.tariffs:
        if is_news(state.tariffs.get(tariff.id), tariff):
            page.write(TariffAdopted(tariff))
    if state.backends != wanted.backends:
        page.write(BackendsAdopted(wanted.backends))


def _drop_questions(page: Page) -> None:
    """Close what was asked before the daemon went down: nobody knows whether the driver still stands there."""
    for inquiry in tuple(page.world.state.inquiries.values()):
        dropped = AuthorizationAnswered(inquiry.asked.id, None, Outcome.TIMED_OUT, None, "the gateway started anew")
        page.write(dropped, inquiry.evse_uid)
