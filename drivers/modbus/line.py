"""What a line is to the bus: one question, one outcome."""

from dataclasses import dataclass
from typing import Protocol

from drivers.modbus.framing import Answer, Misfit, Refusal, Request


@dataclass(frozen=True, slots=True)
class Silence:
    """Nothing came within the deadline."""


Outcome = Answer | Refusal | Misfit | Silence


@dataclass(frozen=True, slots=True)
class Exchanged:
    """How a question ended, and how long that took from handing the question over."""

    outcome: Outcome
    took_s: float


class Line(Protocol):
    """One transaction at a time, over whatever framing."""

    @property
    def name(self) -> str:
        """Name of the port or host, as it stands in messages."""
        ...

    async def exchange(self, request: Request, timeout_s: float) -> Exchanged:
        """Ask, and return only when the line is fit for the next question. Raises WireDown."""
        ...

    def close(self) -> None:
        """Let go of the port."""
        ...
