"""Everything but the facts can be thrown away: what is rebuilt from them is what was there."""

import asyncio
import sqlite3
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from journal.writing import BACKENDS, edit, fact, instant, project, session_story, started
from thoroughness import examples

from gateway.core.delivery import ObjectKind
from gateway.core.facts import DeliveryAccepted, DeliveryParked, EnergySampled, Fact, FactBody, Register, SessionEnded
from gateway.journal.errors import JournalAbsent, JournalCorrupt, JournalInUse
from gateway.journal.journal import open_journal
from gateway.journal.replay import Deviation, ReplayReport, RowDifference, rebuild, replay


async def live(path: Path, facts: list[Fact], step: int = 1) -> None:
    """Append facts as a daemon would, `step` at a time, each with what follows from it."""
    async with open_journal(path) as journal:
        for begin in range(0, len(facts), step):
            batch = facts[begin : begin + step]
            await journal.append(batch, list(project(batch)))


sessions = st.sampled_from(["S1", "S2", "S3"])


@st.composite
def histories(draw: st.DrawFn) -> list[Fact]:
    """Facts of three sessions with answers that come late, early, twice or to nothing."""
    facts: list[Fact] = []
    for seq in range(1, draw(st.integers(1, 40)) + 1):
        session = draw(sessions)
        kind = draw(st.sampled_from(ObjectKind))
        answered = draw(st.integers(1, seq))
        object_id = session if kind is ObjectKind.SESSION else f"CDR-{session}-{answered}"
        backend = draw(st.sampled_from(BACKENDS))
        at = instant(seq)
        bodies: list[FactBody] = [
            EnergySampled(Register(seq, at), None),
            SessionEnded(Register(seq, at), at, measured_open=True),
            DeliveryAccepted(backend, kind, object_id, answered, "200", None),
            DeliveryParked(backend, kind, object_id, answered, "refused"),
        ]
        facts.append(fact(seq, draw(st.sampled_from(bodies)), session))
    return facts


@settings(max_examples=examples(40), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(facts=histories(), step=st.integers(1, 5))
def test_whatever_happened_replay_equals_live(
    tmp_path_factory: pytest.TempPathFactory, facts: list[Fact], step: int
) -> None:
    path = tmp_path_factory.mktemp("history") / "journal.db"
    asyncio.run(live(path, facts, step))

    report = replay(path, project)

    assert report.differences == ()
    assert report.is_equal
    assert report.facts == len(facts)


async def test_dropped_tables_are_reported_missing_and_rebuilt_identically(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    await live(path, [started(1), *session_story(2, "S1"), *session_story(9, "S2")])
    before = sqlite3.connect(path)
    wanted = "\n".join(before.iterdump())
    before.close()
    edit(path, "DROP TABLE session; DROP TABLE cdr; DROP TABLE cdr_chain; DROP TABLE outbox")

    report = replay(path, project)
    rebuild(path, project)

    assert {difference.deviation for difference in report.differences} == {Deviation.MISSING}
    assert report.differing == report.rows == 14
    after = sqlite3.connect(path)
    assert sorted("\n".join(after.iterdump()).splitlines()) == sorted(wanted.splitlines())
    after.close()
    assert replay(path, project).is_equal


async def test_each_row_that_differs_is_named(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    await live(path, [started(1), *session_story(2, "S1")])
    edit(
        path,
        """
        UPDATE session SET body = CAST('forged' AS BLOB), status = 'INVALID';
        DELETE FROM cdr;
        INSERT INTO outbox VALUES ('roaming', 'cdr', 'C9', 3, 'DE', 'ABC', 'S9', x'00', NULL, NULL, '2.2.1');
        """,
    )

    report = replay(path, project)

    assert report == ReplayReport(
        facts=8,
        rows=7,
        differing=3,
        differences=(
            RowDifference("session", ("S1",), Deviation.DIFFERENT, ("status", "body")),
            RowDifference("cdr", ("CDR-S1-5",), Deviation.MISSING),
            RowDifference("outbox", ("roaming", "cdr", "C9"), Deviation.EXTRA),
        ),
    )
    rebuild(path, project)
    assert replay(path, project).is_equal


async def test_a_long_list_of_differences_is_counted_and_only_its_head_named(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    facts = [one for number in range(60) for one in session_story(1 + 7 * number, f"S{number}")]
    await live(path, facts, step=50)
    edit(path, "DELETE FROM session; DELETE FROM cdr")

    report = replay(path, project)

    assert report.differing == 120
    assert len(report.differences) == 100


async def test_replay_looks_on_while_the_daemon_runs_and_rebuilding_waits_until_it_does_not(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    async with open_journal(path) as journal:
        story = session_story(1, "S1")
        await journal.append(story, list(project(story)))

        assert replay(path, project).is_equal
        with pytest.raises(JournalInUse):
            rebuild(path, project)

        await journal.append([started(8)], [])


async def test_replay_refuses_a_broken_chain(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    await live(path, session_story(1, "S1"))
    edit(path, "DROP TRIGGER fact_is_never_deleted; DELETE FROM fact WHERE seq = 3")

    with pytest.raises(JournalCorrupt):
        replay(path, project)


async def test_a_projection_that_fails_leaves_the_tables_as_they_were(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    await live(path, session_story(1, "S1"))

    with pytest.raises(ZeroDivisionError):
        rebuild(path, lambda facts, _: (1 // 0 for _ in facts))  # type: ignore[misc]

    assert replay(path, project).is_equal


def test_replay_says_that_there_is_no_journal(tmp_path: Path) -> None:
    with pytest.raises(JournalAbsent):
        replay(tmp_path / "journal.db", project)
