"""The Modbus lines as Prometheus reads them."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from gateway.core.line_telemetry import DeviceStatistics, LineSnapshot
from gateway.web.metric_families import Family, counter, gauge, quantiles

_MS_PER_S = 1000

_DEVICE_COUNTERS: Mapping[str, tuple[str, Callable[[DeviceStatistics], int]]] = {
    "modbus_requests": ("Requests sent.", lambda it: it.requests),
    "modbus_replies": ("Replies that were the answer.", lambda it: it.replies),
    "modbus_timeouts": ("Requests that nobody answered in time.", lambda it: it.timeouts),
    "modbus_misfits": ("Replies that could not be the answer, checksum errors among them.", lambda it: it.misfits),
    "modbus_crc_errors": ("Replies that the checksum betrayed.", lambda it: it.crc_errors),
    "modbus_refusals": ("Exception replies.", lambda it: it.refusals),
    "modbus_late_frames": ("Replies that came when nobody waited any more.", lambda it: it.late_frames),
}


def bus_families(lines: Sequence[LineSnapshot]) -> Iterator[Family]:
    """Yield what devices answered, how full the lines are, how cycles keep to their interval."""
    devices = [(line, device) for line in lines for device in line.devices]
    labels = ("bus", "device")
    for name, (text, count) in _DEVICE_COUNTERS.items():
        yield counter(name, text, labels, [((line.name, device.name), count(device)) for line, device in devices])
    yield quantiles(
        "modbus_reply_seconds",
        "Reply times of the newest replies.",
        labels,
        [
            ((line.name, device.name, quantile), value / _MS_PER_S)
            for line, device in devices
            for quantile, value in (("0.5", device.reply_p50_ms), ("0.99", device.reply_p99_ms))
            if value is not None
        ],
    )
    yield gauge(
        "modbus_utilisation_ratio",
        "The device's share of the line's time, 0 to 1.",
        labels,
        [((line.name, device.name), device.utilisation) for line, device in devices],
    )
    paces = [((line.name,), line.pace) for line in lines if line.pace is not None]
    yield counter("bus_cycles", "Polling cycles.", ("bus",), [(it, pace.cycles) for it, pace in paces])
    yield counter(
        "bus_cycle_overruns",
        "Polling cycles that took longer than their interval.",
        ("bus",),
        [(it, pace.overruns) for it, pace in paces],
    )
    yield gauge(
        "bus_hint",
        "1 for each likely cause of trouble on the bus; `ocpi-gateway bus stats` says it in words.",
        ("bus", "cause"),
        [(key, 1) for key in sorted({(line.name, hint.cause.value) for line in lines for hint in line.hints})],
    )
