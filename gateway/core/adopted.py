"""The configuration that facts have adopted, each with the fact that did."""

from dataclasses import dataclass

from gateway.core.identifiers import BackendName
from gateway.core.place import Site
from gateway.core.tariff import Tariff


@dataclass(frozen=True, slots=True)
class AdoptedSite:
    """The site as configured, and the fact that adopted it."""

    seq: int
    site: Site


@dataclass(frozen=True, slots=True)
class AdoptedTariff:
    """A tariff, the fact that adopted it, and the backend that sent it; None: it is a configured one."""

    seq: int
    tariff: Tariff
    sent_by: BackendName | None = None
