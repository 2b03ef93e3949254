"""Any history of a site, however clumsy the drivers, the wires and the power supply; for property tests."""

from datetime import time
from decimal import Decimal

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from plant import EVSE, MIDNIGHT, Outlet, Plant, policy, site, token

from gateway.core.tariff import ComponentType, DayOfWeek, PriceComponent, Restrictions, Tariff, TariffElement

CARDS = ("04A1B2C3D4E580", "04FFEEDDCCBBAA")

happenings = st.one_of(
    st.tuples(st.just("visit"), st.integers(5, 1_200)),
    st.tuples(st.just("wait"), st.integers(1, 400)),
    st.tuples(st.just("tap"), st.sampled_from(CARDS)),
    st.tuples(st.just("plug"), st.sampled_from([0, 3_600, 11_000, 22_000])),
    st.tuples(st.just("unplug"), st.none()),
    st.tuples(st.just("kill"), st.integers(0, 900)),
    st.tuples(st.just("cut_power"), st.integers(1, 900)),
    st.tuples(st.just("meter_silent"), st.booleans()),
    st.tuples(st.just("controller_silent"), st.booleans()),
    st.tuples(st.just("counter_unavailable"), st.booleans()),
    st.tuples(st.just("fault"), st.sampled_from([None, "residual current"])),
)


def prices(energy: str, time_: str = "1", parking: str = "2") -> tuple[PriceComponent, ...]:
    amounts = ((ComponentType.ENERGY, energy), (ComponentType.TIME, time_), (ComponentType.PARKING_TIME, parking))
    return tuple(PriceComponent(kind, Decimal(amount), 1, Decimal(20)) for kind, amount in amounts)


FLAT = Tariff("FLAT", "EUR", (TariffElement(prices("0.5")),), MIDNIGHT)
# Histories begin at one o'clock at night in Stockholm; every price of this tariff is met by some of them.
RESTLESS = Tariff(
    "RESTLESS",
    "EUR",
    (
        TariffElement(prices("0.9"), Restrictions(start_time=time(1, 20), end_time=time(1, 40))),
        TariffElement(prices("0.8"), Restrictions(min_kwh=Decimal("0.5"), max_kwh=Decimal("1.2345"))),
        TariffElement(prices("0.7"), Restrictions(min_power_kw=Decimal(15))),
        TariffElement(prices("0.6"), Restrictions(max_current_a=Decimal(20), day_of_week=(DayOfWeek.MONDAY,))),
        TariffElement(prices("0.5"), Restrictions(min_duration_s=1111)),
        TariffElement(prices("0.4", parking="0")),
    ),
    MIDNIGHT,
)
TARIFFS = {tariff.id: tariff for tariff in (FLAT, RESTLESS)}

histories = st.tuples(
    st.booleans(), st.sampled_from([None, FLAT.id, RESTLESS.id]), st.lists(happenings, min_size=5, max_size=25)
)
History = tuple[bool, str | None, list[tuple[str, object]]]


def visit(plant: Plant, seconds: object) -> None:
    """A driver comes, charges and leaves, if the site lets them."""
    plant.plug()
    plant.wait(2)
    plant.tap(CARDS[0])
    plant.wait(int(str(seconds)))
    plant.tap(CARDS[0])
    plant.wait(3)
    plant.unplug()
    plant.wait(2)


def play(history: History) -> Plant:
    has_pilot, tariff_id, steps = history
    plant = Plant(
        policy=policy(tariff_id=tariff_id),
        site=site(tariff_id=tariff_id),
        tariffs=tuple(TARIFFS.values()),
        outlets={EVSE: Outlet(has_pilot=has_pilot)},
        tokens=tuple(token(card) for card in CARDS),
    )
    for name, argument in steps:
        if name in {"meter_silent", "controller_silent", "counter_unavailable", "fault"}:
            setattr(plant.outlet, name, argument)
            plant.wait()
        elif name == "visit":
            visit(plant, argument)
        elif argument is None:
            getattr(plant, name)()
        else:
            getattr(plant, name)(argument)
    return plant


# How many of them stands in the profile, see conftest.py.
any_history = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
