"""An RS-485 line that a program opens as a serial port: a pty whose slave side is the port."""

import asyncio
import contextlib
import os
import termios
import tty
from collections.abc import Mapping
from pathlib import Path

from hwsim.bus import Bus, RtuReceiver
from hwsim.line import Line
from hwsim.modbus_server import ModbusDevice

_READ_AT_ONCE = 4096
_OUTPUT_SPEED = 5
_CONTROL_FLAGS = 2


class PtyBus(Bus):
    """Modbus RTU on a pty, paced like a line of these settings.

    `path` is what to open: `link` where one was asked for (it survives `vanish` and `come_back`, as a
    /dev/serial/by-id name does), otherwise the pty itself, which gets another number each time. A client that
    opens it at another speed or with other stop bits is not understood, as on a real line. Linux ptys carry no
    parity bit: a line with parity is paced with it, but the client must open the port without.
    """

    def __init__(
        self, name: str, units: Mapping[int, ModbusDevice], line: Line | None = None, link: Path | None = None
    ) -> None:
        super().__init__(name, units, line or Line())
        self._settings = line or Line()
        self._link = link
        self._fds: tuple[int, int] | None = None
        self._was = ""
        self._receiver = RtuReceiver(self, self._deliver)

    @property
    def path(self) -> str:
        """The serial port to open; without a link, raises ConnectionError while the port is gone."""
        if self._link is not None:
            return str(self._link)
        if self._fds is None:
            raise ConnectionError(f"bus {self.name} has vanished")
        return os.ttyname(self._fds[1])

    async def come_back(self) -> None:
        """Make a pty and point the link at it."""
        if self._fds is not None:
            return
        master, slave = _open_another(self._was)
        self._was = os.ttyname(slave)
        tty.setraw(slave)
        os.set_blocking(master, False)
        self._fds = (master, slave)
        if self._link is not None:
            fresh = self._link.with_name(self._link.name + ".new")
            fresh.unlink(missing_ok=True)
            fresh.symlink_to(os.ttyname(slave))
            fresh.replace(self._link)
        asyncio.get_running_loop().add_reader(master, self._read)

    async def vanish(self) -> None:
        """Close both ends: an open port reads and writes EIO, and the path leads nowhere."""
        if self._fds is None:
            return
        master, slave = self._fds
        self._fds = None
        asyncio.get_running_loop().remove_reader(master)
        self._receiver.close()
        os.close(slave)
        os.close(master)
        if self._link is not None:
            self._link.unlink(missing_ok=True)

    def _read(self) -> None:
        if self._fds is None:
            return
        with contextlib.suppress(BlockingIOError):
            data = os.read(self._fds[0], _READ_AT_ONCE)
            if self._client_speaks_as_we_do(self._fds[1]):
                self._receiver.feed(data)
            else:
                self.take_broken(data)

    def _client_speaks_as_we_do(self, slave: int) -> bool:
        attributes = termios.tcgetattr(slave)
        speed: int = getattr(termios, f"B{self._settings.baud}")
        stop_bits = 2 if attributes[_CONTROL_FLAGS] & termios.CSTOPB else 1
        return bool(attributes[_OUTPUT_SPEED] == speed and stop_bits == self._settings.stop_bits)

    def _deliver(self, data: bytes) -> None:
        if self._fds is not None:
            with contextlib.suppress(BlockingIOError):  # nobody reads: a UART loses the byte too
                os.write(self._fds[0], data)


def _open_another(old: str) -> tuple[int, int]:
    """Make a pty under another number than the old one, which the kernel would give out again."""
    master, slave = os.openpty()
    if os.ttyname(slave) != old:
        return master, slave
    try:
        return os.openpty()
    finally:
        os.close(slave)
        os.close(master)
