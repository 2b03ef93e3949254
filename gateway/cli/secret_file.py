"""A token or password from a file; what is longer is none, and a device given by mistake has no end."""

from pathlib import Path
from typing import Final

from gateway.cli.outcome import InputRefused

_LONGEST_BYTES: Final = 2**16


def read_secret(path: Path, flag: str) -> str:
    """Return what stands in a file, without the space around it; InputRefused names the flag to correct."""
    try:
        with path.open("rb") as file:
            content = file.read(_LONGEST_BYTES + 1)
        text = content.decode()
    except (OSError, UnicodeDecodeError):
        content, text = b"", None
    if text is None or len(content) > _LONGEST_BYTES:
        raise InputRefused(f"{path} cannot be read as text; check {flag}")
    return text.strip()
