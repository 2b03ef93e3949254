"""From a session's record to what backends are told of it: OCPI Session, ChargingPeriods, CDR."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise
from zoneinfo import ZoneInfo

from gateway.core.cdr import Cdr
from gateway.core.charging_periods import ChargingPeriod, Dimension, DimensionType
from gateway.core.facts import Register, SessionEnded
from gateway.core.identifiers import CdrId
from gateway.core.period_marks import Mark, Terms, current_of
from gateway.core.pricing import Costs, price
from gateway.core.reasons import StopReason
from gateway.core.reservation_billing import is_expired, lapsed_at, reserved_periods
from gateway.core.session import Session, SessionStatus
from gateway.core.session_phase import OPEN, Phase
from gateway.core.session_record import SessionRecord, session_time, stamp
from gateway.core.tariff import Price
from gateway.core.taxes import taxes_of

_FOUR_DECIMALS = Decimal("0.0001")
_SECONDS_PER_HOUR = 3600
_WH_PER_KWH = 1000

_STATUS = {
    Phase.RESERVED: SessionStatus.RESERVATION,
    Phase.CLAIMED: SessionStatus.RESERVATION,
    Phase.LAPSED: SessionStatus.COMPLETED,
    Phase.AUTHORIZED: SessionStatus.PENDING,
    Phase.CHARGING: SessionStatus.ACTIVE,
    Phase.PAUSED: SessionStatus.ACTIVE,
    Phase.ENDING: SessionStatus.ACTIVE,
    Phase.COMPLETED: SessionStatus.COMPLETED,
    Phase.CANCELLED: SessionStatus.INVALID,
}

_REMARKS = {
    StopReason.CARD: "ended by the card that began it",
    StopReason.COMMAND: "ended by a command of the driver's provider",
    StopReason.CONTACTOR_DID_NOT_CLOSE: "ended: the contactor did not close",
    StopReason.CONTROLLER_FAULT: "ended: fault of the charge controller",
    StopReason.ENERGY_LIMIT: "ended: energy limit reached",
    StopReason.EVSE_REMOVED: "ended: its EVSE is not configured any more",
    StopReason.GROUP_CARD: "ended by a card of the same group",
    StopReason.IDLE: "ended: the vehicle took no energy for a long time",
    StopReason.INTERRUPTED: "ended by a power cut; time counted up to the last record before it",
    StopReason.METER_LOST: "ended: the meter was silent or not believable",
    StopReason.STORAGE_LOST: "ended: the gateway could not write anything down",
    StopReason.TIME_LIMIT: "ended: time limit reached",
    StopReason.UNPLUGGED: "ended by unplugging",
}
_UNMEASURED = "; energy as last read, the contactor was not seen open"
_NOT_CERTAIN = "start and end by a clock that was not synchronised"


def to_session(record: SessionRecord) -> Session:
    """Return what a backend may know of the session now; the cost is that of the energy and time so far."""
    start, end, last = _times(record)
    periods = _periods(record, end, last) if last is not None else ()
    if is_expired(record):
        periods = reserved_periods(record, end)
    costs = _costs(record, periods, end) if record.tariff is not None and periods else None
    total = costs.total if costs is not None else None
    if record.phase is Phase.LAPSED and record.tariff is not None and (costs is None or costs.reservation is None):
        total = Price(Decimal(0), Decimal(0))
    return Session(
        id=record.id,
        status=_STATUS[record.phase],
        start=start,
        end=end if record.phase not in OPEN else None,
        energy_wh=last.energy_wh - record.start.energy_wh if record.start is not None and last is not None else 0,
        token=record.authorized.token,
        auth_method=record.authorized.auth_method,
        authorization_reference=record.authorized.authorization_reference,
        evse_uid=record.evse_uid,
        connector_id=record.authorized.connector_id,
        meter_id=record.site.evse(record.evse_uid).meter_id,
        periods=periods,
        total_cost=total,
        last_updated=record.last_updated,
        taxes=taxes_of(total, costs.lines) if costs is not None and total is not None else (),
    )


def is_billed(record: SessionRecord) -> bool:
    """Tell whether there is a CDR: for what was charged, and for a reservation in vain where its tariff prices that."""
    if record.ended is not None:
        return True
    if not is_expired(record) or record.tariff is None:
        return False
    _, end, _ = _times(record)
    return _costs(record, reserved_periods(record, end), end).reservation is not None


def to_cdr(record: SessionRecord) -> Cdr:
    """Seal the bill of what is over; its id follows from the session's, so there can be only one."""
    start, end, _ = _times(record)
    if record.ended is not None and record.start is not None:
        periods = _periods(record, end, record.ended.stop)
        energy_wh = record.ended.stop.energy_wh - record.start.energy_wh
        remark = _remark(record, record.ended)
    elif is_expired(record):
        periods, energy_wh, remark = reserved_periods(record, end), 0, "reserved, and nobody came"
    else:
        raise ValueError(f"session {record.id} has not ended")
    charging_start = record.course.marks[0].at if record.course is not None else end
    return Cdr(
        id=CdrId(record.id),
        session_id=record.id,
        start=start,
        end=end,
        token=record.authorized.token,
        auth_method=record.authorized.auth_method,
        authorization_reference=record.authorized.authorization_reference,
        site=record.site,
        evse_uid=record.evse_uid,
        connector_id=record.authorized.connector_id,
        meter_id=record.site.evse(record.evse_uid).meter_id,
        tariff=record.tariff,
        periods=periods,
        energy_wh=energy_wh,
        total_hours=_hours(end - charging_start),
        parking_hours=_sum(periods, DimensionType.PARKING_TIME),
        costs=_costs(record, periods, end),
        remark=remark,
        # A session of less than a second ends at the next whole one, which is still to come.
        last_updated=max(_sealed_at(record), end),
        signed=record.signed,
    )


def _times(record: SessionRecord) -> tuple[datetime, datetime, Register | None]:
    """Return start and present end in whole seconds, and the counter that closes the last period so far."""
    start = session_time(record, record.origin)
    last_seen = record.ended.end if record.ended is not None else record.touched_at
    first = record.course.marks[0].at if record.course is not None else start
    end = lapsed_at(record) if record.phase is Phase.LAPSED else session_time(record, last_seen)
    return start, max(first + timedelta(seconds=1), end), record.last


def _periods(record: SessionRecord, end: datetime, last: Register) -> tuple[ChargingPeriod, ...]:
    """Return what lies between the marks before `end`; they cover the session, and their volumes add up exactly."""
    if record.course is None or record.start is None:
        return ()
    # A mark at the very end has no period: what little energy came after it belongs to the one before.
    marks = [mark for mark in record.course.marks if mark.at < end]
    final = Mark(end, last.energy_wh - record.start.energy_wh, charging=False)
    start = marks[0].at
    tariff_id = record.tariff.id if record.tariff is not None else None
    periods = []
    for mark, after in pairwise((*marks, final)):
        hours = _hours(after.at - start) - _hours(mark.at - start)
        energy_kwh = _kwh(after.energy_wh) - _kwh(mark.energy_wh)
        time_type = DimensionType.TIME if mark.charging else DimensionType.PARKING_TIME
        dimensions = (
            Dimension(DimensionType.ENERGY, energy_kwh),
            Dimension(time_type, hours),
            *_highest(record.course.terms, mark),
        )
        periods.append(ChargingPeriod(start=mark.at, dimensions=dimensions, tariff_id=tariff_id))
    return (*reserved_periods(record, end), *periods)


def _highest(terms: Terms | None, mark: Mark) -> Iterator[Dimension]:
    """Say how strong the charge was, where the tariff asks for it."""
    if terms is None or mark.power_kw is None:
        return
    if terms.thresholds.current and terms.phase_voltage_v is not None:
        yield Dimension(DimensionType.MAX_CURRENT, current_of(mark.power_kw, terms.phase_voltage_v))
    if terms.thresholds.power:
        yield Dimension(DimensionType.MAX_POWER, mark.power_kw)


def _costs(record: SessionRecord, periods: tuple[ChargingPeriod, ...], end: datetime) -> Costs:
    if record.tariff is None:
        nothing = Price(Decimal(0), Decimal(0))
        return Costs(total=nothing, fixed=None, energy=None, time=None, parking=None, reservation=None, lines=())
    return price(record.tariff, periods, end, ZoneInfo(record.site.time_zone))


def _remark(record: SessionRecord, ended: SessionEnded) -> str | None:
    if record.stop_reason is None:
        return None
    remark = _REMARKS[record.stop_reason] + ("" if ended.measured_open else _UNMEASURED)
    return remark if record.is_time_trusted else f"{remark}; {_NOT_CERTAIN}"


def _sealed_at(record: SessionRecord) -> datetime:
    """Return when the bill was sealed; one that never waited was when the session last changed."""
    if record.ended is None or record.ended.seals or record.sealed_at is None:
        return record.last_updated
    return stamp(record.chronology.place(record.sealed_at))


def _sum(periods: tuple[ChargingPeriod, ...], dimension: DimensionType) -> Decimal:
    volumes = (each.volume for period in periods for each in period.dimensions if each.type is dimension)
    return sum(volumes, start=Decimal(0))


def _hours(duration: timedelta) -> Decimal:
    seconds = duration // timedelta(seconds=1)
    return (Decimal(seconds) / _SECONDS_PER_HOUR).quantize(_FOUR_DECIMALS, ROUND_HALF_UP)


def _kwh(energy_wh: int) -> Decimal:
    return Decimal(energy_wh) / _WH_PER_KWH
