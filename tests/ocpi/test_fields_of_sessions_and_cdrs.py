"""Times, numbers and texts in Sessions and CDRs; names carry the conformance rule they show."""

import re
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ocpi.examples import EVSE, SITE, at, cdr, session, site, token
from ocpi.sent import cdr_json, every_value, session_json

from gateway.core.identifiers import CdrId, Party, SessionId, TokenUid
from gateway.core.tariff import Price
from gateway.ocpi.v2_2_1.cdr import encode_cdr
from gateway.ocpi.v2_2_1.session import encode_session

DATE_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


def test_r19_every_time_is_utc_seconds_with_z() -> None:
    times = [
        value
        for sent in (session_json(end=at(12)), cdr_json())
        for path, value in every_value(sent)
        if "date_time" in path or path.endswith("last_updated")
    ]

    assert len(times) == 11
    assert all(isinstance(value, str) and DATE_TIME.fullmatch(value) for value in times)


def test_r19_other_zones_come_out_as_utc_with_milliseconds_at_most() -> None:
    start = datetime(2026, 3, 29, 3, 0, 0, 999_999, tzinfo=timezone(timedelta(hours=2)))

    assert session_json(start=start)["start_date_time"] == "2026-03-29T01:00:00.999Z"


def test_r19_a_time_without_zone_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match=r"^start_date_time: .* has no time zone"):
        encode_session(session(start=datetime(2026, 3, 1)), SITE)  # noqa: DTZ001 - the point of it


@given(st.integers(min_value=0, max_value=10**12))
def test_r22_energy_is_exact_in_plain_digits(energy_wh: int) -> None:
    raw = encode_session(session(energy_wh=energy_wh), SITE)

    digits = re.search(rb'"kwh":([^,]+),', raw)
    assert digits is not None
    assert re.fullmatch(rb"(0|[1-9]\d*)(\.\d{0,2}[1-9])?", digits[1])
    assert Decimal(digits[1].decode()) * 1000 == energy_wh


@pytest.mark.parametrize("amount", ["1E+3", "0.0001", "0E-8", "12.3400", "-0", "1E-4"])
def test_r22_amounts_have_no_exponent_however_they_were_computed(amount: str) -> None:
    raw = encode_session(session(total_cost=Price(Decimal(amount))), SITE)

    digits = re.search(rb'"excl_vat":([^}]+)}', raw)
    assert digits is not None
    assert re.fullmatch(rb"\d+(\.\d{1,4})?", digits[1])
    assert Decimal(digits[1].decode()) == Decimal(amount)


@pytest.mark.parametrize("amount", ["NaN", "Infinity"])
def test_r22_what_is_no_number_is_refused(amount: str) -> None:
    with pytest.raises(ValueError, match="number"):
        encode_session(session(total_cost=Price(Decimal(amount))), SITE)


def test_r24_nothing_is_null_or_empty() -> None:
    sent = [
        *every_value(session_json(meter_id="", authorization_reference="", periods=())),
        *every_value(cdr_json(meter_id="", remark="", site=site(name=None, postal_code=""))),
    ]

    assert [path for path, value in sent if value is None or value == ""] == []
    assert "charging_periods" not in session_json(periods=())


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"country": "NL"}, "cdr_location.country: must be three capitals (ISO 3166 alpha-3)"),
        ({"latitude": "52.09"}, "cdr_location.coordinates.latitude: must be degrees with 5 to 7 decimals"),
        ({"longitude": "5,121420"}, "cdr_location.coordinates.longitude: must be degrees"),
        ({"address": "x" * 46}, "cdr_location.address: has 46 characters, OCPI allows at most 45, shorten it"),
        ({"city": "Utrecht\n"}, "cdr_location.city: has a control character, remove it"),
        ({"location_id": "Büro"}, "cdr_location.id: has a character outside printable ASCII, remove it"),
        ({"evses": (replace(EVSE, evse_id="NL*EXA*1001"),)}, "cdr_location.evse_id: must be an EVSE id like"),
    ],
)
def test_r44_a_location_that_no_cdr_may_carry_is_refused_by_field(changes: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match="^" + re.escape(said)):
        encode_cdr(cdr(site=site(**changes)))


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("session.id", {"id": SessionId("x" * 37)}),
        ("authorization_reference", {"authorization_reference": "x" * 37}),
        ("meter_id", {"meter_id": "x" * 256}),
        ("cdr_token.uid", {"token": token(uid=TokenUid("0" * 37))}),
        ("cdr_token.contract_id", {"token": token(contract_id="é")}),
        ("cdr_token.party_id", {"token": token(owner=Party("DE", "LONG"))}),
    ],
)
def test_r21_r23_a_field_that_breaks_its_rule_is_named(field: str, changes: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=rf"^{re.escape(field)}: "):
        encode_session(session(**changes), SITE)


def test_r23_a_cdr_id_may_have_39_characters_and_no_more() -> None:
    assert cdr_json(id=CdrId("x" * 39))["id"] == "x" * 39
    with pytest.raises(ValueError, match=r"^cdr\.id: has 40 characters"):
        encode_cdr(cdr(id=CdrId("x" * 40)))


def test_a_uid_is_not_in_the_error_about_it() -> None:
    with pytest.raises(ValueError, match="cdr_token") as refused:
        encode_session(session(token=token(uid=TokenUid("SECRETCARD\x00"))), SITE)

    assert "SECRETCARD" not in str(refused.value)
