"""`doctor --support-bundle FILE`: what a stranger needs to understand a site, without what must not leave it.

Law: whatever goes in passes the scrubber last, so that no secret and no card uid leaves by a way nobody thought of.
"""

import io
import json
import os
import platform
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Callable, Iterator, Mapping
from importlib.metadata import distributions
from pathlib import Path

from gateway.cli.client import get
from gateway.cli.language import say
from gateway.cli.outcome import CommandFailed
from gateway.cli.progress import progress
from gateway.cli.records import outbox
from gateway.cli.secrets_found import Scrubber, find_secrets
from gateway.clock import SystemClock
from gateway.config.findings import ConfigError
from gateway.config.places import Places, find_places
from gateway.settings import JOURNAL_FILE

_LOG_LINES = 20_000
_COMMAND_S = 20.0
# Member: the local API's path. None of these holds a session's card.
_ANSWERS = {
    "status.json": "/status",
    "meters.json": "/meters",
    "bus.json": "/bus",
    "peers.json": "/peers",
    "outbox.json": "/outbox",
}
_LOGS = {
    "log.txt": ("journalctl", "-u", "ocpi-gateway", "-o", "short-iso-precise", "-n", str(_LOG_LINES), "--no-pager"),
    "log-pcscd.txt": ("journalctl", "-u", "pcscd", "-o", "short-iso-precise", "-n", "2000", "--no-pager"),
    "log-kernel.txt": ("journalctl", "-k", "-o", "short-iso-precise", "-n", "2000", "--no-pager"),
    "unit.txt": ("systemctl", "status", "--no-pager", "--lines=0", "ocpi-gateway", "pcscd"),
    "timedatectl.txt": ("timedatectl", "show-timesync", "--all"),
}
_READ_ME = """\
What the gateway of a charging site knows of itself, packed by `ocpi-gateway doctor --support-bundle`.

doctor.json     every check, with its remedy
versions.json   versions of the gateway, of what it is made of, of the system
config/         the configuration; secrets stand in files of their own and are not here
*.json          what the running daemon answered; missing where none ran
journal.json    sizes and counts of the journal, not its content
log*.txt        the newest lines of the logs, where this machine has journald
{texts} texts were taken out: secrets became [secret], card uids and contract ids their first and last two characters.
"""


def write_bundle(target: Path, config: Path, report: Mapping[str, object], *, quiet: bool) -> None:
    """Pack everything; CommandFailed if the file cannot be written."""
    try:
        places: Places | None = find_places(config)
    except ConfigError:
        places = None
    scrubber = Scrubber(find_secrets(config, places))
    members: dict[str, bytes] = {}
    makers = list(_makers(config, places, report))
    with progress(quiet=quiet) as bar:
        for index, (name, make) in enumerate(makers):
            bar.going(say("packing") + f" {name}", index, len(makers))
            content = _had(make)
            if content is not None:
                members[name] = scrubber.scrub(content)
    members["README.txt"] = _READ_ME.format(texts=scrubber.taken_out).encode()
    _pack(target, members)
    if not quiet:
        print(say(f"{target} holds {len(members)} files; {scrubber.taken_out} secrets and card uids were taken out"))


def _had(make: Callable[[], bytes | None]) -> bytes | None:
    """Return a part of the bundle, or why it could not be had: a bundle is wanted most where something is broken."""
    try:
        return make()
    except (CommandFailed, OSError) as fault:
        return f"could not be had: {fault}\n".encode()


def _makers(
    config: Path, places: Places | None, report: Mapping[str, object]
) -> Iterator[tuple[str, Callable[[], bytes | None]]]:
    yield "doctor.json", lambda: _json(report)
    yield "versions.json", lambda: _json(_versions())
    for file in (config, *sorted((config.parent / "conf.d").glob("*.toml"))):
        yield f"config/{file.name}", lambda file=file: _file(file)  # type: ignore[misc] # the file of this turn
    if places is not None:
        for member, path in _ANSWERS.items():
            yield member, lambda path=path: _answer(places, path)  # type: ignore[misc] # the path of this turn
        yield "journal.json", lambda: _json(_journal(places.state_dir))
    for member, command in _LOGS.items():
        yield member, lambda command=command: _output(command)  # type: ignore[misc] # the command of this turn


def _pack(target: Path, members: Mapping[str, bytes]) -> None:
    """Write the archive beside its place, for its owner only, then move it there; no device or link is replaced."""
    if target.is_symlink() or (target.exists() and not target.is_file()):
        raise CommandFailed(f"{target} is no regular file and is not replaced; choose another FILE")
    beside = target.with_name(f".{target.name}.{os.getpid()}")
    at = int(SystemClock().now().utc.timestamp())
    root = target.name.partition(".")[0] or "bundle"
    try:
        with (
            os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file,
            tarfile.open(fileobj=file, mode="w:gz") as archive,
        ):
            for name, content in sorted(members.items()):
                entry = tarfile.TarInfo(f"{root}/{name}")
                entry.size, entry.mtime, entry.mode = len(content), at, 0o600
                archive.addfile(entry, io.BytesIO(content))
        beside.replace(target)
    except OSError as fault:
        beside.unlink(missing_ok=True)
        reason = (fault.strerror or str(fault)).lower()
        raise CommandFailed(f"cannot write {target}: {reason}; choose another FILE") from None


def _json(value: object) -> bytes:
    return json.dumps(value, indent=2, ensure_ascii=False).encode()


def _file(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None


def _answer(places: Places, path: str) -> bytes | None:
    try:
        return get(places.socket, path)
    except CommandFailed:
        return outbox(places) if path == "/outbox" and (places.state_dir / JOURNAL_FILE).exists() else None


def _journal(state_dir: Path) -> dict[str, object]:
    try:
        files = sorted(state_dir.iterdir())
        return {file.name: {"bytes": file.stat().st_size, "mode": oct(file.stat().st_mode & 0o7777)} for file in files}
    except OSError as fault:
        return {"error": str(fault)}


def _versions() -> dict[str, object]:
    try:
        system = platform.freedesktop_os_release().get("PRETTY_NAME", "")
    except OSError:
        system = ""
    model = _file(Path("/proc/device-tree/model")) or b""
    return {
        "python": sys.version,
        "prefix": sys.prefix,
        "kernel": platform.platform(),
        "system": system,
        "machine": model.decode(errors="replace").rstrip("\0"),
        "packages": {each.name: each.version for each in sorted(distributions(), key=lambda each: each.name.lower())},
    }


def _output(command: tuple[str, ...]) -> bytes | None:
    """Return what a command prints; None where this machine does not have it or it takes too long."""
    found = shutil.which(command[0])
    if found is None:
        return None
    try:
        done = subprocess.run(  # noqa: S603 - the words above
            (found, *command[1:]),
            check=False,
            capture_output=True,
            timeout=_COMMAND_S,
            env={**os.environ, "LC_ALL": "C.UTF-8"},
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout or None
