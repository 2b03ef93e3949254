"""A peer pulls CDRs while the journal's file is damaged: it is told so in OCPI's words, and not where the file lies."""

import sqlite3
from pathlib import Path

from roaming import Emsp, befriend, serving


def overwrite_the_table_of_cdrs(path: Path) -> None:
    """Write over the table's first page and its indexes', as a worn SD card does."""
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    ((size,),) = connection.execute("PRAGMA page_size")
    pages = [
        page for (page,) in connection.execute("SELECT rootpage FROM sqlite_master WHERE tbl_name = 'cdr'") if page
    ]
    connection.close()
    with path.open("r+b") as file:
        for page in pages:
            file.seek((page - 1) * size)
            file.write(b"\xff" * size)


async def test_a_peer_is_answered_in_ocpis_envelope_and_the_next_request_too(tmp_path: Path) -> None:
    async with serving(tmp_path) as cpo, Emsp().up() as emsp:
        token = await befriend(cpo, emsp)
        overwrite_the_table_of_cdrs(tmp_path / "journal.sqlite")
        got = await cpo.get("/2.2.1/cdrs", token)
        assert (got.status, got.code) == (503, 3000)
        assert b"journal" not in got.body
        assert (await cpo.get("/versions", token)).status == 200
