"""A backend lost a CDR: the technician sees in the inventory what it should have, and has it sent again."""

import json
import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from e2e.driving import bills_are_right, charge, nobody_saw_a_traceback, run, running_stage, until
from e2e.test_wrong_clock import clock, show
from hwsim.stage import Stage

pytestmark = pytest.mark.slow

__all__ = ["clock"]


async def ask(stage: Stage, *words: str) -> tuple[int, str, str]:
    return await run(*words, "--config", str(stage.config))


async def test_a_cdr_deleted_at_the_peer_returns_byte_for_byte(tmp_path: Path) -> None:
    async with running_stage(tmp_path) as stage:
        await charge(stage)
        await until(lambda: stage.peer.shelf.cdrs, "the CDR arrives")
        (post,) = [request for request in stage.peer.requests if request.method == "POST"]
        assert post.headers["CDR-Number"] == "1"

        status, held, _ = await ask(stage, "cdrs", "inventory", "emsp", "--json")
        (line,) = json.loads(held)["cdrs"]
        root = json.loads(held)["root"]
        status, verified, _ = await ask(stage, "verify", "--json")
        roots = json.loads(verified)["roots"]
        assert (status, roots["roots"], roots["breach"], roots["key"]) == (0, 1, None, root["key"])
        assert (status, line["number"], line["digest"]) == (0, 1, post.headers["CDR-Digest"])

        lost = stage.peer.shelf.cdrs.pop(line["id"])
        status, said, _ = await ask(stage, "cdrs", "resend", "emsp", "1")
        assert (status, said) == (0, "1 CDR will be sent to emsp again, byte for byte\n")
        await until(lambda: line["id"] in stage.peer.shelf.cdrs, "it returns")
        assert stage.peer.shelf.cdrs[line["id"]].body == lost.body

        status, said, _ = await ask(stage, "cdrs", "resend", "emsp", "7")
        assert (status, said.splitlines()[1]) == (1, "not in its inventory: 7")
        status, _, trouble = await ask(stage, "cdrs", "inventory", "nobody")
        assert status == 1
        assert trouble.startswith("ocpi-gateway: no backend nobody is configured; there are: ")
        assert stage.peer.violations == []


async def test_a_cdr_whose_session_was_archived_months_ago_returns_byte_for_byte(tmp_path: Path, clock: Path) -> None:
    show(clock, offset_s=0, held=True)
    preload = {"LD_PRELOAD": str(tmp_path / "wrong_clock.so")}
    async with running_stage(tmp_path, environment=preload) as stage:
        await charge(stage)
        await bills_are_right(stage, 1)
        ((cdr_id, lost),) = stage.peer.shelf.cdrs.items()
        await stage.gateway.stop()

        show(clock, offset_s=int(timedelta(days=100).total_seconds()), held=True)
        await stage.gateway.start()
        journal = stage.directory / "state" / "journal.sqlite"
        await until(lambda: archived_up_to(journal) > newest_of_sessions(journal), "the session is in the archive")
        await stage.gateway.stop()
        show(clock, offset_s=0, held=True)
        await stage.gateway.start()

        del stage.peer.shelf.cdrs[cdr_id]
        status, held, _ = await ask(stage, "cdrs", "inventory", "emsp", "--json")
        assert (status, [line["id"] for line in json.loads(held)["cdrs"]]) == (0, [cdr_id])
        assert (await ask(stage, "cdrs", "resend", "emsp", "1"))[0] == 0
        await until(lambda: cdr_id in stage.peer.shelf.cdrs, "it returns")
        assert stage.peer.shelf.cdrs[cdr_id].body == lost.body
        assert stage.peer.violations == []
        nobody_saw_a_traceback(stage)


def archived_up_to(journal: Path) -> int:
    return _number(journal, "SELECT ifnull(max(up_to_seq), 0) FROM boundary")


def newest_of_sessions(journal: Path) -> int:
    return _number(journal, "SELECT ifnull(max(up_to_seq), 0) FROM session")


def _number(journal: Path, query: str) -> int:
    with closing(sqlite3.connect(f"file:{journal}?mode=ro", uri=True)) as connection:
        return int(connection.execute(query).fetchone()[0])
