"""The gateway as Prometheus reads it: families of samples, made from snapshots as they are asked for.

Names and units follow Prometheus' conventions: base units, so energy is in joules (3600 to the watt hour).
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import InfoMetricFamily
from prometheus_client.registry import Collector

from gateway.core.instant import ClockQuality, elapsed
from gateway.core.line_telemetry import LineSnapshot
from gateway.core.telemetry import EvseSnapshot, EvseStatus, JournalVitals, MeterSnapshot, QuantitySnapshot
from gateway.web.health import has_disk, is_good
from gateway.web.metric_families import PREFIX, Family, counter, gauge
from gateway.web.metrics_bus import bus_families
from gateway.web.site_view import SiteView

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_JOULES_PER_WH = 3600


@dataclass(frozen=True, slots=True)
class Look:
    """Everything that is shown, at one moment; `journal` None where it cannot be read."""

    version: str
    view: SiteView
    lines: tuple[LineSnapshot, ...]
    journal: JournalVitals | None


def render(look: Look) -> bytes:
    """Return the text exposition format, version 0.0.4."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Families(look))
    ProcessCollector(registry=registry)
    return generate_latest(registry)


class _Families(Collector):
    """One look, as prometheus_client collects it."""

    def __init__(self, look: Look) -> None:
        self._look = look

    def collect(self) -> Iterator[Family]:
        for families in (_gateway, _evses, _meters, _readers, _backends, _journal, _card):
            yield from families(self._look)
        yield from bus_families(self._look.lines)


def _gateway(look: Look) -> Iterator[Family]:
    yield InfoMetricFamily(f"{PREFIX}_build", "Which version runs.", value={"version": look.version})
    clock = look.view.now().clock
    holds = clock is ClockQuality.SYNCHRONISED
    yield gauge("clock_synchronised", "1 while a time daemon holds the clock.", (), [((), holds)])
    late = "How late the event loop came, at worst within the last minute."
    yield gauge("event_loop_lateness_seconds", late, (), [((), look.view.late_s())])


def _books(evses: Sequence[EvseSnapshot]) -> Iterator[Family]:
    yield gauge(
        "evse_unattributed_energy_joules",
        "Energy on nobody's account that nobody has looked into yet.",
        ("evse",),
        [((evse.uid,), evse.unattributed_wh * _JOULES_PER_WH) for evse in evses],
    )
    yield gauge(
        "evse_unattributed_energy_alarm",
        "1 while that is more than unattributed_alarm_wh.",
        ("evse",),
        [((evse.uid,), evse.unattributed_alarm) for evse in evses],
    )
    yield gauge(
        "evse_cdrs_waiting",
        "CDRs that wait until it is certain when their sessions were.",
        ("evse",),
        [((evse.uid,), len(evse.waiting_cdrs)) for evse in evses],
    )


def _evses(look: Look) -> Iterator[Family]:
    evses = look.view.evses()
    yield gauge(
        "evse_status",
        "1 for the OCPI status that the EVSE has, 0 for the others.",
        ("evse", "status"),
        [((evse.uid, status.value), evse.status is status) for evse in evses for status in EvseStatus],
    )
    yield gauge(
        "evse_fault",
        "1 for each fault that takes the EVSE out of order.",
        ("evse", "fault"),
        [((evse.uid, kind.value), 1) for evse in evses for kind, _ in evse.faults],
    )
    yield counter(
        "evse_implausible_readings",
        "Counter values that were not believed: ran back, jumped beyond what the connector can deliver, not available.",
        ("evse",),
        [((evse.uid,), evse.odd_readings) for evse in evses],
    )
    yield gauge(
        "evse_session_open",
        "1 while a session is open at the EVSE.",
        ("evse",),
        [((evse.uid,), evse.session_id is not None) for evse in evses],
    )
    yield gauge(
        "evse_contactor_closed",
        "1 while the contactor is read back closed; absent while nobody knows.",
        ("evse",),
        [((evse.uid,), evse.contactor_closed) for evse in evses if evse.contactor_closed is not None],
    )
    yield from _books(evses)
    yield gauge("journal_writable", "1 while facts reach the disk.", (), [((), all(map(has_disk, evses)))])


def _meters(look: Look) -> Iterator[Family]:
    meters = look.view.meters()
    names = ("meter",)
    yield gauge(
        "meter_up",
        "1 while the meter shows values that can be believed.",
        ("meter", "model", "bus"),
        [((meter.name, meter.model, meter.bus), is_good(meter)) for meter in meters],
    )
    yield counter(
        "meter_energy_joules",
        "The meter's import register.",
        names,
        [((meter.name,), wh * _JOULES_PER_WH) for meter, wh in _values(meters, "energy_import")],
    )
    yield gauge(
        "meter_power_watts",
        "Active power.",
        names,
        [((meter.name,), watts) for meter, watts in _values(meters, "power")],
    )
    yield counter(
        "meter_unconfirmed_values",
        "Counter values that a second read did not bear out.",
        names,
        [((meter.name,), meter.unconfirmed) for meter in meters],
    )
    now = look.view.now()
    yield gauge(
        "meter_reading_age_seconds",
        "How old the newest value of the import register is.",
        names,
        [
            ((meter.name,), elapsed(it.at, now).total_seconds())
            for meter in meters
            if (it := _quantity(meter, "energy_import")) is not None and it.at is not None
        ],
    )


def _readers(look: Look) -> Iterator[Family]:
    rows = [((reader.name,), reader.present) for reader in look.view.readers()]
    yield gauge("reader_up", "1 while the card reader is there.", ("reader",), rows)


def _backends(look: Look) -> Iterator[Family]:
    backends = look.view.backends()
    yield gauge(
        "backend_up",
        "1 while the backend takes deliveries.",
        ("backend", "kind"),
        [((backend.name, backend.kind), backend.connected) for backend in backends],
    )
    yield gauge(
        "outbox_objects",
        "What the backend does not have yet: due, or parked because it was refused.",
        ("backend", "state"),
        [
            ((backend.name, state), count)
            for backend in backends
            for state, count in (("due", backend.owed), ("parked", backend.parked))
        ],
    )
    if look.journal is not None:
        since, now = dict(look.journal.due_since), look.view.now()
        yield gauge(
            "outbox_oldest_age_seconds",
            "For how long the oldest object that is due has been due; 0 where nothing is.",
            ("backend",),
            [
                ((backend.name,), elapsed(since[backend.name], now).total_seconds() if backend.name in since else 0)
                for backend in backends
            ],
        )


def _journal(look: Look) -> Iterator[Family]:
    if look.journal is not None:
        yield counter("journal_facts", "Facts written down.", (), [((), look.journal.last_seq)])
        yield gauge("journal_size_bytes", "The journal on disk.", (), [((), look.journal.size_bytes)])


def _card(look: Look) -> Iterator[Family]:
    storage = look.view.storage()
    rates = (("gateway", storage.own_bytes_per_day), ("device", storage.device_bytes_per_day))
    yield gauge(
        "storage_written_bytes_per_day",
        "What reaches the disk of state_dir in a day: ours, and everybody's.",
        ("by",),
        [((who,), count) for who, count in rates if count is not None],
    )
    budget = storage.budget_bytes_per_day
    yield gauge("storage_budget_bytes_per_day", "What the card may bear in a day to live as asked.", (), [((), budget)])
    yield gauge(
        "storage_life_is_short", "1 while the card would not live as long as asked.", (), [((), storage.is_short)]
    )


def _values(meters: Iterable[MeterSnapshot], quantity: str) -> Iterator[tuple[MeterSnapshot, Decimal]]:
    for meter in meters:
        it = _quantity(meter, quantity)
        if it is not None and it.value is not None:
            yield meter, it.value


def _quantity(meter: MeterSnapshot, name: str) -> QuantitySnapshot | None:
    return next((it for it in meter.quantities if it.quantity == name), None)
