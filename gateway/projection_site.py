"""What facts mean for what backends know of the site itself: its Location, its EVSEs' status, its tariffs."""

from collections.abc import Iterator

from gateway.core.backend_terms import Terms
from gateway.core.delivery import NO_SESSION, Delivery, ObjectKind
from gateway.core.facts import DeliveryParked, TariffAdopted
from gateway.core.facts_backends import BackendTermsAgreed, LocationChanged, TariffWithdrawn
from gateway.core.identifiers import BackendName
from gateway.core.rows import Owe, Restate, RowChange, Settle
from gateway.core.site_state import SiteState
from gateway.ocpi.dialects import DIALECTS
from gateway.ocpi.location_delivery import evse_path, status_changes, whole_location

LOCATIONS, TARIFFS = "locations", "tariffs"


def agreed_rows(before: SiteState, state: SiteState, body: BackendTermsAgreed, seq: int) -> Iterator[RowChange]:
    """Put what is owed into the version agreed on; tell all of the site to who takes it now, and only to those."""
    backend, terms, old = body.backend, body.terms, before.terms_of(body.backend)
    yield Restate(backend, terms)
    for module, tell, forget in (
        (TARIFFS, _all_tariffs, _forget_tariffs),
        (LOCATIONS, _whole_location, _forget_location),
    ):
        if module not in terms.takes:
            yield from forget(state, backend, seq)
        elif module not in old.takes or terms.version != old.version:
            yield from tell(state, backend, seq)


def location_rows(before: SiteState, state: SiteState, body: LocationChanged, seq: int) -> Iterator[RowChange]:
    """Tell who takes locations: of a status that changed by itself, else of the whole Location."""
    for backend in _takers(state, LOCATIONS):
        changes = status_changes(before.location, body.parts)
        if changes is None:
            yield from _whole_location(state, backend, seq)
            continue
        location_id, _ = whole_location(state.location)
        for uid, patch in changes:
            yield _owe(state, backend, (ObjectKind.EVSE, evse_path(location_id, uid)), seq, patch)


def tariff_rows(state: SiteState, body: TariffAdopted, seq: int) -> Iterator[RowChange]:
    """Tell who takes tariffs."""
    for backend in _takers(state, TARIFFS):
        yield from _tariff(state, backend, body.tariff.id, seq)


def withdrawn_rows(state: SiteState, body: TariffWithdrawn, seq: int) -> Iterator[RowChange]:
    """Tell who takes tariffs that there is none of this id any more; an empty body says so."""
    for backend in _takers(state, TARIFFS):
        yield _owe(state, backend, (ObjectKind.TARIFF, body.tariff_id), seq, b"")


def refused_status_rows(state: SiteState, body: DeliveryParked, seq: int) -> Iterator[RowChange]:
    """Tell a backend that does not know an EVSE of the whole Location, as OCPI has it after a PATCH that failed."""
    yield Settle(body.backend, body.object, body.object_id, body.up_to_seq)
    if LOCATIONS in state.terms_of(body.backend).takes:
        yield from _whole_location(state, body.backend, seq)


def _takers(state: SiteState, module: str) -> Iterator[BackendName]:
    return (backend for backend in state.backends if module in state.terms_of(backend).takes)


def _whole_location(state: SiteState, backend: BackendName, seq: int) -> Iterator[RowChange]:
    if not state.location or state.site is None:
        return
    yield from _forget_statuses(state, backend, seq)
    location_id, body = whole_location(state.location)
    yield _owe(state, backend, (ObjectKind.LOCATION, location_id), seq, body)


def _forget_location(state: SiteState, backend: BackendName, seq: int) -> Iterator[RowChange]:
    if state.location:
        yield from _forget_statuses(state, backend, seq)
        yield Settle(backend, ObjectKind.LOCATION, whole_location(state.location)[0], seq)


def _forget_statuses(state: SiteState, backend: BackendName, seq: int) -> Iterator[RowChange]:
    location_id, _ = whole_location(state.location)
    for part in state.location:
        if len(part.path) == 1:
            yield Settle(backend, ObjectKind.EVSE, evse_path(location_id, part.path[0]), seq)


def _all_tariffs(state: SiteState, backend: BackendName, seq: int) -> Iterator[RowChange]:
    for tariff_id in state.tariffs:
        yield from _tariff(state, backend, tariff_id, seq)


def _tariff(state: SiteState, backend: BackendName, tariff_id: str, seq: int) -> Iterator[RowChange]:
    if state.site is not None:
        body = DIALECTS[_terms(state, backend).version].encode_tariff(
            state.tariffs[tariff_id].tariff, state.site.site.party
        )
        yield _owe(state, backend, (ObjectKind.TARIFF, tariff_id), seq, body)


def _forget_tariffs(state: SiteState, backend: BackendName, seq: int) -> Iterator[RowChange]:
    for tariff_id in state.tariffs:
        yield Settle(backend, ObjectKind.TARIFF, tariff_id, seq)


def _terms(state: SiteState, backend: BackendName) -> Terms:
    return state.terms_of(backend)


def _owe(state: SiteState, backend: BackendName, what: tuple[ObjectKind, str], seq: int, body: bytes) -> RowChange:
    if state.site is None:
        raise ValueError("a site that was never adopted has no Location")
    version = _terms(state, backend).version
    return Owe(Delivery(backend, *what, state.site.site.party, NO_SESSION, seq, body, version=version))
