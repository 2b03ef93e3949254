"""What the operator decides about sessions: time-outs, thresholds and the limits of each EVSE."""

from collections.abc import Mapping
from dataclasses import dataclass

from gateway.core.identifiers import ConnectorId, EvseUid, ReaderName


@dataclass(frozen=True, slots=True)
class SessionRules:
    """Time-outs and thresholds of a session, in seconds, W and Wh.

    `unknown_card_max_wh` is what a card nobody can be asked about may have; None refuses it.
    """

    plug_timeout_s: int = 120
    card_hold_off_s: int = 3
    start_reading_max_age_s: int = 5
    start_reading_timeout_s: int = 5
    contactor_timeout_s: int = 10
    final_reading_timeout_s: int = 3600
    meter_lost_stop_s: int = 600
    storage_lost_stop_s: int = 60
    sample_interval_s: int = 60
    idle_power_w: int = 100
    idle_after_s: int = 120
    idle_end_s: int = 900
    resume_max_gap_s: int = 600
    cdr_clock_wait_s: int = 14_400
    leak_power_w: int = 100
    leak_energy_wh: int = 200
    leak_after_s: int = 10
    authorize_timeout_s: int = 5
    command_timeout_s: int = 60
    reservation_max_s: int = 14_400
    unknown_card_max_wh: int | None = None
    unattributed_alarm_wh: int = 10_000


@dataclass(frozen=True, slots=True)
class EvseRules:
    """What holds for one EVSE; `max_power_w` bounds what an energy step may be, None limits nothing.

    `can_limit` says whether its charge controller can offer less than all. `rollover_wh` is where the meter's counter
    begins at 0 again, None where that is not known.
    """

    uid: EvseUid
    connector_id: ConnectorId
    readers: tuple[ReaderName, ...]
    max_power_w: int
    max_current_a: int
    tariff_id: str | None
    max_energy_wh: int | None
    max_duration_s: int | None
    can_limit: bool = False
    rollover_wh: int | None = None


@dataclass(frozen=True, slots=True)
class Policy:
    """All rules of the site; `asks` says whether there is a task that asks the owners of cards."""

    session: SessionRules
    evses: Mapping[EvseUid, EvseRules]
    asks: bool = False

    def evses_of(self, reader: ReaderName) -> tuple[EvseRules, ...]:
        """Return the EVSEs that a card at this reader may mean, in the order of the configuration."""
        return tuple(rules for rules in self.evses.values() if reader in rules.readers)
