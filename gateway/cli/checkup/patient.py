"""What the doctor knows before the first check: the configuration, and what the running daemon says of itself."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, TypeVar

import msgspec

from gateway.cli.client import get
from gateway.cli.meter_models import KnownModels
from gateway.cli.outcome import CommandFailed, DaemonNotRunning
from gateway.clock import SystemClock
from gateway.config.findings import ConfigError, Finding
from gateway.config.loading import load
from gateway.config.places import Places, find_places
from gateway.settings import Settings
from gateway.web.bus_shapes import BusLines
from gateway.web.shapes import Meters, Status

Shape = TypeVar("Shape")


class Human(Protocol):
    """The technician, where there is one to be asked."""

    def agrees(self, question: str) -> bool:
        """Ask, and return whether the answer was yes."""
        ...

    def tell(self, text: str) -> None:
        """Say what to do now."""
        ...


@dataclass(frozen=True, slots=True)
class Patient:
    """The site. `settings` None: the configuration cannot be used; `status` None: no daemon answers, see `silence`.

    `root` is where /sys, /proc and /dev are; `human` None: nobody is to be asked. `going` hears how much of a long
    check is done, from 0 to 1.
    """

    config: Path
    findings: tuple[Finding, ...]
    settings: Settings | None
    places: Places | None
    status: Status | None
    meters: Meters | None
    buses: BusLines | None
    silence: CommandFailed | None
    root: Path = Path("/")
    human: Human | None = None
    going: Callable[[float], None] = field(default=lambda _share: None)

    @property
    def is_daemon_up(self) -> bool:
        """Whether the daemon answers; then every port is its own, and nobody else may speak there."""
        return self.status is not None

    @property
    def may_use_ports(self) -> bool:
        """Whether no daemon runs for certain: one that hangs still holds its ports."""
        return isinstance(self.silence, DaemonNotRunning)


def meet(config: Path, root: Path, human: Human | None, going: Callable[[float], None]) -> Patient:
    """Read the configuration and ask the daemon; raises nothing, for what is wrong is what the checks are there for."""
    findings: tuple[Finding, ...]
    settings: Settings | None = None
    try:
        loaded = load(config, KnownModels(), SystemClock().now().utc)
        settings, findings = loaded.settings, loaded.warnings
    except ConfigError as mistakes:
        findings = mistakes.findings
    places: Places | None = None
    try:
        places = find_places(config)
    except ConfigError:
        return Patient(config, findings, None, None, None, None, None, None, root, human, going)
    status: Status | None = None
    meters: Meters | None = None
    buses: BusLines | None = None
    silence: CommandFailed | None = None
    try:
        status = _ask(places.socket, "/status", Status)
        meters = _ask(places.socket, "/meters", Meters)
        buses = _ask(places.socket, "/bus", BusLines)
    except CommandFailed as trouble:
        silence = trouble
    return Patient(config, findings, settings, places, status, meters, buses, silence, root, human, going)


def _ask(socket: Path, path: str, shape: type[Shape]) -> Shape:
    body: Any = get(socket, path)
    try:
        return msgspec.json.decode(body, type=shape)
    except msgspec.MsgspecError:
        raise CommandFailed(
            "the running daemon is of another version than this command; run systemctl restart ocpi-gateway"
        ) from None
