"""Each private pcscd is alone: its own socket, readers and ports, and nothing left behind."""

import asyncio
import os
import sys

import pytest
from hwsim.cards import VirtualCard
from hwsim.pcscd import Pcscd

pytestmark = pytest.mark.slow

LIST_READERS = """
from smartcard import scard
_, context = scard.SCardEstablishContext(scard.SCARD_SCOPE_SYSTEM)
for name in scard.SCardListReaders(context, [])[1]:
    print(name)
"""
DEADLINE_S = 15.0


async def readers_seen_by_a_client_of(pcscd: Pcscd) -> list[str]:
    client = await asyncio.create_subprocess_exec(
        sys.executable, "-c", LIST_READERS, env={**os.environ, **pcscd.environment}, stdout=asyncio.subprocess.PIPE
    )
    async with asyncio.timeout(DEADLINE_S):
        out, _ = await client.communicate()
    return out.decode().splitlines()


async def test_two_run_side_by_side_and_each_has_its_own_readers() -> None:
    async with Pcscd(("Left", "Right")) as first, Pcscd(("Gate",)) as second:
        assert await readers_seen_by_a_client_of(first) == ["Left 00 00", "Left 00 01", "Right 00 00", "Right 00 01"]
        assert await readers_seen_by_a_client_of(second) == [slot.name for slot in second.slots]
        ports = [slot.port for slot in (*first.slots, *second.slots)]
        assert len(set(ports)) == 6


async def test_slots_and_socket_stay_the_same_over_a_crash_and_cards_stay_where_they_lie() -> None:
    async with Pcscd() as pcscd, VirtualCard(b"\xde\xad\xbe\xef").on(pcscd.slots[1].port) as card:
        before = (pcscd.slots, pcscd.environment)
        async with asyncio.timeout(DEADLINE_S):
            await card.seen(times=1)
            await pcscd.kill()
            await pcscd.start()
            await card.seen(times=1)
        assert (pcscd.slots, pcscd.environment) == before


async def test_it_leaves_nothing_behind() -> None:
    async with Pcscd() as pcscd:
        assert pcscd.home.exists()
    assert not pcscd.home.exists()


async def test_without_readers_plugged_in_clients_see_none() -> None:
    pcscd = Pcscd()
    try:
        await pcscd.start(plugged=False)
        assert await readers_seen_by_a_client_of(pcscd) == []
    finally:
        await pcscd.close()
