"""A CDR put right: the same charge with another tariff, or with the energy that evidence shows; priced anew.

Law: a sealed CDR is never changed; this makes the one that is sent after it was taken back.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from gateway.core.cdr import Cdr
from gateway.core.charging_periods import ChargingPeriod, DimensionType
from gateway.core.identifiers import CdrId
from gateway.core.metering import POWER_TOLERANCE_PERCENT
from gateway.core.pricing import price
from gateway.core.tariff import Tariff

# A replacement's id follows from that of the CDR it replaces, so that there can be only one.
_REPLACEMENTS: Final = UUID("0c0b54a9-3d1c-5e0e-8a3c-6f2f4f9a7d11")
_WH_PER_KWH: Final = 1000
_LONGEST_REMARK: Final = 255


def replacement_id(cdr: CdrId) -> CdrId:
    """Return the id of the CDR that replaces this one."""
    return CdrId(str(uuid5(_REPLACEMENTS, cdr)))


def corrected(cdr: Cdr, *, tariff: Tariff | None, energy_wh: int | None, at: datetime, reason: str) -> Cdr:
    """Return the CDR that replaces this one.

    Other energy is shared out over the periods as the old was, in whole Wh, the rest in the last that had any; where
    none had any, all of it is in the first that counts energy. ValueError where none does: nobody charged. A CDR
    without a tariff that gets none stays free.
    """
    wanted = tariff if tariff is not None else cdr.tariff
    energy = cdr.energy_wh if energy_wh is None else energy_wh
    shares = _shared(tuple(map(_energy_wh, cdr.periods)), energy)
    tariff_id = None if wanted is None else wanted.id
    periods = tuple(
        _with_energy(replace(period, tariff_id=tariff_id), share)
        for period, share in zip(cdr.periods, shares, strict=True)
    )
    costs = cdr.costs if wanted is None else price(wanted, periods, cdr.end, ZoneInfo(cdr.site.time_zone))
    return replace(
        cdr,
        id=replacement_id(cdr.id),
        tariff=wanted,
        periods=periods,
        energy_wh=energy,
        costs=costs,
        remark=f"replaces {cdr.id}: {reason}"[:_LONGEST_REMARK],
        last_updated=max(at, cdr.last_updated + timedelta(milliseconds=1)),
    )


def most_wh(cdr: Cdr) -> int:
    """Return what can have been charged at most: what was billed, or what its connector gives from start to end.

    A digit too many in what a human types is more than that; a bill is not the place where it should be noticed.
    """
    hours = max(Decimal((cdr.end - cdr.start) / timedelta(hours=1)), cdr.total_hours)
    connectors = cdr.site.evse(cdr.evse_uid).connectors
    given_w = max((each.watts_per_ampere * each.max_amperage_a for each in connectors), default=0)
    return max(cdr.energy_wh, int(given_w * hours * POWER_TOLERANCE_PERCENT / 100))


def _energy_wh(period: ChargingPeriod) -> int | None:
    """Return what was counted in a period; None where nothing was: the EVSE was only kept for somebody."""
    volumes = (each.volume for each in period.dimensions if each.type is DimensionType.ENERGY)
    return next((int(volume * _WH_PER_KWH) for volume in volumes), None)


def _shared(old: Sequence[int | None], energy_wh: int) -> list[int]:
    counting = [index for index, one in enumerate(old) if one is not None]
    if not counting and energy_wh:
        raise ValueError("no energy was counted: the EVSE was reserved, and nobody came")
    total = sum(one or 0 for one in old)
    shares = [(one or 0) * energy_wh // total if total else 0 for one in old]
    filled = [index for index in counting if old[index]][-1:] or counting[:1]
    for index in filled:
        shares[index] += energy_wh - sum(shares)
    return shares


def _with_energy(period: ChargingPeriod, energy_wh: int) -> ChargingPeriod:
    volume = Decimal(energy_wh) / _WH_PER_KWH
    dimensions = tuple(
        replace(each, volume=volume) if each.type is DimensionType.ENERGY else each for each in period.dimensions
    )
    return replace(period, dimensions=dimensions)
