"""What backends know of the site itself: the whole Location at first, then each EVSE's status, the newest alone."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from plant import EVSE, Plant, policy, site
from web.garage_day import CARD, TARIFF

from gateway.core.backend_terms import Offer
from gateway.core.delivery import Delivery, ObjectKind, Rejected
from gateway.core.identifiers import BackendName, EvseUid
from gateway.core.observations import DeliveriesAnswered, LocationSeen, Started, TermsFound
from gateway.core.outputs import status_of
from gateway.journal.journal import open_journal
from gateway.journal.replay import replay
from gateway.ocpi.location_delivery import parts_of, stamps_of
from gateway.ocpi.v2_2_1.location import Look, compose, restamp
from gateway.ocpi.v2_2_1.shapes import encode
from gateway.projection import project

TAKER, OTHER = BackendName("taker"), BackendName("other")
SECOND = EvseUid("EVSE-2")
ALL = ("locations", "tariffs")


class Cabinet(Plant):
    """A plant whose Location is looked at."""

    def look_around(self) -> None:
        """Do what the daemon does once a second."""
        statuses = {evse.uid: status_of(self.world.state, evse.uid, seen=True).value for evse in self.site.evses}
        look = Look(self.site, statuses, frozenset({EVSE}))
        changed = restamp(stamps_of(self.world.state.location), look, self.now.utc)
        if changed:
            self.observe(LocationSeen(self.now, parts_of(changed)))

    def find(self, backend: BackendName, *takes: str) -> None:
        self.observe(TermsFound((Offer(backend, "2.2.1", None, takes),), self.now))

    def pulled(self) -> bytes:
        return encode(compose(stamps_of(self.world.state.location)))


@pytest.fixture
def cabinet() -> Cabinet:
    made = Cabinet(policy=policy(tariff_id=TARIFF.id), site=site(tariff_id=TARIFF.id), tariffs=(TARIFF,))
    made.backends = (TAKER, OTHER)
    made.observe(Started(made.now, "0.0.0", made.site, made.tariffs, made.backends))
    made.wait(2)
    made.look_around()
    return made


async def owed(path: Path, cabinet: Cabinet) -> dict[tuple[BackendName, ObjectKind, str], Delivery]:
    """Return what is owed of the site itself."""
    async with open_journal(path, project) as journal:
        await journal.append(cabinet.facts, list(project(cabinet.facts)))
        rows = [row.delivery for row in await journal.outbox()]
    assert replay(path, project).is_equal
    ours = {ObjectKind.LOCATION, ObjectKind.EVSE, ObjectKind.TARIFF}
    return {(row.backend, row.kind, row.object_id): row for row in rows if row.kind in ours}


def read(delivery: Delivery) -> Mapping[str, Any]:
    value: dict[str, Any] = json.loads(delivery.body)
    return value


async def test_r_59_who_takes_locations_gets_all_of_it_at_first_and_who_does_not_gets_nothing(
    cabinet: Cabinet, tmp_path: Path
) -> None:
    cabinet.find(TAKER, *ALL)
    cabinet.find(OTHER)
    rows = await owed(tmp_path / "j", cabinet)
    assert set(rows) == {(TAKER, ObjectKind.LOCATION, "LOC1"), (TAKER, ObjectKind.TARIFF, TARIFF.id)}
    assert rows[TAKER, ObjectKind.LOCATION, "LOC1"].body == cabinet.pulled()


async def test_r_28_r_59_a_status_goes_out_by_itself_with_the_last_updated_that_is_pulled(
    cabinet: Cabinet, tmp_path: Path
) -> None:
    cabinet.find(TAKER, *ALL)
    cabinet.charge(10)
    cabinet.look_around()
    row = (await owed(tmp_path / "j", cabinet))[TAKER, ObjectKind.EVSE, "LOC1/EVSE-1"]
    pulled = json.loads(cabinet.pulled())
    assert read(row) == {"status": "CHARGING", "last_updated": pulled["evses"][0]["last_updated"]}
    assert pulled["last_updated"] == pulled["evses"][0]["last_updated"]


async def test_r_64_of_many_changes_the_last_alone_is_owed(cabinet: Cabinet, tmp_path: Path) -> None:
    cabinet.find(TAKER, *ALL)
    for _ in range(5):
        cabinet.charge(10)
        cabinet.look_around()
        cabinet.tap(CARD)
        cabinet.unplug()
        cabinet.wait(10)
        cabinet.look_around()
    rows = [row for key, row in (await owed(tmp_path / "j", cabinet)).items() if key[1] is ObjectKind.EVSE]
    assert [read(row)["status"] for row in rows] == ["AVAILABLE"]


async def test_a_look_that_shows_nothing_new_is_no_fact(cabinet: Cabinet) -> None:
    before = len(cabinet.facts)
    cabinet.look_around()
    assert len(cabinet.facts) == before


async def test_r_34_a_backend_that_does_not_know_the_evse_gets_the_whole_location(
    cabinet: Cabinet, tmp_path: Path
) -> None:
    cabinet.find(TAKER, *ALL)
    cabinet.charge(10)
    cabinet.look_around()
    patch = (await owed(tmp_path / "a", cabinet))[TAKER, ObjectKind.EVSE, "LOC1/EVSE-1"]
    cabinet.observe(DeliveriesAnswered(((patch, Rejected("HTTP 404")),), cabinet.now))
    rows = await owed(tmp_path / "b", cabinet)
    assert (TAKER, ObjectKind.EVSE, "LOC1/EVSE-1") not in rows
    assert read(rows[TAKER, ObjectKind.LOCATION, "LOC1"])["evses"][0]["status"] == "CHARGING"


async def test_r_61_an_evse_that_is_gone_is_told_of_as_removed(cabinet: Cabinet, tmp_path: Path) -> None:
    cabinet.find(TAKER, *ALL)
    cabinet.site = replace(cabinet.site, evses=tuple(_renamed(cabinet)))
    cabinet.observe(Started(cabinet.now, "0.0.0", cabinet.site, cabinet.tariffs, cabinet.backends))
    cabinet.look_around()
    location = read((await owed(tmp_path / "j", cabinet))[TAKER, ObjectKind.LOCATION, "LOC1"])
    assert {evse["uid"]: evse["status"] for evse in location["evses"]} == {EVSE: "REMOVED", SECOND: "AVAILABLE"}


def _renamed(cabinet: Cabinet) -> Iterator[Any]:
    for evse in cabinet.site.evses:
        yield replace(evse, uid=SECOND)


async def test_who_takes_locations_no_more_is_owed_none(cabinet: Cabinet, tmp_path: Path) -> None:
    cabinet.find(TAKER, *ALL)
    cabinet.charge(10)
    cabinet.look_around()
    cabinet.find(TAKER)
    assert await owed(tmp_path / "j", cabinet) == {}


async def test_a_changed_tariff_goes_to_who_takes_tariffs(cabinet: Cabinet, tmp_path: Path) -> None:
    cabinet.observe(TermsFound((Offer(TAKER, "2.3.0", None, ("tariffs",)),), cabinet.now))
    changed = replace(TARIFF, currency="SEK")
    cabinet.observe(Started(cabinet.now, "0.0.0", cabinet.site, (changed,), cabinet.backends))
    tariff = read((await owed(tmp_path / "j", cabinet))[TAKER, ObjectKind.TARIFF, TARIFF.id])
    assert (tariff["currency"], tariff["tax_included"]) == ("SEK", "NO")
