"""Good and bad certificates in front of a peer, each told in words."""

import ssl
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from uplink.certificates import DAY, Authority, ServerCertificate
from uplink.sending import refusal, send
from uplink.shipping import a_session
from uplink.small_peer import SmallPeer

from gateway.settings import OcpiBackendSettings, TlsSettings
from gateway.uplink.ports import LinkDown


class TlsRig:
    """A peer behind TLS with a certificate of choice."""

    def __init__(self, folder: Path, settings: OcpiBackendSettings) -> None:
        self.authority = Authority(folder / "ca", "site-ca")
        self._settings = settings

    async def reason(self, certificate: ServerCertificate, host: str = "127.0.0.1", ca: Path | None = None) -> str:
        return await refusal_or_none(certificate, self._settings, host, ca or self.authority.ca_file)


async def refusal_or_none(
    certificate: ServerCertificate, settings: OcpiBackendSettings, host: str, ca_file: Path
) -> str:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate.cert_file, certificate.key_file)
    peer = SmallPeer(host=host)
    await peer.start(context)
    try:
        await send(replace(settings, versions_url=peer.versions_url, tls=TlsSettings(ca_file=ca_file)), a_session())
    except LinkDown as fault:
        return str(fault)
    finally:
        await peer.stop()
    return ""


@pytest.fixture
def tls(tmp_path: Path, settings: OcpiBackendSettings) -> TlsRig:
    return TlsRig(tmp_path, settings)


async def test_a_certificate_of_the_ca_file_is_trusted(tls: TlsRig) -> None:
    assert await tls.reason(tls.authority.issue("good", "127.0.0.1")) == ""


async def test_a_certificate_not_yet_valid_points_to_the_clock(tls: TlsRig) -> None:
    reason = await tls.reason(tls.authority.issue("early", "127.0.0.1", begins=DAY, ends=2 * DAY))

    assert "is not yet valid, more likely this machine's clock is wrong: check `timedatectl`" in reason


async def test_an_expired_certificate_is_told(tls: TlsRig) -> None:
    certificate = tls.authority.issue("late", "127.0.0.1", begins=-2 * DAY, ends=-timedelta(minutes=5))

    assert "has expired: the backend's operator must renew it" in await tls.reason(certificate)


async def test_a_certificate_for_another_host_is_told(tls: TlsRig) -> None:
    reason = await tls.reason(tls.authority.issue("other", "peer.example"), host="localhost")

    assert "is for another host name: use the name the certificate was issued for" in reason


async def test_a_certificate_of_an_unknown_ca_is_told(tls: TlsRig, tmp_path: Path) -> None:
    foreign = Authority(tmp_path / "foreign", "foreign-ca")

    reason = await tls.reason(tls.authority.issue("good", "127.0.0.1"), ca=foreign.ca_file)

    assert "was issued by a CA this gateway does not know: put that CA's certificate into" in reason


async def test_a_missing_ca_file_is_named(tls: TlsRig, tmp_path: Path) -> None:
    reason = await tls.reason(tls.authority.issue("good", "127.0.0.1"), ca=tmp_path / "nowhere.pem")

    assert (
        reason
        == f"{tmp_path}/nowhere.pem cannot be read (No such file or directory): correct the backend's tls settings"
    )


async def test_tls_to_a_plain_port_is_told(peer: SmallPeer, settings: OcpiBackendSettings) -> None:
    reason = await refusal(replace(settings, versions_url=f"https://127.0.0.1:{peer.port}/versions"))

    assert "check that its port speaks TLS" in reason


async def test_an_https_peer_that_advertises_http_is_refused(tls: TlsRig, settings: OcpiBackendSettings) -> None:
    certificate = tls.authority.issue("good", "127.0.0.1")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate.cert_file, certificate.key_file)
    peer = SmallPeer(versions=[{"version": "2.2.1", "url": "http://127.0.0.1/2.2.1"}])
    await peer.start(context)
    reason = await refusal(
        replace(settings, versions_url=peer.versions_url, tls=TlsSettings(ca_file=tls.authority.ca_file))
    )
    await peer.stop()

    assert "without TLS" in reason
