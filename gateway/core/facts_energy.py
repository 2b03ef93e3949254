"""What we write down of a counter's odd ways and of energy that is nobody's; see facts."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CounterRolledOver:
    """The counter reached `rollover_wh` and began at 0 again, `turns` times by now since its baseline.

    Registers on record go on: they are what the counter shows and all that it lost by its turns.
    """

    rollover_wh: int
    turns: int


@dataclass(frozen=True, slots=True)
class UnattributedEnergyFound:
    """So much energy is on nobody's account since somebody last looked into it: more than may be."""

    energy_wh: int


@dataclass(frozen=True, slots=True)
class UnattributedEnergyAccepted:
    """A technician has looked into the energy on nobody's account; it stays there, and counts anew from here."""

    energy_wh: int


EnergyFact = CounterRolledOver | UnattributedEnergyFound | UnattributedEnergyAccepted
