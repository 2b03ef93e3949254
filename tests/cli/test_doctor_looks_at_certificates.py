"""Certificates: the end of each is read from its bytes, and of a chain the earliest counts."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cli.checked_site import looked_at, write_site
from config.garage import GARAGE
from cryptography import x509
from hwsim.tls import LIFETIME, CertificateAuthority, Flaw

from gateway.cli.checkup.certificates import days_left, ends_of_file, not_after


def test_the_end_of_a_certificate_is_what_its_maker_wrote(tmp_path: Path) -> None:
    authority = CertificateAuthority(tmp_path)
    for file in (authority.ca_file, authority.issue("server").cert_file):
        certificates = x509.load_pem_x509_certificates(file.read_bytes())
        assert ends_of_file(file) == tuple(one.not_valid_after_utc.replace(microsecond=0) for one in certificates)


@pytest.mark.parametrize("der", [b"", b"\x30", b"\x30\x82\xff\xff\x00", b"\x30\x00", b"\x30\x03\x30\x01\x02"])
def test_what_is_no_certificate_is_refused(der: bytes) -> None:
    with pytest.raises((ValueError, IndexError, StopIteration)):
        not_after(der)


def test_a_file_without_certificates_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.pem").write_text("nothing")
    with pytest.raises(ValueError, match="holds no PEM certificate"):
        ends_of_file(tmp_path / "x.pem")


def test_days_are_counted_down_and_beyond() -> None:
    now = datetime(2026, 5, 1, tzinfo=UTC)
    assert days_left(now + timedelta(days=3, hours=5), now) == 3
    assert days_left(now - timedelta(hours=5), now) == -1


def with_only_a_broker(port: int, ca_file: Path) -> str:
    before, _, rest = GARAGE.partition("[backends.operator]")
    broker = rest[rest.index("[backends.broker]") : rest.index("[rules]")]
    broker = broker.replace("broker.example.com", "localhost").replace("1883", str(port))
    return f'{before}{broker}[backends.broker.tls]\nca_file = "{ca_file}"\n'


@asynccontextmanager
async def a_broker(context: ssl.SSLContext) -> AsyncIterator[int]:
    """Shake hands and say nothing."""
    server = await asyncio.start_server(lambda _reader, _writer: None, "127.0.0.1", 0, ssl=context)
    async with server:
        yield server.sockets[0].getsockname()[1]


@pytest.mark.parametrize(
    ("flaw", "state", "text"),
    [
        (Flaw.NONE, "pass", f"2 certificates, ends in {LIFETIME.days - 1} days"),
        (Flaw.EXPIRED, "fail", "has expired"),
        (Flaw.UNKNOWN_CA, "fail", "was issued by a CA this gateway does not know"),
        (Flaw.WRONG_HOST, "fail", "is for another"),
    ],
)
async def test_a_broker_is_reached_by_a_chain_that_verifies(flaw: Flaw, state: str, text: str, tmp_path: Path) -> None:
    authority = CertificateAuthority(tmp_path / "ca")
    certificate = authority.issue("localhost", flaw)
    async with a_broker(certificate.context()) as port:
        config = write_site(tmp_path, with_only_a_broker(port, authority.ca_file))
        line, standing = await asyncio.to_thread(looked_at, config, "backends")
    assert (line.state, line.subject) == (state, "backend broker")
    assert text in line.text
    assert standing.state == "skipped"
