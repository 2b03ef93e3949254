"""What journal tests write: facts at plain moments, and what a small projection makes of them."""

import sqlite3
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from gateway.core.delivery import Delivery, ObjectKind
from gateway.core.facts import (
    CardRefused,
    DeliveryAccepted,
    DeliveryParked,
    DeliveryRequested,
    EnergySampled,
    Fact,
    FactBody,
    GatewayStarted,
    Register,
    SessionEnded,
    SessionStarted,
)
from gateway.core.identifiers import BackendName, CdrId, EvseUid, Party, ReaderName, SessionId
from gateway.core.instant import ClockQuality, Instant
from gateway.core.reasons import Refusal
from gateway.core.rows import CdrRow, Owe, OweAgain, Park, RowChange, SessionRow, Settle
from gateway.core.site_state import SiteState
from gateway.journal.journal import open_journal

BOOT = "5e6f8a52-8a15-4b0f-9d6e-0b6f3d3f4c11"
EVSE = EvseUid("EVSE-1")
PARTY = Party("DE", "ABC")
BACKENDS = (BackendName("roaming"), BackendName("billing"))


def instant(second: int) -> Instant:
    """The moment `second` seconds after a fixed noon."""
    utc = datetime(2026, 3, 1, 12, 0, 0, 250_000, tzinfo=UTC) + timedelta(seconds=second)
    return Instant(utc, second * 1_000_000_000, BOOT, ClockQuality.SYNCHRONISED)


def fact(seq: int, body: FactBody | None = None, session: str | None = None) -> Fact:
    """Fact number `seq`, a card refused where nothing else is said."""
    refused = CardRefused(ReaderName("door"), "04…7C", Refusal.UNKNOWN_TOKEN, "not in the token list")
    return Fact(seq, instant(seq), EVSE, None if session is None else SessionId(session), body or refused)


def delivery(
    up_to_seq: int,
    kind: ObjectKind = ObjectKind.SESSION,
    object_id: str = "S1",
    backend: BackendName = BACKENDS[0],
) -> Delivery:
    """An object as of fact `up_to_seq`; its body says which that is."""
    body = f'{{"id":"{object_id}","seq":{up_to_seq}}}'.encode()
    return Delivery(backend, kind, object_id, PARTY, SessionId("S1"), up_to_seq, body)


def project(facts: Iterable[Fact], _state: SiteState | None = None) -> Iterator[RowChange]:
    """A small honest meaning of facts: a session row per sample, a CDR at the end, everything owed to two backends."""
    for one in facts:
        yield from _meaning(one)


def _meaning(one: Fact) -> Iterator[RowChange]:
    session = one.session_id or SessionId("none")
    match one.body:
        case SessionStarted() | EnergySampled() | SessionEnded():
            ended = isinstance(one.body, SessionEnded)
            yield SessionRow(session, EVSE, "COMPLETED" if ended else "ACTIVE", one.seq, b"as of %d" % one.seq)
            for backend in BACKENDS:
                yield Owe(Delivery(backend, ObjectKind.SESSION, session, PARTY, session, one.seq, b"PUT %d" % one.seq))
            if ended:
                cdr = CdrId(f"CDR-{session}-{one.seq}")
                yield CdrRow(cdr, session, one.seq, b"sealed")
                for backend in BACKENDS:
                    yield Owe(Delivery(backend, ObjectKind.CDR, cdr, PARTY, session, one.seq, b"POST"))
        case DeliveryAccepted():
            yield Settle(one.body.backend, one.body.object, one.body.object_id, one.body.up_to_seq)
        case DeliveryParked():
            yield Park(one.body.backend, one.body.object, one.body.object_id, one.body.up_to_seq, one.body.reason)
        case DeliveryRequested():
            yield OweAgain(one.body.backend, one.body.number)
        case _:
            pass


def session_story(first_seq: int, session: str) -> list[Fact]:
    """A session from start to a CDR that one backend took and the other parked."""
    cdr = f"CDR-{session}-{first_seq + 3}"
    bodies: list[FactBody] = [
        SessionStarted(Register(1_000, instant(first_seq))),
        EnergySampled(Register(1_500, instant(first_seq + 1)), 7_000),
        EnergySampled(Register(2_000, instant(first_seq + 2)), None),
        SessionEnded(Register(2_400, instant(first_seq + 3)), instant(first_seq + 3), measured_open=True),
        DeliveryAccepted(BACKENDS[0], ObjectKind.SESSION, session, first_seq + 1, "200", None),
        DeliveryAccepted(BACKENDS[0], ObjectKind.CDR, cdr, first_seq + 3, "201", "https://peer.example/cdrs/1"),
        DeliveryParked(BACKENDS[1], ObjectKind.CDR, cdr, first_seq + 3, "2001 unknown contract"),
    ]
    return [fact(seq, body, session) for seq, body in enumerate(bodies, start=first_seq)]


def started(seq: int) -> Fact:
    """The daemon came up."""
    return fact(seq, GatewayStarted("0.1.0"))


async def journal_with(path: Path, count: int) -> None:
    """A journal of `count` facts, closed again."""
    async with open_journal(path) as journal:
        await journal.append([fact(seq) for seq in range(1, count + 1)], [])


def edit(path: Path, script: str) -> None:
    """Change the file behind the journal's back."""
    connection = sqlite3.connect(path)
    connection.executescript(script)
    connection.close()
