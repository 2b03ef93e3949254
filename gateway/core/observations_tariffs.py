"""What backends tell us of tariffs; see observations."""

from dataclasses import dataclass
from datetime import datetime

from gateway.core.identifiers import BackendName
from gateway.core.instant import Instant
from gateway.core.tariff import Tariff


@dataclass(frozen=True, slots=True)
class TariffSent:
    """A backend sends a tariff of the site's own party."""

    at: Instant
    backend: BackendName
    tariff: Tariff


@dataclass(frozen=True, slots=True)
class TariffTakenBack:
    """A backend takes a tariff back; `instead` is the configured one of this id, which holds again then."""

    at: Instant
    backend: BackendName
    tariff_id: str
    withdrawn_at: datetime
    instead: Tariff | None


TariffNews = TariffSent | TariffTakenBack
