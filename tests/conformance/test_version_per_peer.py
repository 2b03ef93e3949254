"""One core, several versions: each backend gets, and each peer pulls, in its own, what concerns its own drivers."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from plant import Plant, policy, site
from roaming import Cpo, Emsp, befriend
from uplink.shipping import a_cdr
from uplink.small_peer import TOKEN, SmallPeer
from web.garage_day import CARD, TARIFF

from gateway.core.backend_terms import Offer
from gateway.core.delivery import Accepted, Deferred, Delivery, ObjectKind
from gateway.core.identifiers import BackendName, Party
from gateway.core.observations import DeliveriesAnswered, Started, TermsFound
from gateway.core.rows import Owe, Wording
from gateway.journal.journal import open_journal
from gateway.journal.replay import replay
from gateway.projection import project
from gateway.settings import OcpiBackendSettings
from gateway.uplink.access import read_access
from gateway.uplink.https import OcpiUplink

OLD, NEW, STRANGER, OURS = (BackendName(name) for name in ("old", "new", "stranger", "ours"))
SESSIONS = "sessions?date_from=2020-01-01T00:00:00Z"


def plant(*offers: Offer) -> Plant:
    made = Plant(policy=policy(tariff_id=TARIFF.id), site=site(tariff_id=TARIFF.id), tariffs=(TARIFF,))
    made.backends = tuple(offer.backend for offer in offers)
    made.observe(Started(made.now, "0.0.0", made.site, made.tariffs, made.backends, offers=offers))
    return made


def charge(made: Plant) -> None:
    made.charge(60)
    made.tap(CARD)
    made.wait(5)
    made.unplug()
    made.wait(2)


def all_of(body: Any) -> set[str]:
    """Return every key that stands anywhere in a JSON value."""
    if isinstance(body, list):
        return set().union(*(all_of(item) for item in body))
    return set().union(body, *(all_of(item) for item in body.values())) if isinstance(body, Mapping) else set()


async def owed(path: Path, made: Plant) -> dict[tuple[BackendName, ObjectKind], Delivery]:
    async with open_journal(path, project) as journal:
        await journal.append(made.facts, list(project(made.facts)))
        rows = await journal.outbox()
    assert replay(path, project).is_equal
    return {(row.delivery.backend, row.delivery.kind): row.delivery for row in rows}


async def test_r_50_each_backend_gets_its_own_version_and_never_a_mixture(tmp_path: Path) -> None:
    made = plant(Offer(OLD, "2.2.1"), Offer(NEW, "2.3.0"))
    charge(made)
    rows = await owed(tmp_path / "j", made)
    for kind in ObjectKind.SESSION, ObjectKind.CDR:
        old, new = (json.loads(rows[backend, kind].body) for backend in (OLD, NEW))
        assert "excl_vat" in all_of(old)
        assert not {"before_taxes", "taxes", "tax_included"} & all_of(old)
        assert "before_taxes" in all_of(new)
        assert not {"excl_vat", "incl_vat"} & all_of(new)
        assert (rows[OLD, kind].version, rows[NEW, kind].version) == ("2.2.1", "2.3.0")
    assert json.loads(rows[NEW, ObjectKind.CDR].body)["tariffs"][0]["tax_included"] == "NO"


async def test_r_50_what_is_owed_is_put_into_the_version_that_was_agreed_on_later(tmp_path: Path) -> None:
    made = plant(Offer(NEW))
    charge(made)
    made.observe(TermsFound((Offer(NEW, "2.3.0", None, ()),), made.now))
    row = (await owed(tmp_path / "j", made))[NEW, ObjectKind.CDR]
    assert row.version == "2.3.0"
    assert "before_taxes" in all_of(json.loads(row.body))
    assert row.link is not None
    assert row.link.digest == hashlib.sha256(row.body).hexdigest()


async def test_a_change_of_version_and_back_again_leaves_the_same_bytes(tmp_path: Path) -> None:
    made = plant(Offer(NEW))
    charge(made)
    before = await owed(tmp_path / "a", made)
    made.observe(TermsFound((Offer(NEW, "2.3.0", None, ()),), made.now))
    made.observe(TermsFound((Offer(NEW, "2.2.1", None, ()),), made.now))
    assert await owed(tmp_path / "b", made) == before


def test_finding_the_same_terms_again_is_no_fact() -> None:
    made = plant(Offer(NEW, "2.3.0"))
    assert made.observe(TermsFound((Offer(NEW, "2.3.0", None, ()),), made.now)) == ()


async def test_a_backend_hears_of_its_own_partys_drivers_only(tmp_path: Path) -> None:
    made = plant(
        Offer(OLD, drivers_of=(Party("de", "msp"),)), Offer(STRANGER, drivers_of=(Party("NL", "TNM"),)), Offer(OURS)
    )
    charge(made)
    assert {backend for backend, _ in await owed(tmp_path / "j", made)} == {OLD, OURS}


async def test_a_backend_that_speaks_for_nobody_yet_hears_of_nobody(tmp_path: Path) -> None:
    made = plant(Offer(STRANGER, drivers_of=()))
    charge(made)
    assert await owed(tmp_path / "j", made) == {}


@pytest.mark.parametrize("path", [SESSIONS, "cdrs"])
async def test_r_50_a_peer_pulls_what_it_is_pushed_in_the_version_it_asks_in(cpo: Cpo, emsp: Emsp, path: str) -> None:
    token = await befriend(cpo, emsp)
    found = {version: (await cpo.get(f"/{version}/{path}", token)) for version in ("2.2.1", "2.3.0")}
    assert "before_taxes" not in all_of(found["2.2.1"].data)
    assert {"before_taxes", "taxes"} <= all_of(found["2.3.0"].data)
    assert not {"excl_vat", "incl_vat"} & all_of(found["2.3.0"].data)
    pushed = [json.loads(row.body) for row in project(cpo.plant.facts) if isinstance(row, Wording)]
    assert found["2.3.0"].data[0] in pushed


async def test_tariffs_are_given_out_in_the_version_that_is_asked_for(cpo: Cpo, emsp: Emsp) -> None:
    token = await befriend(cpo, emsp)
    assert "tax_included" not in (await cpo.get("/2.2.1/tariffs", token)).data[0]
    assert (await cpo.get("/2.3.0/tariffs", token)).data[0]["tax_included"] == "NO"


async def test_r_14_a_peer_that_registers_at_a_version_is_looked_for_at_that_version(cpo: Cpo, emsp: Emsp) -> None:
    emsp.versions = ("2.2.1",)
    token_a = (await cpo.parts.desk.invite("msp")).token
    emsp.accepted.add("TOKEN-B")
    got = await cpo.ask("POST", "/2.3.0/credentials", token_a, emsp.credentials("TOKEN-B"))
    assert got.code == 3002
    got = await cpo.ask("POST", "/2.2.1/credentials", token_a, emsp.credentials("TOKEN-B"))
    assert got.code == 1000


class Agreed:
    """Remembers what an uplink found."""

    def __init__(self) -> None:
        self.found: list[tuple[str, tuple[str, ...]]] = []

    async def note(self, version: str, takes: tuple[str, ...]) -> None:
        self.found.append((version, takes))


@pytest.fixture
async def peer() -> Any:
    made = SmallPeer()
    await made.start()
    made.versions = [{"version": each, "url": f"{made.url}/{each}"} for each in ("2.2.1", "2.3.0")]
    yield made
    await made.stop()


def reach(peer: SmallPeer, folder: Path, agreed: Agreed, version: str | None = None) -> OcpiUplink:
    (folder / "token").write_text(TOKEN)
    reached = OcpiBackendSettings("new", peer.versions_url, folder / "token", "DE", "HUB", version=version)
    return OcpiUplink(reached, partial(read_access, reached), agreed.note)


async def test_the_highest_common_version_is_agreed_on_before_anything_is_sent(peer: SmallPeer, tmp_path: Path) -> None:
    agreed = Agreed()
    async with reach(peer, tmp_path, agreed).session() as link:
        assert agreed.found == [("2.3.0", ())]
        outdated = await link.deliver(a_cdr())
        assert isinstance(outdated, Deferred)
        assert "written in OCPI 2.2.1" in outdated.reason
        assert peer.pushes == []
        assert isinstance(await link.deliver(replace(a_cdr(), version="2.3.0")), Accepted)


async def test_a_configured_version_goes_before_a_higher_one(peer: SmallPeer, tmp_path: Path) -> None:
    agreed = Agreed()
    async with reach(peer, tmp_path, agreed, "2.2.1").session() as link:
        assert agreed.found == [("2.2.1", ())]
        assert isinstance(await link.deliver(a_cdr()), Accepted)


def test_a_cdr_that_was_accepted_in_one_version_is_not_owed_again_in_another() -> None:
    made = plant(Offer(NEW))
    charge(made)
    rows = [row.delivery for row in project(made.facts) if isinstance(row, Owe)]
    for delivery in rows:
        made.observe(DeliveriesAnswered(((delivery, Accepted("thanks")),), made.now))
    made.observe(TermsFound((Offer(NEW, "2.3.0", None, ()),), made.now))
    assert len([row for row in project(made.facts) if isinstance(row, Owe)]) == len(rows)
