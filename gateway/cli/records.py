"""Sessions, CDRs and outbox: from the daemon, or straight from the journal where no daemon runs."""

import sys
from collections.abc import Callable

from gateway.cli.asking import HIGHEST_LIMIT, in_path
from gateway.cli.client import get
from gateway.cli.language import say
from gateway.cli.outcome import CommandFailed, DaemonNotRunning
from gateway.config.places import Places
from gateway.core.identifiers import BackendName, SessionId
from gateway.journal.errors import JournalAbsent, JournalError
from gateway.journal.reader import JournalReader, open_reader
from gateway.ocpi.inventory import PAGE, encode_inventory
from gateway.settings import JOURNAL_FILE
from gateway.web.lines import cdr_line, outbox_line, session_lines
from gateway.web.shapes import encode
from gateway.web.story import adopted_by, authorization_of, complete_id, tell_story


def sessions(places: Places, limit: int) -> bytes:
    """Return list[SessionLine] as JSON."""
    return _either(
        places,
        f"/sessions?limit={limit}",
        lambda reader: _sessions(reader, limit),
    )


def cdrs(places: Places, limit: int) -> bytes:
    """Return list[CdrLine] as JSON."""
    return _either(
        places, f"/cdrs?limit={limit}", lambda reader: encode(tuple(cdr_line(row) for row in reader.cdrs(limit)))
    )


def inventory(places: Places, backend: str, first: int) -> bytes:
    """Return a backend's inventory from a number on, as JSON."""
    last = 2**62
    return _either(
        places,
        f"/inventory/{in_path(backend)}?from={first}",
        lambda reader: encode_inventory(reader.inventory(BackendName(backend), first, last, PAGE), None, None),
    )


def outbox(places: Places, *, parked_only: bool = False) -> bytes:
    """Return list[OutboxLine] as JSON, the oldest of each backend."""
    return _either(
        places,
        "/outbox?parked" if parked_only else "/outbox",
        lambda reader: encode(
            tuple(outbox_line(row) for row in reader.outbox(parked_only=parked_only, limit=HIGHEST_LIMIT))
        ),
    )


def story(places: Places, session_id: SessionId) -> bytes:
    """Return a Story as JSON."""
    return _either(places, f"/sessions/{in_path(session_id)}", lambda reader: _story(reader, session_id))


def _story(reader: JournalReader, session_id: SessionId) -> bytes:
    facts = reader.facts_of(session_id)
    if not facts:
        session_id = _complete(reader, session_id)
        facts = reader.facts_of(session_id)
    authorized = authorization_of(facts)
    site = next(reader.facts(authorized.site_seq))
    tariff = next(reader.facts(authorized.tariff_seq)) if authorized.tariff_seq is not None else None
    owed = [row.delivery for row in reader.outbox(session_id=session_id)]
    of_time = reader.facts_of_time(facts)
    return encode(tell_story(facts, adopted_by(authorized, site, tariff), owed, of_time))


def _sessions(reader: JournalReader, limit: int) -> bytes:
    rows = reader.sessions(limit)
    return encode(session_lines(rows, reader.lack_cdr(rows)))


def _complete(reader: JournalReader, beginning: str) -> SessionId:
    try:
        return complete_id(beginning, reader.sessions(HIGHEST_LIMIT))
    except LookupError as problem:
        raise CommandFailed(str(problem)) from None


def _either(places: Places, path: str, read: Callable[[JournalReader], bytes]) -> bytes:
    try:
        return get(places.socket, path)
    except DaemonNotRunning as silence:
        journal = places.state_dir / JOURNAL_FILE
        try:
            with open_reader(journal) as reader:
                body = read(reader)
        except JournalAbsent as absence:
            raise DaemonNotRunning(f"{silence}; {absence}") from None
        except JournalError as fault:
            raise CommandFailed(str(fault)) from None
        print(say(f"the daemon is not running; this is from {journal}"), file=sys.stderr)
        return body
