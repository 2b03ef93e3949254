"""The real daemon over a damaged journal: it says what it saved, keeps the old file, and goes on."""

import asyncio
import json
import os
import sqlite3
from pathlib import Path

import pytest
from durability.kills import small_site
from hwsim.gateway_process import gateway_command
from hwsim.stage import READER_VARIABLE, Stage, set_stage


def forge(path: Path, seq: int) -> None:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("DROP TRIGGER fact_is_never_changed")
    connection.execute("UPDATE fact SET evse_uid = 'EVSE-9' WHERE seq = ?", (seq,))
    connection.close()


async def ask(stage: Stage, command: str) -> tuple[int | None, dict[str, object]]:
    process = await asyncio.create_subprocess_exec(
        *gateway_command(), command, "--json", "--config", str(stage.config), stdout=asyncio.subprocess.PIPE
    )
    said, _ = await process.communicate()
    return process.returncode, json.loads(said)


@pytest.mark.slow
async def test_a_forged_fact_costs_what_came_after_it_and_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(READER_VARIABLE, "line")
    async with set_stage(small_site(), tmp_path / "stage") as stage:
        journal = stage.directory / "state" / "journal.sqlite"
        await stage.gateway.start()
        await stage.gateway.stop()
        await stage.gateway.start()
        await stage.gateway.stop()
        code, report = await ask(stage, "verify")
        assert code == 0
        newest = report["facts"]
        assert isinstance(newest, int)
        forge(journal, newest)
        code, report = await ask(stage, "verify")
        assert (code, report["facts"]) == (1, newest - 1)

        await stage.gateway.start()

        told = [line for line in stage.gateway.log_file.read_text().splitlines() if "journal_repaired" in line]
        assert len(told) == 1
        assert f"kept_up_to_seq={newest - 1}" in told[0]
        assert f"kept_at={journal}.damaged-1" in told[0]
        assert "is_whole=false" in told[0]
        assert (journal.parent / "journal.sqlite.damaged-1").exists()
        assert (await ask(stage, "verify"))[0] == 0
        assert (await ask(stage, "replay"))[1]["is_equal"]
        assert await stage.gateway.stop() == os.EX_OK
