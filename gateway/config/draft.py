"""All tables of a configuration as far as they could be understood: what the rules between its parts look at."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from gateway.config.convert import Entry
from gateway.core.tariff import Tariff


@dataclass(frozen=True, slots=True)
class Draft:
    """All tables as far as they could be understood. `tariffs` is None where their file could not be read."""

    now: datetime | None
    site: Entry
    buses: tuple[Entry, ...]
    meters: tuple[Entry, ...]
    controllers: tuple[Entry, ...]
    readers: tuple[Entry, ...]
    evses: tuple[Entry, ...]
    backends: tuple[Entry, ...]
    ocpi_server: Entry | None
    names: Mapping[str, Collection[str]]
    tariffs: tuple[Tariff, ...] | None
    meter_models: Collection[str] | None
    model_problem: Callable[[str], str | None]
    model_stand_in: Callable[[str], Path | None]
