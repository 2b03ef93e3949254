"""The token store: found by card, however many there are and whoever owns them."""

import json
import time
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from memory import resident_kib
from plant import MIDNIGHT, token
from roaming import a_token

from gateway.core.identifiers import Party, TokenUid
from gateway.core.token import Token, TokenType
from gateway.journal.journal import Journal, open_journal
from gateway.ocpi.handshake import invited
from gateway.ocpi.token_list import SyncMark
from gateway.ocpi.v2_2_1.token_object import read_token
from gateway.projection import project
from gateway.registry.registry import Registry, open_registry

MANY = 100_000
UID = TokenUid("04A1B2C3D4E580")


@pytest.fixture
async def journal(tmp_path: Path) -> AsyncIterator[Journal]:
    async with open_journal(tmp_path / "journal.sqlite", project) as opened:
        yield opened


@pytest.fixture
async def registry(tmp_path: Path, journal: Journal) -> AsyncIterator[Registry]:
    async with open_registry(tmp_path / "registry.sqlite", journal) as opened:
        yield opened


async def keep(registry: Registry, *tokens: dict[str, Any]) -> None:
    for each in tokens:
        await registry.keep_token(read_token(json.dumps(each).encode()))


async def test_a_card_is_found_as_soon_as_it_is_kept_and_in_any_case(registry: Registry) -> None:
    cards = registry.cards(())
    assert cards.get(UID) is None
    await keep(registry, a_token())
    found = cards.get(TokenUid("04a1b2c3d4e580"))
    assert found is not None
    assert (found.uid.value, found.owner) == ("04A1B2C3D4E580", Party("DE", "MSP"))


async def test_a_card_that_is_blocked_is_blocked_at_the_next_tap(registry: Registry) -> None:
    cards = registry.cards(())
    await keep(registry, a_token())
    await keep(registry, a_token(valid=False, last_updated="2026-03-02T00:00:01Z"))
    assert cards[UID].valid is False


async def test_of_two_owners_the_one_that_is_valid_goes_first(registry: Registry) -> None:
    blocked = a_token(valid=False, last_updated="2026-05-01T00:00:00Z")
    await keep(registry, blocked, a_token(country_code="NL", party_id="TNM"))
    cards = registry.cards(())
    assert cards[UID].owner == Party("NL", "TNM")
    assert [found.owner.party_id for found in cards.all_of(UID)] == ["TNM", "MSP"]


async def test_of_two_valid_ones_the_sites_own_list_goes_first_then_the_newest(registry: Registry) -> None:
    newer = a_token(country_code="NL", party_id="TNM", last_updated="2026-05-01T00:00:00Z")
    await keep(registry, a_token(), newer)
    assert registry.cards(())[UID].owner.party_id == "TNM"
    local: Token = token("04A1B2C3D4E580", owner=Party("SE", "OWN"), last_updated=MIDNIGHT - timedelta(days=900))
    assert registry.cards([local])[UID].owner.party_id == "OWN"


async def test_a_blocked_card_of_the_sites_own_list_gives_way_to_a_valid_one(registry: Registry) -> None:
    await keep(registry, a_token())
    local = token("04A1B2C3D4E580", owner=Party("SE", "OWN"), valid=False)
    assert registry.cards([local])[UID].owner.party_id == "MSP"


async def test_the_sites_own_list_counts_though_the_store_cannot_be_read(tmp_path: Path, journal: Journal) -> None:
    async with open_registry(tmp_path / "registry.sqlite", journal) as registry:
        await keep(registry, a_token("CARD-2"))
        cards = registry.cards([token("04A1B2C3D4E580")])
    assert cards.get(TokenUid("CARD-2")) is None
    assert cards[UID].uid == UID


async def test_what_an_app_carries_is_no_card(registry: Registry) -> None:
    await keep(registry, a_token(type="APP_USER"))
    assert registry.cards(()).get(UID) is None
    await keep(registry, a_token(type="OTHER"))
    assert registry.cards(())[UID].type is TokenType.OTHER


async def test_all_cards_can_be_walked_through(registry: Registry) -> None:
    await keep(registry, a_token(), a_token("CARD-2"))
    cards = registry.cards([token("LOCAL")])
    assert {uid.value for uid in cards} == {"04A1B2C3D4E580", "CARD-2", "LOCAL"}
    assert len(cards) == 3


async def test_a_page_and_its_mark_are_kept_both_or_neither(registry: Registry) -> None:
    page = [read_token(json.dumps(a_token()).encode())]
    with pytest.raises(Exception, match="FOREIGN KEY"):  # the mark is of a peer that is none
        await registry.keep_page("nobody", page, SyncMark(complete_up_to=MIDNIGHT))
    assert registry.cards(()).get(UID) is None


@pytest.mark.slow
async def test_a_hundred_thousand_tokens_are_looked_up_in_less_than_a_millisecond(registry: Registry) -> None:
    await registry.keep(invited("msp", "TOKEN-A", MIDNIGHT))
    before_kib = resident_kib()
    for first in range(0, MANY, 500):
        page = [read_token(json.dumps(a_token(f"{number:014X}")).encode()) for number in range(first, first + 500)]
        await registry.keep_page("msp", page, SyncMark())
    grown_kib = resident_kib() - before_kib
    cards, spent = registry.cards(()), []
    for number in range(0, MANY, 20):
        began = time.thread_time_ns()  # other processes do not count
        found = cards.get(TokenUid(f"{number * 7919 % MANY:014x}"))
        spent.append(time.thread_time_ns() - began)
        assert found is not None
    spent.sort()
    p99_ms = spent[len(spent) * 99 // 100] / 1e6
    assert p99_ms < 1, f"p99 is {p99_ms:.3f} ms"
    assert resident_kib() - before_kib < 16 << 10, f"{grown_kib} KiB grown"
