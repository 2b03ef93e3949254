"""The device's Ed25519 key: made once, readable by the service's user only. The only import of cryptography.

It costs memory, so the daemon never imports this: it has a process of its own sign, see `__main__`.
"""

import os
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

_MODE: Final = 0o600
_PUBLIC_MODE: Final = 0o644


def sign(path: Path, text: bytes) -> tuple[str, str]:
    """Return public key and signature in hex; the key is made if there is none yet. OSError, ValueError."""
    key = _key(path)
    public = key.public_key().public_bytes_raw().hex()
    beside = path.with_suffix(".pub")
    if not beside.exists():
        _write(beside, f"{public}\n".encode(), _PUBLIC_MODE)
    return public, key.sign(text).hex()


def is_signed(key: str, text: bytes, signature: str) -> bool:
    """Tell whether a signature, in hex as the key, is one of this text."""
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(key)).verify(bytes.fromhex(signature), text)
    except (InvalidSignature, ValueError):
        return False
    return True


def _key(path: Path) -> Ed25519PrivateKey:
    try:
        return Ed25519PrivateKey.from_private_bytes(path.read_bytes())
    except FileNotFoundError:
        return _make(path)


def _make(path: Path) -> Ed25519PrivateKey:
    key = Ed25519PrivateKey.generate()
    _write(path, key.private_bytes_raw(), _MODE)
    return key


def _write(path: Path, content: bytes, mode: int) -> None:
    """Write a file that is durable under its name, or not there at all."""
    making = path.with_name(f"{path.name}.making")
    making.unlink(missing_ok=True)
    handle = os.open(making, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    making.rename(path)
    directory = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
