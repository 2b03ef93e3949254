"""R-59, R-61 and R-63 over values: what of a Location is stamped when, and what is left of a part that is gone."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from plant import EVSE, MIDNIGHT, site

from gateway.core.identifiers import EvseUid
from gateway.ocpi.v2_2_1.hours import read_hours
from gateway.ocpi.v2_2_1.location import Look, Path, Stamp, come_back, compose, find_part, restamp
from gateway.ocpi.v2_2_1.shapes import encode

OTHER = EvseUid("EVSE-2")
SITE = site(EVSE, OTHER)
LATER = MIDNIGHT + timedelta(minutes=5)


def look(**statuses: str) -> Look:
    known = {EVSE: statuses.get("one", "AVAILABLE"), OTHER: statuses.get("other", "AVAILABLE")}
    return Look(SITE, known, frozenset({EVSE}))


def stamped(*looks: Look) -> dict[Path, Stamp]:
    stamps: dict[Path, Stamp] = {}
    for minute, each in enumerate(looks):
        stamps |= restamp(stamps, each, MIDNIGHT + timedelta(minutes=minute))
    return stamps


def test_r_59_what_has_not_changed_is_not_stamped() -> None:
    assert restamp(stamped(look()), look(), LATER) == {}


def test_r_59_a_change_stamps_the_evse_and_shows_in_the_location_and_nowhere_else() -> None:
    location = compose(stamped(look(), look(other="CHARGING")))
    one, other = location.evses
    assert (one.last_updated, other.last_updated) == ("2026-03-02T00:00:00Z", "2026-03-02T00:01:00Z")
    assert location.last_updated == other.last_updated
    assert other.connectors[0].last_updated == one.last_updated


def test_r_59_a_changed_connector_shows_in_its_evse_and_the_location() -> None:
    evses = (SITE.evses[0], replace(SITE.evses[1], tariff_id="NEW"))
    changed = replace(look(), site=replace(SITE, evses=evses))
    location = compose(stamped(look(), changed))
    one, other = location.evses
    assert other.connectors[0].last_updated == other.last_updated == location.last_updated == "2026-03-02T00:01:00Z"
    assert one.last_updated == "2026-03-02T00:00:00Z"


def test_r_61_an_evse_that_is_gone_is_removed_and_gives_its_evse_id_free() -> None:
    smaller = replace(look(), site=replace(SITE, evses=SITE.evses[:1]))
    stamps = stamped(look(), smaller)
    gone = compose(stamps).evses[1]
    assert (gone.uid, gone.status, gone.evse_id) == (OTHER, "REMOVED", None)
    assert len(gone.connectors) == 1
    assert restamp(stamps, smaller, LATER) == {}, "it stays as it is from then on"


def test_r_61_a_uid_that_is_used_again_is_noticed_once() -> None:
    smaller = replace(look(), site=replace(SITE, evses=SITE.evses[:1]))
    gone = stamped(look(), smaller)
    back = restamp(gone, look(), LATER)
    assert come_back(gone, back) == (OTHER,)
    assert come_back(gone | back, restamp(gone | back, look(other="CHARGING"), LATER)) == ()
    assert come_back({}, stamped(look())) == ()


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("24/7", []),
        ("Mo 06:00-22:00", ["1 06:00-22:00"]),
        ("Sa,Su 08:00-20:00; Mo-We 06:00-12:00,13:00-18:00", [
            *("1 06:00-12:00", "1 13:00-18:00", "2 06:00-12:00", "2 13:00-18:00", "3 06:00-12:00", "3 13:00-18:00"),
            *("6 08:00-20:00", "7 08:00-20:00"),
        ]),
        ("Sa-Mo, We 00:00-23:59", ["1 00:00-23:59", "3 00:00-23:59", "6 00:00-23:59", "7 00:00-23:59"]),
        ("Tu 08:00-12:00, 12:00-23:59", ["2 08:00-12:00", "2 12:00-23:59"]),
    ],
)  # fmt: skip
def test_r_63_opening_times_are_told_day_by_day(text: str, hours: list[str]) -> None:
    told = read_hours(text)
    assert told.twentyfourseven is (text == "24/7")
    assert [f"{each.weekday} {each.period_begin}-{each.period_end}" for each in told.regular_hours] == hours


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "24/7 ", "always", "Mo", "08:00-20:00", "Mo 8:00-20:00", "Mo 08:00-24:00", "Mo 08:00"),
        *("mo 08:00-20:00", "Mo-Xx 08:00-20:00", "Mo 08:00-20:00;", "Mo 08:00-20:60", "Mo 08:00-09:00; 24/7"),
        *("Mo 20:00-08:00", "Mo 08:00-08:00", "Mo-We 08:00-20:00; Tu 19:59-21:00", "Mo,Mo 08:00-20:00"),
    ],
)
def test_r_63_what_is_no_opening_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"; write one|^must be"):
        read_hours(text)


def test_r_63_opening_times_stamp_the_location_alone() -> None:
    stamps = stamped(look(), replace(look(), opening_times="24/7"))
    location = compose(stamps)
    assert json.loads(encode(location))["opening_times"] == {"twentyfourseven": True}
    assert location.last_updated == "2026-03-02T00:01:00Z"
    assert {evse.last_updated for evse in location.evses} == {"2026-03-02T00:00:00Z"}
    without = compose(stamps | restamp(stamps, look(), LATER))
    assert without.opening_times is None


def test_last_updated_grows_though_the_clock_goes_back() -> None:
    stamps = stamped(look())
    changed = restamp(stamps, look(one="CHARGING"), MIDNIGHT - timedelta(days=1))
    assert changed[EVSE,].last_updated == MIDNIGHT + timedelta(milliseconds=1)


@given(st.lists(st.sampled_from(("AVAILABLE", "CHARGING", "OUTOFORDER")), min_size=1, max_size=12))
def test_a_location_is_as_new_as_its_newest_part_whatever_happens(statuses: list[str]) -> None:
    location = compose(stamped(*(look(one=status) for status in statuses)))
    parts = [part for evse in location.evses for part in (evse, *evse.connectors)]
    assert location.last_updated == max(part.last_updated for part in parts)
    assert location.evses[0].status == statuses[-1]


@pytest.mark.parametrize(("path", "found"), [((), "LOC1"), (("evse-2",), "EVSE-2"), (("EVSE-2", "1"), "1")])
def test_r_62_parts_are_found_without_regard_to_case(path: Path, found: str) -> None:
    part = find_part(compose(stamped(look())), path)
    assert part is not None
    assert getattr(part, "uid", None) or getattr(part, "id", None) == found


def test_only_an_evse_with_a_reader_says_so() -> None:
    one, other = compose(stamped(look())).evses
    assert one.capabilities == ("RFID_READER", "TOKEN_GROUP_CAPABLE")
    assert other.capabilities == ()


def test_evses_can_be_started_from_afar_and_reserved_where_orders_can_come() -> None:
    one, other = compose(stamped(replace(look(), takes_orders=True))).evses
    assert one.capabilities == ("REMOTE_START_STOP_CAPABLE", "RESERVABLE", "RFID_READER", "TOKEN_GROUP_CAPABLE")
    assert other.capabilities == ("REMOTE_START_STOP_CAPABLE", "RESERVABLE")
