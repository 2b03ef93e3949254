"""What a card and a bill cost the processor: the near end of `hwsim bench ocpi`, which prints what this measures.

python tests/figures/ocpi_work.py decide TOKENS TAPS   p50 and p99 of a card's decision, in milliseconds
python tests/figures/ocpi_work.py price CDRS           CDRs priced in a second, 20 elements in the tariff
"""

import asyncio
import json
import sys
import tempfile
import time
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

from plant import MIDNIGHT, READER, Plant, policy, site
from roaming import a_token

from gateway.cli.repricing import reprice
from gateway.core.decide import decide
from gateway.core.identifiers import TokenUid
from gateway.core.observations import CardPresented
from gateway.core.rows import CdrRow
from gateway.core.tariff import ComponentType, PriceComponent, Restrictions, Tariff, TariffElement
from gateway.journal.journal import open_journal
from gateway.ocpi.peer import Peer, PeerRecord, Standing
from gateway.ocpi.priced_cdr import read_cdr
from gateway.ocpi.reading import decode
from gateway.ocpi.token_list import SyncMark
from gateway.ocpi.v2_2_1.token_object import read_token
from gateway.projection import project
from gateway.registry.registry import open_registry

ELEMENTS = 20
PAGE = 500


async def measure_decisions(tokens: int, taps: int) -> tuple[float, float]:
    """Return p50 and p99 of what lies between a card's uid and the facts it leads to."""
    with tempfile.TemporaryDirectory() as folder:
        async with (
            open_journal(Path(folder, "journal.sqlite"), project) as journal,
            open_registry(Path(folder, "registry.sqlite"), journal) as registry,
        ):
            await registry.keep(PeerRecord(Peer("msp", Standing.REGISTERED, MIDNIGHT), ()))
            for first in range(0, tokens, PAGE):
                page = [read_token(json.dumps(a_token(f"{n:014X}")).encode()) for n in range(first, first + PAGE)]
                await registry.keep_page("msp", page, SyncMark())
            plant = Plant()
            plant.wait(2)
            world, spent = replace(plant.world, tokens=registry.cards(())), []
            for tap in range(taps):
                card = CardPresented(READER, plant.now, TokenUid(f"{tap * 7919 % tokens:014X}"))
                began = time.thread_time_ns()
                _, facts = decide(world, card)
                spent.append(time.thread_time_ns() - began)
                assert facts
    spent.sort()
    return spent[taps // 2] / 1e6, spent[taps * 99 // 100] / 1e6


def measure_pricing(cdrs: int) -> float:
    """Return how many CDRs of a long charge are read and priced in a second."""
    tariff = _tariff()
    place = site(tariff_id=tariff.id)
    plant = Plant(policy=policy(tariff_id=tariff.id), site=place, tariffs=(tariff,))
    plant.charge(seconds=3600)
    plant.tap()
    plant.wait(5)
    body = next(row.body for row in project(plant.facts) if isinstance(row, CdrRow))
    zone = ZoneInfo(place.time_zone)
    began = time.perf_counter()
    for _ in range(cdrs):
        repriced = reprice(read_cdr(decode(body)), None, "2.2.1", zone, zone_is_given=True)
        assert repriced.costs.total.excl_vat > 0
    return cdrs / (time.perf_counter() - began)


def _tariff() -> Tariff:
    """Prices that climb with the energy: every element but the last is restricted, as in real tariffs with many."""
    elements = [
        TariffElement(
            (PriceComponent(ComponentType.ENERGY, Decimal("0.30") + Decimal(n) / 100, 1, Decimal(20)),),
            Restrictions(min_kwh=Decimal(n) / 2, max_kwh=Decimal(n + 1) / 2),
        )
        for n in range(ELEMENTS - 1)
    ]
    last = TariffElement((PriceComponent(ComponentType.ENERGY, Decimal("0.60"), 1, Decimal(20)),))
    return Tariff(id="MANY", currency="EUR", elements=(*elements, last), last_updated=MIDNIGHT)


if __name__ == "__main__":
    verb, *numbers = sys.argv[1:]
    if verb == "decide":
        print(*asyncio.run(measure_decisions(*map(int, numbers))))  # noqa: T201
    else:
        print(measure_pricing(*map(int, numbers)))  # noqa: T201
