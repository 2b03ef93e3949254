"""Whole charges under a tariff that changes all the time, as their backends see them."""

import json
from collections.abc import Iterator
from datetime import datetime, time
from decimal import Decimal
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from ocpi.sent import every_value
from ocpi.test_against_published_schemas import schema
from plant import EVSE, MIDNIGHT, Outlet, Plant, policy, site

from gateway.cli.repricing import reprice
from gateway.core.billing import to_cdr, to_session
from gateway.core.rows import CdrRow, SessionRow
from gateway.core.tariff import ComponentType, PriceComponent, Restrictions, Tariff, TariffElement
from gateway.ocpi.dialects import DIALECTS
from gateway.ocpi.priced_cdr import read_cdr
from gateway.ocpi.reading import decode
from gateway.projection import project

# Each of these charges lasts for hours.
pytestmark = pytest.mark.slow

STOCKHOLM = ZoneInfo("Europe/Stockholm")


def element(energy: str, time_: str, **restrictions: Any) -> TariffElement:
    components = (
        PriceComponent(ComponentType.ENERGY, Decimal(energy), 1, Decimal(25)),
        PriceComponent(ComponentType.TIME, Decimal(time_), 60, Decimal("6.5")),
        PriceComponent(ComponentType.PARKING_TIME, Decimal(3), 300, Decimal(25)),
    )
    return TariffElement(components, Restrictions(**restrictions))


TARIFF = Tariff(
    id="T",
    currency="EUR",
    elements=(
        TariffElement((PriceComponent(ComponentType.FLAT, Decimal("0.5"), 1, Decimal(25)),)),
        element("0.2", "1.2", start_time=time(1, 20), end_time=time(1, 40)),
        element("0.33", "1", min_kwh=Decimal("5.3"), max_kwh=Decimal("7.777")),
        element("0.44", "0.7", min_power_kw=Decimal(8), max_current_a=Decimal(100)),
        element("0.55", "0.9", min_duration_s=5400),
        element("0.25", "0.1"),
    ),
    last_updated=MIDNIGHT,
    type="REGULAR",
    alt_text='[{"language":"sv","text":"se taxan"}]',
    alt_url="https://example.com/t",
    energy_mix='{"is_green_energy":true,"energy_sources":[{"source":"WIND","percentage":100}]}',
)


@pytest.fixture(scope="module")
def charge() -> Plant:
    plant = Plant(policy=policy(tariff_id="T"), site=site(tariff_id="T"), tariffs=(TARIFF,), outlets={EVSE: Outlet()})
    plant.charge(seconds=1100, power_w=3700)
    plant.plug(power_w=11_000)
    plant.wait(1700)
    plant.kill(100)
    plant.plug(power_w=0)
    plant.wait(1300)
    plant.plug(power_w=5_000)
    plant.wait(2500)
    plant.unplug()
    plant.wait(30)
    return plant


def sessions(plant: Plant) -> Iterator[dict[str, Any]]:
    for change in project(plant.facts):
        if isinstance(change, SessionRow):
            yield json.loads(change.body, parse_float=Decimal)


def cdr(plant: Plant) -> dict[str, Any]:
    [row] = [change for change in project(plant.facts) if isinstance(change, CdrRow)]
    sent: dict[str, Any] = json.loads(row.body, parse_float=Decimal)
    return sent


def total(sent: dict[str, Any], *kinds: str) -> Decimal:
    volumes = (each for period in sent["charging_periods"] for each in period["dimensions"])
    return sum((Decimal(each["volume"]) for each in volumes if each["type"] in kinds), Decimal(0))


def test_r31_energy_grows_and_is_the_sum_of_the_periods(charge: Plant) -> None:
    told = [sent for sent in sessions(charge) if sent["status"] in {"ACTIVE", "COMPLETED"}]

    assert all(before["kwh"] <= after["kwh"] for before, after in pairwise(told))
    assert all(total(sent, "ENERGY") == sent["kwh"] for sent in told)


def test_r38_a_session_has_one_cdr_and_a_replay_gives_the_same_bytes(charge: Plant) -> None:
    first = [change.body for change in project(charge.facts) if isinstance(change, CdrRow)]
    again = [change.body for change in project(charge.facts) if isinstance(change, CdrRow)]

    assert len(first) == 1
    assert first == again


def test_r39_a_cdr_of_many_prices_is_valid(charge: Plant) -> None:
    sent = json.loads(DIALECTS["2.2.1"].encode_cdr(to_cdr(charge.session())))

    assert schema("cdr").violations(sent) == []
    assert sent["session_id"] == sent["id"]


def test_r40_what_the_periods_hold_adds_up_to_the_totals(charge: Plant) -> None:
    sent = cdr(charge)
    begin, end = (datetime.fromisoformat(sent[name]) for name in ("start_date_time", "end_date_time"))

    assert total(sent, "ENERGY") == sent["total_energy"]
    assert total(sent, "TIME", "PARKING_TIME") == sent["total_time"]
    assert total(sent, "PARKING_TIME") == sent["total_parking_time"] <= sent["total_time"]
    assert abs(Decimal((end - begin).total_seconds()) - sent["total_time"] * 3600) <= 1


def test_r41_a_period_begins_at_each_price_and_where_charging_ends(charge: Plant) -> None:
    periods = cdr(charge)["charging_periods"]
    starts = [datetime.fromisoformat(period["start_date_time"]) for period in periods]

    assert starts == sorted(set(starts))
    assert periods[0]["start_date_time"] == cdr(charge)["start_date_time"]
    assert periods[-1]["start_date_time"] < cdr(charge)["end_date_time"]
    assert {"01:20:00", "01:40:00"} <= {f"{start.astimezone(STOCKHOLM):%H:%M:%S}" for start in starts}
    parked = ["PARKING_TIME" in {each["type"] for each in period["dimensions"]} for period in periods]
    assert sum(before != after for before, after in pairwise(parked)) == 2


def test_r41_the_limits_of_energy_are_met_to_the_watt_hour(charge: Plant) -> None:
    reached = Decimal(0)
    levels = set()
    for period in cdr(charge)["charging_periods"]:
        levels.add(reached)
        reached += next(Decimal(each["volume"]) for each in period["dimensions"] if each["type"] == "ENERGY")

    assert {Decimal("5.3"), Decimal("7.777")} <= levels


def test_r42_nothing_but_cdr_dimensions_is_in_a_cdr(charge: Plant) -> None:
    kinds = {each["type"] for period in cdr(charge)["charging_periods"] for each in period["dimensions"]}

    assert kinds == {"ENERGY", "TIME", "PARKING_TIME", "MAX_POWER", "MAX_CURRENT"}


@pytest.mark.parametrize("version", list(DIALECTS))
def test_r48_a_cdr_priced_again_from_what_was_sent_has_its_own_totals(charge: Plant, version: str) -> None:
    sent = DIALECTS[version].encode_cdr(to_cdr(charge.session()))

    repricing = reprice(read_cdr(decode(sent)), None, version, STOCKHOLM, zone_is_given=True)

    stated = [each for each in repricing.totals if each.stated is not None]
    assert len(stated) == 5
    assert [each.name for each in stated if each.stated != each.amount] == []
    assert repricing.notes == ()


def test_r50_both_versions_tell_the_same_of_the_same_charge(charge: Plant) -> None:
    old, new = (json.loads(DIALECTS[name].encode_cdr(to_cdr(charge.session()))) for name in ("2.2.1", "2.3.0"))

    assert old["charging_periods"] == new["charging_periods"]
    taxes = sum(Decimal(str(tax["amount"])) for tax in new["total_cost"]["taxes"])
    assert Decimal(str(new["total_cost"]["before_taxes"])) + taxes == Decimal(str(old["total_cost"]["incl_vat"]))


def test_r51_a_cdr_was_updated_at_its_end_or_later(charge: Plant) -> None:
    sent = cdr(charge)

    assert datetime.fromisoformat(sent["last_updated"]) >= datetime.fromisoformat(sent["end_date_time"])
    assert sent["last_updated"] == json.loads(DIALECTS["2.2.1"].encode_cdr(to_cdr(charge.session())))["last_updated"]


def test_r19_times_of_a_long_charge_are_utc_and_short(charge: Plant) -> None:
    sent = every_value(cdr(charge))
    times = [value for path, value in sent if path.endswith(("date_time", "last_updated"))]

    assert len(times) >= 10
    assert all(isinstance(each, str) and each.endswith("Z") and len(each) <= 25 for each in times)


def test_r22_numbers_of_a_long_charge_have_four_decimals_at_most(charge: Plant) -> None:
    written: list[str] = []
    for version in DIALECTS:
        json.loads(DIALECTS[version].encode_cdr(to_cdr(charge.session())), parse_float=written.append)

    assert len(written) > 50
    assert [digits for digits in written if len(digits.partition(".")[2]) > 4 or "e" in digits.lower()] == []


def test_r74_the_tariff_of_the_start_is_in_the_cdr_as_a_whole(charge: Plant) -> None:
    [tariff] = cdr(charge)["tariffs"]

    assert (tariff["id"], tariff["type"], tariff["tariff_alt_url"]) == ("T", "REGULAR", "https://example.com/t")
    assert tariff["tariff_alt_text"] == [{"language": "sv", "text": "se taxan"}]
    assert tariff["energy_mix"]["energy_sources"] == [{"source": "WIND", "percentage": 100}]
    assert len(tariff["elements"]) == len(TARIFF.elements)


def test_a_session_costs_in_the_end_what_its_cdr_says(charge: Plant) -> None:
    *_, last = sessions(charge)

    assert last["total_cost"] == cdr(charge)["total_cost"]
    assert to_session(charge.session()).periods == to_cdr(charge.session()).periods
