"""The tokens module as RECEIVER, and the reading of a peer's list."""

import asyncio
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from roaming import Cpo, Emsp, a_token, befriend, serving

from gateway.core.identifiers import TokenUid
from gateway.ocpi.envelope import Answer
from gateway.ocpi.peer import Peer
from gateway.ocpi.peer_call import PeerAnswer, PeerCall, PeerCaller, PeerSilent
from gateway.settings import TlsSettings
from gateway.uplink.peer_calls import PeerCalls
from gateway.uplink.token_sync import TokenSync

# Each test has a server, a journal and a registry of its own.
pytestmark = pytest.mark.slow

UID = "04A1B2C3D4E580"
PATH = f"/2.2.1/tokens/DE/MSP/{UID}"


async def test_r_52_a_token_that_was_put_can_be_got(cpo: Cpo, emsp: Emsp) -> None:
    token, sent = await befriend(cpo, emsp), a_token(visual_number="DF000-2001", energy_contract={"supplier_name": "G"})
    await cpo.ask("PUT", PATH, token, sent)
    assert (await cpo.get(PATH, token)).data == sent


async def test_r_52_the_type_is_rfid_unless_told_and_part_of_the_key(cpo: Cpo, emsp: Emsp) -> None:
    token = await befriend(cpo, emsp)
    await cpo.ask("PUT", PATH, token, a_token(contract_id="THE-CARD"))
    await cpo.ask("PUT", f"{PATH}?type=APP_USER", token, a_token(type="APP_USER", contract_id="THE-APP"))
    assert (await cpo.get(PATH, token)).data["contract_id"] == "THE-CARD"
    assert (await cpo.get(f"{PATH}?type=RFID", token)).data["contract_id"] == "THE-CARD"
    assert (await cpo.get(f"{PATH}?type=APP_USER", token)).data["contract_id"] == "THE-APP"
    assert (await cpo.get(f"{PATH}?type=OTHER", token)).status == 404
    assert (await cpo.get(f"{PATH}?type=LATER_THAN_US", token)).status == 404  # an open enum


@pytest.mark.parametrize(
    "changes", [{"uid": "OTHER"}, {"party_id": "OTH"}, {"country_code": "NL"}, {"type": "APP_USER"}]
)
async def test_r_52_a_body_that_is_not_what_the_url_says_is_2001(cpo: Cpo, emsp: Emsp, changes: dict[str, Any]) -> None:
    token = await befriend(cpo, emsp)
    got = await cpo.ask("PUT", PATH, token, a_token(**changes))
    assert (got.status, got.code) == (200, 2001)
    assert (await cpo.get(PATH, token)).status == 404


@pytest.mark.parametrize("missing", ["uid", "contract_id", "issuer", "valid", "whitelist", "last_updated"])
async def test_r_52_a_put_without_a_required_field_is_2001(cpo: Cpo, emsp: Emsp, missing: str) -> None:
    sent = {name: value for name, value in a_token().items() if name != missing}
    got = await cpo.ask("PUT", PATH, await befriend(cpo, emsp), sent)
    assert (got.status, got.code) == (200, 2001)
    assert missing in got.envelope["status_message"]
    assert UID not in got.envelope["status_message"]


async def test_r_52_a_patch_changes_what_it_names_and_nothing_else(cpo: Cpo, emsp: Emsp) -> None:
    token = await befriend(cpo, emsp)
    await cpo.ask("PUT", PATH, token, a_token(visual_number="DF000-2001"))
    changes = {"valid": False, "last_updated": "2026-03-03T00:00:00Z"}
    assert (await cpo.ask("PATCH", PATH, token, changes)).code == 1000
    assert (await cpo.get(PATH, token)).data == a_token(visual_number="DF000-2001") | changes


async def test_r_52_a_patch_without_last_updated_is_2001(cpo: Cpo, emsp: Emsp) -> None:
    token = await befriend(cpo, emsp)
    await cpo.ask("PUT", PATH, token, a_token())
    assert (await cpo.ask("PATCH", PATH, token, {"valid": False})).code == 2001
    assert (await cpo.get(PATH, token)).data["valid"] is True


async def test_r_52_a_patch_of_an_unknown_token_is_404(cpo: Cpo, emsp: Emsp) -> None:
    changes = {"valid": False, "last_updated": "2026-03-03T00:00:00Z"}
    got = await cpo.ask("PATCH", PATH, await befriend(cpo, emsp), changes)
    assert (got.status, got.code) == (404, 2004)


async def test_r_52_a_peer_speaks_only_of_its_own_parties(cpo: Cpo, emsp: Emsp) -> None:
    foreign = await cpo.ask("PUT", "/2.2.1/tokens/NL/XYZ/1", await befriend(cpo, emsp), a_token())
    assert foreign.status == 404


async def test_r_52_two_parties_may_own_the_same_uid(cpo: Cpo, emsp: Emsp) -> None:
    first = await befriend(cpo, emsp)
    async with Emsp(party=("NL", "TNM")).up() as other:
        second = await befriend(cpo, other, "tnm")
        await cpo.ask("PUT", PATH, first, a_token())
        await cpo.ask("PUT", f"/2.2.1/tokens/NL/TNM/{UID}", second, a_token(country_code="NL", party_id="TNM"))
    assert (await cpo.get(PATH, first)).data["party_id"] == "MSP"
    assert (await cpo.get(f"/2.2.1/tokens/NL/TNM/{UID}", second)).data["party_id"] == "TNM"


async def test_r_53_uids_compare_without_regard_to_case_and_keep_the_owners_writing(cpo: Cpo, emsp: Emsp) -> None:
    token = await befriend(cpo, emsp)
    assert (await cpo.ask("PUT", "/2.2.1/tokens/DE/MSP/04aBcD", token, a_token("04AbCd"))).status == 201
    assert (await cpo.ask("PUT", "/2.2.1/tokens/de/msp/04ABCD", token, a_token("04AbCd"))).status == 200
    assert (await cpo.get("/2.2.1/tokens/DE/MSP/04abcd", token)).data["uid"] == "04AbCd"


async def test_a_token_that_is_longer_than_any_is_not_kept(cpo: Cpo, emsp: Emsp) -> None:
    token = await befriend(cpo, emsp)
    got = await cpo.ask("PUT", PATH, token, a_token(more="x" * 8192))
    assert (got.status, got.code) == (200, 2001)
    assert (await cpo.ask("PUT", PATH, token, a_token(more="x" * 7000))).status == 201
    more = {"last_updated": "2026-03-02T01:00:00Z", "and_more": "x" * 7000}
    assert (await cpo.ask("PATCH", PATH, token, more)).code == 2001


async def test_r_57_an_older_token_does_not_overwrite(cpo: Cpo, emsp: Emsp) -> None:
    token = await befriend(cpo, emsp)
    await cpo.ask("PUT", PATH, token, a_token(valid=False, last_updated="2026-03-02T12:00:00Z"))
    late = a_token(valid=True, last_updated="2026-03-02T11:59:59.999Z")
    assert (await cpo.ask("PUT", PATH, token, late)).code == 1000
    assert (await cpo.get(PATH, token)).data["valid"] is False


async def test_r_56_the_whole_list_is_read_over_pages(cpo: Cpo, emsp: Emsp) -> None:
    emsp.tokens = [a_token(f"CARD-{number}") for number in range(5)]
    assert await sync(cpo).sync(await peer(cpo, emsp)) == 5
    cards = cpo.registry.cards(())
    assert all(cards.get(TokenUid(f"card-{number}")) for number in range(5))


async def test_r_56_a_list_that_breaks_off_goes_on_where_it_was(cpo: Cpo, emsp: Emsp) -> None:
    emsp.tokens = [a_token(f"CARD-{number}") for number in range(5)]
    emsp.breaks_at = 2
    friend = await peer(cpo, emsp)
    with pytest.raises(PeerSilent):
        await sync(cpo).sync(friend)
    assert cpo.registry.cards(()).get(TokenUid("CARD-1")) is not None
    emsp.breaks_at, emsp.seen = None, []
    await sync(cpo).sync(friend)
    assert emsp.seen[0] == ("GET", "/2.2.1/tokens?offset=2")
    assert cpo.registry.cards(()).get(TokenUid("CARD-4")) is not None


async def test_r_56_a_page_that_is_gone_when_we_come_back_begins_the_reading_anew(cpo: Cpo, emsp: Emsp) -> None:
    emsp.tokens, emsp.breaks_at = [a_token(f"CARD-{number}") for number in range(5)], 2
    friend = await peer(cpo, emsp)
    with pytest.raises(PeerSilent):
        await sync(cpo).sync(friend)
    emsp.breaks_with = (404, 2000)
    with pytest.raises(PeerSilent, match="does not give its tokens"):
        await sync(cpo).sync(friend)
    emsp.breaks_at = None
    assert await sync(cpo).sync(friend) == 5


async def test_r_56_pages_that_lead_in_a_circle_are_not_followed_for_ever(cpo: Cpo, emsp: Emsp) -> None:
    emsp.tokens, emsp.circles = [a_token(f"CARD-{number}") for number in range(5)], True
    with pytest.raises(PeerSilent, match="wrong next page"):
        await sync(cpo).sync(await peer(cpo, emsp))


async def test_r_56_a_list_without_end_is_left_for_another_time(cpo: Cpo, emsp: Emsp) -> None:
    emsp.tokens, emsp.page = [a_token(f"CARD-{number}") for number in range(201)], 1
    friend = await peer(cpo, emsp)
    assert await sync(cpo).sync(friend) == 200
    assert await sync(cpo).sync(friend) == 1
    assert (await cpo.registry.sync_mark("msp")).next_url is None


async def test_a_page_of_rubbish_does_not_keep_the_event_loop(cpo: Cpo, emsp: Emsp) -> None:
    longest_s, began_s = 0.0, time.thread_time()

    async def watch() -> None:
        nonlocal longest_s, began_s
        while True:
            await asyncio.sleep(0)
            longest_s, began_s = max(longest_s, time.thread_time() - began_s), time.thread_time()

    friend = await peer(cpo, emsp)
    began_s = time.thread_time()
    watching = asyncio.create_task(watch())
    assert await sync(cpo, Rubbish(50_000)).sync(friend) == 0
    watching.cancel()
    assert longest_s < 0.1
    with pytest.raises(PeerSilent, match="gives more than 50000 tokens at once"):
        await sync(cpo, Rubbish(50_001)).sync(friend)


async def test_the_cards_of_a_forgotten_peer_open_nothing(cpo: Cpo, emsp: Emsp) -> None:
    token = await befriend(cpo, emsp)
    await cpo.ask("PUT", PATH, token, a_token())
    await cpo.parts.desk.forget("msp")
    assert cpo.registry.cards(()).get(TokenUid(UID)) is None


async def test_the_cards_of_a_party_that_another_peer_speaks_for_stay(cpo: Cpo, emsp: Emsp) -> None:
    await cpo.ask("PUT", PATH, await befriend(cpo, emsp), a_token())
    async with Emsp(role="HUB").up() as hub:
        await befriend(cpo, hub, "hub")
        await cpo.parts.desk.forget("msp")
    assert cpo.registry.cards(()).get(TokenUid(UID)) is not None


async def test_r_56_the_next_reading_asks_for_what_changed_since_the_last_began(cpo: Cpo, emsp: Emsp) -> None:
    friend = await peer(cpo, emsp)
    await sync(cpo).sync(friend)
    emsp.seen = []
    cpo.clock.turn(3600)
    await sync(cpo).sync(friend)
    (asked,) = emsp.seen
    assert asked[1].startswith("/2.2.1/tokens?date_from=2026-03-01T23%3A50%3A00Z")


async def test_r_56_good_tokens_of_a_list_with_bad_ones_are_kept(cpo: Cpo, emsp: Emsp) -> None:
    emsp.page, emsp.tokens = (
        10,
        [a_token("BAD", whitelist="SOMETIMES"), a_token("GOOD"), a_token("ALIEN", party_id="X")],
    )
    assert await sync(cpo).sync(await peer(cpo, emsp)) == 1
    assert cpo.registry.cards(()).get(TokenUid("GOOD")) is not None
    assert cpo.registry.cards(()).get(TokenUid("ALIEN")) is None


async def test_r_56_the_daemon_reads_the_list_of_whoever_registers(tmp_path: Path, emsp: Emsp) -> None:
    emsp.page, emsp.tokens = 10, [a_token("CARD-1")]
    async with serving(tmp_path, reads_lists=True) as cpo:
        await befriend(cpo, emsp)
        await emsp.asked_for("/2.2.1/tokens")


@dataclass(frozen=True)
class Rubbish:
    """Whoever is called gives a page of so many things that are no tokens."""

    count: int

    async def send(self, call: PeerCall) -> PeerAnswer:
        return PeerAnswer(Answer(200, b'{"status_code":1000,"data":[%s]}' % b",".join([b"1"] * self.count)), call.form)


def sync(cpo: Cpo, calls: PeerCaller | None = None) -> TokenSync:
    calls = calls or PeerCalls(TlsSettings(), 5)
    return TokenSync(cpo.registry, calls, cpo.settings.site.party, lambda: cpo.clock.now().utc)


async def peer(cpo: Cpo, emsp: Emsp) -> Peer:
    await befriend(cpo, emsp)
    record = cpo.registry.record("msp")
    assert record is not None
    return record.peer
