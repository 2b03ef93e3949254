"""From settings to the way to each backend: its uplink, its shipper, and the terms it is offered."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from gateway.clock import Clock
from gateway.core.backend_terms import Offer, folded
from gateway.core.identifiers import BackendName, Party
from gateway.core.observations import TermsFound
from gateway.ocpi.peer import Standing
from gateway.settings import (
    BackendSettings,
    Drivers,
    MqttBackendSettings,
    OcpiBackendSettings,
    PeerBackendSettings,
    Settings,
)
from gateway.site import Site
from gateway.uplink.access import Directory, read_access, registered_access
from gateway.uplink.https import Agree, OcpiUplink
from gateway.uplink.ports import Uplink
from gateway.uplink.shipper import Shipper
from gateway.wiring_mqtt import COMMANDS, TOKENS, Answering, respondents

if TYPE_CHECKING:
    from gateway.registry.registry import Registry
    from gateway.uplink.mqtt_requests import RequestDesk
    from gateway.uplink.mqtt_results import MqttResults

# A broker has no version details to look into: whoever wants none of it does not subscribe.
_BROKER_TAKES = ("locations", "tariffs")


@dataclass(frozen=True, slots=True)
class Backend:
    """A configured backend and the shipper that drains what it is owed."""

    name: BackendName
    kind: str
    shipper: Shipper
    requests: "RequestDesk | None" = None
    results: "MqttResults | None" = None


def make_backend(  # noqa: PLR0913 - what the way to a backend is made of
    backend: BackendSettings,
    *,
    us: Party,
    site: Site,
    directory: Directory,
    clock: Clock,
    answering: Answering,
) -> Backend:
    """Make the shipper of one backend; connects nowhere."""
    name = BackendName(backend.name)
    if isinstance(backend, MqttBackendSettings):
        from gateway.uplink.mqtt import MqttUplink  # noqa: PLC0415 - aiomqtt and paho are for sites with a broker
        from gateway.uplink.mqtt_results import MqttResults  # noqa: PLC0415 - likewise

        broker = MqttUplink(backend, us, respondents(backend, us, answering))
        results = None if answering.desk is None else MqttResults(name, answering.desk, broker.requests, clock)
        return Backend(name, "mqtt", Shipper(name, broker, site.outbox), broker.requests, results)
    peer = _peer(backend, directory, _agreeing(backend, us, directory, site, clock))
    return Backend(name, "ocpi", Shipper(name, peer, site.outbox))


def takes_orders(settings: Settings) -> bool:
    """Tell whether commands can arrive: at our own OCPI server, or from a broker whose backend may give them."""
    brokers = (each for each in settings.backends if isinstance(each, MqttBackendSettings))
    return settings.ocpi_server is not None or any(COMMANDS in each.accepts for each in brokers)


def keeps_tokens(settings: Settings) -> bool:
    """Tell whether anybody may send us drivers' tokens."""
    brokers = (each for each in settings.backends if isinstance(each, MqttBackendSettings))
    return settings.ocpi_server is not None or any(TOKENS in each.accepts for each in brokers)


def offers(settings: Settings, directory: Directory) -> tuple[Offer, ...]:
    """Return what each backend is offered before it was ever reached: a filter must hold from the first fact on."""
    return tuple(
        Offer(
            BackendName(backend.name),
            backend.version if backend.version is not None else _registered_version(backend, directory),
            drivers_of(backend, settings.site.party, directory),
            _BROKER_TAKES if isinstance(backend, MqttBackendSettings) else None,
        )
        for backend in settings.backends
    )


def follow_peers(registry: "Registry", settings: Callable[[], Settings], site: Site, clock: Clock) -> None:
    """Have a peer owed what its drivers do from its registration on, however long it cannot be reached afterwards."""

    async def agree() -> None:
        await site.inbox.put(TermsFound(offers(settings(), registry), clock.now()))

    registry.peers_changed = agree


def hears_of_all(backend: BackendSettings, us: Party) -> bool:
    """Whether a backend gets Sessions and CDRs of all drivers: the site's own party does, others where it is said."""
    if isinstance(backend, MqttBackendSettings):
        return True
    if backend.drivers is not None:
        return backend.drivers is Drivers.ALL
    return folded(Party(backend.country_code, backend.party_id)) == folded(us)


def drivers_of(backend: BackendSettings, us: Party, directory: Directory) -> tuple[Party, ...] | None:
    """Return the parties whose drivers a backend hears of, None for all; a registered peer's are those of its roles.

    They are what it could pull. One that is not registered (yet) speaks for nobody.
    """
    if isinstance(backend, MqttBackendSettings) or hears_of_all(backend, us):
        return None
    if isinstance(backend, OcpiBackendSettings):
        return (Party(backend.country_code, backend.party_id),)
    record = directory.record(backend.peer)
    if record is None or record.peer.standing is not Standing.REGISTERED:
        return ()
    return None if record.peer.owns(us) else tuple(role.party for role in record.peer.roles)


def _registered_version(backend: BackendSettings, directory: Directory) -> str | None:
    record = directory.record(backend.peer) if isinstance(backend, PeerBackendSettings) else None
    return None if record is None else record.peer.version


def _agreeing(backend: BackendSettings, us: Party, directory: Directory, site: Site, clock: Clock) -> Agree:
    async def agree(version: str, takes: tuple[str, ...]) -> None:
        found = Offer(BackendName(backend.name), version, drivers_of(backend, us, directory), takes)
        await site.inbox.put_and_wait(TermsFound((found,), clock.now()))

    return agree


def _peer(backend: OcpiBackendSettings | PeerBackendSettings, directory: Directory, agree: Agree) -> Uplink:
    match backend:
        case OcpiBackendSettings():
            return OcpiUplink(backend, partial(read_access, backend), agree)
        case PeerBackendSettings():
            return OcpiUplink(backend, partial(registered_access, backend, directory), agree)
