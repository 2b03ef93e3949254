"""Every check there is, in the order in which a technician would look; a new one is one more row."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from gateway.cli.checkup import (
    backends,
    cards,
    clock,
    configuration,
    contactors,
    daemon,
    disk,
    journal,
    meters,
    power,
    serial_ports,
    wear,
)
from gateway.cli.checkup.patient import Patient
from gateway.cli.checkup.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Check:
    """A check, and how long it may take; one that asks the technician waits for answers and bounds the rest itself."""

    name: str
    what: str
    look: Callable[[Patient], Iterable[Verdict]]
    limit_s: float
    asks: bool = False


CHECKS = (
    Check("config", "the configuration and the files that it names", configuration.look, 10),
    Check("daemon", "whether the daemon runs and answers", daemon.look, 10),
    Check("clock", "the clock and who keeps it right", clock.look, 5),
    Check("power", "the supply of a Raspberry Pi", power.look, 5),
    Check("disk", "space where the journal lies", disk.look, 5),
    Check("wear", "how worn the flash below it is", wear.look, 5),
    Check("serial", "serial ports: there, permitted, stable names", serial_ports.look, 5),
    Check("latency", "how long USB adapters hold bytes back", serial_ports.look_at_latency, 5),
    Check("pcscd", "pcscd, and the service's right to use it", cards.look_at_pcscd, 5),
    Check("readers", "card readers", cards.look_at_readers, 15),
    Check("tap", "a test tap, where there is somebody to ask", cards.look_at_a_tap, 60, asks=True),
    Check("meters", "each meter's answers, and whether they can be true", meters.look, 60),
    Check("contactor", "a contactor test, asked for one by one", contactors.look, 60, asks=True),
    Check("backends", "brokers and peers: reachable, TLS chain, expiry", backends.look, 45),
    Check("journal", "the journal's chain of facts", journal.look, 30),
    Check("outbox", "what backends refused", journal.look_at_outbox, 5),
)


def chosen(only: Iterable[str]) -> Iterator[Check]:
    """Yield the checks named, all where none is."""
    names = frozenset(only)
    yield from (check for check in CHECKS if not names or check.name in names)
