"""Values in the form that people read: times in the site's zone, ages, energy, quality."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from gateway.cli.language import decimal_mark, say
from gateway.cli.table import Cell, Style
from gateway.core.telemetry import EvseStatus, Quality

_QUALITY_STYLES = {
    Quality.GOOD: Style.GOOD,
    Quality.STALE: Style.DOUBTFUL,
    Quality.LOST: Style.BAD,
    Quality.NOT_AVAILABLE: Style.DOUBTFUL,
    Quality.NEVER_READ: Style.BAD,
}
_STATUS_STYLES = {
    EvseStatus.AVAILABLE: Style.GOOD,
    EvseStatus.CHARGING: Style.GOOD,
    EvseStatus.OUTOFORDER: Style.BAD,
    EvseStatus.UNKNOWN: Style.DOUBTFUL,
}
_MINUTE_S = 60
_HOUR_S = 3600
_DAY_S = 86400


def local(at: datetime, zone: ZoneInfo | None) -> str:
    """Return date and time in the zone, UTC where there is none."""
    return f"{at.astimezone(zone or UTC):%Y-%m-%d %H:%M:%S}"


def parse_time(text: str) -> datetime:
    """Return an OCPI DateTime; one without a zone is UTC."""
    at = datetime.fromisoformat(text)
    return at if at.tzinfo is not None else at.replace(tzinfo=UTC)


def span(duration: timedelta) -> str:
    """Return a duration in the two units that matter."""
    seconds = max(0, round(duration.total_seconds()))
    if seconds < _MINUTE_S:
        return f"{seconds} s"
    if seconds < _HOUR_S:
        return f"{seconds // _MINUTE_S} min {seconds % _MINUTE_S} s"
    if seconds < _DAY_S:
        return f"{seconds // _HOUR_S} h {seconds % _HOUR_S // _MINUTE_S} min"
    return f"{seconds // _DAY_S} d {seconds % _DAY_S // _HOUR_S} h"


def quality(value: Quality) -> Cell:
    """Return a quality in its colour."""
    return Cell(say(value.value.replace("_", " ")), _QUALITY_STYLES[value])


def evse_status(value: EvseStatus) -> Cell:
    """Return an EVSE's status in its colour."""
    return Cell(value.value, _STATUS_STYLES[value])


def kwh(energy_wh: int) -> str:
    """Return integer Wh as kWh with all its digits."""
    sign = "-" if energy_wh < 0 else ""
    return f"{sign}{abs(energy_wh) // 1000}{decimal_mark()}{abs(energy_wh) % 1000:03d} kWh"


def money(amount: Decimal, currency: str) -> str:
    """Return an amount with at least two decimals."""
    return f"{plain(amount, 2)} {currency}"


def plain(value: Decimal, least_decimals: int = 0) -> str:
    """Return a number without exponent and superfluous zeros."""
    text = f"{value:f}"
    whole, _, decimals = text.partition(".")
    decimals = decimals.rstrip("0").ljust(least_decimals, "0")
    return f"{whole}{decimal_mark()}{decimals}" if decimals else whole


def yes_no(value: bool | None, yes: str, no: str) -> str:  # noqa: FBT001 - the value itself, not a flag
    """Return one of two words, "unknown" for None."""
    if value is None:
        return say("unknown")
    return say(yes if value else no)
