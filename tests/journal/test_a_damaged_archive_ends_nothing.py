"""Whatever became of the archive's files: who asks is told what, where and what to do, and the site goes on."""

from collections.abc import Callable
from pathlib import Path

import pytest
from journal.test_journal_archive import KEEP, LONG_AFTER_S, archived, journal_in, segment_in, sessions_of
from scenarios.box import TurnedClock, running_box
from structlog.testing import capture_logs

from gateway.journal.errors import ArchiveDamaged
from gateway.journal.journal import open_journal
from gateway.journal.upkeep import Upkeep
from gateway.projection import project

Harm = Callable[[Path], object]


def cut_short(segment: Path) -> None:
    segment.write_bytes(segment.read_bytes()[:-40])


def edited(segment: Path) -> None:
    content = segment.read_bytes()
    segment.write_bytes(content[:-20] + bytes(byte ^ 1 for byte in content[-20:]))


def leading_back_to_itself(segment: Path) -> None:
    """Have the first line say that what follows it ends where the line begins."""
    line, _, rest = segment.read_bytes().partition(b"\n")
    size = line.partition(b'"size":')[2].partition(b",")[0]
    back = line.replace(b'"size":' + size, b'"size":-000')
    segment.write_bytes(back.replace(b"-000", b"-%d" % (len(back) + 2)) + b"\n" + rest)


def on_a_disk_that_cannot_read_it(segment: Path) -> None:
    """Put a file there that opens, and whose first byte is EIO: no page is at address 0."""
    segment.unlink()
    segment.symlink_to("/proc/self/mem")


def a_directory(segment: Path) -> None:
    segment.unlink()
    segment.mkdir()


def nested_without_end(segment: Path) -> None:
    segment.write_bytes(b'{"more":' + b"[" * 100_000 + b"\n")


HARMS = pytest.mark.parametrize(
    ("harm", "what"),
    [
        (Path.unlink, "bring the files journal-archive-"),
        (cut_short, "bring the files journal-archive-"),
        (edited, "is damaged at fact 1 to "),
        (leading_back_to_itself, "bring the files journal-archive-"),
        (nested_without_end, "bring the files journal-archive-"),
        (on_a_disk_that_cannot_read_it, "cannot be read: Input/output error; check dmesg and the SD card"),
        (a_directory, "cannot be read: Is a directory; check dmesg and the SD card"),
    ],
)


@HARMS
async def test_who_asks_for_an_old_session_is_told(tmp_path: Path, harm: Harm, what: str) -> None:
    path = journal_in(tmp_path)
    facts = await archived(path, count=1)
    harm(segment_in(tmp_path))
    async with open_journal(path, project) as journal:
        with pytest.raises(ArchiveDamaged, match=what):
            await journal.facts_of(sessions_of(facts)[0])
        assert await journal.facts_of(sessions_of(facts)[-1])


@HARMS
async def test_upkeep_tells_it_once_and_the_site_goes_on(tmp_path: Path, harm: Harm, what: str) -> None:
    path = journal_in(tmp_path)
    await archived(path, count=1)
    harm(segment_in(tmp_path))
    clock = TurnedClock(boot_id="boot-2")
    clock.turn(LONG_AFTER_S + 1000)

    with capture_logs() as told:
        async with running_box(path, clock=clock) as box:
            upkeep = Upkeep(box.journal, project, box.site, box.clock, keep=KEEP)
            assert [await upkeep.step() for _ in range(3)] == [False, False, False]
            before = box.site.written.last_seq
            await box.charge(5)
            assert box.site.written.last_seq > before

    (waits,) = [line["reason"] for line in told if line["event"] == "upkeep_waits"]
    assert what in waits
    assert "journal" in waits


@pytest.mark.parametrize("name", ["journal-archive-000000000001.bak2", "journal-archive-old-copy3", "journal-archive-"])
async def test_a_copy_beside_the_archive_is_none_of_it(tmp_path: Path, name: str) -> None:
    path = journal_in(tmp_path)
    facts = await archived(path, count=1)
    (tmp_path / name).write_bytes(b"a technician's copy")
    async with open_journal(path, project) as journal:
        assert [fact async for fact in journal.facts()] == facts
