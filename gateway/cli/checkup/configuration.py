"""Whether the configuration can be used, and what should be looked at in it."""

from collections.abc import Iterator

from gateway.cli.checkup.patient import Patient
from gateway.cli.checkup.verdict import State, Verdict, good
from gateway.config.findings import Severity


def look(patient: Patient) -> Iterator[Verdict]:
    """Repeat the findings of check-config, each on a line."""
    for finding in patient.findings:
        state = State.FAIL if finding.severity is Severity.ERROR else State.WARN
        place = finding.path if finding.found is None else f"{finding.path} = {finding.found}"
        text, _, remedy = finding.problem.rpartition("; ")
        yield Verdict(state, place, text or remedy, remedy if text else "correct it in the configuration")
    if not patient.findings:
        yield good("", "the configuration can be used")
