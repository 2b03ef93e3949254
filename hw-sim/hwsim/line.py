"""The physics of an RS-485 line: how long a character and a silence last, and a timer precise enough to keep to it."""

import asyncio
import ctypes
import os
from dataclasses import dataclass
from typing import Self

_DATA_BITS = 8
# Above 19200 baud the standard fixes the silence between frames instead of scaling it.
_FIXED_SILENCE_ABOVE_BAUD = 19200
_FIXED_SILENCE_S = 0.00175


@dataclass(frozen=True, slots=True)
class Line:
    """Line settings; `parity` is N, E or O. Source: MODBUS over Serial Line V1.02, 2.5.1.1."""

    baud: int = 9600
    parity: str = "N"
    stop_bits: int = 1

    @property
    def char_s(self) -> float:
        """Seconds one byte takes: start bit, data, parity if any, stop bits."""
        return (1 + _DATA_BITS + (self.parity != "N") + self.stop_bits) / self.baud

    @property
    def silence_s(self) -> float:
        """Seconds of silence that end a frame: 3.5 characters, or 1.75 ms above 19200 baud."""
        return _FIXED_SILENCE_S if self.baud > _FIXED_SILENCE_ABOVE_BAUD else 3.5 * self.char_s


class _TimeSpec(ctypes.Structure):
    _fields_ = (("seconds", ctypes.c_long), ("nanoseconds", ctypes.c_long))


class _TimerSpec(ctypes.Structure):
    _fields_ = (("interval", _TimeSpec), ("value", _TimeSpec))


_CLOCK_MONOTONIC = 1
_TFD_FLAGS = os.O_NONBLOCK | os.O_CLOEXEC


class PreciseTimer:
    """Wakes a coroutine within some 50 µs of a time; the event loop alone rounds up to whole milliseconds.

    A Linux timerfd watched by the running loop. One waiter at a time.
    """

    def __init__(self) -> None:
        self._libc = ctypes.CDLL(None, use_errno=True)
        self._fd = self._libc.timerfd_create(_CLOCK_MONOTONIC, _TFD_FLAGS)
        if self._fd < 0:
            raise OSError(ctypes.get_errno(), "no timer from the kernel (timerfd_create)")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._fd)

    async def until(self, when: float) -> None:
        """Return when `loop.time()` has reached `when`; at once when it has passed."""
        loop = asyncio.get_running_loop()
        while (left_s := when - loop.time()) > 0:  # the loop's clock may be another than the kernel's
            await self._rings_in(left_s, loop)

    async def _rings_in(self, left_s: float, loop: asyncio.AbstractEventLoop) -> None:
        woken = loop.create_future()
        seconds = int(left_s)
        spec = _TimerSpec(value=_TimeSpec(seconds, int((left_s - seconds) * 1e9) or 1))  # all zero would disarm it
        loop.add_reader(self._fd, self._wake, woken)
        try:
            self._libc.timerfd_settime(self._fd, 0, ctypes.byref(spec), None)
            await woken
        finally:
            loop.remove_reader(self._fd)

    def _wake(self, woken: asyncio.Future[None]) -> None:
        try:
            os.read(self._fd, 8)
        except BlockingIOError:
            return
        if not woken.done():
            woken.set_result(None)
