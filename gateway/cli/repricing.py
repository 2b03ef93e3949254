"""A CDR priced again: by which tariff each period, what it comes to, and where the CDR's own totals differ."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

from gateway.core.charging_periods import ChargingPeriod, DimensionType
from gateway.core.price_changes import thresholds_of
from gateway.core.pricing import Costs, price_each
from gateway.core.tariff import ComponentType, Price, Tariff, is_valid_at
from gateway.core.tariff_rules import Stretch, stretches
from gateway.core.taxes import Tax, lines_of, lines_of_reservation, taxes_of
from gateway.ocpi.priced_cdr import TOTALS, PricedCdr
from gateway.ocpi.quoting import quote
from gateway.ocpi.reading import Malformed

_CENT = Decimal("0.01")
_TEN_THOUSANDTH = Decimal("0.0001")
_NOTHING = Price(Decimal(0), Decimal(0))


@dataclass(frozen=True, slots=True)
class Total:
    """One of OCPI's totals as it should be, and as the CDR has it; `taxes` are those of the first."""

    name: str
    amount: Price
    taxes: tuple[Tax, ...]
    stated: Price | None

    @property
    def differs(self) -> bool:
        """Whether the CDR says something else; amounts that it states in whole cents may be rounded to them."""
        return self.stated is not None and not (
            _agree(self.stated.excl_vat, self.amount.excl_vat)
            and (
                self.stated.incl_vat is None
                or self.amount.incl_vat is None
                or _agree(self.stated.incl_vat, self.amount.incl_vat)
            )
        )


@dataclass(frozen=True, slots=True)
class Repricing:
    """All there is to say; `tariffs` has the tariff of each period in its place, None: the period is free."""

    cdr: PricedCdr
    version: str
    zone: ZoneInfo
    currency: str
    tariffs: tuple[Tariff | None, ...]
    costs: Costs
    totals: tuple[Total, ...]
    notes: tuple[str, ...]


def reprice(
    cdr: PricedCdr, given: Mapping[str, Tariff] | None, version: str, zone: ZoneInfo, *, zone_is_given: bool
) -> Repricing:
    """Price a CDR with the given tariffs, else with its own; Malformed where a period names one that is not there."""
    tariffs = _tariffs(cdr, given)
    used = {tariff.id: tariff for tariff in tariffs if tariff is not None}
    costs = price_each(cdr.periods, tariffs, cdr.end, zone)
    currency = cdr.currency or next((tariff.currency for tariff in used.values()), "")
    return Repricing(
        cdr=cdr,
        version=version,
        zone=zone,
        currency=currency,
        tariffs=tariffs,
        costs=costs,
        totals=tuple(_totals(cdr, costs)),
        notes=(
            *_notes_on_tariffs(cdr, given, tuple(used.values())),
            *_notes_on_cdr(cdr),
            *_notes_on_times(tuple(used.values()), zone_is_given=zone_is_given),
            *_notes_on_strength(tuple(stretches(cdr.periods, tariffs, cdr.end, zone))),
            *_notes_on_volumes(cdr),
        ),
    )


def _tariffs(cdr: PricedCdr, given: Mapping[str, Tariff] | None) -> tuple[Tariff | None, ...]:
    """Choose the tariff of each period.

    A given tariff prices them all, whatever they name. Of the CDR's own each period has the one it names, and one that
    names none is free, as the specification has it ("no Tariff is relevant for this Charging Period"). Where not a
    single period names one, a CDR with one tariff would contradict itself: then all are priced with it. The only
    tariff also prices the periods that name another one.
    """
    known = cdr.tariffs if given is None else given
    only = next(iter(known.values())) if len(known) == 1 else None
    if only is None:
        return tuple(_named(index, period, known) for index, period in enumerate(cdr.periods))
    prices_all = given is not None or not _names(cdr)
    return tuple(only if prices_all or period.tariff_id is not None else None for period in cdr.periods)


def _names(cdr: PricedCdr) -> frozenset[str]:
    return frozenset(period.tariff_id.casefold() for period in cdr.periods if period.tariff_id is not None)


def _named(index: int, period: ChargingPeriod, known: Mapping[str, Tariff]) -> Tariff | None:
    if period.tariff_id is None:
        return None
    tariff = known.get(period.tariff_id.casefold())
    if tariff is None:
        name = quote(period.tariff_id)
        raise Malformed(f"$.charging_periods[{index}].tariff_id: names tariff {name}, which is not there; see --tariff")
    return tariff


def _totals(cdr: PricedCdr, costs: Costs) -> Iterator[Total]:
    parts = {
        "total_cost": (costs.total, costs.lines),
        "total_fixed_cost": (costs.fixed, lines_of(costs.lines, ComponentType.FLAT)),
        "total_energy_cost": (costs.energy, lines_of(costs.lines, ComponentType.ENERGY)),
        "total_time_cost": (costs.time, lines_of(costs.lines, ComponentType.TIME)),
        "total_parking_cost": (costs.parking, lines_of(costs.lines, ComponentType.PARKING_TIME)),
        "total_reservation_cost": (costs.reservation, lines_of_reservation(costs.lines)),
    }
    for name in TOTALS:
        amount, lines = parts[name]
        amount = amount or _NOTHING
        taxes = taxes_of(amount, lines)
        if cdr.is_credit and name == "total_cost":
            amount, taxes = _negated(amount), tuple(Tax(tax.percent, -tax.amount) for tax in taxes)
        yield Total(name, amount, taxes, cdr.totals.get(name))


def _negated(amount: Price) -> Price:
    return Price(-amount.excl_vat, None if amount.incl_vat is None else -amount.incl_vat)


def _agree(stated: Decimal, right: Decimal) -> bool:
    if stated == stated.quantize(_CENT):
        return abs(stated - right) <= _CENT / 2
    return stated.quantize(_TEN_THOUSANDTH, ROUND_HALF_UP) == right


def _notes_on_tariffs(cdr: PricedCdr, given: Mapping[str, Tariff] | None, used: tuple[Tariff, ...]) -> Iterator[str]:
    if given is None and not cdr.tariffs:
        yield "the CDR has no tariff: it costs nothing; give one with --tariff"
    elif given is None and not _names(cdr):
        yield "no period names a tariff; all are priced with the only one in the CDR"
    elif (given is None or len(given) > 1) and any(period.tariff_id is None for period in cdr.periods):
        yield "a period that names no tariff is free, as the specification has it"
    if given is None and cdr.tariffs and not _names(cdr) <= cdr.tariffs.keys():
        yield "a period names a tariff that is not in the CDR; it is priced with the only one there"
    for tariff in used:
        if not is_valid_at(tariff, cdr.periods[0].start):
            yield f"tariff {quote(tariff.id)} is not valid when the charge begins"
    if len({tariff.currency for tariff in used} | ({cdr.currency} if cdr.currency else set())) > 1:
        yield "the CDR and its tariffs name more than one currency"


def _notes_on_cdr(cdr: PricedCdr) -> Iterator[str]:
    if cdr.is_credit:
        yield "this is a credit CDR: its total_cost is negative, its other totals are not"
    if not cdr.end_is_possible:
        yield "end_date_time lies before the start of the last period; it is passed over"
    if not cdr.were_in_order:
        yield "the periods were not in order; they are priced in the order of their starts"


def _notes_on_times(used: tuple[Tariff, ...], *, zone_is_given: bool) -> Iterator[str]:
    if not zone_is_given and any(thresholds_of(tariff).clock_times for tariff in used):
        yield "the tariff depends on local time, taken to be UTC here; give the location's with --time-zone"


def _notes_on_strength(judged: tuple[Stretch, ...]) -> Iterator[str]:
    """Say where nobody can tell which element applies: OCPI lets a period name its current and power, or not."""
    for what, dimension, limits in (
        ("current", DimensionType.MAX_CURRENT, ("min_current_a", "max_current_a")),
        ("power", DimensionType.MAX_POWER, ("min_power_kw", "max_power_kw")),
    ):
        known = "current_a" if what == "current" else "power_kw"
        charging = [each for each in judged if DimensionType.RESERVATION_TIME not in each.volumes]
        silent = [each for each in charging if getattr(each.now, known) is None and _asks(each.tariff, limits)]
        if silent:
            yield (
                f"the tariff depends on the {what}, which {len(silent)} of {len(charging)} periods do not tell "
                f"({dimension.value}): its elements that ask for it do not apply there"
            )


def _asks(tariff: Tariff | None, limits: tuple[str, ...]) -> bool:
    elements = () if tariff is None else tariff.elements
    return any(getattr(each.restrictions, name, None) is not None for each in elements for name in limits)


def _notes_on_volumes(cdr: PricedCdr) -> Iterator[str]:
    times = {DimensionType.TIME, DimensionType.PARKING_TIME}
    for name, stated, kinds, unit in (
        ("total_energy", cdr.total_energy, {DimensionType.ENERGY}, "kWh"),
        ("total_time", cdr.total_time, times, "h"),
        ("total_parking_time", cdr.total_parking_time, {DimensionType.PARKING_TIME}, "h"),
    ):
        volumes = [each.volume for period in cdr.periods for each in period.dimensions if each.type in kinds]
        total = sum(volumes, Decimal(0))
        if stated is not None and volumes and abs(stated - total) > _TEN_THOUSANDTH * len(volumes):
            yield f"{name} is {stated:f} {unit}, but the periods add up to {total:f} {unit}"
