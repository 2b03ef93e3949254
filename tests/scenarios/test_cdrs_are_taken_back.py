"""A CDR that was sent is taken back: the credit CDR, what takes its place, and everything that is refused."""

import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from scenarios.box import Box, running_box
from web.garage_day import TARIFF

from gateway.core.delivery import ObjectKind
from gateway.core.facts_backends import CdrCredited
from gateway.core.tariff import Tariff, TariffElement
from gateway.journal.replay import replay
from gateway.projection import project
from gateway.web.credit_api import CreditDesk

# Whole charges, for each test anew.
pytestmark = pytest.mark.slow

CHEAP = replace(TARIFF, id="CHEAP", elements=(TariffElement(TARIFF.elements[0].price_components[:1]),))


@dataclass
class Office:
    """A box that has charged once, and the desk at which its CDR is disputed."""

    box: Box
    client: "TestClient[Any, Any]"
    path: Path

    async def credit(self, cdr_id: str, **order: Any) -> tuple[int, str]:
        async with self.client.post(
            f"/cdrs/{cdr_id}/credit", data=json.dumps({"reason": "wrong price", **order})
        ) as got:
            return got.status, await got.text()

    async def cdrs(self) -> list[Mapping[str, Any]]:
        rows = await self.box.journal.cdrs(10)
        return [json.loads(row.body, parse_float=Decimal) for row in reversed(rows)]

    async def original(self) -> str:
        return str((await self.cdrs())[0]["id"])


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    tariffs: tuple[Tariff, ...] = (TARIFF, CHEAP)
    path = tmp_path / "journal.sqlite"
    async with running_box(path, tariffs=tariffs) as box:
        await box.charge(600)
        await box.backend.wait_for(ObjectKind.CDR, 1)
        application = web.Application()
        desk = CreditDesk(box.journal, box.site.inbox, box.clock.now, lambda: tariffs)
        application.add_routes(desk.routes())
        async with TestClient(TestServer(application)) as client:
            yield Office(box, client, path)
    assert replay(path, project).is_equal


async def test_r_45_a_credit_cdr_has_its_own_id_and_negates_the_total_cost_alone(office: Office) -> None:
    first = await office.original()
    status, words = await office.credit(first)
    assert (status, f"{first} is credited by {first}-C" in words) == (200, True)
    sent, credit = await office.cdrs()
    assert (credit["id"], credit["credit"], credit["credit_reference_id"]) == (f"{first}-C", True, first)
    assert credit["total_cost"] == {name: -amount for name, amount in sent["total_cost"].items()}
    assert credit["remark"] == "wrong price"
    assert credit["last_updated"] >= sent["last_updated"]
    same = sent.keys() - {"id", "total_cost", "remark", "last_updated"}
    assert {name: credit[name] for name in same} == {name: sent[name] for name in same}


async def test_a_credit_cdr_goes_to_the_backend_as_every_cdr_does(office: Office) -> None:
    await office.credit(await office.original())
    await office.box.backend.wait_for(ObjectKind.CDR, 2)
    sent = office.box.backend.of(ObjectKind.CDR)[-1]
    assert sent.object_id == f"{await office.original()}-C"
    assert sent.link is not None
    assert sent.link.number == 2


async def test_r_45_a_cdr_is_replaced_by_one_with_another_tariff(office: Office) -> None:
    first = await office.original()
    status, words = await office.credit(first, replace={"tariff": "CHEAP"})
    sent, credit, anew = await _in_order(office)
    assert status == 200
    assert anew["id"] in words
    assert anew["id"] not in {sent["id"], credit["id"]}
    assert len(anew["id"]) <= 36
    assert not {"credit", "credit_reference_id"} & anew.keys()
    assert (anew["tariffs"][0]["id"], anew["charging_periods"][0]["tariff_id"]) == ("CHEAP", "CHEAP")
    assert anew["total_cost"] == {"excl_vat": 1, "incl_vat": Decimal("1.2")}
    assert anew["total_energy"] == sent["total_energy"]
    assert anew["session_id"] == sent["session_id"]


async def _in_order(office: Office) -> list[Mapping[str, Any]]:
    """Return the CDR, its credit and its replacement."""
    found = await office.cdrs()
    first = next(cdr for cdr in found if "credit" not in cdr and "replaces" not in cdr.get("remark", ""))
    credit = next(cdr for cdr in found if cdr.get("credit"))
    return [first, credit, next(cdr for cdr in found if "replaces" in cdr.get("remark", ""))]


async def test_a_cdr_is_replaced_by_one_with_the_energy_that_evidence_shows(office: Office) -> None:
    await office.credit(await office.original(), replace={"energy_wh": 1001})
    sent, _, anew = await _in_order(office)
    assert sent["total_energy"] != anew["total_energy"] == Decimal("1.001")
    parts = [each for period in anew["charging_periods"] for each in period["dimensions"]]
    volumes = [each["volume"] for each in parts if each["type"] == "ENERGY"]
    assert sum(volumes) == Decimal("1.001")
    assert anew["total_energy_cost"]["excl_vat"] == Decimal("0.5005")


async def test_a_replacement_can_be_taken_back_itself(office: Office) -> None:
    await office.credit(await office.original(), replace={"tariff": "CHEAP"})
    _, _, anew = await _in_order(office)
    status, _ = await office.credit(anew["id"])
    assert status == 200
    assert {cdr["id"] for cdr in await office.cdrs()} >= {f"{anew['id']}-C"}


@pytest.mark.parametrize(
    ("order", "said"),
    [
        ({"replace": {}}, "a replacement needs another tariff"),
        ({"replace": {"tariff": "DEAR"}}, "there is no tariff DEAR in tariffs_file; there are: STANDARD, CHEAP"),
        ({"replace": {"energy_wh": -1}}, "-1 Wh cannot have been charged"),
        ({"replace": {"energy_wh": 20240}}, "20240 Wh cannot have been charged; give 0 to 40"),
        ({"replace": {"energy_wh": 10**24}}, "cannot have been charged"),
        ({"reason": ""}, "remark: is empty"),
        ({"reason": "   "}, "remark: is empty"),
        ({"reason": "x" * 256}, "OCPI allows at most 255"),
        ({"colour": 1}, "unknown field"),
    ],
)
async def test_an_order_that_cannot_be_carried_out_is_refused_in_a_line(
    office: Office, order: Mapping[str, Any], said: str
) -> None:
    status, words = await office.credit(await office.original(), **order)
    assert status == 409
    assert said in words
    assert len(await office.cdrs()) == 1


async def test_a_cdr_is_taken_back_once_and_a_credit_cdr_never(office: Office) -> None:
    first = await office.original()
    await office.credit(first)
    assert await office.credit(first) == (409, f"{first} is credited already, by {first}-C: wrong price")
    status, words = await office.credit(f"{first}-C")
    assert (status, "is a credit CDR" in words) == (409, True)
    assert (await office.credit("nothing"))[0] == 404
    assert len([fact for fact in await office.box.facts() if isinstance(fact.body, CdrCredited)]) == 1
