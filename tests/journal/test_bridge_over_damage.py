"""A fact that is not what was written costs nothing that came after it: what is owed is owed, the books balance."""

import random
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from durability.disk import Policy, cuts
from durability.mounted import recording_disk
from durability.power_cuts import MEMORY, lay_down
from journal.test_journal_archive import rows, visits
from journal.writing import edit
from plant import BACKEND, Outlet
from scenarios.box import Backend, TurnedClock, running_box

from gateway.core.delivery import ObjectKind
from gateway.core.facts import Fact
from gateway.core.site_state import fold
from gateway.journal import bridge
from gateway.journal.journal import open_journal
from gateway.journal.upkeep import Upkeep
from gateway.journal.verify import verify
from gateway.projection import project

FORGED = 12
FORGE = "DROP TRIGGER fact_is_never_changed; UPDATE fact SET body = '{}' WHERE seq = 12"
DERIVED = "SELECT * FROM {} ORDER BY 1, 2, 3"
TABLES = ("session", "cdr", "wording", "cdr_chain", "outbox")
SEED = 20261128
CUTS = 80


@dataclass(frozen=True, slots=True)
class Before:
    """What was there before somebody edited an old fact."""

    facts: list[Fact]
    noted: int
    tables: tuple[list[tuple[object, ...]], ...]
    outlet: Outlet
    clock: TurnedClock


async def forged(path: Path) -> Before:
    """Visits, a checkpoint, a visit that the backend does not hear of any more; then an old fact is edited."""
    async with running_box(path) as box:
        await visits(box, 3)
        await box.journal.remember(box.site.written)
        box.backend.is_away = True
        await visits(box, 1)
        facts, noted = await box.facts(), box.journal.remembered
        outlet, clock = box.outlet, box.clock
    before = Before(facts, noted, derived(path), outlet, clock)
    edit(path, FORGE)
    return before


def derived(path: Path) -> tuple[list[tuple[object, ...]], ...]:
    return tuple(rows(path, DERIVED.format(table)) for table in TABLES)


async def test_what_is_owed_and_every_bill_outlive_an_old_fact_that_was_edited(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    before = await forged(path)

    async with open_journal(path, project) as journal:
        assert journal.quarantined is not None
        assert (journal.quarantined.only_there, journal.quarantined.kept_up_to_seq) == (before.noted, len(before.facts))
        assert f"facts up to {before.noted} are only there, all CDRs, what is owed" in str(journal.quarantined)
        assert await journal.recall() == fold(before.facts)
        assert [one async for one in journal.facts(before.noted + 1)] == before.facts[before.noted :]
    assert derived(path) == before.tables
    damage = verify(path).damage
    assert damage is not None
    assert "not there any more" in damage.what


async def test_the_site_goes_on_and_the_chain_of_its_cdrs_has_no_gap(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    before = await forged(path)
    before.clock.boot_id = "boot-2"
    backend = Backend()

    async with running_box(path, clock=before.clock, outlet=before.outlet, backend=backend) as box:
        await visits(box, 1)
        upkeep = Upkeep(box.journal, project, box.site, box.clock, keep=None)
        while await upkeep.step():
            pass
        numbers = [entry.number for entry in (await box.journal.inventory(BACKEND, 1, 99, 99)).entries]
        assert numbers == [1, 2, 3, 4, 5]
        links = [cdr.link.number for cdr in backend.of(ObjectKind.CDR) if cdr.link is not None]
        assert links == [4, 5]
        (evse,) = box.site.written.evses.values()
        assert evse.books.balances
        assert evse.books.unattributed == 0


@pytest.mark.parametrize("harm", ["DELETE FROM checkpoint", "UPDATE checkpoint SET hash = zeroblob(32)"])
async def test_without_a_checkpoint_that_fits_the_facts_before_the_damage_are_kept(tmp_path: Path, harm: str) -> None:
    path = tmp_path / "journal.sqlite"
    before = await forged(path)
    edit(path, harm)

    async with open_journal(path, project) as journal:
        assert [one async for one in journal.facts()] == before.facts[: FORGED - 1]


async def test_damage_after_the_checkpoint_is_not_bridged(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    before = await forged(path)
    edit(path, f"UPDATE fact SET body = '{{}}' WHERE seq = {before.noted + 2}")  # noqa: S608 - our number

    async with open_journal(path, project) as journal:
        assert await journal.last_seq() == FORGED - 1


async def test_a_journal_of_an_older_schema_is_not_bridged(tmp_path: Path) -> None:
    path, newer = tmp_path / "journal.sqlite", tmp_path / "newer.sqlite"
    await forged(path)
    async with open_journal(newer):
        pass
    assert bridge.bridgehead(path, FORGED - 1, newer) is not None
    edit(path, "PRAGMA user_version = 1")
    assert bridge.bridgehead(path, FORGED - 1, newer) is None


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_a_cut_at_any_moment_of_bridging_loses_nothing(tmp_path: Path) -> None:
    (tmp_path / "before").mkdir()
    source = tmp_path / "before" / "journal.sqlite"
    before = await forged(source)
    with recording_disk(tmp_path) as disk:
        lay_down(
            disk.mount, {file.name: file.read_bytes() for file in source.parent.iterdir() if file.suffix != ".lock"}
        )
        disk.mark(b"damaged")
        async with open_journal(disk.mount / "journal.sqlite", project) as journal:
            assert journal.quarantined is not None
    left = [
        (f"{number}/{policy}", state.cut(policy, random.Random(f"{SEED}/{number}")))  # noqa: S311 - repeatable
        for number, state, mark in cuts(disk.operations)
        if mark is not None
        for policy in Policy
    ]
    for where, image in random.Random(SEED).sample(left, CUTS):  # noqa: S311 - repeatable, not secret
        with TemporaryDirectory(prefix="durability-", dir=MEMORY) as name:
            lay_down(Path(name), image)
            path = Path(name) / "journal.sqlite"
            async with open_journal(path, project) as journal:
                assert await journal.recall() == fold(before.facts), where
            assert derived(path) == before.tables, where
