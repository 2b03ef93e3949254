"""What OCPI 2.2.1 demands beyond the class tables: sums, order in time, life cycles, and who may change what."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

# Decoded JSON whose class table has already been found right.
Json = Mapping[str, Any]

SESSION_TRANSITIONS: Mapping[str, frozenset[str]] = {
    "PENDING": frozenset({"PENDING", "ACTIVE", "INVALID"}),
    "RESERVATION": frozenset({"RESERVATION", "ACTIVE", "COMPLETED"}),
    "ACTIVE": frozenset({"ACTIVE", "COMPLETED", "INVALID"}),
    "COMPLETED": frozenset(),
    "INVALID": frozenset(),
}
SESSION_START = frozenset({"PENDING", "RESERVATION", "ACTIVE"})
FIXED_AT_START = ("country_code", "party_id", "id", "cdr_token", "location_id", "currency", "meter_id")
# One unit of the fourth decimal per rounded figure: kWh, hours and money alike.
ROUNDING = Decimal("0.0001")
SECONDS_PER_HOUR = 3600
MAX_ORDINARY_CDR_ID = 36
COSTS = ("total_fixed_cost", "total_energy_cost", "total_time_cost", "total_parking_cost", "total_reservation_cost")


def moment(value: str) -> datetime:
    """Read a DateTime that has passed the table."""
    return datetime.fromisoformat(value)


def volume(periods: list[Json], kind: str) -> Decimal:
    """Sum one dimension over charging periods, in its unit: kWh or hours."""
    return sum((Decimal(d["volume"]) for p in periods for d in p["dimensions"] if d["type"] == kind), start=Decimal(0))


def uneven(name: str, value: Decimal, total: Decimal, figures: int) -> Iterator[str]:
    """Compare two sums, allowing for the rounding of so many figures."""
    if abs(value - total) > ROUNDING * figures:
        yield f"{name} is {total}, but the charging periods add up to {value}"


def judge_period_order(body: Json) -> Iterator[str]:
    """Periods begin with the session, follow one another, and none begins after its end."""
    starts = [moment(period["start_date_time"]) for period in body.get("charging_periods") or []]
    if not starts:
        return
    if starts[0] != moment(body["start_date_time"]):
        yield "charging_periods[0] does not begin at start_date_time"
    if any(later <= earlier for earlier, later in pairwise(starts)):
        yield "charging_periods are not in order of time"
    end = body.get("end_date_time")
    if end is not None and starts[-1] >= moment(end) and starts[-1] > starts[0]:
        yield "the last charging period begins after end_date_time"


def judge_session(body: Json, stored: Json | None) -> Iterator[str]:
    """Judge a Session as it would stand after this request, beside the one that stood before."""
    periods = body.get("charging_periods") or []
    if periods:
        yield from uneven("kwh", volume(periods, "ENERGY"), Decimal(body["kwh"]), len(periods))
    yield from judge_period_order(body)
    if body.get("end_date_time") and moment(body["end_date_time"]) < moment(body["start_date_time"]):
        yield "end_date_time lies before start_date_time"
    if body["status"] != "RESERVATION" and "#NA" in {body["evse_uid"], body["connector_id"]}:
        yield "#NA for evse_uid or connector_id is for reservations only"
    if Decimal(body["kwh"]) < 0:
        yield "kwh is negative"
    if stored is None:
        if body["status"] not in SESSION_START and not body.get("end_date_time"):
            yield f"a session that is new and already {body['status']} has no end_date_time"
    elif body != stored:
        yield from judge_session_change(body, stored)


def judge_session_change(body: Json, stored: Json) -> Iterator[str]:
    """Judge a step in a session's life."""
    if body["status"] not in SESSION_TRANSITIONS[stored["status"]]:
        yield f"status went from {stored['status']} to {body['status']}"
    if moment(body["last_updated"]) <= moment(stored["last_updated"]):
        yield f"last_updated did not grow with the change: {stored['last_updated']} then {body['last_updated']}"
    if Decimal(body["kwh"]) < Decimal(stored["kwh"]):
        yield f"kwh fell from {stored['kwh']} to {body['kwh']}"
    for name in FIXED_AT_START:
        if body.get(name) != stored.get(name):
            yield f"{name} changed during the session"
    if stored["status"] != "PENDING" and body["start_date_time"] != stored["start_date_time"]:
        yield "start_date_time changed after the session had begun"


def judge_cdr(body: Json, session: Json | None) -> Iterator[str]:
    """Judge a CDR, beside the session it bills where this peer knows it."""
    for rule in CDR_RULES:
        yield from rule(body)
    if session is not None and not body.get("credit"):
        yield from judge_against_session(body, session)


def judge_cdr_times(body: Json) -> Iterator[str]:
    """Start, end, last_updated and total_time agree."""
    start, end = moment(body["start_date_time"]), moment(body["end_date_time"])
    if end < start:
        yield "end_date_time lies before start_date_time"
    if moment(body["last_updated"]) < end:
        yield "last_updated lies before end_date_time"
    # What was reserved before the charge lies between start and end, and is no part of the charging session.
    hours = Decimal(body["total_time"]) + volume(body["charging_periods"], "RESERVATION_TIME")
    if abs(timedelta(seconds=float(hours * SECONDS_PER_HOUR)) - (end - start)) > timedelta(seconds=1):
        yield f"total_time and reservations are {hours} h, but start to end is {end - start}"
    yield from judge_period_order(body)


def judge_cdr_sums(body: Json) -> Iterator[str]:
    """Volumes of the periods add up to the totals."""
    periods = body["charging_periods"]
    energy, time, parking = (volume(periods, kind) for kind in ("ENERGY", "TIME", "PARKING_TIME"))
    total_parking = Decimal(body.get("total_parking_time") or 0)
    yield from uneven("total_energy", energy, Decimal(body["total_energy"]), len(periods))
    yield from uneven("total_time", time + parking, Decimal(body["total_time"]), 2 * len(periods))
    yield from uneven("total_parking_time", parking, total_parking, len(periods))
    if total_parking > Decimal(body["total_time"]):
        yield "total_parking_time is longer than total_time"


def judge_cdr_cost(body: Json) -> Iterator[str]:
    """Partial costs add up to total_cost, unless a tariff has a least or greatest price or this is a credit."""
    parts = [body[name] for name in COSTS if body.get(name) is not None]
    bounded = any(t.get("min_price") or t.get("max_price") for t in body.get("tariffs") or [])
    if not parts or bounded or body.get("credit"):
        return
    for vat in ("excl_vat", "incl_vat"):
        amounts = [part.get(vat) for part in parts]
        total = body["total_cost"].get(vat)
        if total is None or None in amounts:
            continue
        if abs(sum(map(Decimal, amounts), start=Decimal(0)) - Decimal(total)) > ROUNDING * (len(parts) + 1):
            yield f"total_cost.{vat} is {total}, but its parts add up to {sum(map(Decimal, amounts))}"


def judge_cdr_references(body: Json) -> Iterator[str]:
    """Ids inside the CDR point at something."""
    known = {tariff["id"] for tariff in body.get("tariffs") or []}
    named = {period["tariff_id"] for period in body["charging_periods"] if period.get("tariff_id")}
    if named - known:
        yield f"tariff {', '.join(sorted(named - known))} of a charging period is not among tariffs"
    if any(tariff["currency"] != body["currency"] for tariff in body.get("tariffs") or []):
        yield "a tariff has another currency than the CDR"
    if body.get("credit"):
        if not body.get("credit_reference_id"):
            yield "a credit CDR has no credit_reference_id"
    elif len(body["id"]) > MAX_ORDINARY_CDR_ID:
        yield f"id has {len(body['id'])} characters; more than {MAX_ORDINARY_CDR_ID} are for credit CDRs"
    if body["total_energy"] and not body.get("session_id"):
        yield "session_id is missing"


CDR_RULES: tuple[Callable[[Json], Iterator[str]], ...] = (
    judge_cdr_times,
    judge_cdr_sums,
    judge_cdr_cost,
    judge_cdr_references,
)


def judge_against_session(body: Json, session: Json) -> Iterator[str]:
    """Compare the bill with what was pushed as the session's end."""
    if session["status"] != "COMPLETED":
        yield f"the CDR arrived while its session is {session['status']}"
        return
    for cdr_name, session_name in (("total_energy", "kwh"), ("total_cost", "total_cost")):
        if session.get(session_name) is not None and body[cdr_name] != session[session_name]:
            yield f"{cdr_name} is {body[cdr_name]}, but the session ended with {session_name} {session[session_name]}"
    for name in ("start_date_time", "end_date_time", "cdr_token", "auth_method", "currency", "meter_id"):
        if body.get(name) != session.get(name):
            yield f"{name} differs from the session's"
