"""Serial ports: whether they are there, under a name that lasts, for the service to open, and fast."""

import grp
import os
import pwd
import stat
from collections.abc import Iterator
from pathlib import Path

from drivers.modbus.usb_latency import latency_timer_ms
from gateway.cli.bus_port import stable_name
from gateway.cli.checkup.patient import Patient
from gateway.cli.checkup.verdict import Verdict, bad, doubtful, good, skipped
from gateway.settings import BusKind, ReaderKind

SERVICE_USER = "ocpi-gateway"
_FLEETING = ("/dev/ttyUSB", "/dev/ttyACM")
# FTDI's default is 16; anything beyond 4 ms is felt in every reply.
_SLOW_MS = 5


def look(patient: Patient) -> Iterator[Verdict]:
    """Judge each port that the configuration names."""
    ports = list(_ports(patient))
    if not ports:
        yield skipped("", "no serial port is configured")
    for subject, device in ports:
        yield from _judge(subject, Path(device), patient)


def look_at_latency(patient: Patient) -> Iterator[Verdict]:
    """Judge the latency timer of each bus's USB adapter."""
    buses = [bus for bus in patient.settings.buses if bus.device is not None] if patient.settings else []
    if not buses:
        yield skipped("", "no serial port is configured")
    for bus in buses:
        timer = latency_timer_ms(bus.device or "", patient.root / "sys/bus/usb-serial/devices")
        subject = f"bus {bus.name}"
        if timer is None:
            yield skipped(subject, "the port has no latency timer")
        elif timer >= _SLOW_MS:
            port = Path(bus.device or "").resolve().name
            yield doubtful(
                subject,
                f"the USB adapter holds every reply back for up to {timer} ms",
                "install 61-ocpi-gateway.rules and plug the adapter in anew, or write 1 to"
                f" /sys/bus/usb-serial/devices/{port}/latency_timer",
            )
        else:
            yield good(subject, f"latency timer {timer} ms")


def _ports(patient: Patient) -> Iterator[tuple[str, str]]:
    if patient.settings is None:
        return
    for bus in patient.settings.buses:
        if bus.kind is BusKind.RTU and bus.device is not None:
            yield f"bus {bus.name}", bus.device
    for reader in patient.settings.readers:
        if reader.kind is ReaderKind.LINE and reader.device is not None:
            yield f"reader {reader.name}", reader.device


def _judge(subject: str, device: Path, patient: Patient) -> Iterator[Verdict]:
    try:
        found = device.stat()
    except FileNotFoundError:
        there = ", ".join(_serial_names(patient.root)) or "none"
        yield bad(subject, f"{device} is not there", f"plug the adapter in, or set one that is there: {there}")
        return
    except OSError as fault:
        yield bad(subject, f"{device} cannot be looked at: {(fault.strerror or 'unknown error').lower()}", "use sudo")
        return
    problem = _forbidden(found)
    if problem is not None:
        yield bad(subject, f"{device}: {problem}", f"run usermod -aG dialout {SERVICE_USER}, and restart the service")
        return
    if str(device).startswith(_FLEETING):
        better = stable_name(device)
        hint = better if better != str(device) else "the name of /dev/serial/by-path, as it has no serial number"
        yield doubtful(subject, f"{device} may be another adapter after a restart", f"set device to {hint}")
        return
    if not (stat.S_ISCHR(found.st_mode) or stat.S_ISSOCK(found.st_mode)):
        yield bad(subject, f"{device} is no device", "correct `device` in the configuration")
        return
    user = " and the daemon holds it" if patient.is_daemon_up else ""
    yield good(subject, f"{device} is there{user}")


def _forbidden(found: os.stat_result) -> str | None:
    """Return why the service's user may not open it; where there is no such user, why this one may not."""
    try:
        user = pwd.getpwnam(SERVICE_USER)
    except KeyError:
        user = pwd.getpwuid(os.geteuid())
    groups = {group.gr_gid for group in grp.getgrall() if user.pw_name in group.gr_mem} | {user.pw_gid}
    mode = found.st_mode
    if user.pw_uid in {0, found.st_uid}:
        may = user.pw_uid == 0 or (mode & stat.S_IRUSR and mode & stat.S_IWUSR)
    elif found.st_gid in groups:
        may = mode & stat.S_IRGRP and mode & stat.S_IWGRP
    else:
        may = mode & stat.S_IROTH and mode & stat.S_IWOTH
    return None if may else f"the user {user.pw_name} may not open it"


def _serial_names(root: Path) -> list[str]:
    try:
        return sorted(f"/dev/serial/by-id/{link.name}" for link in (root / "dev/serial/by-id").iterdir())
    except OSError:
        return []
