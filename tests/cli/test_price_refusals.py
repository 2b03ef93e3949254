"""What `price` cannot price is one line with the JSON path and exit code 2."""

import copy
import json
from typing import Any

import pytest
from cli.priced import CDR, Command, cdr, tariff
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from thoroughness import examples


@pytest.fixture
def price(tmp_path: Any, capsys: pytest.CaptureFixture[str]) -> Command:
    return Command(tmp_path, capsys)


def changed(value: object, *path: str | int) -> dict[str, Any]:
    """The CDR with one place changed; ... takes the field away."""
    document = copy.deepcopy(CDR)
    place: Any = document
    for step in path[:-1]:
        place = place[step]
    if value is ...:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    return document


def naming(tariff_id: str) -> list[dict[str, Any]]:
    first, second = CDR["charging_periods"]
    return [first, second | {"tariff_id": tariff_id}]


NO_CURRENCY = 'must be three capitals (ISO 4217), such as "EUR"'
VOLUME = ("charging_periods", 1, "dimensions", 0, "volume")
COMPONENT = ("tariffs", 0, "elements", 0, "price_components", 0)


@pytest.mark.parametrize(
    ("document", "said"),
    [
        (b"", "$: is not JSON: input data was truncated"),
        (b"{'id': 1}", "$: is not JSON: object keys must be strings (byte 1)"),
        (b"\xff", "$: is not JSON: invalid character (byte 0)"),
        (b"[" * 100_000, "$: is nested too deeply for anything OCPI knows"),
        (b"[]", "$: expected a CDR, a JSON object"),
        (b'"CDR"', "$: expected a CDR, a JSON object"),
        (json.dumps(CDR).replace("1.5", "NaN").encode(), "$: is not JSON: invalid character"),
        (changed(..., "charging_periods"), "$.charging_periods: is missing"),
        (changed([], "charging_periods"), "$.charging_periods: expected `array` of length >= 1"),
        (changed(..., "charging_periods", 0, "start_date_time"), "$.charging_periods[0].start_date_time: is missing"),
        (changed("1.5", *VOLUME), "$.charging_periods[1].dimensions[0].volume: expected a number, got a text"),
        (changed({}, *VOLUME), "$.charging_periods[1].dimensions[0].volume: expected a number, got an object"),
        (changed(-0.5, *VOLUME), "$.charging_periods[1].dimensions[0].volume: is -0.5, no time is negative"),
        (changed(1e300, *VOLUME), "$.charging_periods[1].dimensions[0].volume: is a number that nothing is measured"),
        (changed("FLAT", *VOLUME[:-1], "type"), "$.charging_periods[1].dimensions[0].type: invalid enum value 'FLAT'"),
        (
            changed("2026-03-01T11:30:00+01:00", "charging_periods", 1, "start_date_time"),
            "$.charging_periods[1].start_date_time: is not an OCPI DateTime, write it in UTC",
        ),
        (changed("2026-03-01", "end_date_time"), "$.end_date_time: is not an OCPI DateTime, write it in UTC like"),
        (
            cdr(tariffs=[tariff(id="T1"), tariff(id="T3")], charging_periods=naming("T2")),
            "$.charging_periods[1].tariff_id: names tariff T2, which is not there; see --tariff",
        ),
        (cdr(tariffs=[]), "$.charging_periods[0].tariff_id: names tariff T1, which is not there; see --tariff"),
        (changed(["T1"], "tariffs"), "$.tariffs[0]: expected a Tariff, a JSON object"),
        (changed([], "tariffs", 0, "elements"), "$.tariffs[0].elements: expected `array` of length >= 1"),
        (changed(..., *COMPONENT, "price"), "$.tariffs[0].elements[0].price_components[0].price: is missing"),
        (changed("POWER", *COMPONENT, "type"), "$.tariffs[0].elements[0].price_components[0].type: invalid enum value"),
        (
            changed(-1, *COMPONENT, "step_size"),
            "$.tariffs[0].elements[0].price_components[0].step_size: expected `int`",
        ),
        (
            changed(10**60, *COMPONENT, "step_size"),
            "$.tariffs[0].elements[0].price_components[0].step_size: expected `int` <= 1000000000",
        ),
        (
            changed(-1, *COMPONENT, "vat"),
            "$.tariffs[0].elements[0].price_components[0].vat: is -1, no rate is negative",
        ),
        (
            changed({"start_time": "25:00"}, "tariffs", 0, "elements", 0, "restrictions"),
            "$.tariffs[0].elements[0].restrictions.start_time: expected `str` matching regex",
        ),
        (
            changed({"min_speed": 3}, "tariffs", 0, "elements", 0, "restrictions"),
            "$.tariffs[0].elements[0].restrictions: object contains unknown field `min_speed`",
        ),
        (cdr(tariffs=[tariff(min_price={"incl_vat": 1})]), "$.tariffs[0].min_price: has neither excl_vat nor before_"),
        (cdr(tariffs=[tariff(), tariff(min_price={"excl_vat": 1})]), "$.tariffs[1].id: stands in the list twice"),
        *[(cdr(currency=text), f"$.currency: {NO_CURRENCY}") for text in ("", "euro", "eur", "E€R", "\x1b[31m")],
        (cdr(tariffs=[tariff(currency="Kronor")]), f"$.tariffs[0].currency: {NO_CURRENCY}"),
        (cdr(tariffs=[tariff(currency="")]), f"$.tariffs[0].currency: {NO_CURRENCY}"),
        (cdr(total_cost=7), "$.total_cost: expected `object | null`, got `int`"),
        (cdr(total_cost={}), "$.total_cost: has neither excl_vat nor before_taxes"),
        (cdr(tariffs=[tariff(tax_included="NO")], total_cost={"excl_vat": 7}), "$: has prices of both 2.2.1 and 2.3.0"),
    ],
)
def test_what_cannot_be_priced_is_one_line_with_its_path(price: Command, document: object, said: str) -> None:
    assert price.refused(document).startswith(f"cdr.json: {said}")


def test_a_bad_tariff_file_is_the_one_that_is_named(price: Command) -> None:
    file = price.file("tariff.json", tariff(elements=...))

    assert price.refused(CDR, "--tariff", file) == "tariff.json: $.elements: is missing"


def test_a_currency_in_a_tariff_file_is_looked_at_too(price: Command) -> None:
    file = price.file("tariff.json", tariff(currency="$"))

    assert price.refused(CDR, "--tariff", file) == f"tariff.json: $.currency: {NO_CURRENCY}"


def test_an_unknown_time_zone_is_refused(price: Command) -> None:
    for name in ("Europe/Atlantis", "", "../zone", "Europe"):
        said = price.refused(CDR, "--time-zone", name)

        assert said.endswith("give one like Europe/Berlin")


def test_a_file_that_is_not_there_is_refused(price: Command) -> None:
    code, out, err = price(f"{price.folder}/none.json")

    assert (code, out) == (2, "")
    assert (
        err == f"ocpi-gateway: {price.folder}/none.json: cannot be read (no such file or directory); check the name\n"
    )


def places(node: object, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    inside = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    return [*([path] if path else []), *(place for key, value in inside for place in places(value, (*path, key)))]


scalars = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.sampled_from(["NaN", "TIME"])
)
anything = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
)


@settings(max_examples=examples(400), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.sampled_from(places(CDR)), value=anything)
def test_whatever_stands_wherever_is_priced_or_refused_in_one_line(
    price: Command, place: tuple[str | int, ...], value: object
) -> None:
    code, out, err = price(price.file("cdr.json", changed(value, *place)), "--json")

    if code == 0:
        assert json.loads(out)["total_cost"]
    else:
        assert (code, out, err.count("\n")) == (2, "", 1)
        assert "cdr.json: $" in err


def test_a_file_without_an_end_is_refused_and_not_read_to_it(price: Command) -> None:
    code, out, err = price("/dev/zero")
    assert (code, out) == (2, "")
    assert err == "ocpi-gateway: /dev/zero: is longer than any CDR or Tariff; check the name\n"
