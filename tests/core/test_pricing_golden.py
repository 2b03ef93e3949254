"""Each folder under golden/prices is a bill somebody worked out by hand; adding a case is adding a folder."""

import json
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from gateway.core.charging_periods import ChargingPeriod, Dimension, DimensionType
from gateway.core.pricing import CostLine, Costs, price
from gateway.core.tariff import ComponentType, Price
from gateway.ocpi.dialects import parse_site_tariffs

PRICES = Path(__file__).parents[1] / "golden" / "prices"
STORIES = sorted(folder.name for folder in PRICES.iterdir())
PARTS = ("total", "fixed", "energy", "time", "parking", "reservation", "adjustment")


def costs_of(story: str) -> Costs:
    folder = PRICES / story
    (tariff,) = parse_site_tariffs(b"[" + (folder / "tariff.json").read_bytes() + b"]")
    charge = json.loads((folder / "periods.json").read_bytes(), parse_float=Decimal, parse_int=Decimal)
    periods = [
        ChargingPeriod(
            start=datetime.fromisoformat(period["start_date_time"]),
            dimensions=tuple(Dimension(DimensionType(each["type"]), each["volume"]) for each in period["dimensions"]),
            tariff_id=period["tariff_id"],
        )
        for period in charge["periods"]
    ]
    return price(tariff, periods, datetime.fromisoformat(charge["end"]), ZoneInfo(charge["zone"]))


def expected_of(story: str) -> dict[str, Any]:
    expected: dict[str, Any] = json.loads((PRICES / story / "expected.json").read_bytes())
    return expected


def amount(written: list[str | None] | None) -> Price | None:
    if written is None or written[0] is None:
        return None
    return Price(Decimal(written[0]), None if written[1] is None else Decimal(written[1]))


def as_written(line: CostLine) -> dict[str, Any]:
    values = {"volume": line.volume, "billed_volume": line.billed_volume, "excl_vat": line.cost.excl_vat}
    return {"type": line.type, "element": line.element, **values, "incl_vat": line.cost.incl_vat}


def expected_line(written: dict[str, Any]) -> dict[str, Any]:
    values = {name: Decimal(written[name]) for name in ("volume", "billed_volume", "excl_vat", "incl_vat")}
    return {"type": ComponentType(written["type"]), "element": written["element"], **values}


@pytest.mark.parametrize("story", STORIES)
def test_a_charge_costs_what_it_costs_by_hand(story: str) -> None:
    costs, expected = costs_of(story), expected_of(story)

    assert {part: getattr(costs, part) for part in PARTS} == {part: amount(expected[part]) for part in PARTS}


@pytest.mark.parametrize("story", STORIES)
def test_the_lines_explain_the_bill(story: str) -> None:
    costs, expected = costs_of(story), expected_of(story)

    assert [as_written(line) for line in costs.lines] == [expected_line(line) for line in expected["lines"]]


def test_there_are_bills_to_check() -> None:
    assert len(STORIES) >= 20
