"""Whether the daemon runs, answers, and is the version that is installed."""

from collections.abc import Iterator

from gateway.cli.checkup.patient import Patient
from gateway.cli.checkup.verdict import Verdict, bad, doubtful, good, skipped, with_remedy
from gateway.core.telemetry import EvseStatus
from gateway.version import VERSION

_START = "run systemctl start ocpi-gateway, then journalctl -u ocpi-gateway if it ends"


def look(patient: Patient) -> Iterator[Verdict]:
    """Judge the answer of the daemon, or its silence."""
    if patient.places is None:
        yield skipped("", "the configuration does not say where to find the daemon")
        return
    if patient.may_use_ports:
        yield doubtful("", f"nobody answers at {patient.places.socket}; devices are asked directly", _START)
        return
    if patient.status is None:
        yield with_remedy("", str(patient.silence))
        return
    yield good("", f"version {patient.status.version} answers, pid {patient.status.pid}")
    if patient.status.version != VERSION:
        yield doubtful(
            "",
            f"version {VERSION} is installed, but {patient.status.version} runs",
            "run systemctl restart ocpi-gateway",
        )
    for evse in patient.status.evses:
        for kind, detail in evse.faults:
            yield bad(
                f"EVSE {evse.uid}",
                f"out of order, {kind.value}: {detail}",
                f"mend it, then run ocpi-gateway faults clear {evse.uid}",
            )
        if not evse.faults and evse.status is EvseStatus.UNKNOWN:
            yield doubtful(f"EVSE {evse.uid}", "its devices were not seen since the start", "see the meters below")
