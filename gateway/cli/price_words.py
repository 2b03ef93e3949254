"""A repriced CDR as people and programs read it."""

import textwrap
from collections.abc import Iterator
from typing import Any

import msgspec

from gateway.cli.language import say
from gateway.cli.repricing import Repricing, Total
from gateway.cli.table import Cell, Style, number, paint, render
from gateway.cli.words import local, money, plain
from gateway.core.charging_periods import ChargingPeriod, DimensionType
from gateway.core.pricing import CostLine
from gateway.core.tariff import ComponentType, Price, TaxIncluded
from gateway.core.tariff_rules import Stretch, active_price, stretches
from gateway.core.taxes import Tax, taxes_of
from gateway.ocpi.numbers import number as json_number
from gateway.ocpi.quoting import quote
from gateway.ocpi.v2_2_1.shapes import price_to_wire as price_2_2_1
from gateway.ocpi.v2_3_0.price import price_to_wire as price_2_3_0

_UNITS = {
    DimensionType.ENERGY: "kWh",
    DimensionType.MAX_CURRENT: "A",
    DimensionType.MIN_CURRENT: "A",
    DimensionType.MAX_POWER: "kW",
    DimensionType.MIN_POWER: "kW",
    DimensionType.PARKING_TIME: "h",
    DimensionType.RESERVATION_TIME: "h",
    DimensionType.TIME: "h",
}
_COSTS = {
    ComponentType.FLAT: ("fee", ""),
    ComponentType.ENERGY: ("energy", "kWh"),
    ComponentType.TIME: ("time", "h"),
    ComponentType.PARKING_TIME: ("parking", "h"),
}
_HEADS = {"2.2.1": ("EXCL. VAT", "INCL. VAT"), "2.3.0": ("BEFORE TAX", "WITH TAX")}


def as_json(repricing: Repricing) -> str:
    """Return OCPI's totals in the version's Price shape, with the lines, the differences and the notes."""
    answer: dict[str, Any] = {"version": repricing.version, "currency": repricing.currency}
    answer |= {total.name: _price(repricing.version, total.amount, total.taxes) for total in repricing.totals}
    answer["lines"] = [_line_json(line) for line in repricing.costs.lines]
    answer["differences"] = [
        _difference_json(repricing.version, total, total.stated)
        for total in repricing.totals
        if total.stated is not None and total.differs
    ]
    answer["notes"] = repricing.notes
    return msgspec.json.format(msgspec.json.encode(answer), indent=2).decode()


def _price(version: str, amount: Price, taxes: tuple[Tax, ...]) -> Any:
    if version == "2.2.1":
        return price_2_2_1(amount)
    wire = price_2_3_0(amount, taxes)
    return {"before_taxes": wire.before_taxes, "taxes": wire.taxes}


def _difference_json(version: str, total: Total, stated: Price) -> dict[str, Any]:
    return {
        "field": total.name,
        "cdr": _price(version, stated, taxes_of(stated, ())),
        "computed": _price(version, total.amount, total.taxes),
    }


def _line_json(line: CostLine) -> dict[str, Any]:
    amounts = {"excl_vat": line.cost.excl_vat, "incl_vat": line.cost.incl_vat}
    return {
        "tariff_id": line.tariff_id,
        "element": line.element,
        "type": line.type.value,
        "reservation": line.reservation,
        "volume": json_number(line.volume),
        "billed_volume": json_number(line.billed_volume),
        "price": json_number(line.price),
        "vat": None if line.vat_percent is None else json_number(line.vat_percent),
    } | {name: None if amount is None else json_number(amount) for name, amount in amounts.items()}


def as_lines(repricing: Repricing, *, width: int, coloured: bool) -> list[str]:
    """Return the bill as text: each period and what prices it, each line of the cost, the totals, what is to note."""
    periods = render(
        ("PERIOD FROM", "PRICED BY", "USED"), list(_period_rows(repricing)), width=width, coloured=coloured
    )
    heads = ("COST", "ELEMENT", "USED", "BILLED", "PRICE", "VAT", *_HEADS[repricing.version])
    lines = [_cost_row(repricing, line) for line in repricing.costs.lines]
    totals = [_total_row(total) for total in repricing.totals if _is_worth_a_row(total)]
    return [
        f"CDR {repricing.cdr.id}",
        say(f"OCPI {repricing.version}, {repricing.currency}, times in {repricing.zone.key}"),
        "",
        *periods,
        "",
        *(render(heads, lines, width=width, coloured=coloured) if lines else [say("nothing in it has a price")]),
        *_limit_line(repricing),
        "",
        *render(("TOTAL", *_HEADS[repricing.version], "IN THE CDR"), totals, width=width, coloured=coloured),
        *_notes(repricing, width=width, coloured=coloured),
    ]


def _period_rows(repricing: Repricing) -> Iterator[tuple[Cell | str, ...]]:
    cdr = repricing.cdr
    found: dict[int, list[Stretch]] = {}
    for stretch in stretches(cdr.periods, repricing.tariffs, cdr.end, repricing.zone):
        found.setdefault(stretch.period, []).append(stretch)
    for index, period in enumerate(cdr.periods):
        yield (local(period.start, repricing.zone), _priced_by(found.get(index, [])), _used(period))


def _priced_by(own: list[Stretch]) -> str:
    """Name the elements that price a period, counted from 0 as in the path of the JSON."""
    elements: set[int] = set()
    for stretch in own:
        if stretch.tariff is None:
            continue
        for kind in ComponentType:
            active = active_price(stretch.tariff, kind, stretch.now)
            if active is not None:
                elements.add(active.element)
    if not elements:
        return say("no tariff" if all(stretch.tariff is None for stretch in own) else "no element")
    return "elements" + "".join(f"[{index}]" for index in sorted(elements))


def _used(period: ChargingPeriod) -> str:
    words = (
        f"{say(each.type.value.lower().replace('_', ' '))} {plain(each.volume)} {_UNITS[each.type]}"
        for each in period.dimensions
    )
    return ", ".join(words) or "-"


def _cost_row(repricing: Repricing, line: CostLine) -> tuple[Cell | str, ...]:
    name, unit = _COSTS[line.type]
    several = len({each.tariff_id for each in repricing.costs.lines}) > 1
    element = f"{quote(line.tariff_id)}/{line.element}" if several else str(line.element)
    return (
        " ".join(say(word) for word in ("reserved" if line.reservation else "", name, unit) if word),
        number(element),
        number(plain(line.volume)),
        number(plain(line.billed_volume)),
        number(plain(line.price, 2)),
        number("-" if line.vat_percent is None else f"{plain(line.vat_percent)} %"),
        *_amounts(line.cost),
    )


def _amounts(amount: Price) -> tuple[Cell, Cell]:
    return (
        number(plain(amount.excl_vat, 2)),
        number("-" if amount.incl_vat is None else plain(amount.incl_vat, 2)),
    )


def _is_worth_a_row(total: Total) -> bool:
    return total.name == "total_cost" or total.stated is not None or bool(total.amount.excl_vat)


def _total_row(total: Total) -> tuple[Cell | str, ...]:
    if total.stated is None:
        stated = Cell("-")
    elif not total.differs:
        stated = Cell(say("the same"), Style.GOOD)
    else:
        with_tax = "" if total.stated.incl_vat is None else f" / {plain(total.stated.incl_vat, 2)}"
        stated = Cell(f"{say('DIFFERS')}: {plain(total.stated.excl_vat, 2)}{with_tax}", Style.BAD)
    style = Style.HEAD if total.name == "total_cost" else None
    return (Cell(total.name, style), *_amounts(total.amount), stated)


def _limit_line(repricing: Repricing) -> list[str]:
    adjustment = repricing.costs.adjustment
    if adjustment is None:
        return []
    difference = money(adjustment.excl_vat, repricing.currency)
    if adjustment.excl_vat > 0:
        return [say(f"the tariff's minimum price makes a difference of {difference}")]
    return [say(f"the tariff's maximum price makes a difference of {difference}")]


def _notes(repricing: Repricing, *, width: int, coloured: bool) -> list[str]:
    notes = [*repricing.notes]
    if any(tariff is not None and tariff.tax_included is TaxIncluded.YES for tariff in repricing.tariffs):
        notes.append("the tariff's prices include taxes")
    head = f"{say('note')}: "
    lines = [
        line for note in notes for line in textwrap.wrap(head + say(note), width, subsequent_indent=" " * len(head))
    ]
    return ["", *(paint(line, Style.DOUBTFUL, coloured=coloured) for line in lines)] if lines else []
