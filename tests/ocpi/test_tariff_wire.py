"""Tariffs cross the wire digit by digit; a tariff that cannot be meant is refused with its path."""

import json
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.identifiers import Party
from gateway.core.tariff import (
    ComponentType,
    DayOfWeek,
    Price,
    PriceComponent,
    ReservationRestriction,
    Restrictions,
    Tariff,
    TariffElement,
    TaxIncluded,
)
from gateway.ocpi.v2_2_1.tariff import TariffsInvalid, parse_tariffs, to_wire

PARTY = Party("DE", "ABC")
MOMENT = datetime(2026, 1, 1, 12, 30, 5, tzinfo=UTC)

numbers = st.decimals(min_value=0, max_value=10**6, places=4)
clock_times = st.times().map(lambda at: at.replace(second=0, microsecond=0))
moments = st.datetimes(
    min_value=datetime(1970, 1, 1),  # noqa: DTZ001 - hypothesis wants naive bounds
    timezones=st.just(UTC),
).map(lambda at: at.replace(microsecond=0))
prices = st.builds(Price, numbers, st.none() | numbers)
plain = st.builds(
    Restrictions,
    start_time=st.none() | clock_times,
    end_time=st.none() | clock_times,
    start_date=st.none() | st.dates(),
    end_date=st.none() | st.dates(),
    min_kwh=st.none() | numbers,
    max_kwh=st.none() | numbers,
    min_current_a=st.none() | numbers,
    max_current_a=st.none() | numbers,
    min_power_kw=st.none() | numbers,
    max_power_kw=st.none() | numbers,
    min_duration_s=st.none() | st.integers(0, 10**6),
    max_duration_s=st.none() | st.integers(0, 10**6),
    day_of_week=st.lists(st.sampled_from(DayOfWeek), unique=True).map(tuple),
)
reserving = st.builds(Restrictions, reservation=st.sampled_from(ReservationRestriction))


def elements(types: list[ComponentType], restrictions: st.SearchStrategy[Restrictions]) -> Any:
    component = st.builds(
        PriceComponent,
        type=st.sampled_from(types),
        price=numbers,
        step_size=st.integers(0, 10_000),
        vat_percent=st.none() | numbers,
    )
    components = st.lists(component, min_size=1, unique_by=lambda each: each.type).map(tuple)
    return st.builds(TariffElement, components, restrictions)


tariffs = st.builds(
    Tariff,
    id=st.text(alphabet="ABCabc019-_.", min_size=1, max_size=36),
    currency=st.sampled_from(["EUR", "CHF", "SEK"]),
    elements=st.lists(
        elements(list(ComponentType), plain) | elements([ComponentType.FLAT, ComponentType.TIME], reserving), min_size=1
    ).map(tuple),
    last_updated=moments,
    min_price=st.none() | prices,
    max_price=st.none() | prices,
    start=st.none() | moments,
    end=st.none() | moments,
)


def written(**changes: Any) -> dict[str, Any]:
    component = {"type": "ENERGY", "price": 0.25, "step_size": 1}
    tariff = {"id": "T1", "currency": "EUR", "elements": [{"price_components": [component]}]}
    return tariff | {"last_updated": "2026-01-01T12:30:05Z"} | changes


def element(*components: dict[str, Any], **restrictions: Any) -> dict[str, Any]:
    usual = {"type": "ENERGY", "price": 0.25, "step_size": 1}
    return {"price_components": [usual | each for each in components or ({},)], "restrictions": restrictions}


def parse(*items: Any) -> tuple[Tariff, ...]:
    return parse_tariffs(json.dumps(items).encode())


@given(tariffs)
def test_a_tariff_comes_back_from_the_wire_as_it_was(tariff: Tariff) -> None:
    wire = msgspec.json.encode(to_wire(tariff, PARTY))

    assert parse_tariffs(b"[" + wire + b"]") == (tariff,)


def test_a_tariff_on_the_wire_has_ocpis_names_and_plain_numbers() -> None:
    tariff = Tariff(
        id="T1",
        currency="EUR",
        elements=(
            TariffElement(
                (PriceComponent(ComponentType.ENERGY, Decimal("0.30"), 1, Decimal("19.0")),),
                Restrictions(
                    start_time=time(8),
                    end_date=date(2027, 1, 1),
                    min_kwh=Decimal(10),
                    max_current_a=Decimal("16.5"),
                    min_power_kw=Decimal(11),
                    max_duration_s=1800,
                    day_of_week=(DayOfWeek.MONDAY,),
                ),
            ),
            TariffElement((PriceComponent(ComponentType.FLAT, Decimal("1E+1"), 1),)),
        ),
        last_updated=MOMENT,
        min_price=Price(Decimal("0.50")),
    )

    assert msgspec.json.encode(to_wire(tariff, PARTY)).decode() == (
        '{"country_code":"DE","party_id":"ABC","id":"T1","currency":"EUR","min_price":{"excl_vat":0.5},'
        '"elements":[{"price_components":[{"type":"ENERGY","price":0.3,"step_size":1,"vat":19}],'
        '"restrictions":{"start_time":"08:00","end_date":"2027-01-01","min_kwh":10,"max_current":16.5,"min_power":11,'
        '"max_duration":1800,"day_of_week":["MONDAY"]}},'
        '{"price_components":[{"type":"FLAT","price":10,"step_size":1}]}],"last_updated":"2026-01-01T12:30:05Z"}'
    )


def test_a_price_is_the_digits_that_stand_in_the_file() -> None:
    (tariff,) = parse_tariffs(
        b'[{"id":"T1","currency":"EUR","last_updated":"2026-01-01T12:30:05Z","elements":'
        b'[{"price_components":[{"type":"ENERGY","price":0.1,"step_size":1,"vat":8.1}]}]}]'
    )

    component = tariff.elements[0].price_components[0]
    assert (component.price, component.vat_percent) == (Decimal("0.1"), Decimal("8.1"))


def test_what_no_price_follows_from_survives_from_file_to_wire() -> None:
    passed_through = {
        "type": "REGULAR",
        "tariff_alt_text": [{"language": "en", "text": "cheap"}, {"language": "de", "text": "günstig"}],
        "tariff_alt_url": "https://a.example/tariffs/1",
        "energy_mix": {
            "is_green_energy": True,
            "energy_sources": [{"source": "WIND", "percentage": 99.9}, {"source": "SOLAR", "percentage": 0.1}],
            "supplier_name": "Vind",
        },
    }

    (tariff,) = parse(written(country_code="DE", party_id="XYZ", **passed_through))

    sent = json.loads(msgspec.json.encode(to_wire(tariff, PARTY)), parse_float=Decimal)
    expected = json.loads(json.dumps(passed_through), parse_float=Decimal)
    assert {name: sent.get(name) for name in passed_through} == expected
    assert (sent["party_id"], list(sent)[-1]) == ("ABC", "last_updated")


def test_r50_a_price_with_vat_is_divided_for_a_peer_that_wants_it_without() -> None:
    component = PriceComponent(ComponentType.ENERGY, Decimal("0.5"), 1, Decimal(19))
    with_vat = Tariff("T1", "EUR", (TariffElement((component,)),), MOMENT, tax_included=TaxIncluded.YES)

    [sent] = json.loads(msgspec.json.encode(to_wire(with_vat, PARTY)))["elements"][0]["price_components"]

    assert sent == {"type": "ENERGY", "price": 0.4202, "step_size": 1, "vat": 19}


def test_r50_a_tariff_without_taxes_names_no_vat_to_a_peer_that_knows_no_other_word() -> None:
    component = PriceComponent(ComponentType.ENERGY, Decimal("0.5"), 1, Decimal(19))
    untaxed = Tariff("T1", "EUR", (TariffElement((component,)),), MOMENT, tax_included=TaxIncluded.NOT_APPLICABLE)

    [sent] = json.loads(msgspec.json.encode(to_wire(untaxed, PARTY)))["elements"][0]["price_components"]

    assert sent == {"type": "ENERGY", "price": 0.5, "step_size": 1}


@pytest.mark.parametrize(
    ("tariff", "finding"),
    [
        (written(elements=[]), r"$[0].elements: expected `array` of length >= 1"),
        (
            written(elements=[element(), {"price_components": []}]),
            r"$[0].elements[1].price_components: expected `array`",
        ),
        (written(elements=[element({"price": "cheap"})]), r"$[0].elements[0].price_components[0].price: "),
        (
            written(elements=[element({"price": 0.12345})]),
            r"$[0].elements[0].price_components[0].price: is 0.12345, OCPI",
        ),
        (
            written(elements=[element({"price": "0.25"})]),
            r"$[0].elements[0].price_components[0].price: expected a number, got a text",
        ),
        (written(elements=[element({"price": 10**15})]), r"$[0].elements[0].price_components[0].price: is a number th"),
        (written(type="CHEAP"), r"$[0].type: expected `str` matching regex"),
        (written(tariff_alt_text=[{"text": "cheap"}]), r"$[0].tariff_alt_text[0].language: is missing"),
        (written(tariff_alt_url="x" * 256), r"$[0].tariff_alt_url: expected `str` of length <= 255"),
        (written(elements=[element({"step_size": -1})]), r"$[0].elements[0].price_components[0].step_size: expected"),
        (
            written(elements=[element({"type": "POWER"})]),
            r"$[0].elements[0].price_components[0].type: invalid enum value",
        ),
        (
            written(elements=[element({}, {})]),
            r"$[0].elements[0].price_components: has two prices of one type, keep one",
        ),
        (
            written(elements=[element({"vat_percent": 19})]),
            r"$[0].elements[0].price_components[0]: object contains unknown",
        ),
        (
            written(elements=[element(min_kw=5)]),
            r"$[0].elements[0].restrictions: object contains unknown field `min_kw`",
        ),
        (
            written(elements=[element(start_time="8:00")]),
            r"$[0].elements[0].restrictions.start_time: expected `str` matc",
        ),
        (written(elements=[element(end_date="31.12.2026")]), r"$[0].elements[0].restrictions.end_date: invalid"),
        (written(elements=[element(day_of_week=["FUNDAY"])]), r"$[0].elements[0].restrictions.day_of_week[0]: invalid"),
        (
            written(elements=[element(reservation="RESERVATION")]),
            r"$[0].elements[0].price_components: a reservation has only FLAT and TIME prices, move",
        ),
        (written(currency="euro"), r"$[0].currency: has 4 characters"),
        (written(id=""), r"$[0].id: is empty"),
        (written(last_updated="yesterday"), r"$[0].last_updated: is not an OCPI DateTime"),
        (written(end_date_time="2026-02-30T00:00:00Z"), r"$[0].end_date_time: is not a date that exists"),
        (written(min_price={"excl_vat": 0.00001}), r"$[0].min_price.excl_vat: is 0.00001, OCPI numbers have"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_its_path(tariff: dict[str, Any], finding: str) -> None:
    with pytest.raises(TariffsInvalid) as refused:
        parse(tariff)

    assert refused.value.findings[0].startswith(finding)


def test_every_bad_tariff_of_a_file_is_named() -> None:
    with pytest.raises(TariffsInvalid) as refused:
        parse(written(currency="", id="\t"), written(), {"id": "T3"}, written(id="t1"))

    assert [finding.partition(":")[0] for finding in refused.value.findings] == [
        "$[0].id",
        "$[0].currency",
        "$[2].currency",
        "$[3].id",
    ]


@pytest.mark.parametrize("data", [b"", b"{}", b"[", b"tariff", b"\xff", b'[1, "T"]', b"null"])
def test_what_is_no_list_of_tariffs_is_refused(data: bytes) -> None:
    with pytest.raises(TariffsInvalid, match=r"^\$"):
        parse_tariffs(data)
