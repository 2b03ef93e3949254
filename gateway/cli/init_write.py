"""Puts a new configuration into place: judged as check-config would before anything moves, secrets for root alone.

Law: what is there is not lost. Without --force nothing that exists is touched, with it the old one is kept beside it.
"""

import grp
import os
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from gateway.cli.meter_models import KnownModels
from gateway.cli.outcome import CommandFailed, InputRefused
from gateway.config.findings import ConfigError, Finding
from gateway.config.loading import load

CREDENTIALS = "credentials"
_GROUP = "ocpi-gateway"
_KEPT = ".before-init"
_TOKENS = "tokens.json"


def refuse_if_there(config: Path, *, force: bool) -> None:
    """Raise InputRefused before anything is asked or searched in vain."""
    if config.exists() and not force:
        raise InputRefused(
            f"{config} is there already and is left as it is; say --force to replace it, it is kept then"
        )
    folder = next(one for one in config.absolute().parents if one.exists())
    if not os.access(folder, os.W_OK):
        raise InputRefused(f"may not write to {folder}; use sudo, or write elsewhere with --config")


def put_into_place(config: Path, text: str, secrets: Mapping[str, str]) -> Sequence[Finding]:
    """Write everything; return the warnings that check-config has. CommandFailed if it cannot be written."""
    folder = config.absolute().parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".init-", dir=folder) as name:
            staging = Path(name)
            _lay_out(staging, config.name, text, secrets, folder)
            warnings = _judged(staging / config.name)
            _move(staging, config, secrets)
    except OSError as fault:
        raise CommandFailed(
            f"cannot write {fault.filename or folder}: {(fault.strerror or str(fault)).lower()}"
        ) from None
    return warnings


def _lay_out(staging: Path, name: str, text: str, secrets: Mapping[str, str], folder: Path) -> None:
    (staging / CREDENTIALS).mkdir(mode=0o700)
    for file, secret in secrets.items():
        _write(staging / CREDENTIALS / file, secret.rstrip("\n") + "\n", 0o600)
    if (folder / _TOKENS).exists():
        shutil.copyfile(folder / _TOKENS, staging / _TOKENS)
    else:
        _write(staging / _TOKENS, "[]\n", 0o640)
    if (folder / "meters").is_dir():
        (staging / "meters").symlink_to(folder / "meters")
    _write(staging / name, text, 0o640)


def _judged(config: Path) -> Sequence[Finding]:
    try:
        return load(config, KnownModels()).warnings
    except ConfigError as mistakes:
        lines = "\n  ".join(finding.line.replace(f"{config.parent}/", "") for finding in mistakes.findings)
        raise InputRefused(f"nothing was written, for check-config would refuse it:\n  {lines}") from None


def _move(staging: Path, config: Path, secrets: Mapping[str, str]) -> None:
    """Move all into place, the configuration last: the service does not start without it."""
    folder = config.absolute().parent
    if secrets:
        (folder / CREDENTIALS).mkdir(mode=0o700, exist_ok=True)
    for file in secrets:
        _keep(folder / CREDENTIALS / file)
        (staging / CREDENTIALS / file).replace(folder / CREDENTIALS / file)
    if not (folder / _TOKENS).exists():
        (staging / _TOKENS).replace(folder / _TOKENS)
        _for_the_service(folder / _TOKENS)
    _keep(config)
    (staging / config.name).replace(config)
    _for_the_service(config)


def _keep(file: Path) -> None:
    if file.exists():
        shutil.copy2(file, file.with_name(file.name + _KEPT))


def _for_the_service(file: Path) -> None:
    """Let the service's group read it, where there is such a group and we may say so."""
    with suppress(KeyError, PermissionError):
        os.chown(file, -1, grp.getgrnam(_GROUP).gr_gid)


def _write(file: Path, text: str, mode: int) -> None:
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w", encoding="utf-8") as opened:
        opened.write(text)
        os.fchmod(opened.fileno(), mode)
