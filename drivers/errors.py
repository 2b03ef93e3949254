"""The three ways a device fails; every driver raises these and nothing else for a fault in the field."""


class DriverError(Exception):
    """A fault of a device or its wire; the message names the device and what was seen."""


class DeviceUnavailable(DriverError):
    """Nothing came back: no reply within the deadline, port gone, connection refused."""


class DeviceMisbehaved(DriverError):
    """Something came back that cannot be the answer: wrong unit, function, length or checksum, or garbage.

    `gave_registers`: it was whole, but so many registers were fewer than asked for.
    """

    def __init__(self, message: str, *, gave_registers: int | None = None) -> None:
        super().__init__(message)
        self.gave_registers = gave_registers


class DeviceRefused(DriverError):
    """The device understood and said no (a Modbus exception reply): our map or setting is wrong for it."""

    def __init__(self, message: str, code: int) -> None:
        super().__init__(message)
        self.code = code
