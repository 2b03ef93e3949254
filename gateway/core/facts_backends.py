"""Facts for those outside: what was agreed with backends, bills taken back, our Location; see facts."""

from dataclasses import dataclass
from datetime import datetime

from gateway.core.backend_terms import Terms
from gateway.core.cdr import Cdr
from gateway.core.identifiers import BackendName


@dataclass(frozen=True, slots=True)
class BackendTermsAgreed:
    """What a backend is owed from here on follows these terms; what it is owed already is put into their words."""

    backend: BackendName
    terms: Terms


@dataclass(frozen=True, slots=True)
class CdrCredited:
    """A human takes a CDR back: a credit CDR goes out, and `replacement` after it where there is one.

    `cdr` is what was sealed, whole, so that the credit follows from this fact alone.
    """

    cdr: Cdr
    reason: str
    replacement: Cdr | None = None


@dataclass(frozen=True, slots=True)
class PartStamp:
    """A part of our Location and when it changed last; `path` is () for itself, (EVSE,), or (EVSE, connector).

    `body` is its own contents as OCPI JSON, without the parts below it.
    """

    path: tuple[str, ...]
    last_updated: datetime
    body: str


@dataclass(frozen=True, slots=True)
class LocationChanged:
    """These parts of our Location are others than before, as peers see them."""

    parts: tuple[PartStamp, ...]


@dataclass(frozen=True, slots=True)
class TariffWithdrawn:
    """A backend takes back the tariff of this id that it sent; what it sent of it up to then counts no more."""

    tariff_id: str
    withdrawn_at: datetime
    sent_by: BackendName


OutsideFact = BackendTermsAgreed | CdrCredited | LocationChanged | TariffWithdrawn


def with_changed(known: tuple[PartStamp, ...], changed: tuple[PartStamp, ...]) -> tuple[PartStamp, ...]:
    """Return all parts, in the order in which they came to be."""
    parts = {part.path: part for part in known} | {part.path: part for part in changed}
    return tuple(parts.values())
