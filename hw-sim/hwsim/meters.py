"""A kWh meter on a bus: shows a load through its model's registers, and can be made to lie the way meters do."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from math import isqrt

from hwsim.car import Flow, Load
from hwsim.modbus_server import READ_HOLDING, READ_INPUT_REGISTERS, ModbusDevice, Refusal, Refused
from hwsim.registers import Register, image

_PAIR = 2


@dataclass(frozen=True, slots=True)
class MeterModel:
    """What a datasheet says: which functions serve the live registers, the identity words, and the limits.

    `identity` maps a serial number to fixed holding words by address; `alone` are those answered only when asked
    for as one register, and standing behind a live register otherwise. `hole` is what undefined words inside
    `hole_spans` hold; outside them, or without them, they are exception 2. `wants_pairs`: even addresses and counts.
    `constants` stand among the live registers; `exact` answers (function, address, count) before all else; `says`
    answers function 43/14.
    """

    name: str
    functions: frozenset[int]
    registers: tuple[Register, ...]
    identity: Callable[[int], Mapping[int, int]]
    max_registers: int
    turnaround_s: float
    alone: frozenset[int] = frozenset()
    hole: int = 0
    hole_spans: tuple[range, ...] = ()
    wants_pairs: bool = False
    constants: Mapping[int, int] = field(default_factory=dict)
    exact: Mapping[tuple[int, int, int], tuple[int, ...]] = field(default_factory=dict)
    says: Mapping[int, str] = field(default_factory=dict)


class Meter(ModbusDevice):
    """A meter of some model showing a load; its counter started at `counter_wh` when it was installed.

    `rollover_wh` is where the counters that it shows begin at 0 again; None where they never do.
    """

    def __init__(
        self,
        model: MeterModel,
        load: Load,
        counter_wh: int = 0,
        serial: int = 12_345_678,
        rollover_wh: int | None = None,
    ) -> None:
        self.model = model
        self.turnaround_s = model.turnaround_s
        self.max_registers = model.max_registers
        self.rollover_wh = rollover_wh
        self._load = load
        self._offset_wh = counter_wh - load.flow().energy_wh
        self._export_wh = 0
        self._identity = dict(model.identity(serial))
        self._frozen: dict[str, int | None] | None = None
        self._hidden: frozenset[str] = frozenset()

    @property
    def counter_wh(self) -> int:
        """The true import counter in Wh, before the model's resolution cuts it and its end is passed."""
        return self._load.flow().energy_wh + self._offset_wh

    @property
    def turned_wh(self) -> int:
        """What the import counter has counted and does not show any more, for it began at 0 again."""
        return self.counter_wh - self._within(self.counter_wh)

    def display(self) -> dict[str, Decimal | None]:
        """Return what the front shows, by quantity, in kWh, W, V, A, Hz; None where it shows dashes."""
        values = self._values()
        shown: dict[str, Decimal | None] = {}
        for register in self.model.registers:
            if register.is_shown:
                part, before = register.shown(values[register.quantity]), shown.get(register.quantity, Decimal(0))
                shown[register.quantity] = None if part is None or before is None else before + register.sign * part
        return shown

    def set_counter(self, wh: int) -> None:
        """Let the import counter stand at this number, not below 0, now."""
        self._offset_wh += max(0, wh) - self.counter_wh

    def set_export(self, wh: int) -> None:
        """Let the export counter stand at this number."""
        self._export_wh = wh

    def jump(self, wh: int) -> None:
        """Add energy that never flowed."""
        self.set_counter(self.counter_wh + wh)

    def run_back(self, wh: int) -> None:
        """Take energy away, down to an empty counter."""
        self.set_counter(self.counter_wh - wh)

    def freeze(self) -> None:
        """Go on answering with what stands there now."""
        self._frozen = self._values()

    def thaw(self) -> None:
        """Show the load again."""
        self._frozen = None

    def hide(self, *quantities: str) -> None:
        """Report these quantities, or everything when none is named, as not available."""
        known = {register.quantity for register in self.model.registers}
        if unknown := set(quantities) - known:
            raise LookupError(f"a {self.model.name} has no {', '.join(sorted(unknown))}")
        self._hidden = frozenset(quantities or known)

    def show(self) -> None:
        """Report everything again."""
        self._hidden = frozenset()

    def read_holding(self, address: int, count: int) -> list[int]:
        """Answer function 3."""
        if fixed := self.model.exact.get((READ_HOLDING, address, count)):
            return list(fixed)
        if (address not in self.model.alone or count == 1) and address in self._identity:
            return self._fetch(self._identity, address, count)
        if READ_HOLDING not in self.model.functions:
            raise Refused(Refusal.ILLEGAL_ADDRESS)
        return self._live(address, count)

    def read_input_registers(self, address: int, count: int) -> list[int]:
        """Answer function 4."""
        if fixed := self.model.exact.get((READ_INPUT_REGISTERS, address, count)):
            return list(fixed)
        if READ_INPUT_REGISTERS not in self.model.functions:
            raise Refused(Refusal.ILLEGAL_FUNCTION)
        if READ_HOLDING in self.model.functions:
            return self.read_holding(address, count)
        return self._live(address, count)

    def identification(self) -> Mapping[int, str]:
        """Answer function 43/14."""
        return self.model.says or super().identification()

    def _live(self, address: int, count: int) -> list[int]:
        if self.model.wants_pairs:
            if count == 1:
                # Such meters answer a single word, with half of their first number whatever was asked for.
                return self._live(0, _PAIR)[:1]
            if count % _PAIR:
                raise Refused(Refusal.ILLEGAL_VALUE)
            if address % _PAIR:
                raise Refused(Refusal.ILLEGAL_ADDRESS)
        words = {at: self.model.constants[at] for at in range(address, address + count) if at in self.model.constants}
        words |= image(self.model.registers, self._values(), address, count)
        for span in self.model.hole_spans:
            for hole in range(max(address, span.start), min(address + count, span.stop)):
                words.setdefault(hole, self.model.hole)
        return self._fetch(words, address, count)

    def _fetch(self, words: Mapping[int, int], address: int, count: int) -> list[int]:
        try:
            return [words[i] for i in range(address, address + count)]
        except KeyError:
            raise Refused(Refusal.ILLEGAL_ADDRESS) from None

    def _within(self, counted_wh: int) -> int:
        return counted_wh if self.rollover_wh is None else counted_wh % self.rollover_wh

    def _values(self) -> dict[str, int | None]:
        if self._frozen is not None:
            values = dict(self._frozen)
        else:
            flow = self._load.flow()
            imported, exported = flow.energy_wh + self._offset_wh, self._export_wh
            values = measured(flow)
            counters = {"energy_import": imported, "energy_export": exported, "energy_total": imported + exported}
            values |= {quantity: self._within(counted_wh) for quantity, counted_wh in counters.items()}
        return {quantity: None if quantity in self._hidden else value for quantity, value in values.items()}


def measured(flow: Flow) -> dict[str, int | None]:
    """Every instantaneous quantity a model may show, in thousandths of its display unit."""
    values: dict[str, int | None] = {
        "power": flow.total_mw,
        "apparent_power": flow.total_mw,
        "reactive_power": 0,
        "frequency": flow.frequency_millihertz,
        "power_factor": 1000,
        "phase_sequence": 0,
        "current_neutral": 0,
        "current_sum": sum(flow.current_ma),
        "voltage": sum(flow.voltage_mv) // 3,
        "voltage_line": _line_voltage(sum(flow.voltage_mv) // 3, sum(flow.voltage_mv) // 3),
    }
    for i in range(3):
        values |= {
            f"voltage_l{i + 1}": flow.voltage_mv[i],
            f"voltage_line_{i + 1}": _line_voltage(flow.voltage_mv[i], flow.voltage_mv[(i + 1) % 3]),
            f"current_l{i + 1}": flow.current_ma[i],
            f"power_l{i + 1}": flow.power_mw[i],
            f"apparent_power_l{i + 1}": flow.power_mw[i],
            f"reactive_power_l{i + 1}": 0,
            f"power_factor_l{i + 1}": 1000,
        }
    return values


def _line_voltage(a: int, b: int) -> int:
    """Voltage between two phases 120 degrees apart: the root of a^2 + ab + b^2."""
    return isqrt(a * a + a * b + b * b)
