"""The machine under test: commands as a technician types them, the service as systemd sees it, the tally of checks."""

import asyncio
import re
import time
from dataclasses import dataclass, field
from pathlib import Path

UNIT = "ocpi-gateway.service"
LOOK_S = 0.1
# The longest command is apt's; a machine that hangs must not hang the test.
COMMAND_WITHIN_S = 120.0


class CommandFailed(Exception):
    """A command that must succeed did not; the message carries what it said."""


@dataclass(frozen=True, slots=True)
class Said:
    """How a command ended, and all that it printed."""

    status: int
    text: str


async def ask(command: str, *, folder: Path = Path("/")) -> Said:
    """Run a line of shell."""
    process = await asyncio.create_subprocess_exec(
        "/bin/bash",
        "-c",
        command,
        cwd=folder,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        text, _ = await asyncio.wait_for(process.communicate(), COMMAND_WITHIN_S)
    except TimeoutError:
        process.kill()
        raise CommandFailed(f"{command}: still running after {COMMAND_WITHIN_S:g} s") from None
    return Said(process.returncode or 0, text.decode(errors="replace").strip())


async def run(command: str, *, folder: Path = Path("/")) -> str:
    """Run a line of shell that must succeed; return what it said."""
    said = await ask(command, folder=folder)
    if said.status != 0:
        raise CommandFailed(f"{command}: ended with {said.status}\n{said.text}")
    return said.text


@dataclass(slots=True)
class Tally:
    """What was checked, and how it came out."""

    wrong: list[str] = field(default_factory=list)
    count: int = 0

    def check(self, sentence: str, found: bool, told: object = "") -> None:  # noqa: FBT001 - reads as assert does
        """Write down one thing that must hold; `told` is what was found instead."""
        self.count += 1
        if found:
            print(f"  right: {sentence}", flush=True)
            return
        self.wrong.append(sentence)
        print(f"  WRONG: {sentence}{f': {told}' if told else ''}", flush=True)


def headline(text: str) -> None:
    """Announce a chapter."""
    print(f"\n{text}", flush=True)


async def state() -> dict[str, str]:
    """Return what systemd knows of the service."""
    keys = "ActiveState,SubState,MainPID,NRestarts,Result,UnitFileState,LoadState,ExecMainStatus,StatusText"
    lines = (await run(f"systemctl show {UNIT} --property={keys}")).splitlines()
    return dict(line.split("=", 1) for line in lines)


class Configuration:
    """The file that a technician edits."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> str:
        """Return what stands in it."""
        return self._path.read_text()

    def write(self, text: str) -> None:
        """Write it anew."""
        self._path.write_text(text)

    def change(self, *edits: tuple[str, str]) -> None:
        """Replace words that must be there."""
        text = self.read()
        for old, new in edits:
            if old not in text:
                raise CommandFailed(f"{old!r} does not stand in {self._path}")
            text = text.replace(old, new)
        self.write(text)


CONFIG = Configuration(Path("/etc/ocpi-gateway/gateway.toml"))


class Service:
    """The daemon under systemd, as a machine that scenarios may stop, start and kill."""

    async def start(self) -> float:
        """Start it, or wait for the start that systemd makes by itself; return the seconds until READY."""
        began = time.monotonic()
        await run(f"systemctl start {UNIT}")
        return time.monotonic() - began

    async def stop(self) -> None:
        """End it in an orderly way."""
        await run(f"systemctl stop {UNIT}")

    async def kill(self) -> None:
        """End it as a power cut would."""
        await run(f"systemctl kill --kill-whom=main --signal=KILL {UNIT}")

    async def hang(self) -> None:
        """Stop every thread of it, as a deadlock would."""
        await run(f"systemctl kill --kill-whom=main --signal=STOP {UNIT}")

    async def pid(self) -> int:
        """Return the process id, 0 while there is none."""
        return int((await state())["MainPID"])

    async def another_than(self, pid: int, within_s: float) -> float:
        """Wait until another process than this one is READY; return the seconds that took."""
        began = time.monotonic()
        while True:
            now = await state()
            if now["ActiveState"] == "active" and int(now["MainPID"]) not in {0, pid}:
                return time.monotonic() - began
            if time.monotonic() - began > within_s:
                raise CommandFailed(f"no new process was ready within {within_s:g} s: {now}\n{await self.last_words()}")
            await asyncio.sleep(LOOK_S)

    async def says(self, words: str, within_s: float = 15.0) -> str:
        """Wait until it says these words; return the end of its log."""
        began = time.monotonic()
        while words not in (said := await self.last_words()):
            if time.monotonic() - began > within_s:
                raise CommandFailed(f"it did not say {words!r} within {within_s:g} s:\n{said}")
            await asyncio.sleep(LOOK_S)
        return said

    async def last_words(self) -> str:
        """Return the end of the service's log."""
        return await run(f"journalctl --unit={UNIT} --no-pager --lines=20 --output=cat")


def commands_of(document: Path, heading: str) -> list[list[str]]:
    """Return the blocks of commands that stand under a heading of a Markdown document, each a list of lines."""
    sections = re.split(r"^#+ ", document.read_text(encoding="utf-8"), flags=re.MULTILINE)
    section = next((part for part in sections if part.startswith(heading + "\n")), None)
    if section is None:
        raise CommandFailed(f"{document} has no heading {heading!r}")
    blocks = re.findall(r"(?:^ {4}.*\n)+", section, flags=re.MULTILINE)
    return [[line.strip() for line in block.splitlines()] for block in blocks]


async def follow(block: list[str], folder: Path) -> str:
    """Type a block of commands as it stands in the document; `cd` and the like hold until its end."""
    return await run("set -e\n" + "\n".join(block), folder=folder)
