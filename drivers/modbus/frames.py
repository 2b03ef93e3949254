"""What passes on a line, for those who look on: whole frames as they were sent and as they came in."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum


class Direction(StrEnum):
    """Which way bytes went."""

    SENT = "sent"
    RECEIVED = "received"


@dataclass(frozen=True, slots=True)
class Frame:
    """Bytes that belong together; of what was no frame, everything heard up to the judgement.

    `at_ns` is CLOCK_MONOTONIC: of a sent frame when it was handed to the system, of a received one when its last bytes
    were taken. On an RTU line `data` ends with the checksum, on Modbus TCP it begins with the MBAP header.
    """

    direction: Direction
    at_ns: int
    data: bytes


Tap = Callable[[Frame], None]


class Onlookers:
    """Those who want to see every frame; costs nothing while there are none."""

    def __init__(self) -> None:
        self._taps: list[Tap] = []

    def add(self, tap: Tap) -> None:
        """Let one more look on; it must not raise and not block."""
        self._taps.append(tap)

    def tell(self, direction: Direction, data: bytes) -> None:
        """Show bytes that have just passed."""
        if self._taps and data:
            frame = Frame(direction, time.monotonic_ns(), data)
            for tap in self._taps:
                tap(frame)
