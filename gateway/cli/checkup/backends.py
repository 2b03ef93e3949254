"""Brokers and peers: whether they are reached, by which chain of certificates, and how long those last."""

import asyncio
import json
import ssl
from collections.abc import Iterator
from datetime import datetime
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from gateway.cli.checkup.certificates import chain_shown, days_left, ends_of_file
from gateway.cli.checkup.patient import Patient
from gateway.cli.checkup.verdict import Verdict, bad, doubtful, good, skipped, with_remedy
from gateway.cli.client import get
from gateway.cli.outcome import CommandFailed
from gateway.clock import SystemClock
from gateway.core.telemetry import BackendSnapshot
from gateway.settings import BackendSettings, MqttBackendSettings, OcpiBackendSettings, TlsSettings
from gateway.uplink.tls import client_context, explain

# Renewals are tried a month before the end as a rule; a technician needs some days.
_LAST_DAYS, _SOON_DAYS = 3, 21
_CONNECT_S = 4.0
_ASK_S = 6.0
_RENEW = "have it renewed; nothing is delivered after its end"


def look(patient: Patient) -> Iterator[Verdict]:
    """Reach out to each backend, and hear what the daemon says of it."""
    if patient.settings is None:
        yield skipped("", "the configuration cannot be used")
        return
    now = SystemClock().now().utc
    known = {each.name: each for each in patient.status.backends} if patient.status else {}
    backends = patient.settings.backends
    for index, backend in enumerate(backends):
        patient.going(index / len(backends))
        subject = f"backend {backend.name}"
        yield from _judge_line(subject, backend, _place(backend, patient), now)
        snapshot = next((known[name] for name in known if name == backend.name), None)
        yield from _judge_standing(subject, backend, snapshot)
    server = patient.settings.ocpi_server
    if server is not None and server.cert_file is not None:
        yield from _judge_file("ocpi_server", server.cert_file, now)
    if not backends:
        yield skipped("", "no backend is configured; bills stay here")


def _judge_line(
    subject: str, backend: BackendSettings, place: tuple[str, int, bool] | None, now: datetime
) -> Iterator[Verdict]:
    """Connect as the daemon would, hear the certificates, and hang up."""
    if backend.tls is not None and backend.tls.cert_file is not None:
        yield from _judge_file(subject, backend.tls.cert_file, now)
    if place is None:
        return
    host, port, is_secure = place
    where = f"{host}:{port}"
    if not is_secure:
        yield doubtful(subject, f"the line to {where} is not encrypted", "use TLS, unless it never leaves the cabinet")
        return
    try:
        context = client_context(backend.tls or TlsSettings())
        ends = chain_shown(host, port, context, _CONNECT_S)
    except (OSError, ssl.SSLError) as fault:
        yield with_remedy(subject, explain(fault, where))
        return
    except ValueError as problem:
        yield with_remedy(subject, str(problem))
        return
    yield _judge_end(subject, f"the chain of {where}, {len(ends)} certificates,", min(ends), now)


def _judge_end(subject: str, what: str, ends: datetime, now: datetime) -> Verdict:
    left = days_left(ends, now)
    text = f"{what} ends in {left} days" if left >= 0 else f"{what} has ended {-left} days ago"
    if left < _LAST_DAYS:
        return bad(subject, text, _RENEW)
    return doubtful(subject, text, _RENEW) if left < _SOON_DAYS else good(subject, text)


def _judge_file(subject: str, file: Path, now: datetime) -> Iterator[Verdict]:
    try:
        yield _judge_end(subject, f"our certificate {file}", min(ends_of_file(file)), now)
    except (OSError, ValueError, IndexError) as fault:
        yield bad(subject, f"our certificate {file} cannot be read: {fault}", "put a PEM certificate there")


def _judge_standing(subject: str, backend: BackendSettings, snapshot: BackendSnapshot | None) -> Iterator[Verdict]:
    """Say what the daemon says; where none runs, ask an OCPI peer ourselves.

    A broker is not asked: a second client with our name would throw the first one out.
    """
    if snapshot is not None:
        if snapshot.connected:
            yield good(subject, f"connected, {snapshot.owed} objects to be sent")
        else:
            yield with_remedy(subject, snapshot.trouble or "is not connected yet; look again in a minute")
    elif isinstance(backend, OcpiBackendSettings):
        yield asyncio.run(_asked(subject, backend))
    else:
        yield skipped(subject, "whether it lets us in shows only with the daemon", "run systemctl start ocpi-gateway")


async def _asked(subject: str, backend: OcpiBackendSettings) -> Verdict:
    from gateway.uplink.access import read_access  # noqa: PLC0415 - aiohttp, where it is needed
    from gateway.uplink.https import OcpiUplink  # noqa: PLC0415
    from gateway.uplink.ports import LinkDown  # noqa: PLC0415

    try:
        async with asyncio.timeout(_ASK_S), OcpiUplink(backend, partial(read_access, backend)).session():
            return good(subject, "takes our token, and speaks OCPI 2.2.1")
    except LinkDown as trouble:
        return with_remedy(subject, str(trouble))
    except TimeoutError:
        return bad(subject, f"did not answer within {_ASK_S:.0f} s", "check the line, any firewall and the backend")


def _place(backend: BackendSettings, patient: Patient) -> tuple[str, int, bool] | None:
    """Return host, port, and whether the line is to be secure; None where nobody knows."""
    if isinstance(backend, MqttBackendSettings):
        return backend.host, backend.port, backend.tls is not None
    address = backend.versions_url if isinstance(backend, OcpiBackendSettings) else _registered(backend.peer, patient)
    if address is None:
        return None
    url = urlsplit(address)
    is_secure = url.scheme == "https"
    return url.hostname or "", url.port or (443 if is_secure else 80), is_secure


def _registered(peer: str, patient: Patient) -> str | None:
    """Return a registered peer's versions URL, which only the daemon knows."""
    if patient.places is None or not patient.is_daemon_up:
        return None
    try:
        known = json.loads(get(patient.places.socket, "/peers"))
    except (CommandFailed, ValueError):
        return None
    return next((each.get("versions_url") for each in known if each.get("name") == peer), None)
