"""What a meter model's file may say, and its strict reading. A model is data: adding one is adding a file."""

import difflib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from importlib import resources
from typing import Any

from drivers.meters.model_reader import Section
from drivers.modbus.codec import NumberType, WordOrder, registers_of
from drivers.modbus.framing import Function
from drivers.modbus.read_plan import PlanLimits, Span
from drivers.quantities import UNITS, Quantity

_MODELS = resources.files("drivers.meters") / "models"
_LAST_ADDRESS = 0xFFFF
_MOST_REGISTERS = 125  # what the protocol allows in one request
_MOST_IDENTITY_REGISTERS = 4
_LAST_UNIT = 247
_READ_FUNCTIONS = (Function.READ_HOLDING, Function.READ_INPUT)


class ModelError(ValueError):
    """A model is unknown or its file is wrong; the message names file and key and says what would be right."""


@dataclass(frozen=True, slots=True)
class Register:
    """Where one quantity stands and how to read it: value = raw number x scale, in the quantity's unit."""

    span: Span
    type: NumberType
    word_order: WordOrder
    scale: Decimal


@dataclass(frozen=True, slots=True)
class Identity:
    """A read that tells the model: the registers as one number, MSW first, lies in one of the inclusive ranges."""

    span: Span
    ranges: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class LineSettings:
    """How the device leaves the factory."""

    baud: int
    parity: str
    stop_bits: int
    unit: int


@dataclass(frozen=True, slots=True)
class MeterModel:
    """One model as its file describes it; `gap_s` is the rest it wants between two requests to it."""

    name: str
    title: str
    source: tuple[str, ...]
    notes: str
    line: LineSettings
    limits: PlanLimits
    timeout_s: float
    gap_s: float
    identity: Identity
    registers: Mapping[Quantity, Register]


def available_models() -> tuple[str, ...]:
    """Names of all models, sorted; each is a file in drivers/meters/models."""
    return tuple(
        sorted(entry.name.removesuffix(".toml") for entry in _MODELS.iterdir() if entry.name.endswith(".toml"))
    )


def load_model(name: str) -> MeterModel:
    """Read one model. Raises ModelError, listing near matches when the name is unknown."""
    known = available_models()
    if name not in known:
        near = difflib.get_close_matches(name, known, n=3, cutoff=0.3) or known
        raise ModelError(f"there is no meter model {name!r}; did you mean {', '.join(near)}?")
    return parse_model(f"{name}.toml", (_MODELS / f"{name}.toml").read_text(encoding="utf-8"))


def parse_model(file: str, text: str) -> MeterModel:
    """Read a model from its text; `file` is its name in messages. Raises ModelError listing every finding."""
    try:
        raw: dict[str, Any] = tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        raise ModelError(f"{file}: not valid TOML: {error}") from error
    findings: list[str] = []
    model = _model(file, Section(raw, "", findings))
    if findings:
        raise ModelError("; ".join(f"{file}: {finding}" for finding in findings))
    return model


def _model(file: str, top: Section) -> MeterModel:
    name = top.text("model")
    if file != f"{name}.toml":
        top.complain("model", f"must be the file's name, {file.removesuffix('.toml')!r}")
    limits_section = top.section("limits")
    limits = PlanLimits(
        max_count=limits_section.whole("max_registers", 1, _MOST_REGISTERS),
        readable=limits_section.ranges("readable", _LAST_ADDRESS),
        max_hole=limits_section.whole("max_hole", 0, _MOST_REGISTERS),
        alignment=limits_section.whole("alignment", 1, _MOST_REGISTERS),
    )
    model = MeterModel(
        name=name,
        title=top.text("title"),
        source=top.texts("source"),
        notes=top.text("notes"),
        line=_line(top.section("line")),
        limits=limits,
        timeout_s=limits_section.seconds("timeout_s", least=Decimal("0.01")),
        gap_s=limits_section.seconds("gap_s", least=Decimal(0)),
        identity=_identity(top.section("identity")),
        registers=_registers(top.section("quantities"), limits),
    )
    limits_section.refuse_the_rest()
    top.refuse_the_rest()
    return model


def _line(section: Section) -> LineSettings:
    line = LineSettings(
        baud=section.whole("baud", 300, 921_600),
        parity=section.choice("parity", ("N", "E", "O")),
        stop_bits=section.whole("stop_bits", 1, 2),
        unit=section.whole("unit", 1, _LAST_UNIT),
    )
    section.refuse_the_rest()
    return line


def _identity(section: Section) -> Identity:
    count = section.whole("registers", 1, _MOST_IDENTITY_REGISTERS)
    identity = Identity(
        span=Span(section.whole_of("function", _READ_FUNCTIONS), section.whole("address", 0, _LAST_ADDRESS), count),
        ranges=section.ranges("ranges", (1 << 16 * max(count, 1)) - 1),
    )
    section.refuse_the_rest()
    return identity


def _registers(section: Section, limits: PlanLimits) -> dict[Quantity, Register]:
    registers: dict[Quantity, Register] = {}
    for key in section.names():
        if key not in set(Quantity):
            section.complain(key, f"is no quantity; known are {', '.join(Quantity)}")
            continue
        registers[Quantity(key)] = _register(section.section(key), UNITS[Quantity(key)], limits)
    if Quantity.ENERGY_IMPORT not in registers:
        section.complain("energy_import", "is missing; a meter without it cannot bill")
    return registers


def _register(section: Section, unit: str, limits: PlanLimits) -> Register:
    number_type = NumberType(section.choice("type", tuple(NumberType)))
    count = registers_of(number_type)
    address = section.whole("address", 0, _LAST_ADDRESS - count + 1)
    if count > limits.max_count:
        section.complain("type", f"fills {count} registers, more than max_registers allows")
    if address % max(limits.alignment, 1):
        section.complain("address", f"must be a multiple of the model's alignment, {limits.alignment}")
    register = Register(
        span=Span(section.whole_of("function", _READ_FUNCTIONS), address, count),
        type=number_type,
        word_order=WordOrder(section.choice("word_order", tuple(WordOrder))),
        scale=section.number("scale"),
    )
    section.choice("unit", (unit,))
    section.refuse_the_rest()
    return register
