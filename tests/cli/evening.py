"""The garage of tests/web/garage_day with a configuration, and commands run against it as a technician would."""

import asyncio
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

from aiohttp.web import AbstractRouteDef
from plant import BACKEND
from web.garage_day import TARIFF, GarageView, the_evening

from gateway.cli.language import ENGLISH, Language
from gateway.cli.main import main
from gateway.journal.journal import open_journal
from gateway.projection import project
from gateway.reconciling import Reconciler
from gateway.web.bus_api import LineView
from gateway.web.credit_api import CreditDesk
from gateway.web.inventory_api import inventory_routes
from gateway.web.local_api import serve


@dataclass(frozen=True)
class Output:
    """What a command printed, and how it ended."""

    code: int
    out: str
    err: str


def run_command(*words: str, language: Language = ENGLISH) -> Output:
    """Run one command line in this process."""
    out, err = StringIO(), StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        try:
            code = main(words, language)
        except SystemExit as ended:
            code = int(ended.code or 0)
    return Output(code, out.getvalue(), err.getvalue())


def unfolded(text: str) -> str:
    """Return what was printed with each sentence on one line."""
    return text.replace("\n  ", " ")


class Evening:
    """A folder with gateway.toml and journal; `path` is the configuration."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / "gateway.toml"
        self.path.write_text('state_dir = "state"\nsocket = "gw.sock"\n[site]\ntime_zone = "Europe/Stockholm"\n')
        (folder / "state").mkdir()
        self.plant = the_evening()

    @property
    def journal(self) -> Path:
        return self.folder / "state" / "journal.sqlite"

    async def write(self) -> None:
        """Write the day into the journal, as the daemon would have."""
        async with open_journal(self.journal, project) as journal:
            await journal.append(self.plant.facts, list(project(self.plant.facts)))

    @asynccontextmanager
    async def serving(
        self, lines: Sequence[LineView] = (), routes: Sequence[AbstractRouteDef] = ()
    ) -> AsyncIterator[None]:
        """Be the daemon while the block lasts."""
        view = GarageView(self.plant)
        socket = self.folder / "gw.sock"
        async with open_journal(self.journal, project) as journal, asyncio.TaskGroup() as tasks:
            reconciler = Reconciler(journal, view, view)  # type: ignore[arg-type] - the view takes any order
            credit = CreditDesk(journal, view, view.now, lambda: (TARIFF,))  # type: ignore[arg-type] - so here
            desks = (*inventory_routes(reconciler, lambda: (BACKEND,)), *credit.routes(), *routes)
            api = serve(socket, view, journal, view, lines, version="1.2.3", routes=desks)
            task = tasks.create_task(api)
            yield
            task.cancel()

    async def ask(self, *words: str, language: Language = ENGLISH) -> Output:
        """Run one command line, with its output going elsewhere than to a terminal."""
        return await asyncio.to_thread(run_command, *words, "--config", str(self.path), language=language)

    def process(self, *words: str) -> list[str]:
        """Return the command line that runs a command in a process of its own."""
        return [sys.executable, "-m", "gateway", *words, "--config", str(self.path)]
