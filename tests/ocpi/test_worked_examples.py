"""R-48: the bills that the specification works out come to what it says, as far as they are at hand."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from ocpi.reference import example, reference

from gateway.core.pricing import Costs, price_each
from gateway.ocpi.priced_cdr import read_cdr
from gateway.ocpi.reading import decode

IDS = (
    "W02", "W04", "W06", "W08", "W10", "W12", "W14", "W16", "W18",
    "W20", "W22", "W24", "W26", "W28", "W30", "W32", "W34",
)  # fmt: skip
MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
# The specification prints this one in whole cents; it is 4.997.
ROUNDED_TO_CENTS = {"W10"}


def case_of(name: str) -> dict[str, Any]:
    cases = json.loads(reference("ocpi-worked-examples.json").read_bytes())["cases"]
    [found] = [case for case in cases if case["id"] == name]
    assert isinstance(found, dict)
    return found


def tariff_of(case: dict[str, Any]) -> dict[str, Any]:
    if "tariff" in case:
        return example(case.get("version", "2.2.1"), case["tariff"]) | {"id": "T"}
    given = case["inline"] if isinstance(case["inline"], list) else [case["inline"]]
    elements = []
    for each in given:
        component = {name: value for name, value in each.items() if name not in {"from", "until"}}
        hours = {"start_time": each.get("from"), "end_time": each.get("until")}
        elements.append({"price_components": [component], "restrictions": hours})
    return {"id": "T", "currency": "EUR", "elements": elements, "last_updated": "2026-01-01T00:00:00Z"}


def cdr_of(case: dict[str, Any]) -> dict[str, Any]:
    clock = case.get("local_start", "12:00").split()[-1]
    start = datetime.combine(MONDAY.date(), datetime.strptime(clock, "%H:%M").time(), tzinfo=UTC)  # noqa: DTZ007 - its zone is added
    marks = {"<17:00": 4 * 60, ">=17:00": 5 * 60}
    periods = []
    for begin, volumes in case["periods"]:
        at = start + timedelta(minutes=marks.get(begin, begin))
        in_hours = {name: volume / 60 if name.endswith("TIME") else volume for name, volume in volumes.items()}
        dimensions = [{"type": name, "volume": round(volume, 4)} for name, volume in in_hours.items()]
        periods.append({"start_date_time": f"{at:%Y-%m-%dT%H:%M:%SZ}", "dimensions": dimensions, "tariff_id": "T"})
    return {"tariffs": [tariff_of(case)], "charging_periods": periods}


def bill(case: dict[str, Any]) -> Costs:
    cdr = read_cdr(decode(json.dumps(cdr_of(case)).encode()))
    return price_each(cdr.periods, [cdr.tariffs["t"]] * len(cdr.periods), cdr.end, ZoneInfo("UTC"))


def is_near(amount: Decimal | None, printed: float, case: dict[str, Any]) -> bool:
    assert amount is not None
    tolerance = Decimal("0.005") if case["id"] in ROUNDED_TO_CENTS else Decimal("0.0001")
    return abs(amount - Decimal(str(printed))) <= tolerance


@pytest.mark.parametrize("name", IDS)
def test_r48_a_worked_example_costs_what_the_specification_says(name: str) -> None:
    case = case_of(name)

    total = bill(case).total

    if "expect_including_taxes" in case:
        assert is_near(total.incl_vat, case["expect_including_taxes"], case)
        return
    excl_vat, incl_vat = case["expect"]
    assert is_near(total.excl_vat, excl_vat, case)
    assert incl_vat is None or is_near(total.incl_vat, incl_vat, case)


def test_r48_what_is_stepped_is_stepped_once_and_in_the_last_element() -> None:
    energy = bill(case_of("W30")).lines
    time = bill(case_of("W32")).lines

    assert sum(line.billed_volume for line in energy) == Decimal("5.5")
    assert [line.billed_volume * 60 for line in time] == [Decimal(21), pytest.approx(Decimal(20), abs=Decimal("0.01"))]


def test_r48_no_worked_example_is_forgotten() -> None:
    cases = json.loads(reference("ocpi-worked-examples.json").read_bytes())["cases"]

    assert tuple(case["id"] for case in cases) == IDS
