"""Recognising what is no meter: relay boards and EVSE-DIN controllers, by reads that change nothing. Pure."""

from collections.abc import Sequence
from enum import StrEnum

from drivers.modbus.read_plan import Span
from drivers.modbus.request import Function


class ControllerGuess(StrEnum):
    """Which charge-controller driver would fit; the values are the `kind` of the configuration."""

    RELAY_BOARD = "relay_board"
    EVSE_DIN = "evse_din"


COILS = 8
"""How many coils the common boards have; asking for as many is how they are recognised."""

# EVSE-DIN: currents, vehicle state, pilot and status in one block.
EVSE_BLOCK = Span(Function.READ_HOLDING, 1000, 8)
_SET_A, _ACTUAL_A, _STATE, _PWM = 0, 1, 2, 6
_MOST_A = 80
_STATES = range(1, 6)
_PWM_STATES = range(1, 4)


def is_evse_din(words: Sequence[int] | None) -> bool:
    """Tell whether registers 1000..1007 can be an EVSE-DIN's: currents to 80 A, states that it knows."""
    if words is None:
        return False
    return (
        words[_SET_A] <= _MOST_A
        and words[_ACTUAL_A] <= _MOST_A
        and words[_STATE] in _STATES
        and words[_PWM] in _PWM_STATES
    )
