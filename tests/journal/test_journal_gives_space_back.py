"""Free pages go back to the file system many at once: each of them alone would cost the flash a commit."""

from pathlib import Path

from journal.test_journal_archive import rows
from journal.writing import edit, fact

from gateway.journal.journal import open_journal

FILLER = "CREATE TABLE filler (content BLOB); INSERT INTO filler VALUES (zeroblob(3000000)); DROP TABLE filler"


async def test_a_step_gives_hundreds_of_pages_back_in_one_commit(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    async with open_journal(path) as journal:
        await journal.append([fact(1)], [])
        edit(path, FILLER)
        ((before,),) = rows(path, "PRAGMA page_count")
        assert await journal.shrink()
        ((after,),) = rows(path, "PRAGMA page_count")
        steps = 1
        while await journal.shrink():
            steps += 1
    assert isinstance(before, int)
    assert isinstance(after, int)
    assert before - after >= 256
    assert steps < 5
    assert path.stat().st_size < 3_000_000
