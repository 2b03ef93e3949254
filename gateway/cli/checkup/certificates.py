"""TLS as the other side shows it: the chain that verified, and which certificate of it expires first."""

import socket
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

_SEQUENCE, _VERSION, _UTC_TIME, _LONG = 0x30, 0xA0, 0x17, 0x80


def chain_shown(host: str, port: int, context: ssl.SSLContext, timeout_s: float) -> tuple[datetime, ...]:
    """Connect, verify, hang up; return when each certificate of the chain ends, the server's own first.

    Raises OSError, of which ssl.SSLError is a kind.
    """
    with (
        socket.create_connection((host, port), timeout=timeout_s) as plain,
        context.wrap_socket(plain, server_hostname=host) as secure,
    ):
        return tuple(not_after(der) for der in _verified(secure))


def days_left(ends: datetime, now: datetime) -> int:
    """Return whole days until a certificate ends, negative where it has."""
    return (ends - now).days


def ends_of_file(pem: Path) -> tuple[datetime, ...]:
    """Return when each certificate in a PEM file ends; ValueError where it holds none, OSError."""
    text = pem.read_text(encoding="ascii", errors="replace")
    begin, end = "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"
    found = [begin + part.partition(end)[0] + end for part in text.split(begin)[1:]]
    if not found:
        raise ValueError("holds no PEM certificate")
    return tuple(not_after(ssl.PEM_cert_to_DER_cert(each)) for each in found)


def not_after(der: bytes) -> datetime:
    """Return when a certificate ends (RFC 5280, 4.1: the second time of its Validity); ValueError for anything else."""
    _, certificate = next(_elements(der))
    _, body = next(_elements(certificate))
    fields = [content for tag, content in _elements(body) if tag != _VERSION]
    # serialNumber, signature, issuer, validity.
    _, (tag, ends) = tuple(_elements(fields[3]))
    text = ends.decode("ascii")
    if tag == _UTC_TIME:
        text = ("19" if text[:2] >= "50" else "20") + text
    return datetime.strptime(text, "%Y%m%d%H%M%SZ").replace(tzinfo=UTC)


def _verified(secure: ssl.SSLSocket) -> list[bytes]:
    """Return the verified chain in DER; before Python 3.13 only the object below the socket has it."""
    below: Any = secure if hasattr(secure, "get_verified_chain") else getattr(secure, "_sslobj", None)
    if below is not None and hasattr(below, "get_verified_chain"):
        chain = below.get_verified_chain()
        return [each if isinstance(each, bytes) else ssl.PEM_cert_to_DER_cert(each.public_bytes()) for each in chain]
    own = secure.getpeercert(binary_form=True)
    return [own] if own else []


def _elements(der: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield tag and content of the elements that stand in a row (X.690, definite lengths)."""
    at = 0
    while at < len(der):
        if at + 2 > len(der):
            raise ValueError("is cut off")
        tag, length = der[at], der[at + 1]
        at += 2
        if length & _LONG:
            size = length & ~_LONG
            length = int.from_bytes(der[at : at + size], "big")
            at += size
        if at + length > len(der):
            raise ValueError("is cut off")
        yield tag, der[at : at + length]
        at += length
