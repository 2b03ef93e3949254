"""`price` needs no config and no daemon: any CDR in, what it should cost out."""

import asyncio
import json
import re
import sys
from typing import Any

import pytest
from cli.priced import CDR, TARIFF, Command, cdr, tariff, without_tariff_id


@pytest.fixture
def price(tmp_path: Any, capsys: pytest.CaptureFixture[str]) -> Command:
    return Command(tmp_path, capsys)


def test_a_bill_is_explained_line_by_line(price: Command) -> None:
    stated = {"total_cost": {"excl_vat": 7, "incl_vat": 7.9}, "total_energy_cost": {"excl_vat": 5.5}}

    code, out, err = price(price.file("cdr.json", cdr(**stated)), "--time-zone", "Europe/Berlin")

    assert (code, err) == (0, "")
    assert out.splitlines() == [
        "CDR CDR-1",
        "OCPI 2.2.1, EUR, times in Europe/Berlin",
        "",
        "PERIOD FROM          PRICED BY       USED",
        "2026-03-01 11:00:00  elements[0][1]  energy 20 kWh, time 1.5 h",
        "2026-03-01 12:30:00  elements[0][1]  parking time 0.5 h",
        "",
        "COST        ELEMENT  USED  BILLED  PRICE   VAT  EXCL. VAT  INCL. VAT",
        "fee               0     1       1   0.50  20 %       0.50       0.60",
        "energy kWh        0    20      20   0.25  10 %       5.00       5.50",
        "parking h         1   0.5     0.5   3.00  20 %       1.50       1.80",
        "",
        "TOTAL               EXCL. VAT  INCL. VAT  IN THE CDR",
        "total_cost               7.00       7.90  the same",
        "total_fixed_cost         0.50       0.60  -",
        "total_energy_cost        5.00       5.50  DIFFERS: 5.50",
        "total_parking_cost       1.50       1.80  -",
    ]


def test_a_bill_fits_eighty_columns(price: Command) -> None:
    crowded = [
        {"type": kind, "volume": 12.3456} for kind in ("ENERGY", "TIME", "MAX_CURRENT", "MIN_POWER", "MAX_POWER")
    ]
    periods = [{**CDR["charging_periods"][0], "dimensions": crowded}]
    stated = {"total_cost": {"excl_vat": 12345.6789, "incl_vat": 23456.7891}}

    code, out, _ = price(price.file("cdr.json", cdr(id="x" * 39, charging_periods=periods, **stated)))

    assert code == 0
    assert max(len(line) for line in out.splitlines()) <= 80


def test_the_answer_as_json_has_every_total_in_the_shape_of_2_2_1(price: Command) -> None:
    answer = price.priced(CDR)

    assert {name: answer[name] for name in answer if name.startswith("total_")} == {
        "total_cost": {"excl_vat": 7, "incl_vat": 7.9},
        "total_fixed_cost": {"excl_vat": 0.5, "incl_vat": 0.6},
        "total_energy_cost": {"excl_vat": 5, "incl_vat": 5.5},
        "total_time_cost": {"excl_vat": 0, "incl_vat": 0},
        "total_parking_cost": {"excl_vat": 1.5, "incl_vat": 1.8},
        "total_reservation_cost": {"excl_vat": 0, "incl_vat": 0},
    }
    assert (answer["version"], answer["currency"], answer["differences"], answer["notes"]) == ("2.2.1", "EUR", [], [])


def test_the_same_in_the_shape_of_2_3_0_names_each_tax(price: Command) -> None:
    answer = price.priced(CDR, "--version", "2.3.0")

    assert answer["total_cost"] == {
        "before_taxes": 7,
        "taxes": [
            {"name": "VAT", "percentage": 10, "amount": 0.5},
            {"name": "VAT", "percentage": 20, "amount": 0.4},
        ],
    }
    assert answer["total_time_cost"] == {"before_taxes": 0, "taxes": []}


def test_a_price_that_includes_taxes_is_what_the_driver_pays(price: Command) -> None:
    components = [{"type": "ENERGY", "price": 0.55, "vat": 10, "step_size": 1}]
    with_tax = tariff(elements=[{"price_components": components}], tax_included="YES")

    answer = price.priced(cdr(tariffs=[with_tax]))

    assert answer["version"] == "2.3.0"
    assert answer["total_cost"] == {
        "before_taxes": 10,
        "taxes": [{"name": "VAT", "percentage": 10, "amount": 1}],
    }


def test_where_no_taxes_apply_a_rate_changes_nothing(price: Command) -> None:
    answer = price.priced(cdr(tariffs=[tariff(tax_included="N/A")]))

    assert answer["total_cost"] == {"before_taxes": 7, "taxes": []}


def test_the_limits_of_2_3_0_are_read(price: Command) -> None:
    limited = tariff(tax_included="NO", max_price={"before_taxes": 5, "after_taxes": 5.5})

    answer = price.priced(cdr(tariffs=[limited]))

    assert answer["total_cost"] == {"before_taxes": 5, "taxes": [{"name": "VAT", "amount": 0.5}]}


def test_a_given_tariff_prices_every_period(price: Command) -> None:
    other = tariff(id="OTHER", elements=[{"price_components": [{"type": "ENERGY", "price": 1, "step_size": 1}]}])

    answer = price.priced(
        cdr(charging_periods=without_tariff_id(0)),
        "--tariff",
        price.file("tariff.json", {"data": other, "status_code": 1000}),
    )

    assert answer["total_cost"] == {"excl_vat": 20, "incl_vat": 20}


def test_each_period_has_the_tariff_it_names(price: Command) -> None:
    night = tariff(id="NIGHT", elements=[{"price_components": [{"type": "PARKING_TIME", "price": 1, "step_size": 1}]}])
    first, second = CDR["charging_periods"]

    answer = price.priced(cdr(tariffs=[TARIFF, night], charging_periods=[first, second | {"tariff_id": "night"}]))

    assert (answer["total_cost"]["excl_vat"], answer["total_parking_cost"]["excl_vat"]) == (6, 0.5)
    assert {line["tariff_id"] for line in answer["lines"]} == {"T1", "NIGHT"}


def test_a_period_that_names_no_tariff_is_free_and_it_is_said_so(price: Command) -> None:
    answer = price.priced(cdr(charging_periods=without_tariff_id(1)))

    assert answer["total_parking_cost"]["excl_vat"] == 0
    assert answer["notes"] == ["a period that names no tariff is free, as the specification has it"]


def test_where_no_period_names_one_the_only_tariff_is_meant_and_it_is_said_so(price: Command) -> None:
    answer = price.priced(cdr(charging_periods=without_tariff_id(0, 1)))

    assert answer["total_cost"]["excl_vat"] == 7
    assert answer["notes"] == ["no period names a tariff; all are priced with the only one in the CDR"]


def test_the_only_tariff_prices_what_names_another_and_it_is_said_so(price: Command) -> None:
    answer = price.priced(cdr(tariffs=[tariff(id="OTHER")]))

    assert answer["total_cost"]["excl_vat"] == 7
    assert answer["notes"] == ["a period names a tariff that is not in the CDR; it is priced with the only one there"]


def test_a_cdr_without_tariff_costs_nothing_and_it_is_said_so(price: Command) -> None:
    answer = price.priced(cdr(tariffs=[], charging_periods=without_tariff_id(0, 1)))

    assert answer["total_cost"] == {"excl_vat": 0, "incl_vat": 0}
    assert "give one with --tariff" in answer["notes"][0]


def test_times_of_day_are_those_of_the_zone(price: Command) -> None:
    components = [{"type": "ENERGY", "price": 1, "step_size": 1}]
    late = tariff(elements=[{"price_components": components, "restrictions": {"start_time": "11:00"}}])

    assert price.priced(cdr(tariffs=[late]), "--time-zone", "Europe/Berlin")["total_cost"]["excl_vat"] == 20
    in_utc = price.priced(cdr(tariffs=[late]))
    assert in_utc["total_cost"]["excl_vat"] == 0
    assert "--time-zone" in in_utc["notes"][0]


def test_totals_that_differ_are_named_with_both_amounts(price: Command) -> None:
    stated = {"total_cost": {"before_taxes": 6.5, "taxes": [{"name": "VAT", "amount": 0.9}]}}

    [difference] = price.priced(cdr(tariffs=[tariff(tax_included="NO")], **stated))["differences"]

    assert difference == {
        "field": "total_cost",
        "cdr": {"before_taxes": 6.5, "taxes": [{"name": "VAT", "amount": 0.9}]},
        "computed": {
            "before_taxes": 7,
            "taxes": [
                {"name": "VAT", "percentage": 10, "amount": 0.5},
                {"name": "VAT", "percentage": 20, "amount": 0.4},
            ],
        },
    }


@pytest.mark.parametrize(("stated", "differs"), [(7, False), (7.004, True), (7.01, True), (7.0001, True), (6.99, True)])
def test_a_total_differs_from_the_fourth_decimal_on(price: Command, stated: float, differs: bool) -> None:  # noqa: FBT001 - what the table says
    answer = price.priced(cdr(total_cost={"excl_vat": stated}))

    assert bool(answer["differences"]) is differs


def test_a_total_in_whole_cents_may_be_rounded(price: Command) -> None:
    energy = [{"type": "ENERGY", "price": 0.33333, "step_size": 1}]

    answer = price.priced(cdr(tariffs=[tariff(elements=[{"price_components": energy}])], total_cost={"excl_vat": 6.67}))

    assert answer["total_cost"]["excl_vat"] == 6.6666
    assert answer["differences"] == []


def test_a_credit_cdr_has_a_negative_total(price: Command) -> None:
    answer = price.priced(cdr(credit=True, total_cost={"excl_vat": -7, "incl_vat": -7.9}))

    assert answer["total_cost"] == {"excl_vat": -7, "incl_vat": -7.9}
    assert answer["total_energy_cost"] == {"excl_vat": 5, "incl_vat": 5.5}
    assert answer["differences"] == []


async def test_an_envelope_and_stdin_will_do() -> None:
    sent = json.dumps({"data": [CDR], "status_code": 1000, "timestamp": "2026-03-01T12:00:01Z"}).encode()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "gateway", "price", "-", "--json"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )

    out, _ = await process.communicate(sent)

    assert (process.returncode, json.loads(out)["total_cost"]["excl_vat"]) == (0, 7)


def test_what_has_nothing_to_do_with_the_price_may_be_missing_null_or_strange(price: Command) -> None:
    strange = {"cdr_token": 5, "cdr_location": None, "x": [], "total_time_cost": None, "end_date_time": ...}
    fields = {"country_code": ..., "last_updated": ..., "type": "NEW", "preauthorize_amount": 5, "min_price": None}

    answer = price.priced(cdr(tariffs=[tariff(**fields)], **strange))

    assert answer["total_cost"]["excl_vat"] == 7


def test_volumes_that_do_not_add_up_are_noted(price: Command) -> None:
    notes = price.priced(cdr(total_energy=21, total_time=2, total_parking_time=0.5))["notes"]

    assert notes == ["total_energy is 21 kWh, but the periods add up to 20 kWh"]


@pytest.mark.parametrize(
    ("restriction", "dimension", "notes"),
    [
        ("max_current", {"type": "ENERGY", "volume": 1}, ["current, which 2 of 2"]),
        (
            "min_current",
            {"type": "MAX_CURRENT", "volume": 16},
            ["current, which 1 of 2"],
        ),
        ("min_power", {"type": "MAX_POWER", "volume": 11}, ["power, which 1 of 2"]),
        ("min_power", {"type": "ENERGY", "volume": 1}, ["power, which 1 of 2"]),
        ("min_kwh", {"type": "ENERGY", "volume": 1}, []),
    ],
)
def test_it_is_said_where_nobody_can_tell_which_element_applies(
    price: Command, restriction: str, dimension: dict[str, Any], notes: list[str]
) -> None:
    """A mean power follows from energy and time; a current does not."""
    dearer = {**TARIFF["elements"][0], "restrictions": {restriction: 10}}
    first, second = CDR["charging_periods"]
    periods = [first | {"dimensions": [dimension, {"type": "TIME", "volume": 1.5}]}, second]

    answer = price.priced(cdr(tariffs=[tariff(elements=[dearer, *TARIFF["elements"]])], charging_periods=periods))

    found = [re.findall("(?:current|power), which . of .", note) for note in answer["notes"]]
    assert [words for [words] in found] == notes


def test_an_end_before_the_last_period_is_passed_over_and_it_is_said_so(price: Command) -> None:
    answer = price.priced(cdr(end_date_time="2015-06-29T23:37:32Z"))

    assert answer["total_cost"]["excl_vat"] == 7
    assert answer["notes"] == ["end_date_time lies before the start of the last period; it is passed over"]


def test_periods_are_priced_in_the_order_of_their_starts(price: Command) -> None:
    answer = price.priced(cdr(charging_periods=CDR["charging_periods"][::-1]))

    assert answer["total_cost"]["excl_vat"] == 7
    assert "order" in answer["notes"][0]
