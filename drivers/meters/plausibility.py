"""Whether a meter's numbers can be true, and if not, what a technician should look at. Pure.

A number that no mains has is noticed at once; why it came about follows from reading the same registers otherwise: the
other word order, one address lower, another model's identity.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal

from drivers.meters.identify import Words, identity_shown, is_certain, is_ruled_out, odd_one, recognised, shown_one
from drivers.meters.plausibility_bounds import CURRENTS, VOLTAGES, impossible, is_supported
from drivers.meters.vocabulary import MeterModel, Register, value_of
from drivers.modbus.codec import WordOrder
from drivers.modbus.read_plan import Span
from drivers.quantities import UNITS, Quantity, Readings

_TELLING = (Quantity.FREQUENCY, *VOLTAGES)
_NAMES = {quantity: quantity.value.replace("_l", " L") for quantity in _TELLING}

# Power beyond all three phases' where a model tells voltage and current of one, and the load stepped between reads.
_MOST_POWER_FACTOR = 10
# Power a thousand times too small is a kW taken for a W: no real load has a power factor of 0.002.
_LEAST_POWER_FACTOR = Decimal("0.002")
_LOAD_VA = 200
_TENFOLD_HZ = (Decimal(450), Decimal(650))


def questions(model: MeterModel, readings: Readings) -> tuple[Span, ...]:
    """Return what to read of the device before `judge_meter`: its identity, and where numbers are in doubt, more.

    `readings` is empty where the device refused to be read with this model.
    """
    spans = [probe.span for probe in model.identity]
    if not is_supported(readings):
        for register in _telling(model).values():
            spans += [register.span, *([] if register.span.address == 0 else [_one_lower(register).span])]
    return tuple(dict.fromkeys(spans))


def judge_meter(
    model: MeterModel, readings: Readings, words: Words, models: Sequence[MeterModel] = ()
) -> tuple[str, ...]:
    """Return what is wrong with reading this device as this model, each in a sentence that ends with what to do.

    `words`: the device's answers to `questions`, and to the identity questions of other `models` if they were asked.
    An empty result says that nothing speaks against the model.
    """
    strange = impossible(readings)
    causes = [cause for judge in _JUDGES if (cause := judge(model, words, models)) is not None]
    if readings and not strange:
        own = _wrong_identity(model, words, models)
        return tuple(text for text in (own, _power_against_current(readings)) if text is not None)
    if strange == (Quantity.FREQUENCY,) and _TENFOLD_HZ[0] <= (readings[Quantity.FREQUENCY] or 0) <= _TENFOLD_HZ[1]:
        return ("the frequency is shown ten times too high, as some firmware does; nothing is billed by it",)
    if not strange and not causes:
        return ()
    symptom = _shown(readings, strange) if strange else f"the device refuses to be read as {model.name}"
    return (f"{symptom}: {'; or '.join(causes) or _ANY_CAUSE}",)


_ANY_CAUSE = "no mains has that; check `model` against the type plate, and the meter's own word-order setting"


def _wrong_identity(model: MeterModel, words: Words, models: Sequence[MeterModel]) -> str | None:
    found = [one for one in recognised(models, words) if is_certain(one, words)]
    if model.name in {one.name for one in found} or not is_ruled_out(model, words):
        return None
    if found:
        span = shown_one(found[0], words)
        names = " or ".join(f'model = "{one.name}"' for one in found)
        return (
            f"the model is wrong: the identity register {identity_shown(span, words[span] or ())},"
            f" which is {found[0].title}; set {names}"
        )
    odd = odd_one(model, words)
    if odd is None:
        return None
    return (
        f"the identity register {identity_shown(odd, words[odd] or ())}, which is not what {model.title} has there;"
        " check `model` against the type plate, and the energy against the display"
    )


def _swapped_order(model: MeterModel, words: Words, _models: Sequence[MeterModel]) -> str | None:
    if is_supported(_read(model, words, lambda register: register)):
        return None
    turned = _read(model, words, _other_order)
    if not is_supported(turned):
        return None
    order = _other_order(next(iter(_telling(model).values()))).word_order
    return (
        f"the word order looks swapped: {_order_words(order)} it would be {_shown(turned, tuple(turned))};"
        f" set it right at the meter, or word_order in {model.file or model.name}"
    )


def _shifted_addresses(model: MeterModel, words: Words, _models: Sequence[MeterModel]) -> str | None:
    if is_supported(_read(model, words, lambda register: register)):
        return None
    lower = _read(model, words, _one_lower)
    if not is_supported(lower):
        return None
    return (
        f"the addresses look 1-based: one lower it would be {_shown(lower, tuple(lower))};"
        f" take 1 from every address in {model.file or model.name}"
    )


_JUDGES = (_wrong_identity, _swapped_order, _shifted_addresses)


def _power_against_current(readings: Readings) -> str | None:
    """Compare the power with what voltages and currents can make of it."""
    pairs = [
        (readings.get(voltage), readings.get(current)) for voltage, current in zip(VOLTAGES, CURRENTS, strict=True)
    ]
    power = readings.get(Quantity.POWER)
    if power is None or any(None in pair for pair in pairs[:1]):
        return None
    apparent_va = sum(
        (abs(volt * ampere) for volt, ampere in pairs if volt is not None and ampere is not None), Decimal(0)
    )
    if apparent_va < _LOAD_VA:
        return None
    if _LEAST_POWER_FACTOR * apparent_va <= abs(power) <= _MOST_POWER_FACTOR * apparent_va:
        return None
    return (
        f"power {_number(power)} W does not go with voltages and currents, which make {_number(apparent_va)} VA;"
        " check `model`, or the scale of power in its file (kW taken for W?)"
    )


def _telling(model: MeterModel) -> dict[Quantity, Register]:
    return {quantity: register for quantity in _TELLING if (register := model.registers.get(quantity)) is not None}


def _read(model: MeterModel, words: Words, reading: Callable[[Register], Register]) -> Readings:
    """Read voltages and frequency out of the words, each register looked at in another way."""
    values: dict[Quantity, Decimal | None] = {}
    for quantity, register in _telling(model).items():
        looked_at = reading(register)
        seen = words.get(looked_at.span)
        if seen is not None:
            values[quantity] = value_of(looked_at, seen)
    return {quantity: value for quantity, value in values.items() if value is not None}


def _other_order(register: Register) -> Register:
    first = register.word_order is WordOrder.MSW_FIRST
    return replace(register, word_order=WordOrder.LSW_FIRST if first else WordOrder.MSW_FIRST)


def _one_lower(register: Register) -> Register:
    return replace(register, span=replace(register.span, address=register.span.address - 1))


def _order_words(order: WordOrder) -> str:
    return "most significant word first" if order is WordOrder.MSW_FIRST else "least significant word first"


def _shown(readings: Readings, quantities: Sequence[Quantity]) -> str:
    """Name the first two; more would say the same."""
    shown = [f"{_NAMES[one]} {_number(readings[one] or Decimal(0))} {UNITS[one]}" for one in quantities[:2]]
    return " and ".join(shown)


def _number(value: Decimal) -> str:
    """Four digits tell a technician enough."""
    text = f"{value:.4g}"
    return f"{value:.2g}" if "e" in text else text
