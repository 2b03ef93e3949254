"""A backend lost a CDR: the technician sees in the inventory what it should have, and has it sent again."""

import json
from pathlib import Path

import pytest
from e2e.driving import charge, run, running_stage, until
from hwsim.stage import Stage

pytestmark = pytest.mark.slow


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
