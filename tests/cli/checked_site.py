"""A site on disk for the doctor to look at, and the machine around it as a folder."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from config.garage import GARAGE, TARIFFS, TOKENS
from plant import Plant, token

from gateway.cli.checkup.patient import Human
from gateway.cli.checkup.table import chosen
from gateway.cli.checkup.verdict import Verdict
from gateway.cli.doctor import examine
from gateway.cli.main import main
from gateway.cli.progress import Progress
from gateway.journal.journal import open_journal
from gateway.projection import project

TOKEN_OF_OPERATOR = "a-token-that-opens-the-operator"


def write_site(folder: Path, text: str = GARAGE) -> Path:
    """Write a configuration with everything it names; return its path."""
    (folder / "tokens.json").write_text(TOKENS, encoding="utf-8")
    (folder / "tariffs.json").write_text(TARIFFS, encoding="utf-8")
    (folder / "operator.token").write_text(TOKEN_OF_OPERATOR, encoding="utf-8")
    (folder / "operator.token").chmod(0o600)
    (folder / "state").mkdir(exist_ok=True)
    config = folder / "gateway.toml"
    places = f'state_dir = "{folder}/state"\nsocket = "{folder}/gw.sock"\n'
    config.write_text(places + text, encoding="utf-8")
    return config


def looked_at(config: Path, check: str, root: Path = Path("/"), human: Human | None = None) -> list[Verdict]:
    """Return what one check says of a site on a machine whose files stand below `root`."""
    bar = Progress(quiet=True)
    return [line.verdict for line in examine(config, tuple(chosen([check])), bar, human=human, root=root)]


def asked(config: Path, *words: str) -> int:
    """Run the doctor in this process."""
    return main(["doctor", "--config", str(config), *words])


def put(root: Path, path: str, content: str = "") -> Path:
    """Put a file on the machine."""
    file = root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(content, encoding="utf-8")
    return file


def states(verdicts: Sequence[Verdict]) -> list[str]:
    return [verdict.state.value for verdict in verdicts]


def report(text: str) -> list[dict[str, Any]]:
    checks: list[dict[str, Any]] = json.loads(text)["checks"]
    return checks


async def open_session(state: Path) -> None:
    """Write a journal in which a driver has begun to charge and has not ended."""
    plant = Plant(tokens=(token("04A1B2C3D4E580"),))
    plant.wait(1)
    plant.plug()
    plant.tap()
    plant.wait(60)
    async with open_journal(state / "journal.sqlite", project) as journal:
        await journal.append(plant.facts, list(project(plant.facts)))


class Absent:
    """A human who says no to everything, and remembers what was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def agrees(self, question: str) -> bool:
        self.asked.append(question)
        return False

    def tell(self, text: str) -> None:
        self.asked.append(text)
