"""R-66 and R-67: what we answer and tell of orders and charging profiles, against published schemas of OCPI 2.2.1."""

import json
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from ocpi.test_against_published_schemas import schema
from plant import EVSE, MIDNIGHT, site

from gateway.core.commands import ChargingProfile, CommandKind, CommandResponse, CommandResult, ProfilePeriod, RateUnit
from gateway.ocpi.location_delivery import parts_of, status_changes, whole_location
from gateway.ocpi.v2_2_1.command import (
    PROFILE_KINDS,
    encode_active_profile,
    encode_profile_response,
    encode_response,
    encode_result,
)
from gateway.ocpi.v2_2_1.location import Look, restamp

LIMITS = ChargingProfile(
    RateUnit.A, (ProfilePeriod(0, Decimal("10.3")), ProfilePeriod(600, Decimal(0))), start=MIDNIGHT, duration_s=900
)
# What each kind of order is told of its outcome, by the schema's name.
RESULTS = {
    CommandKind.SET_CHARGING_PROFILE: "chargingprofiles.charging_profile.result",
    CommandKind.CLEAR_CHARGING_PROFILE: "chargingprofiles.clear_profile.result",
    CommandKind.GET_CHARGING_PROFILE: "chargingprofiles.active_charging_profile.result",
}


def enveloped(data: bytes) -> dict[str, Any]:
    return {"data": json.loads(data), "status_code": 1000, "timestamp": "2026-03-02T00:00:00Z"}


@pytest.mark.parametrize("message", [None, "the EVSE has no such connector"])
@pytest.mark.parametrize("response", CommandResponse)
def test_r66_every_answer_to_an_order_is_valid(response: CommandResponse, message: str | None) -> None:
    assert schema("commands.response").violations(enveloped(encode_response(response, 60, message))) == []
    assert schema("chargingprofiles.response").violations(enveloped(encode_profile_response(response, 60))) == []


@pytest.mark.parametrize("kind", CommandKind)
@pytest.mark.parametrize("result", CommandResult)
def test_r67_every_result_of_an_order_is_valid(kind: CommandKind, result: CommandResult) -> None:
    told = json.loads(encode_result(kind, result, "done", LIMITS))
    assert schema(RESULTS[kind] if kind in PROFILE_KINDS else "commands.result").violations(told) == []


def test_an_active_profile_is_valid() -> None:
    assert schema("chargingprofiles.active").violations(json.loads(encode_active_profile(LIMITS))) == []


@pytest.mark.parametrize("hours", [None, "24/7", "Mo-Fr 06:00-22:00; Sa,Su 08:00-12:00,13:00-23:59"])
def test_r59_r63_a_location_and_a_status_that_are_pushed_are_valid(hours: str | None) -> None:
    can = frozenset({EVSE})
    look = Look(site(), {EVSE: "AVAILABLE"}, can, can, takes_orders=True, opening_times=hours)
    stamps = restamp({}, look, MIDNIGHT)
    _, location = whole_location(parts_of(stamps))
    assert schema("location").violations(json.loads(location)) == []
    changed = restamp(stamps, replace(look, statuses={EVSE: "UNKNOWN"}), MIDNIGHT + timedelta(minutes=1))
    patches = list(status_changes(parts_of(stamps), parts_of(changed)) or ())
    assert [uid for uid, _ in patches] == [EVSE]
    for _, patch in patches:
        assert schema("evse.partial").violations(json.loads(patch)) == []
