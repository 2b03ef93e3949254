"""A registered peer's address is known to the daemon alone: the doctor asks it, and judges the certificate there."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from cli.checked_site import looked_at, write_site
from cli.evening import Evening
from config.garage import GARAGE
from hwsim.tls import LIFETIME, CertificateAuthority, Flaw
from roaming import Cpo, Emsp, befriend, serving

from gateway.cli.checkup.verdict import Verdict
from gateway.web.peers_api import peer_routes


def with_only_the_peer(ca_file: Path) -> str:
    before, _, _ = GARAGE.partition("[backends.operator]")
    peer = 'kind = "ocpi"\npeer = "msp"\ncountry_code = "DE"\nparty_id = "MSP"\n'
    server = 'public_url = "https://gw.example.com/ocpi"\nbusiness_name = "Garage"\n'
    tls = f'ca_file = "{ca_file}"\n'
    return f"{before}[ocpi_server]\n{server}[backends.roaming]\n{peer}[backends.roaming.tls]\n{tls}"


@asynccontextmanager
async def roaming_with(folder: Path, emsp: Emsp, ca_file: Path) -> AsyncIterator[Cpo]:
    """Be a daemon with which the eMSP is registered."""
    async with emsp.up(), serving(folder, ca_file=ca_file) as cpo:
        await befriend(cpo, emsp)
        yield cpo


async def looked_through_the_window(evening: Evening, cpo: Cpo, ca_file: Path) -> list[Verdict]:
    config = write_site(evening.folder, with_only_the_peer(ca_file))
    async with evening.serving(routes=peer_routes(cpo.parts.desk)):
        return await asyncio.to_thread(looked_at, config, "backends")


async def test_the_certificate_of_a_registered_peer_is_judged(evening: Evening, tmp_path: Path) -> None:
    authority = CertificateAuthority(tmp_path / "ca")
    emsp = Emsp(tls=authority.issue("msp").context())
    async with roaming_with(tmp_path / "roaming", emsp, authority.ca_file) as cpo:
        line, _ = await looked_through_the_window(evening, cpo, authority.ca_file)
    assert (line.state, line.subject) == ("pass", "backend roaming")
    assert line.text == (f"the chain of 127.0.0.1:{emsp.port}, 2 certificates, ends in {LIFETIME.days - 1} days")


@pytest.mark.parametrize(
    ("flaw", "text"),
    [(Flaw.EXPIRED, "has expired"), (Flaw.UNKNOWN_CA, "was issued by a CA this gateway does not know")],
)
async def test_a_peer_whose_certificate_went_bad_fails_with_a_remedy(
    evening: Evening, tmp_path: Path, flaw: Flaw, text: str
) -> None:
    authority = CertificateAuthority(tmp_path / "ca")
    context = authority.issue("msp").context()
    emsp = Emsp(tls=context)
    async with roaming_with(tmp_path / "roaming", emsp, authority.ca_file) as cpo:
        renewed = authority.issue("msp-later", flaw)
        context.load_cert_chain(renewed.cert_file, renewed.key_file)
        line, _ = await looked_through_the_window(evening, cpo, authority.ca_file)
    assert (line.state, line.subject) == ("fail", "backend roaming")
    assert text in line.text
    assert line.remedy
