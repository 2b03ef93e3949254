"""Guessing the map of an unknown meter from physics: near 230 or 120 V, near 50 or 60 Hz. Pure.

Meters of one make share maps, so the registers of every known model are tried first, in both word orders. What none of
them explains is searched for in the first addresses, in every type, order and scale that meters use.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from drivers.meters.identify import Words
from drivers.meters.plausibility_bounds import is_near_nominal_frequency, is_near_nominal_voltage
from drivers.meters.vocabulary import MeterModel, Register, value_of
from drivers.modbus.codec import NumberType, WordOrder, decode, registers_of, scaled
from drivers.modbus.read_plan import Span
from drivers.modbus.request import Function
from drivers.quantities import Quantity

_VOLTAGE, _FREQUENCY = Quantity.VOLTAGE_L1, Quantity.FREQUENCY
_SECOND = Quantity.VOLTAGE_L2

# Most maps begin with the voltages; 40 registers are within what all but the oldest meters hand out at once.
_FIRST = tuple(
    Span(function, start, 40) for function in (Function.READ_INPUT, Function.READ_HOLDING) for start in (0, 40)
)
_LEAST_WINDOW = 10

_FLOATS = (NumberType.F32,)
_INTEGERS = (NumberType.U32, NumberType.S32, NumberType.U16)
_TENTHS = tuple(Decimal(1).scaleb(-places) for places in (1, 2, 3))


@dataclass(frozen=True, slots=True)
class Fit:
    """A known model whose registers show a mains here; `is_swapped`: in the other word order than its file says."""

    model: MeterModel
    is_swapped: bool
    voltage: Decimal
    frequency: Decimal


@dataclass(frozen=True, slots=True)
class Guess:
    """A voltage and a frequency found in an unknown map, both stored alike."""

    function: int
    voltage_address: int
    frequency_address: int
    type: NumberType
    word_order: WordOrder
    voltage: Decimal
    frequency: Decimal


def places_to_look(models: Sequence[MeterModel]) -> tuple[Span, ...]:
    """Return where known models keep voltage and frequency."""
    pairs = (_pair(model) for model in models)
    return tuple(dict.fromkeys(register.span for pair in pairs if pair is not None for register in pair))


def other_phases(models: Sequence[MeterModel]) -> tuple[Span, ...]:
    """Return where those of the models that have three phases keep the second one's voltage."""
    return tuple(dict.fromkeys(model.registers[_SECOND].span for model in models if _SECOND in model.registers))


def with_these_phases(models: Sequence[MeterModel], words: Words) -> tuple[MeterModel, ...]:
    """Return the models that fit the phases seen: a live second phase is none of a single-phase meter's.

    Without one all remain, for a three-phase meter may hang on one phase; the single-phase ones come first.
    """
    three = [model for model in models if _SECOND in model.registers]
    live = [model for model in three if _is_live(_value(model.registers[_SECOND], words))]
    return tuple(live) or tuple(sorted(models, key=lambda model: model in three))


def _is_live(voltage: Decimal | None) -> bool:
    """Tell whether there is a voltage near the nominal one."""
    return voltage is not None and is_near_nominal_voltage(voltage)


def windows() -> tuple[Span, ...]:
    """Return the blocks to search for a map that no model has."""
    return _FIRST


def narrower(window: Span) -> tuple[Span, ...]:
    """Return what to try instead of a block that was refused; nothing once it is small."""
    half = window.count // 2
    if half < _LEAST_WINDOW:
        return ()
    return (replace(window, count=half), replace(window, address=window.address + half, count=half))


def fitting_models(models: Sequence[MeterModel], words: Words) -> tuple[Fit, ...]:
    """Return the models whose own voltage and frequency registers show a mains, in the file's word order first."""
    fits = [fit for model in models if (fit := _fit(model, words)) is not None]
    return tuple(sorted(fits, key=lambda fit: fit.is_swapped))


def guess(words: Words) -> Guess | None:
    """Return the likeliest place of a voltage and a frequency; floats before integers, three phases before one."""
    image = {
        (span.function, span.address + offset): word
        for span, seen in words.items()
        if seen is not None
        for offset, word in enumerate(seen)
    }
    found = [one for function in (Function.READ_INPUT, Function.READ_HOLDING) for one in _guesses(function, image)]
    return max(found, key=lambda one: _likelihood(one, image), default=None)


def _pair(model: MeterModel) -> tuple[Register, Register] | None:
    voltage, frequency = model.registers.get(_VOLTAGE), model.registers.get(_FREQUENCY)
    return None if voltage is None or frequency is None else (voltage, frequency)


def _fit(model: MeterModel, words: Words) -> Fit | None:
    pair = _pair(model)
    if pair is None:
        return None
    for is_swapped in (False, True):
        shown = [_value(_turned(register) if is_swapped else register, words) for register in pair]
        voltage, frequency = shown
        if voltage is None or frequency is None:
            continue
        if is_near_nominal_voltage(voltage) and is_near_nominal_frequency(frequency):
            return Fit(model, is_swapped, voltage, frequency)
    return None


def _turned(register: Register) -> Register:
    first = register.word_order is WordOrder.MSW_FIRST
    return replace(register, word_order=WordOrder.LSW_FIRST if first else WordOrder.MSW_FIRST)


def _value(register: Register, words: Words) -> Decimal | None:
    seen = words.get(register.span)
    return None if seen is None else value_of(register, seen)


def _guesses(function: int, image: Mapping[tuple[int, int], int]) -> Iterator[Guess]:
    addresses = sorted(address for known, address in image if known == function)
    for number_type in (*_FLOATS, *_INTEGERS):
        orders = (WordOrder.MSW_FIRST,) if registers_of(number_type) == 1 else tuple(WordOrder)
        for order in orders:
            numbers = {
                address: number
                for address in addresses
                if (number := _number(image, function, address, number_type, order)) is not None
            }
            voltages, frequencies = _mains(numbers, number_type)
            for at, voltage in voltages.items():
                for elsewhere, frequency in frequencies.items():
                    if elsewhere != at:
                        yield Guess(function, at, elsewhere, number_type, order, voltage, frequency)


def _mains(numbers: Mapping[int, Decimal], number_type: NumberType) -> tuple[dict[int, Decimal], dict[int, Decimal]]:
    """Return what is a voltage and what a frequency at some scale; 50 counts alone say nothing."""
    scales = (Decimal(1),) if number_type in _FLOATS else _TENTHS
    voltages: dict[int, Decimal] = {}
    frequencies: dict[int, Decimal] = {}
    for address, number in numbers.items():
        for scale in scales:
            value = scaled(number, scale)
            if is_near_nominal_voltage(value):
                voltages[address] = value
            if is_near_nominal_frequency(value):
                frequencies[address] = value
    return voltages, frequencies


def _likelihood(one: Guess, image: Mapping[tuple[int, int], int]) -> tuple[bool, bool, int]:
    size = registers_of(one.type)
    alike = sum(
        number is not None and is_near_nominal_voltage(_as_voltage(number, one))
        for step in (1, 2)
        for number in [_number(image, one.function, one.voltage_address + step * size, one.type, one.word_order)]
    )
    return (one.type in _FLOATS, alike == 2, -one.voltage_address)  # noqa: PLR2004 - the other two phases


def _as_voltage(number: Decimal, one: Guess) -> Decimal:
    scales = (Decimal(1),) if one.type in _FLOATS else _TENTHS
    return next((value for scale in scales if is_near_nominal_voltage(value := scaled(number, scale))), Decimal(0))


def _number(
    image: Mapping[tuple[int, int], int], function: int, address: int, number_type: NumberType, order: WordOrder
) -> Decimal | None:
    places = [(function, address + offset) for offset in range(registers_of(number_type))]
    if any(place not in image for place in places):
        return None
    return decode([image[place] for place in places], number_type, order)
