"""What OCPI 2.2.1 allows in a field: texts and times, checked on their way to the wire.

Lengths and character sets are those of the specification's object tables; a violation is a ValueError that names the
field and never the value, since some values are cards.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

import msgspec

from gateway.ocpi.numbers import number

_MAX_DATETIME_LENGTH = 25
_DATETIME = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d+))?Z?")
_MICROSECOND_DIGITS = 6
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")  # C0, DEL and C1, and Unicode's own line ends
_SECONDS = "%04d-%02d-%02dT%02d:%02d:%02d"  # strftime takes four times as long, and each answer has a time


@dataclass(frozen=True, slots=True)
class TextRule:
    """A string type: at most `max_length` characters; CiStrings are printable ASCII, strings free of controls."""

    max_length: int
    is_ci_string: bool = False
    pattern: re.Pattern[str] | None = None
    form: str = ""


def _ci(max_length: int, pattern: str | None = None, form: str = "") -> TextRule:
    return TextRule(max_length, is_ci_string=True, pattern=re.compile(pattern) if pattern else None, form=form)


_COUNTRY_ALPHA_2 = _ci(2, r"[A-Za-z]{2}", "two letters (ISO 3166 alpha-2)")
_PARTY = _ci(3, r"[A-Za-z0-9]{3}", "three letters or digits")

TEXT_RULES: Mapping[str, TextRule] = {
    "country_code": _COUNTRY_ALPHA_2,
    "party_id": _PARTY,
    "session.id": _ci(36),
    "cdr.id": _ci(39),
    "session_id": _ci(36),
    "authorization_reference": _ci(36),
    "location_id": _ci(36),
    "evse_uid": _ci(36),
    "connector_id": _ci(36),
    "meter_id": TextRule(255),
    "currency": TextRule(3, pattern=re.compile("[A-Z]{3}"), form="three capitals (ISO 4217)"),
    "remark": TextRule(255),
    "tariff_id": _ci(36),
    "cdr_token.country_code": _COUNTRY_ALPHA_2,
    "cdr_token.party_id": _PARTY,
    "cdr_token.uid": _ci(36),
    "cdr_token.contract_id": _ci(36),
    "cdr_location.id": _ci(36),
    "cdr_location.name": TextRule(255),
    "cdr_location.address": TextRule(45),
    "cdr_location.city": TextRule(45),
    "cdr_location.postal_code": TextRule(10),
    "cdr_location.country": TextRule(3, pattern=re.compile("[A-Z]{3}"), form="three capitals (ISO 3166 alpha-3)"),
    "cdr_location.coordinates.latitude": TextRule(
        10, pattern=re.compile(r"-?\d{1,2}\.\d{5,7}"), form="degrees with 5 to 7 decimals, like 52.374030"
    ),
    "cdr_location.coordinates.longitude": TextRule(
        11, pattern=re.compile(r"-?\d{1,3}\.\d{5,7}"), form="degrees with 5 to 7 decimals, like 4.889690"
    ),
    "cdr_location.evse_uid": _ci(36),
    "cdr_location.evse_id": _ci(
        48,
        r"[A-Z]{2}\*?[A-Z0-9]{3}\*?E[A-Z0-9*]{1,30}|\+?[0-9]{1,3}\*[0-9]{3}\*[0-9*]{1,32}",
        "an EVSE id like NL*TNM*E840*6487",
    ),
    "cdr_location.connector_id": _ci(36),
    "cdr_location.connector_standard": TextRule(255),
    "token.country_code": _COUNTRY_ALPHA_2,
    "token.party_id": _PARTY,
    "token.uid": _ci(36),
    "token.contract_id": _ci(36),
    "token.visual_number": TextRule(64),
    "token.issuer": TextRule(64),
    "token.group_id": _ci(36),
    "token.language": TextRule(2, pattern=re.compile("[A-Za-z]{2}"), form="two letters (ISO 639-1)"),
}


def text(field: str, value: str) -> str:
    """Return the value if the field may carry it; ValueError says what is wrong and what would be right."""
    problem = text_problem(field, value)
    if problem is not None:
        raise ValueError(f"{field}: {problem}")
    return value


def optional_text(field: str, value: str | None) -> str | None:
    """Like `text`; nothing stays nothing, and an empty string is nothing too: OCPI leaves such fields out."""
    return text(field, value) if value else None


def text_problem(field: str, value: str) -> str | None:
    """Return what is wrong with a value for this field of TEXT_RULES, None if nothing is."""
    rule = TEXT_RULES[field]
    if not value:
        return "is empty, give it a value"
    if len(value) > rule.max_length:
        return f"has {len(value)} characters, OCPI allows at most {rule.max_length}, shorten it"
    if rule.is_ci_string and not (value.isascii() and value.isprintable()):
        return "has a character outside printable ASCII, remove it"
    if _CONTROL.search(value) is not None:
        return "has a control character, remove it"
    if rule.pattern is not None and rule.pattern.fullmatch(value) is None:
        return f"must be {rule.form}"
    return None


def kwh(energy_wh: int) -> msgspec.Raw:
    """Watt-hours as kWh, exactly."""
    return number(Decimal(energy_wh) / 1000)


def moment(field: str, value: datetime) -> str:
    """Return the OCPI DateTime of an aware datetime: UTC with Z, milliseconds (cut off) only where there are any."""
    if value.tzinfo is None:
        raise ValueError(f"{field}: {value.isoformat()} has no time zone, OCPI times are UTC")
    utc = value.astimezone(UTC)
    seconds = _SECONDS % (utc.year, utc.month, utc.day, utc.hour, utc.minute, utc.second)
    milliseconds = utc.microsecond // 1000
    return f"{seconds}.{milliseconds:03}Z" if milliseconds else f"{seconds}Z"


def parse_moment(value: str) -> datetime:
    """Return the aware datetime of an OCPI DateTime; without Z it is UTC all the same, an offset is a ValueError."""
    match = _DATETIME.fullmatch(value)
    if match is None or len(value) > _MAX_DATETIME_LENGTH:
        raise ValueError("is not an OCPI DateTime, write it in UTC like 2026-01-31T12:00:00Z")
    seconds, fraction = match.groups()
    try:
        parsed = datetime.fromisoformat(seconds).replace(tzinfo=UTC)
    except ValueError:
        raise ValueError("is not a date that exists, write it in UTC like 2026-01-31T12:00:00Z") from None
    return parsed.replace(microsecond=int((fraction or "0").ljust(_MICROSECOND_DIGITS, "0")[:_MICROSECOND_DIGITS]))
