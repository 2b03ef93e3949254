"""OCPI 2.3.0 beside 2.2.1: the same values, written as each version wants them."""

import json
from dataclasses import replace
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from ocpi.examples import OWNER, SITE, TARIFF, at, cdr, session, token

from gateway.core.pricing import CostLine, price
from gateway.core.tariff import ComponentType, Price, PriceComponent, Tariff, TariffElement, TaxIncluded
from gateway.core.taxes import Tax, taxes_of
from gateway.core.token import TokenType
from gateway.ocpi.dialects import DIALECTS, parse_site_tariffs
from gateway.ocpi.v2_3_0.tariff import TariffsInvalid, parse_tariffs

OLD, NEW = DIALECTS["2.2.1"], DIALECTS["2.3.0"]
OLD_WORDS = {"excl_vat", "incl_vat"}
NEW_WORDS = {"before_taxes", "after_taxes", "taxes", "tax_included"}


def read(raw: bytes) -> Any:
    return json.loads(raw, parse_float=Decimal)


def words(node: object) -> set[str]:
    if isinstance(node, dict):
        return set(node) | {word for value in node.values() for word in words(value)}
    return {word for value in node for word in words(value)} if isinstance(node, list) else set()


def without_prices(node: object) -> object:
    """What both versions write alike."""
    if isinstance(node, dict):
        return {
            name: without_prices(value)
            for name, value in node.items()
            if not name.endswith(("cost", "_price")) and name != "tax_included"
        }
    return [without_prices(value) for value in node] if isinstance(node, list) else node


TAXED = Tariff(
    id="T1",
    currency="EUR",
    elements=(
        TariffElement((PriceComponent(ComponentType.FLAT, Decimal(1), 1, Decimal(20)),)),
        TariffElement((PriceComponent(ComponentType.ENERGY, Decimal("0.3"), 1, Decimal(10)),)),
        TariffElement((PriceComponent(ComponentType.PARKING_TIME, Decimal(2), 1),)),
    ),
    last_updated=at(0),
    min_price=Price(Decimal("0.5"), Decimal("0.6")),
)


def priced(tariff: Tariff) -> Any:
    sample = cdr(tariff=tariff)
    return cdr(tariff=tariff, costs=price(tariff, sample.periods, sample.end, ZoneInfo("UTC")))


def test_r50_each_version_has_its_own_words_for_prices_and_never_the_others() -> None:
    for sent in (OLD.encode_cdr(priced(TAXED)), OLD.encode_tariff(TAXED, OWNER)):
        assert words(read(sent)) & NEW_WORDS == set()
    for sent in (NEW.encode_cdr(priced(TAXED)), NEW.encode_tariff(TAXED, OWNER)):
        assert words(read(sent)) & OLD_WORDS == set()
    cost = Price(Decimal(1), Decimal("1.2"))
    assert words(read(OLD.encode_session(session(total_cost=cost), SITE))) & NEW_WORDS == set()
    assert words(read(NEW.encode_session(session(total_cost=cost), SITE))) & OLD_WORDS == set()


def test_r50_but_for_prices_both_versions_are_the_same() -> None:
    assert without_prices(read(NEW.encode_cdr(cdr()))) == without_prices(read(OLD.encode_cdr(cdr())))
    assert without_prices(read(NEW.encode_session(session(), SITE))) == without_prices(
        read(OLD.encode_session(session(), SITE))
    )


def test_r50_a_price_names_each_tax_with_its_rate_and_amount() -> None:
    sent = read(NEW.encode_cdr(priced(TAXED)))

    assert sent["total_cost"] == {
        "before_taxes": Decimal("3.7016"),
        "taxes": [
            {"name": "VAT", "percentage": 10, "amount": Decimal("0.22")},
            {"name": "VAT", "percentage": 20, "amount": Decimal("0.2")},
        ],
    }
    assert sent["total_parking_cost"] == {"before_taxes": Decimal("0.5017")}


def test_r50_a_session_names_its_taxes_too() -> None:
    running = session(total_cost=Price(Decimal(1), Decimal("1.2")), taxes=(Tax(Decimal("19.5"), Decimal("0.2")),))

    assert read(NEW.encode_session(running, SITE))["total_cost"] == {
        "before_taxes": 1,
        "taxes": [{"name": "VAT", "percentage": Decimal("19.5"), "amount": Decimal("0.2")}],
    }


def test_r50_a_tariff_says_whether_its_prices_include_taxes() -> None:
    sent = read(NEW.encode_tariff(TAXED, OWNER))

    assert sent["tax_included"] == "NO"
    assert sent["min_price"] == {"before_taxes": Decimal("0.5"), "after_taxes": Decimal("0.6")}


@pytest.mark.parametrize("tax_included", list(TaxIncluded))
def test_a_tariff_comes_back_from_the_wire_of_2_3_0_as_it_was(tax_included: TaxIncluded) -> None:
    tariff = Tariff(
        id="T1",
        currency="CAD",
        elements=TAXED.elements,
        last_updated=at(1),
        max_price=Price(Decimal(5)),
        start=at(2),
        end=at(3),
        tax_included=tax_included,
        type="REGULAR",
        alt_text='[{"language":"fr","text":"bon marché"}]',
        alt_url="https://example.com/t1",
        energy_mix='{"is_green_energy":true}',
    )

    assert parse_tariffs(b"[" + NEW.encode_tariff(tariff, OWNER) + b"]") == (tariff,)


def test_a_tariff_of_2_3_0_must_say_whether_its_prices_include_taxes() -> None:
    with pytest.raises(TariffsInvalid, match=r"^\$\[0\].tax_included: is missing"):
        parse_tariffs(b"[" + OLD.encode_tariff(TARIFF, OWNER) + b"]")


def test_a_tariff_with_the_words_of_the_other_version_is_refused() -> None:
    mixed = read(NEW.encode_tariff(TARIFF, OWNER)) | {"min_price": {"excl_vat": 1}}

    with pytest.raises(TariffsInvalid, match="unknown field `excl_vat`"):
        parse_tariffs(json.dumps([mixed], default=float).encode())


@pytest.mark.parametrize("word", ["EMAID", "LICENSE_PLATE"])
def test_r13_a_token_type_that_came_later_keeps_its_word_here_and_is_other_there(word: str) -> None:
    charged = session(token=token(type=TokenType(word)))

    assert read(NEW.encode_session(charged, SITE))["cdr_token"]["type"] == word
    assert read(OLD.encode_session(charged, SITE))["cdr_token"]["type"] == "OTHER"


def test_r44_an_address_in_a_cdr_has_45_characters_in_both_versions() -> None:
    long = replace(SITE, address="x" * 46)
    for dialect in DIALECTS.values():
        with pytest.raises(ValueError, match=r"^cdr_location\.address: has 46 characters"):
            dialect.encode_cdr(cdr(site=long))


def line(cost: Price, percent: Decimal | None) -> CostLine:
    one = Decimal(1)
    return CostLine("T1", ComponentType.ENERGY, False, 0, one, one, one, percent, cost)  # noqa: FBT003 - no reservation


def test_taxes_of_an_unknown_amount_are_unknown() -> None:
    assert taxes_of(Price(Decimal(1)), ()) == ()


def test_a_minimum_price_adds_to_the_only_tax_there_is() -> None:
    lines = (line(Price(Decimal(1), Decimal("1.1")), Decimal(10)),)

    assert taxes_of(Price(Decimal(2), Decimal("2.2")), lines) == (Tax(Decimal(10), Decimal("0.2")),)


def test_among_several_rates_nobody_can_tell_what_a_minimum_price_added() -> None:
    lines = (
        line(Price(Decimal(1), Decimal("1.1")), Decimal(10)),
        line(Price(Decimal(1), Decimal("1.2")), Decimal(20)),
    )

    assert taxes_of(Price(Decimal(3), Decimal("3.5")), lines) == (Tax(None, Decimal("0.5")),)


def test_no_rate_is_no_tax_and_a_rate_of_zero_is_one() -> None:
    untaxed, zero = line(Price(Decimal(1), Decimal(1)), None), line(Price(Decimal(1), Decimal(1)), Decimal(0))

    assert taxes_of(Price(Decimal(1), Decimal(1)), (untaxed,)) == ()
    assert taxes_of(Price(Decimal(1), Decimal(1)), (zero,)) == (Tax(Decimal(0), Decimal(0)),)


def test_a_site_may_write_its_tariffs_in_either_version() -> None:
    both = b"[" + OLD.encode_tariff(replace(TAXED, id="OLD"), OWNER) + b"," + NEW.encode_tariff(TAXED, OWNER) + b"]"

    assert parse_site_tariffs(both) == (replace(TAXED, id="OLD"), TAXED)
