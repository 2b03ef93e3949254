"""What a line is to the bus: one question, one outcome."""

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple, Protocol

from drivers.modbus.frames import Onlookers
from drivers.modbus.framing import Answer, Misfit, Refusal
from drivers.modbus.request import Request


class Framing(StrEnum):
    """How frames are built: unit and checksum around the PDU, or the MBAP header before it."""

    RTU = "rtu"
    TCP = "tcp"


@dataclass(frozen=True, slots=True)
class Silence:
    """Nothing came within the deadline."""


@dataclass(frozen=True, slots=True)
class LeftAlone:
    """Not asked: the reply could not be told from one that may still be under way."""


Fault = Refusal | Misfit | Silence
Outcome = Answer | Fault | LeftAlone


class Exchanged(NamedTuple):
    """How a question ended, and how long that took from handing the question over.

    `waited_s` is how long the unit let wait for its answer: where bytes take known time, without theirs.
    """

    outcome: Outcome
    took_s: float
    waited_s: float


class Line(Protocol):
    """One transaction at a time, over whatever framing."""

    @property
    def name(self) -> str:
        """Name of the port or host, as it stands in messages."""
        ...

    @property
    def framing(self) -> Framing:
        """How its frames are built."""
        ...

    @property
    def onlookers(self) -> Onlookers:
        """Those who see every frame."""
        ...

    def late_frames(self, unit: int) -> int:
        """Count whole frames of a unit that came when nobody waited for them any more."""
        ...

    def delay_s(self, request: Request) -> float:
        """Tell about how much longer this question takes, so that its reply can be told from what may be under way."""
        ...

    def rests_s(self, request: Request) -> float:
        """Tell for how long this question had better not be asked, so that nobody holds the line waiting for that."""
        ...

    @property
    def byte_s(self) -> float:
        """Seconds that a byte takes; 0 where that is of no account."""
        ...

    async def exchange(self, request: Request, timeout_s: float, longest_s: float) -> Exchanged:
        """Ask and wait for the answer to begin; `longest_s` is the most the unit may need for that. Raises WireDown."""
        ...

    def close(self) -> None:
        """Let go of the port."""
        ...
