"""Which port a technician means, under which name it stays the same, and whether the running daemon holds it."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from gateway.cli.outcome import CommandFailed, InputRefused

_BY_ID = Path("/dev/serial/by-id")
_LAST_PORT = 65535


@dataclass(frozen=True, slots=True)
class SerialPort:
    """A serial port; `device` is the name to write into a configuration."""

    device: str


@dataclass(frozen=True, slots=True)
class HostPort:
    """A host; `port` None where any of the usual ones may be meant."""

    host: str
    port: int | None


def parse_port(text: str, by_id: Path = _BY_ID) -> SerialPort | HostPort:
    """Tell paths from hosts; InputRefused where it is neither."""
    text = text.removeprefix("tcp://")
    if "/" in text or Path("/dev", text).exists():
        device = Path(text if "/" in text else f"/dev/{text}")
        return SerialPort(stable_name(device, by_id))
    host, colon, port = text.rpartition(":")
    if not colon:
        return HostPort(port, None)
    if not (host and port.isascii() and port.isdecimal() and 1 <= int(port) <= _LAST_PORT):
        raise InputRefused(f"{text!r} is neither a serial port nor host:port; ports are 1 to {_LAST_PORT}")
    return HostPort(host.strip("[]"), int(port))


def stable_name(device: Path, by_id: Path = _BY_ID) -> str:
    """Return the name by the adapter's serial number where there is one: ttyUSB0 may be ttyUSB1 tomorrow."""
    try:
        links = sorted(by_id.iterdir())
    except OSError:
        return str(device)
    real = device.resolve()
    return next((str(link) for link in links if link.resolve() == real), str(device))


def refuse_if_held(port: SerialPort | HostPort, held: Iterable[tuple[str, str]]) -> None:
    """Raise CommandFailed if one of the daemon's (bus name, place) is this port."""
    for name, place in held:
        if _is_same(port, place):
            raise CommandFailed(
                f"the running gateway uses {place} as bus {name}, and two masters spoil each other's frames;"
                " run systemctl stop ocpi-gateway first, or look at ocpi-gateway bus stats"
            )


def _is_same(port: SerialPort | HostPort, place: str) -> bool:
    if isinstance(port, SerialPort):
        return Path(port.device).resolve() == Path(place).resolve()
    host, _, number = place.rpartition(":")
    return host == port.host and (port.port is None or number == str(port.port))
