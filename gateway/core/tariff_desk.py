"""Which tariff of an id holds where several know one: the configuration, and backends that send theirs.

Law: of a backend's and the configured one the newer `last_updated` holds, whichever came first; so neither a restart
nor a reload nor a message that comes twice or late changes what a driver pays.
"""

from collections.abc import Iterable

from gateway.core.adopted import AdoptedTariff
from gateway.core.facts import TariffAdopted
from gateway.core.facts_backends import TariffWithdrawn
from gateway.core.observations_tariffs import TariffSent, TariffTakenBack
from gateway.core.page import Page
from gateway.core.site_state import SiteState
from gateway.core.tariff import Tariff


def is_news(known: AdoptedTariff | None, configured: Tariff) -> bool:
    """Tell whether a configured tariff is to be adopted."""
    if known is None:
        return True
    if known.sent_by is not None:
        return configured.last_updated > known.tariff.last_updated
    return configured != known.tariff


def is_outdated(state: SiteState, sent: Tariff) -> bool:
    """Tell whether what a backend sends changes nothing: it or something newer is held, or it was withdrawn."""
    known, until = state.tariffs.get(sent.id), state.withdrawn.get(sent.id)
    return (known is not None and sent.last_updated <= known.tariff.last_updated) or (
        until is not None and sent.last_updated <= until
    )


def take_tariff(page: Page, news: TariffSent | TariffTakenBack) -> None:
    """Write down what a backend changes about a tariff; sessions that run keep theirs."""
    state = page.world.state
    if isinstance(news, TariffSent):
        if not is_outdated(state, news.tariff):
            page.write(TariffAdopted(news.tariff, news.backend))
        return
    known = state.tariffs.get(news.tariff_id)
    if known is None or known.sent_by is None or known.tariff.last_updated > news.withdrawn_at:
        return
    page.write(TariffWithdrawn(news.tariff_id, news.withdrawn_at, news.backend))
    if news.instead is not None:
        page.write(TariffAdopted(news.instead))


def in_force(state: SiteState, configured: Iterable[Tariff]) -> tuple[Tariff, ...]:
    """Return the tariffs that hold now: the configured ones, and in their place or beside them those of backends."""
    held = {id_: each.tariff for id_, each in state.tariffs.items() if each.sent_by is not None}
    return tuple(({each.id: each for each in configured} | held).values())
