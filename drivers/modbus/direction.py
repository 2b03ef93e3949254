"""RS-485 direction control by the kernel: the transceiver is switched to sending for as long as bytes leave, no longer.

Adapters that switch by themselves (most on USB) offer nothing here and need nothing. Linux: <linux/serial.h>.
"""

import fcntl
import struct

_TIOCGRS485 = 0x542E
_TIOCSRS485 = 0x542F
_FLAGS = struct.Struct("=I")
_SETTINGS_BYTES = 32  # flags, delays before and after in ms, and five words of padding
_ENABLED = 1 << 0
_RTS_ON_SEND = 1 << 1
_RTS_AFTER_SEND = 1 << 2


def let_kernel_turn_direction(fd: int) -> bool:
    """Switch it on where the port's driver offers it; False where it does not. What is on already stays as it is."""
    settings = bytearray(_SETTINGS_BYTES)
    try:
        fcntl.ioctl(fd, _TIOCGRS485, settings)
        wanted = switched_on(bytes(settings))
        if wanted is not None:
            fcntl.ioctl(fd, _TIOCSRS485, wanted)
    except OSError:  # ENOTTY, EINVAL, ENOSYS: every driver has its own way to say that it cannot
        return False
    return True


def switched_on(settings: bytes) -> bytes | None:
    """Return the driver's settings with direction control by RTS, high while sending; None when it was on before."""
    (flags,) = _FLAGS.unpack_from(settings)
    if flags & _ENABLED:
        return None
    return _FLAGS.pack(flags & ~_RTS_AFTER_SEND | _ENABLED | _RTS_ON_SEND) + settings[_FLAGS.size :]
