"""A CDR put right: the same charge with another tariff, or with the energy that evidence shows; priced anew.

Law: a sealed CDR is never changed; this makes the one that is sent after it was taken back.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from gateway.core.cdr import Cdr
from gateway.core.charging_periods import ChargingPeriod, Dimension, DimensionType
from gateway.core.identifiers import CdrId
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
    none had any, all of it is in the first. ValueError where the CDR has no tariff and gets none.
    """
    wanted = tariff if tariff is not None else cdr.tariff
    energy = cdr.energy_wh if energy_wh is None else energy_wh
    shares = _shared(_energies(cdr.periods), energy)
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


def _energies(periods: tuple[ChargingPeriod, ...]) -> list[int]:
    return [sum(_energy_wh(each) for each in period.dimensions) for period in periods]


def _energy_wh(dimension: Dimension) -> int:
    return int(dimension.volume * _WH_PER_KWH) if dimension.type is DimensionType.ENERGY else 0


def _shared(old: list[int], energy_wh: int) -> list[int]:
    total = sum(old)
    if total == 0:
        return [energy_wh, *([0] * (len(old) - 1))]
    shares = [one * energy_wh // total for one in old]
    last = max(index for index, one in enumerate(old) if one)
    shares[last] += energy_wh - sum(shares)
    return shares


def _with_energy(period: ChargingPeriod, energy_wh: int) -> ChargingPeriod:
    volume = Decimal(energy_wh) / _WH_PER_KWH
    dimensions = tuple(
        replace(each, volume=volume) if each.type is DimensionType.ENERGY else each for each in period.dimensions
    )
    return replace(period, dimensions=dimensions)
