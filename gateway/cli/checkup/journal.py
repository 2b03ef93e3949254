"""The journal: whether every fact is as it was written; and whether backends refused something."""

from collections.abc import Iterator

from gateway.cli.checkup.bounds import TimeUp, within
from gateway.cli.checkup.patient import Patient
from gateway.cli.checkup.verdict import Verdict, bad, doubtful, good, skipped, with_remedy
from gateway.journal.errors import JournalAbsent, JournalError
from gateway.journal.reader import open_reader
from gateway.journal.verify import verify
from gateway.settings import JOURNAL_FILE

# Some hundred thousand facts on a Raspberry Pi: years of a small site.
_LONGEST_S = 25.0
_NOWHERE = "the configuration does not say where the journal lies"


def look(patient: Patient) -> Iterator[Verdict]:
    """Verify the chain, as far as the time allows."""
    if patient.places is None:
        yield skipped("", _NOWHERE)
        return
    path = patient.places.state_dir / JOURNAL_FILE
    reached = 0

    def going(facts: int, of: int) -> None:
        nonlocal reached
        reached = facts
        patient.going(facts / max(1, of))

    try:
        with within(_LONGEST_S):
            report = verify(path, going=going)
    except TimeUp:
        yield doubtful(
            "",
            f"the first {reached} facts are as they were written; the time did not suffice",
            "run ocpi-gateway verify",
        )
        return
    except JournalAbsent:
        yield skipped("", f"there is no journal yet at {path}")
        return
    except JournalError as fault:
        yield with_remedy("", str(fault))
        return
    if report.damage is not None:
        yield bad(
            "", report.damage.what, "keep a copy of the journal, find out who changed it, and run ocpi-gateway verify"
        )
    else:
        yield good("", f"{report.facts} facts are as they were written")


def look_at_outbox(patient: Patient) -> Iterator[Verdict]:
    """Count what waits for a human."""
    if patient.places is None:
        yield skipped("", _NOWHERE)
        return
    try:
        with open_reader(patient.places.state_dir / JOURNAL_FILE) as reader:
            counts = reader.counts()
    except JournalAbsent:
        yield skipped("", "there is no journal yet")
        return
    except JournalError as fault:
        yield with_remedy("", str(fault))
        return
    parked = {name: count.parked for name, count in counts.items() if count.parked}
    for name, number in parked.items():
        yield doubtful(
            f"backend {name}",
            f"refused {number} objects" if number != 1 else "refused 1 object",
            "see ocpi-gateway outbox --parked, mend the cause, then ocpi-gateway outbox retry ID",
        )
    if not parked:
        yield good("", "nothing was refused")
