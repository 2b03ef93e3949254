"""Where charging happens: OCPI Location, EVSE and Connector, as far as Sessions and CDRs carry them."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from gateway.core.identifiers import ConnectorId, EvseUid, Party


class ConnectorFormat(StrEnum):
    """OCPI ConnectorFormat."""

    SOCKET = "SOCKET"
    CABLE = "CABLE"


class PowerType(StrEnum):
    """OCPI PowerType."""

    AC_1_PHASE = "AC_1_PHASE"
    AC_2_PHASE = "AC_2_PHASE"
    AC_2_PHASE_SPLIT = "AC_2_PHASE_SPLIT"
    AC_3_PHASE = "AC_3_PHASE"
    DC = "DC"


_PHASES: Final[Mapping[PowerType, int]] = {
    PowerType.AC_1_PHASE: 1,
    PowerType.AC_2_PHASE: 2,
    PowerType.AC_2_PHASE_SPLIT: 2,
    PowerType.AC_3_PHASE: 3,
}


@dataclass(frozen=True, slots=True)
class Connector:
    """An OCPI Connector; `standard` is an OCPI ConnectorType (an open enum)."""

    id: ConnectorId
    standard: str
    format: ConnectorFormat
    power_type: PowerType
    max_voltage_v: int
    max_amperage_a: int

    @property
    def watts_per_ampere(self) -> int:
        """What one ampere in each of its phases comes to."""
        return self.max_voltage_v * _PHASES.get(self.power_type, 1)


@dataclass(frozen=True, slots=True)
class Evse:
    """An EVSE and the meter that counts for it."""

    uid: EvseUid
    evse_id: str
    connectors: tuple[Connector, ...]
    meter_id: str
    tariff_id: str | None


@dataclass(frozen=True, slots=True)
class Site:
    """The charging site of one party: what a CDR must say of where it happened. `country` is ISO alpha-3."""

    party: Party
    currency: str
    location_id: str
    name: str | None
    address: str
    city: str
    postal_code: str | None
    country: str
    latitude: str
    longitude: str
    time_zone: str
    evses: tuple[Evse, ...]

    def evse(self, uid: EvseUid) -> Evse:
        """Return the EVSE of that uid; KeyError if the site has none."""
        for evse in self.evses:
            if evse.uid == uid:
                return evse
        raise KeyError(uid)
