"""Whether the gateway can do its work: what a fleet's monitoring and a technician ask first."""

import os
from collections.abc import Iterator

from gateway.core.instant import ClockQuality
from gateway.core.reasons import FaultKind
from gateway.core.telemetry import EvseSnapshot, MeterSnapshot, Quality
from gateway.web.shapes import Health, Standing
from gateway.web.site_view import SiteView


def judge(view: SiteView, version: str) -> Health:
    """Look at everything once; FAILING only where no EVSE can charge."""
    problems = tuple(_problems(view))
    if all(evse.faults for evse in view.evses()):
        standing = Standing.FAILING
    else:
        standing = Standing.DEGRADED if problems else Standing.OK
    return Health(version, os.getpid(), view.now(), standing, problems)


def is_good(meter: MeterSnapshot) -> bool:
    """Tell whether a meter shows anything that can be believed now."""
    return any(each.quality is Quality.GOOD for each in meter.quantities)


def has_disk(evse: EvseSnapshot) -> bool:
    """Tell whether what happens at an EVSE can be written down."""
    return FaultKind.STORAGE_LOST not in dict(evse.faults)


def _problems(view: SiteView) -> Iterator[str]:
    for look in (_evses, _meters, _readers, _backends):
        yield from look(view)
    if view.now().clock is not ClockQuality.SYNCHRONISED:
        yield "clock: not synchronised; check the network and timedatectl timesync-status"


def _evses(view: SiteView) -> Iterator[str]:
    for evse in view.evses():
        for kind, detail in evse.faults:
            yield f"EVSE {evse.uid}: {kind.value}: {detail}"


def _meters(view: SiteView) -> Iterator[str]:
    for meter in view.meters():
        if not is_good(meter):
            yield f"meter {meter.name}: {meter.trouble or 'never read yet'}"


def _readers(view: SiteView) -> Iterator[str]:
    for reader in view.readers():
        if not reader.present:
            yield f"reader {reader.name}: {reader.trouble or 'not there'}"


def _backends(view: SiteView) -> Iterator[str]:
    for backend in view.backends():
        if backend.trouble is not None:
            yield f"backend {backend.name}: {backend.trouble}"
        if backend.parked:
            yield f"backend {backend.name}: {backend.parked} refused; see ocpi-gateway outbox --parked"
