"""The running parts of the daemon, as its windows look at them."""

from collections.abc import Sequence
from dataclasses import dataclass

from gateway.clock import Clock
from gateway.core.instant import Instant
from gateway.core.telemetry import BackendSnapshot, EvseSnapshot, MeterSnapshot, ReaderSnapshot, StorageSnapshot
from gateway.daemon_backends import RunningBackends
from gateway.field.bus_loop import BusLoop
from gateway.field.last_wish import LastWish
from gateway.field.line_watch import LineWatch
from gateway.field.reader_loop import ReaderLoop
from gateway.flash import FlashBudget
from gateway.notary.notary import Notary
from gateway.reconciling import Reconciler
from gateway.site import Site
from gateway.tariffs import TariffDesk
from gateway.watchdog import Watchdog
from gateway.wiring_backends import Backend


@dataclass(frozen=True, slots=True)
class Parts:
    """The running parts, as the technician's window shows them."""

    site: Site
    clock: Clock
    buses: Sequence[BusLoop]
    lines: Sequence[LineWatch]
    card_readers: Sequence[ReaderLoop]
    running: RunningBackends
    last_wish: LastWish
    reconciler: Reconciler
    notary: Notary
    flash: FlashBudget
    tariffs: TariffDesk
    watchdog: Watchdog

    def now(self) -> Instant:
        """Return the present moment."""
        return self.clock.now()

    def evses(self) -> Sequence[EvseSnapshot]:
        """Return all EVSEs."""
        return self.site.evses()

    def meters(self) -> Sequence[MeterSnapshot]:
        """Return all meters."""
        return [meter for bus in self.buses for meter in bus.meters()]

    def readers(self) -> Sequence[ReaderSnapshot]:
        """Return all card readers."""
        return [reader.snapshot() for reader in self.card_readers]

    def backends(self) -> Sequence[BackendSnapshot]:
        """Return all backends."""
        return [self._backend(backend) for backend in self.running.all()]

    def storage(self) -> StorageSnapshot:
        """Return what is written to the card."""
        return self.flash.snapshot()

    def late_s(self) -> float:
        """Return how late the event loop came, at worst within the last minute."""
        return self.watchdog.lateness.worst_s

    def _backend(self, backend: Backend) -> BackendSnapshot:
        counts, state = self.site.outbox.owed(backend.name), backend.shipper.state
        return BackendSnapshot(
            name=backend.name,
            kind=backend.kind,
            owed=counts.owed,
            parked=counts.parked,
            connected=state.connected,
            trouble=state.trouble,
            version=self.site.written.terms_of(backend.name).version,
        )
