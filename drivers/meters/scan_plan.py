"""In which order a bus is searched: the likeliest settings and unit ids first, and how long that takes. Pure."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

_LAST_UNIT = 247
# Factory settings of meters, relay boards and controllers: 1, 2, Iskra 33, Bauer 42.
_LIKELY_UNITS = (1, 2, 33, 42)
# Devices on Ethernet: themselves (1 or 255), or what is behind them.
_LIKELY_TCP_UNITS = (1, 2, 255, 33, 42)

# Factory settings in order of how often they are met: most meters, Chint and Inepro and ORNO, ABB and Siemens and
# Schneider and Bauer, small Eastrons, Iskra, some ABBs, Mennekes, ABL, ORNO of other lots, Janitza.
_LIKELY_LINES = (
    (9600, "N", 1),
    (9600, "E", 1),
    (19200, "E", 1),
    (2400, "N", 1),
    (115200, "N", 1),
    (19200, "N", 1),
    (57600, "N", 2),
    (38400, "E", 1),
    (9600, "O", 1),
    (115200, "N", 2),
)
_ALL_CHARACTERS = (("N", 1), ("E", 1), ("O", 1), ("N", 2))

# Modbus TCP's own port; and where serial converters listen for plain RTU when nobody configured them.
_TCP_PORT = 502
_CONVERTER_PORTS = (502, 4196)

# Slow meters answer after 100 ms; converters add their own.
_PATIENCE_S = {"rtu": 0.25, "rtu_over_tcp": 0.4, "tcp": 0.4}
_REQUEST_BYTES = 8
_GAP_CHARACTERS = 3.5


@dataclass(frozen=True, slots=True)
class Setting:
    """One way to talk on a port: `kind` and the rest are what the configuration of a bus takes."""

    kind: str
    device: str | None = None
    baud: int = 9600
    parity: str = "N"
    stop_bits: int = 1
    host: str | None = None
    port: int | None = None

    def __str__(self) -> str:
        match self.kind:
            case "rtu":
                return f"{self.baud} baud 8{self.parity}{self.stop_bits}"
            case "tcp":
                return f"Modbus TCP at port {self.port}"
        return f"RTU over TCP at port {self.port}"

    @property
    def patience_s(self) -> float:
        """How long an answer may take to begin."""
        return _PATIENCE_S[self.kind]

    @property
    def silent_s(self) -> float:
        """How long a unit takes that does not answer one question."""
        byte_s = (1 + 8 + (self.parity != "N") + self.stop_bits) / self.baud if self.kind == "rtu" else 0.0
        return self.patience_s + (_REQUEST_BYTES + _GAP_CHARACTERS) * byte_s


@dataclass(frozen=True, slots=True)
class Step:
    """One unit id at one setting. `thorough`: every question a silent device might still answer is asked."""

    setting: Setting
    unit: int
    thorough: bool


def serial_settings(device: str, baud: int | None = None) -> tuple[Setting, ...]:
    """Return the settings to try on a serial port; with a baud rate, every parity at that rate."""
    lines = _LIKELY_LINES if baud is None else [(baud, parity, stop_bits) for parity, stop_bits in _ALL_CHARACTERS]
    return tuple(Setting("rtu", device, rate, parity, stop_bits) for rate, parity, stop_bits in lines)


def host_settings(host: str, port: int | None) -> tuple[Setting, ...]:
    """Return the framings and ports to try on a host; with a port, both framings there."""
    if port is not None:
        return (Setting("tcp", host=host, port=port), Setting("rtu_over_tcp", host=host, port=port))
    converters = (Setting("rtu_over_tcp", host=host, port=one) for one in _CONVERTER_PORTS)
    return (Setting("tcp", host=host, port=_TCP_PORT), *converters)


def first_steps(settings: Iterable[Setting], units: Sequence[int] | None) -> tuple[Step, ...]:
    """Return the likely unit ids at every setting; with `units` those instead."""
    return tuple(
        Step(setting, unit, thorough=True)
        for setting in settings
        for unit in (_likely_units(setting) if units is None else units)
    )


def later_steps(settings: Sequence[Setting], answered: Collection[Setting]) -> tuple[Step, ...]:
    """Return every other unit id: where something answered, as what shares a line speaks alike; else everywhere."""
    return tuple(
        Step(setting, unit, thorough=False)
        for setting in settings
        if setting in answered or not answered
        for unit in range(1, _LAST_UNIT + 1)
        if unit not in _likely_units(setting)
    )


def duration_s(steps: Iterable[Step], questions: int) -> float:
    """Return how long it takes when nobody answers; `questions` is how many a thorough step asks."""
    return sum(step.setting.silent_s * (questions if step.thorough else 1) for step in steps)


def _likely_units(setting: Setting) -> tuple[int, ...]:
    return _LIKELY_TCP_UNITS if setting.kind == "tcp" else _LIKELY_UNITS
