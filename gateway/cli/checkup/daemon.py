"""Whether the daemon runs, answers, and is the version that is installed."""

from collections.abc import Iterator

from gateway.cli.checkup.patient import Patient
from gateway.cli.checkup.verdict import Verdict, bad, doubtful, good, skipped, with_remedy
from gateway.core.device_rules import MENDED_WHEN_SEEN_WELL
from gateway.core.identifiers import EvseUid
from gateway.core.reasons import FaultKind
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
            yield out_of_order(evse.uid, kind, detail)
        if not evse.faults and evse.status is EvseStatus.UNKNOWN:
            yield doubtful(f"EVSE {evse.uid}", "its devices were not seen since the start", "see the meters below")


def out_of_order(uid: EvseUid, kind: FaultKind, detail: str) -> Verdict:
    """Judge a fault; only what the next good look at the device does not end is for somebody to clear."""
    if kind not in MENDED_WHEN_SEEN_WELL:
        remedy = f"mend it, then run ocpi-gateway faults clear {uid}"
        return bad(f"EVSE {uid}", f"out of order, {kind.value}: {detail}", remedy)
    text, mark, remedy = detail.rpartition("; ")
    if not mark:
        text, remedy = detail, "mend it, and the fault is over by itself"
    return bad(f"EVSE {uid}", f"out of order, {kind.value}: {text}", remedy)
