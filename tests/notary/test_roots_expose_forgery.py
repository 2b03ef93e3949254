"""The device signs a root each day: who forges the chain anew, hash by hash, is found out by the signature."""

import asyncio
import json
import sqlite3
import stat
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from cli.evening import Evening
from journal.writing import fact, instant
from scenarios.box import TurnedClock

from gateway.core.facts import Fact, GatewayStarted
from gateway.core.facts_proof import RootSigned, signed_text
from gateway.core.observations import RootSealed
from gateway.journal import chain
from gateway.journal.journal import Journal, open_journal
from gateway.notary.device_key import is_signed, sign
from gateway.notary.notary import Notary, NotSigned

# Whole journals are forged.
pytestmark = pytest.mark.slow

DAY = "2026-03-01"


class Desk:
    """The site's inbox as far as roots go: each becomes a fact at once."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    async def put_and_wait(self, observation: RootSealed) -> None:
        seq = await self._journal.last_seq() + 1
        await self._journal.append([Fact(seq, instant(seq), None, None, observation.root)], [])


@pytest.fixture
async def evening(tmp_path: Path) -> Evening:
    made = Evening(tmp_path)
    await made.write()
    return made


async def sign_days(evening: Evening, days: int) -> None:
    """Sign a root, write two facts, and so on."""
    async with open_journal(evening.journal) as journal:
        notary = Notary(evening.journal.with_name("device.key"), journal.head, Desk(journal), TurnedClock())
        for number in range(days):
            await notary.sign(f"2026-03-{number + 1:02d}")
            seq = await journal.last_seq()
            await journal.append([fact(seq + 1), fact(seq + 2)], [])


def forge(path: Path, change: Callable[[list[Fact]], list[Fact]]) -> None:
    """Rewrite the whole chain with other facts and hashes that fit: what somebody could do who owns the file."""
    connection = sqlite3.connect(path)
    facts = change([chain.from_row(row) for row in chain.all_rows(connection)])
    connection.executescript("DROP TRIGGER fact_is_never_deleted; DROP TRIGGER fact_is_never_changed; DELETE FROM fact")
    chain.append(connection, facts)
    connection.commit()
    connection.close()


def another_version(facts: list[Fact]) -> list[Fact]:
    first = facts[0]
    return [Fact(first.seq, first.at, None, None, GatewayStarted("9.9.9")), *facts[1:]]


def without_roots(facts: list[Fact]) -> list[Fact]:
    others = [one for one in facts if not isinstance(one.body, RootSigned)]
    return [Fact(seq, one.at, one.evse_uid, one.session_id, one.body) for seq, one in enumerate(others, start=1)]


async def test_the_key_is_made_once_and_for_the_services_user_only(evening: Evening) -> None:
    await sign_days(evening, 2)

    key = evening.journal.with_name("device.key")
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    public = key.with_suffix(".pub").read_text().strip()
    said = await evening.ask("verify", "--public-key")
    assert (said.code, said.out) == (0, f"{public}\n")


async def test_roots_that_fit_are_counted(evening: Evening) -> None:
    await sign_days(evening, 3)

    said = await evening.ask("verify")

    assert said.code == 0
    assert "signed roots that fit: 3, the newest of 2026-03-03 covers facts 1 to " in said.out


async def test_a_chain_forged_anew_hash_by_hash_is_exposed_by_the_signature(evening: Evening) -> None:
    await sign_days(evening, 3)
    forge(evening.journal, another_version)

    said = await evening.ask("verify", "--json")

    report = json.loads(said.out)
    assert said.code == 1
    assert report["damage"] is None  # the hashes fit each other
    assert not report["is_whole"]
    breach = report["roots"]["breach"]
    assert breach.endswith(f"are not those that this device signed on {DAY}: the chain was forged anew")


async def test_a_root_that_was_forged_too_bears_no_signature(evening: Evening) -> None:
    await sign_days(evening, 1)
    public = evening.journal.with_name("device.pub").read_text().strip()

    def with_root(facts: list[Fact]) -> list[Fact]:
        changed = another_version(facts)
        place = next(i for i, one in enumerate(changed) if isinstance(one.body, RootSigned))
        root = changed[place].body
        assert isinstance(root, RootSigned)
        sealed = chain.GENESIS
        for one in changed[: root.up_to_seq]:
            sealed = chain.to_row(one, sealed)[-1]
        _, signature = sign(evening.folder / "forger.key", signed_text(root.day, root.up_to_seq, sealed.hex()))
        forged = RootSigned(root.day, root.up_to_seq, sealed.hex(), public, signature)
        return [*changed[:place], Fact(place + 1, changed[place].at, None, None, forged), *changed[place + 1 :]]

    forge(evening.journal, with_root)
    said = await evening.ask("verify")

    assert said.code == 1
    assert f"the root of {DAY} bears no signature of this device: it was changed" in said.out


async def test_roots_by_another_key_are_not_this_devices(evening: Evening) -> None:
    await sign_days(evening, 1)
    public = evening.journal.with_name("device.pub").read_text().strip()
    for file in ("device.key", "device.pub"):
        evening.journal.with_name(file).unlink()
    forge(evening.journal, without_roots)
    await sign_days(evening, 1)

    assert (await evening.ask("verify")).code == 0  # a file that lies beside it proves nothing about its owner
    said = await evening.ask("verify", "--key", public)
    assert said.code == 1
    assert f"the root of {DAY} was signed with another key than this device's" in said.out


async def test_roots_that_were_all_removed_are_missed(evening: Evening) -> None:
    await sign_days(evening, 2)
    forge(evening.journal, without_roots)

    said = await evening.ask("verify")

    assert said.code == 1
    assert "this device signs a root each day, and there is none: they were removed" in said.out


async def test_days_without_a_root_are_named(evening: Evening) -> None:
    await sign_days(evening, 1)
    async with open_journal(evening.journal) as journal:
        seq = await journal.last_seq()
        late = instant(int(timedelta(days=3).total_seconds()))
        await journal.append([fact(seq + 1), Fact(seq + 2, late, None, None, fact(1).body)], [])

    said = await evening.ask("verify")

    assert said.code == 1
    assert "are of more than two days and under no root" in said.out


async def test_a_key_that_is_none_is_one_line_with_the_remedy(tmp_path: Path) -> None:
    key = tmp_path / "device.key"
    key.write_bytes(b"short")

    async def head() -> tuple[int, bytes]:
        return 1, bytes(32)

    notary = Notary(key, head, asyncio.Queue(), TurnedClock())  # type: ignore[arg-type]
    with pytest.raises(NotSigned, match=r"holds no Ed25519 key: bring it back from a backup, or remove it to have one"):
        await notary.sign(DAY)


def test_a_signature_of_one_text_is_none_of_another(tmp_path: Path) -> None:
    key, signature = sign(tmp_path / "device.key", signed_text(DAY, 1, "00" * 32))

    assert is_signed(key, signed_text(DAY, 1, "00" * 32), signature)
    assert not is_signed(key, signed_text(DAY, 2, "00" * 32), signature)
    assert not is_signed(key, signed_text(DAY, 1, "00" * 32), "no hex")
