"""A registered peer asks which CDRs it was owed, and has some sent again: beside OCPI's modules."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
from scenarios.box import TurnedClock

from gateway.core.identifiers import BackendName, CdrId
from gateway.core.inventory import Entry, Inventory, Standing
from gateway.core.observations import CdrsWanted, Observation
from gateway.ocpi.peer import Caller, Peer, Purpose, TokenForm
from gateway.ocpi.peer import Standing as PeerStanding
from gateway.reconciling import Reconciler
from gateway.web.ocpi_inventory import InventorySender
from gateway.web.ocpi_module import Asked

URL = "https://cpo.example.com/ocpi/inventory"
BACKEND = BackendName("operator")


@dataclass
class Shelf:
    """Three CDRs, the middle one still due; what is wanted again is noted."""

    wanted: list[Observation] = field(default_factory=list)

    async def inventory(self, backend: BackendName, first: int, last: int, limit: int) -> Inventory:
        assert backend == BACKEND
        standings = (Standing.DELIVERED, Standing.DUE, Standing.PARKED)
        entries = [Entry(n, CdrId(f"C{n}"), f"{n:064x}", standing) for n, standing in enumerate(standings, start=1)]
        return Inventory(
            3, entries[0].digest, entries[-1].digest, tuple(e for e in entries if first <= e.number <= last)[:limit]
        )

    async def put_and_wait(self, observation: Observation) -> None:
        self.wanted.append(observation)


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


async def ask(shelf: Shelf, method: str = "GET", *, peer: str = "msp", body: bytes = b"", **query: str) -> Any:
    reconciler = Reconciler(shelf, shelf, TurnedClock(), monotonic=lambda: 0.0)  # type: ignore[arg-type]
    module = InventorySender(reconciler, lambda: {"msp": BACKEND})
    caller = Caller(
        Peer(peer, PeerStanding.REGISTERED, datetime(2026, 3, 1, tzinfo=UTC)), Purpose.CURRENT, TokenForm.BASE64, "T"
    )
    return await module.answer(Asked(method, ("cdrs",), query, {}, caller, URL, body))


async def test_a_backend_sees_its_numbers_ids_digests_and_states(shelf: Shelf) -> None:
    reply = await ask(shelf, **{"from": "2", "to": "2"})

    line = b'{"number":2,"id":"C2","digest":"%s","state":"due"}' % (f"{2:064x}".encode())
    assert line in reply.data
    assert b'"count":3' in reply.data


async def test_what_it_wants_again_is_owed_unless_it_is_on_its_way_already(shelf: Shelf) -> None:
    reply = await ask(shelf, "POST", body=b'{"resend":[3,2,1,9]}')

    (wanted,) = shelf.wanted
    assert isinstance(wanted, CdrsWanted)
    assert wanted.cdrs == ((1, "C1"), (3, "C3"))
    assert reply.data == b'{"resend":[1,2,3],"unknown":[9]}'


async def test_a_peer_that_is_no_backend_of_ours_finds_nothing(shelf: Shelf) -> None:
    assert (await ask(shelf, peer="stranger")).status == 404


@pytest.mark.parametrize("body", [b"[]", b'{"resend":[0]}', b'{"resend":"all"}', b'{"send":[1]}', b"\xff"])
async def test_what_cannot_be_understood_is_refused_in_a_line(shelf: Shelf, body: bytes) -> None:
    reply = await ask(shelf, "POST", body=body)

    assert reply.code == 2001
    assert shelf.wanted == []


async def test_a_backend_that_wants_everything_again_and_again_is_told_to_wait() -> None:
    shelf, now = Shelf(), [0.0]
    reconciler = Reconciler(shelf, shelf, TurnedClock(), monotonic=lambda: now[0])  # type: ignore[arg-type]
    module = InventorySender(reconciler, lambda: {"msp": BACKEND})
    peer = Peer("msp", PeerStanding.REGISTERED, datetime(2026, 3, 1, tzinfo=UTC))
    caller = Caller(peer, Purpose.CURRENT, TokenForm.BASE64, "T")
    asked = Asked("POST", ("cdrs",), {}, {}, caller, URL, b'{"resend":[1,3]}')
    for _ in range(1000):
        assert (await module.answer(asked)).code == 1000

    refused = await module.answer(asked)
    now[0] = 3600.0
    later = await module.answer(asked)

    assert (refused.code, refused.message) == (2001, "more than 2000 CDRs within an hour: ask again in 3601 s")
    assert later.code == 1000
