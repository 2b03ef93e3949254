"""From settings to our OCPI endpoints: which module answers what, from where."""

import time
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from gateway.clock import Clock
from gateway.core.identifiers import BackendName
from gateway.core.tariff import Tariff
from gateway.journal.errors import JournalError, JournalUnwritable
from gateway.ocpi.handshake import Demands
from gateway.ocpi.peer import Peer, Role
from gateway.ocpi.versions import SPOKEN
from gateway.orders import OrderDesk
from gateway.reconciling import Reconciler
from gateway.registry.registry import Registry
from gateway.settings import OcpiServerSettings, PeerBackendSettings, Settings, TlsSettings
from gateway.uplink.peer_calls import PeerCalls
from gateway.uplink.token_sync import TokenSync
from gateway.web.ocpi_access import Gatekeeper
from gateway.web.ocpi_credentials import CredentialsReceiver, Explorer
from gateway.web.ocpi_inventory import InventorySender
from gateway.web.ocpi_lists import ObjectSender, TariffSender
from gateway.web.ocpi_locations import LocationSender
from gateway.web.ocpi_server import OcpiServer, listen
from gateway.web.ocpi_tokens import TokenReceiver
from gateway.web.registration_desk import RegistrationDesk
from gateway.wiring_backends import hears_of_all
from gateway.wiring_orders import make_orders

if TYPE_CHECKING:
    from gateway.web.ocpi_module import Module


@dataclass(frozen=True, slots=True)
class OcpiParts:
    """What the daemon runs for peers: coroutines without end, and the desk for its operator."""

    desk: RegistrationDesk
    serving: Coroutine[Any, Any, None]
    syncing: Coroutine[Any, Any, None]
    port: int
    orders: tuple[tuple[str, Coroutine[Any, Any, None]], ...] = ()

    def tasks(self) -> tuple[tuple[str, Coroutine[Any, Any, None]], ...]:
        """Return what must run, each with its name."""
        return (("ocpi server", self.serving), ("token lists", self.syncing), *self.orders)


def make_ocpi(  # noqa: PLR0913 - the composition root names each part
    current: Callable[[], Settings],
    ocpi: OcpiServerSettings,
    registry: Registry,
    locations: LocationSender,
    clock: Clock,
    *,
    reconciler: Reconciler | None = None,
    desk: OrderDesk | None = None,
    tariffs: Callable[[], Sequence[Tariff]] | None = None,
) -> OcpiParts:
    """Listen for peers, see `listen`; calls nobody yet. `current` returns the settings that hold now."""
    us = current().site.party
    calls = PeerCalls(TlsSettings(ca_file=ocpi.ca_file), ocpi.timeout_s)
    explorer = Explorer(calls, Demands(SPOKEN, ocpi.required_receivers, allows_http=ocpi.allow_http))

    def now() -> datetime:
        return clock.now().utc

    roles = (Role("CPO", us, ocpi.business_name, ocpi.website),)
    own = CredentialsReceiver(registry, explorer, roles, f"{ocpi.public_url.rstrip('/')}/versions", now)
    sees_all = partial(_sees_all, current)
    sessions = ObjectSender(registry.sessions, sees_all, ocpi.page_limit, needs_date_from=True)
    orders = None if desk is None else make_orders(current, ocpi, registry, desk, clock, sessions=sessions)
    modules: dict[str, Module] = {
        "credentials": own,
        "locations": locations,
        "cdrs": ObjectSender(registry.cdrs, sees_all, ocpi.page_limit, needs_date_from=False),
        "tariffs": TariffSender(tariffs or (lambda: current().tariffs), us, ocpi.page_limit),
        "sessions": sessions,
        "tokens": TokenReceiver(registry),
        **({} if orders is None else orders.modules),
    }
    server = OcpiServer(
        settings=ocpi,
        us=us,
        modules=dict.fromkeys(reversed(SPOKEN), modules),
        gate=Gatekeeper(registry, ocpi.wrong_tokens_per_minute, time.monotonic),
        now=now,
        faults=(JournalError,),
        beside={}
        if reconciler is None
        else {"inventory": InventorySender(reconciler, lambda: _backends_of_peers(current()))},
    )
    serving, port = listen(server)
    return OcpiParts(
        desk=RegistrationDesk(registry, explorer, calls, own, now),
        serving=serving,
        syncing=TokenSync(registry, calls, us, now, (JournalUnwritable,)).run(),
        port=port,
        orders=() if orders is None else orders.tasks,
    )


def _backends_of_peers(settings: Settings) -> dict[str, BackendName]:
    return {
        backend.peer: BackendName(backend.name)
        for backend in settings.backends
        if isinstance(backend, PeerBackendSettings)
    }


def _sees_all(current: Callable[[], Settings], peer: Peer) -> bool:
    """Whether a peer may pull Sessions and CDRs of all drivers: our own party, and whoever gets them by push."""
    settings = current()
    us = settings.site.party
    if peer.owns(us):
        return True
    for each in settings.backends:
        if isinstance(each, PeerBackendSettings) and each.peer == peer.name and hears_of_all(each, us):
            return True
    return False
