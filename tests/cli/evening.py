"""The garage of tests/web/garage_day with a configuration, and commands run against it as a technician would."""

import asyncio
import os
import sys
from dataclasses import dataclass
from pathlib import Path

from web.garage_day import GarageView, a_day, answered

from gateway.journal.journal import open_journal
from gateway.projection import project
from gateway.web.local_api import serve

GOLDEN = Path(__file__).parent / "golden"


@dataclass(frozen=True)
class Output:
    """What a command printed, and how it ended."""

    code: int
    out: str
    err: str


class Evening:
    """A folder with gateway.toml and journal; `path` is the configuration."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / "gateway.toml"
        self.path.write_text('state_dir = "state"\nsocket = "gw.sock"\n[site]\ntime_zone = "Europe/Stockholm"\n')
        (folder / "state").mkdir()
        self.plant = answered(a_day())

    @property
    def journal(self) -> Path:
        return self.folder / "state" / "journal.sqlite"

    async def write(self) -> None:
        """Write the day into the journal, as the daemon would have."""
        async with open_journal(self.journal, project) as journal:
            await journal.append(self.plant.facts, list(project(self.plant.facts)))

    async def serve(self) -> None:
        """Be the daemon, until cancelled."""
        view = GarageView(self.plant)
        async with open_journal(self.journal, project) as journal:
            await serve(self.folder / "gw.sock", view, journal, view, version="1.2.3")

    async def ask(self, *words: str) -> Output:
        """Run one command in a process of its own, with the output going into pipes."""
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "gateway",
            *words,
            "--config",
            str(self.path),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env={**os.environ, "PYTHONWARNINGS": "error"},
        )
        out, err = await process.communicate()
        return Output(process.returncode or 0, out.decode(), err.decode())
