"""OCPI Commands and ChargingProfiles on the wire: what a peer orders, what it is told at once and afterwards."""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final

import msgspec

from gateway.core.commands import (
    ChargingProfile,
    Command,
    CommandKind,
    CommandResponse,
    CommandResult,
    ProfilePeriod,
    RateUnit,
)
from gateway.core.token import Token
from gateway.ocpi.numbers import number
from gateway.ocpi.reading import Malformed, Number, decode, read, shaped, without_nulls
from gateway.ocpi.v2_2_1.rules import moment, parse_moment, text
from gateway.ocpi.v2_2_1.token_object import read_token

_MOST_PERIODS: Final = 1000
_LONGEST_S: Final = 10 * 365 * 24 * 3600
_LONGEST_RESERVATION_ID: Final = 36
_NULL: Final = b"null"
_WHOLE: Final = "$[0]: "


class UnknownCommand(ValueError):
    """A command that this version of OCPI does not have."""


class _Order(msgspec.Struct, frozen=True, kw_only=True):
    response_url: str
    token: msgspec.Raw = msgspec.Raw(_NULL)
    location_id: str | None = None
    evse_uid: str | None = None
    connector_id: str | None = None
    session_id: str | None = None
    reservation_id: str | None = None
    expiry_date: str | None = None
    authorization_reference: str | None = None


class _PeriodWire(msgspec.Struct, frozen=True):
    start_period: int
    limit: Number


class _ProfileWire(msgspec.Struct, frozen=True, kw_only=True):
    charging_rate_unit: RateUnit
    charging_profile_period: tuple[_PeriodWire, ...] = ()
    start_date_time: str | None = None
    duration: int | None = None
    min_charging_rate: Number | None = None


class _SetProfileWire(msgspec.Struct, frozen=True):
    charging_profile: _ProfileWire
    response_url: str


_NEEDS: Final[Mapping[CommandKind, tuple[str, ...]]] = {
    CommandKind.START_SESSION: ("token", "location_id"),
    CommandKind.STOP_SESSION: ("session_id",),
    CommandKind.RESERVE_NOW: ("token", "location_id", "reservation_id", "expiry_date"),
    CommandKind.CANCEL_RESERVATION: ("reservation_id",),
    CommandKind.UNLOCK_CONNECTOR: ("location_id", "evse_uid", "connector_id"),
}
_IDS: Final = ("location_id", "evse_uid", "connector_id", "session_id", "authorization_reference")
# What an answer may say of charging profiles: they have fewer words.
_PROFILE_RESULTS: Final[Mapping[CommandResult, str]] = {CommandResult.ACCEPTED: "ACCEPTED"}
_PROFILE_REFUSED: Final = "REJECTED"
PROFILE_KINDS: Final = frozenset(
    {CommandKind.SET_CHARGING_PROFILE, CommandKind.CLEAR_CHARGING_PROFILE, CommandKind.GET_CHARGING_PROFILE}
)


def read_command(name: str, body: bytes) -> tuple[Command, str]:
    """Return a command and its response_url; ValueError tells what is wrong, UnknownCommand if there is no such one."""
    try:
        kind = CommandKind(name)
    except ValueError:
        raise UnknownCommand(name) from None
    if kind not in _NEEDS:
        raise UnknownCommand(name)
    wire = read(body, _Order)
    for needed in _NEEDS[kind]:
        if not getattr(wire, needed) or getattr(wire, needed) == msgspec.Raw(_NULL):
            raise ValueError(f"{needed}: is missing")
    for name_ in _IDS:
        value = getattr(wire, name_)
        if value:
            text(name_, value)
    if wire.reservation_id is not None and not _is_ci_string(wire.reservation_id, _LONGEST_RESERVATION_ID):
        raise ValueError("reservation_id: must be 1 to 36 printable ASCII characters")
    command = Command(
        kind=kind,
        token=None if bytes(wire.token) == _NULL else _token(wire.token),
        location_id=wire.location_id or None,
        evse_uid=wire.evse_uid or None,
        connector_id=wire.connector_id or None,
        session_id=wire.session_id,
        reservation_id=wire.reservation_id,
        expires=None if wire.expiry_date is None else parse_moment(wire.expiry_date),
        authorization_reference=wire.authorization_reference or None,
    )
    return command, wire.response_url


def read_profile(session_id: str, body: bytes) -> tuple[Command, str]:
    """Return the order to set a charging profile and its response_url; ValueError tells what is wrong."""
    wire = shaped("$", without_nulls(decode(body)), _SetProfileWire)
    profile = wire.charging_profile
    periods = tuple(ProfilePeriod(each.start_period, Decimal(each.limit)) for each in profile.charging_profile_period)
    starts = [period.start_s for period in periods]
    if len(periods) > _MOST_PERIODS:
        raise Malformed(f"$.charging_profile.charging_profile_period: has more than {_MOST_PERIODS} periods")
    if any(period.limit < 0 for period in periods):
        raise Malformed("$.charging_profile.charging_profile_period: a limit must not be negative")
    if any(not 0 <= start <= _LONGEST_S for start in starts) or starts != sorted(set(starts)):
        raise Malformed("$.charging_profile.charging_profile_period: start_period must grow from period to period")
    if profile.duration is not None and not 0 <= profile.duration <= _LONGEST_S:
        raise Malformed("$.charging_profile.duration: must be a number of seconds")
    start = profile.start_date_time
    read = ChargingProfile(
        unit=profile.charging_rate_unit,
        periods=periods,
        start=None if start is None else parse_moment(start),
        duration_s=profile.duration,
        min_rate=None if profile.min_charging_rate is None else Decimal(profile.min_charging_rate),
    )
    return Command(CommandKind.SET_CHARGING_PROFILE, session_id=session_id, profile=read), wire.response_url


def key_of(name: str, query: Mapping[str, str], body: bytes) -> str:
    """Return the same text for the same content, however its JSON is laid out; ValueError for a number beyond all."""
    content = [name, sorted(query.items()), msgspec.json.decode(body) if body else None]
    return hashlib.sha256(msgspec.json.encode(content, order="deterministic")).hexdigest()


def encode_response(response: CommandResponse, timeout_s: int, message: str | None = None) -> bytes:
    """Return a CommandResponse; the message is meant for people."""
    return msgspec.json.encode(_with_message({"result": response.value, "timeout": timeout_s}, message))


def encode_profile_response(response: CommandResponse, timeout_s: int) -> bytes:
    """Return a ChargingProfileResponse."""
    return msgspec.json.encode({"result": response.value, "timeout": timeout_s})


def encode_result(kind: CommandKind, result: CommandResult, detail: str, profile: ChargingProfile | None) -> bytes:
    """Return what is posted to the response_url, in the words that the kind of order has for it."""
    if kind not in PROFILE_KINDS:
        return msgspec.json.encode(_with_message({"result": result.value}, detail))
    said: dict[str, Any] = {"result": _PROFILE_RESULTS.get(result, _PROFILE_REFUSED)}
    if kind is CommandKind.GET_CHARGING_PROFILE and profile is not None and profile.start is not None:
        said["profile"] = _active(profile, profile.start)
    return msgspec.json.encode(said)


def encode_active_profile(profile: ChargingProfile) -> bytes:
    """Return an ActiveChargingProfile; ValueError where it has no start."""
    if profile.start is None:
        raise ValueError("an active charging profile without a start")
    return msgspec.json.encode(_active(profile, profile.start))


def _active(profile: ChargingProfile, start: datetime) -> dict[str, Any]:
    at = moment("start_date_time", start.replace(microsecond=0))
    return {"start_date_time": at, "charging_profile": _profile(profile)}


def _profile(profile: ChargingProfile) -> dict[str, Any]:
    wire: dict[str, Any] = {}
    if profile.start is not None:
        wire["start_date_time"] = moment("start_date_time", profile.start.replace(microsecond=0))
    if profile.duration_s is not None:
        wire["duration"] = profile.duration_s
    wire["charging_rate_unit"] = profile.unit.value
    if profile.min_rate is not None:
        wire["min_charging_rate"] = number(_one_decimal(profile.min_rate))
    wire["charging_profile_period"] = [
        {"start_period": period.start_s, "limit": number(_one_decimal(period.limit))} for period in profile.periods
    ]
    return wire


def _one_decimal(value: Decimal) -> Decimal:
    return value.quantize(Decimal("0.1"), ROUND_HALF_UP)


def _with_message(said: dict[str, Any], message: str | None) -> dict[str, Any]:
    return said if not message else {**said, "message": [{"language": "en", "text": message[:512]}]}


def _token(raw: msgspec.Raw) -> Token:
    try:
        return read_token(bytes(raw)).token
    except ValueError as problem:
        raise ValueError(f"token: {str(problem).removeprefix(_WHOLE)}") from None


def _is_ci_string(value: str, longest: int) -> bool:
    return 0 < len(value) <= longest and value.isascii() and value.isprintable()
