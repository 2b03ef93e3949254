"""Bytes over a serial port: non-blocking, exclusive, on the event loop; closed at once when the adapter goes."""

import asyncio
import errno
import os
import select
import termios
from collections.abc import Mapping

import serial

from drivers.modbus.direction import let_kernel_turn_direction
from drivers.modbus.port_owner import port_owner
from drivers.modbus.wire import Inbox, WireDown

_CHUNK_BYTES = 4096

_REMEDIES: Mapping[int, str] = {
    errno.ENOENT: "there is no such port; plug the adapter in or correct `device` (list them: ls -l /dev/serial/by-id)",
    errno.ENODEV: "there is no device behind this port; plug the adapter in or correct `device`",
    errno.ENXIO: "there is no device behind this port; plug the adapter in or correct `device`",
    errno.EIO: "the port does not work; it is tried again, check the adapter and its cable",
    errno.EACCES: "no permission for this port; add the service user to the port's group (usually dialout)",
    errno.EPERM: "no permission for this port; add the service user to the port's group (usually dialout)",
    errno.EISDIR: "this is a directory, not a serial port; correct `device`",
}


class SerialWire:
    """A port opened by path whenever it is needed and not open."""

    def __init__(self, device: str, *, baud: int, parity: str, stop_bits: int) -> None:
        self._device = device
        self._baud = baud
        self._parity = parity
        self._stop_bits = stop_bits
        self._port: serial.Serial | None = None
        self._fd = -1
        self._inbox = Inbox(self._receive)

    @property
    def name(self) -> str:
        """The path."""
        return self._device

    @property
    def inbox(self) -> Inbox:
        """Where received bytes arrive."""
        return self._inbox

    @property
    def is_open(self) -> bool:
        """Whether the port is held."""
        return self._port is not None

    async def open(self, timeout_s: float) -> bool:  # noqa: ARG002 - opening a port does not wait
        """Open the port if it is not; what was received before is forgotten."""
        if self._port is not None:
            return False
        try:
            port = serial.Serial(
                self._device,
                baudrate=self._baud,
                parity=self._parity,
                stopbits=self._stop_bits,
                timeout=0,
                write_timeout=0,
                exclusive=True,  # flock: bars every other program that asks; TIOCEXCL would outlive a kill on a pty
            )
        except (serial.SerialException, ValueError, termios.error) as error:  # the last two: settings it cannot have
            raise WireDown(self._explain(error)) from error
        self._port = port
        self._fd = port.fileno()
        let_kernel_turn_direction(self._fd)
        self._inbox.reset()
        asyncio.get_running_loop().add_reader(self._fd, self._receive)
        return True

    def send(self, data: bytes) -> None:
        """Write the frame; a request is far smaller than the kernel's buffer, so a short write is a stuck port."""
        try:
            written = os.write(self._fd, data)
        except BlockingIOError:
            written = 0
        except OSError as error:
            self.close()
            raise WireDown(_vanished(error)) from error
        if written != len(data):
            self.close()
            raise WireDown("the port takes no more bytes; it is opened anew, check the adapter and its flow control")

    def close(self) -> None:
        """Let go of the port at once: a held descriptor would make a returning adapter take another name."""
        if self._port is None:
            return
        asyncio.get_running_loop().remove_reader(self._fd)
        self._port.close()
        self._port = None
        self._fd = -1

    def _receive(self) -> None:
        if self._port is None:
            return
        try:
            data = os.read(self._fd, _CHUNK_BYTES)
        except BlockingIOError:
            return
        except OSError as error:
            self._lose(_vanished(error))
            return
        if data:
            self._inbox.feed(data)
        elif self._is_hung_up():
            self._lose(_vanished(None))

    def _is_hung_up(self) -> bool:
        """Tell whether the port is gone: a read of nothing alone says only that somebody emptied the buffer."""
        poll = select.poll()
        poll.register(self._fd, select.POLLIN)
        return any(events & (select.POLLHUP | select.POLLERR | select.POLLNVAL) for _, events in poll.poll(0))

    def _lose(self, why: str) -> None:
        self.close()
        self._inbox.lose(why)

    def _explain(self, error: Exception) -> str:
        number = (error.errno if isinstance(error, OSError) else None) or 0
        if number in {errno.EAGAIN, errno.EBUSY}:
            return f"the port is taken by {port_owner(self._device)}; stop that program or give each its own port"
        if number in _REMEDIES:
            return _REMEDIES[number]
        return f"cannot be set up as a serial port ({error}); correct `device`, `baud` and `parity`"


def _vanished(error: OSError | None) -> str:
    why = (error.strerror or str(error)).lower() if error else "hung up"
    return f"the port vanished ({why}); it is opened again by its path, check the adapter and its cable"
