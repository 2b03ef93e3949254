"""The files of a configuration, and what is wrong with them in an operator's words."""

import os
import stat
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gateway.config.findings import ConfigError, error

# Beside the configuration; the unit hands what stands here to the service with LoadCredential=credentials:….
_CREDENTIALS = "credentials"


def place_of(folder: Path, name: str, environment: Mapping[str, str] = os.environ) -> Path:
    """Return where a file is that a configuration in `folder` names.

    Below credentials/ only root reads; the service finds systemd's copy instead, whose name has _ for /
    (systemd.exec(5), LoadCredential= of a directory).
    """
    path = folder / name
    copies = environment.get("CREDENTIALS_DIRECTORY")
    if copies and path.is_relative_to(folder / _CREDENTIALS):
        copy = Path(copies, "_".join(path.relative_to(folder).parts))
        return copy if _is_there(copy) else path
    return path


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except PermissionError:
        return False


def read_file(path: Path) -> tuple[str | None, bytes]:
    """Return what is wrong with a file, None if nothing is, and its content."""
    try:
        if _may_never_end(path):
            return "is a pipe or a device, which may never end; put a file there", b""
        return None, path.read_bytes()
    except FileNotFoundError:
        return "no such file; create it or correct the name", b""
    except PermissionError:
        if path.parent.name == _CREDENTIALS:
            return "root's alone, and the service gets it when it starts: systemctl restart ocpi-gateway", b""
        return "may not be read by this user; run chgrp ocpi-gateway and chmod g+r on it", b""
    except OSError as fault:
        return f"cannot be read: {(fault.strerror or 'unknown error').lower()}", b""


def _may_never_end(path: Path) -> bool:
    mode = path.stat().st_mode
    return not (stat.S_ISREG(mode) or stat.S_ISDIR(mode) or path.samefile(os.devnull))


def read_toml(path: Path) -> dict[str, Any]:
    """Return the document; ConfigError with one finding if it cannot be read."""
    problem, content = read_file(path)
    if problem is not None:
        raise ConfigError([error(str(path), problem)])
    try:
        return tomllib.loads(content.decode())
    except UnicodeDecodeError as fault:
        line = content.count(b"\n", 0, fault.start) + 1
        raise ConfigError([error(f"{path} line {line}", "is not UTF-8 text; save the file as UTF-8")]) from None
    except tomllib.TOMLDecodeError as fault:
        raise ConfigError([error(str(path), f"is not TOML: {_lower_first(str(fault))}")]) from None
    except RecursionError:
        raise ConfigError([error(str(path), "is not TOML: it is nested too deeply")]) from None
    except ValueError:  # Python reads no whole number of more than 4,300 digits
        raise ConfigError([error(str(path), "is not TOML: a number in it is too long to be read")]) from None


def _lower_first(text: str) -> str:
    return text[:1].lower() + text[1:]
