"""A meter model's file, read strictly: every finding at once, each with its key. README.md here has the vocabulary."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from drivers.meters.model_reader import Section
from drivers.meters.vocabulary import (
    BeginsWith,
    InRanges,
    LineSettings,
    MeterModel,
    Probe,
    Register,
    SunSpecBlock,
    SunSpecMap,
    Term,
    Within,
    self_said,
)
from drivers.modbus.codec import NumberType, WordOrder, registers_of
from drivers.modbus.identification import PRODUCT, REVISION, VENDOR
from drivers.modbus.read_plan import PlanLimits, Span
from drivers.modbus.request import Function
from drivers.quantities import UNITS, Quantity

_LAST_ADDRESS = 0xFFFF
_MOST_REGISTERS = 125  # what the protocol allows in one request
_MOST_IDENTITY_REGISTERS = 32
_LAST_UNIT = 247
_LEAST_ROLLOVER_WH = 1_000_000  # no meter for charging has fewer digits than 999.9 kWh
_READ_FUNCTIONS = (Function.READ_HOLDING, Function.READ_INPUT)
_IDENTITY_FUNCTIONS = (*_READ_FUNCTIONS, Function.READ_IDENTIFICATION)
_OBJECTS = {"vendor": VENDOR, "product": PRODUCT, "revision": REVISION}
_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


class ModelError(ValueError):
    """A model is unknown or its file is wrong; the message names file and key and says what would be right."""


def parse_model(path: Path, text: str) -> MeterModel:
    """Read a model from the text of its file. Raises ModelError listing every finding."""
    try:
        raw: dict[str, Any] = tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        raise ModelError(f"{path}: not valid TOML: {error}") from error
    except RecursionError:
        raise ModelError(f"{path}: not valid TOML: it is nested too deeply") from None
    except ValueError:  # Python reads no whole number of more than 4,300 digits
        raise ModelError(f"{path}: not valid TOML: a number in it is too long to be read") from None
    findings: list[str] = []
    model = _model(path, Section(raw, "", findings))
    if findings:
        raise ModelError("; ".join(f"{path}: {finding}" for finding in findings))
    return model


def _model(path: Path, top: Section) -> MeterModel:
    name = top.text("model")
    if not _NAME.fullmatch(path.stem):
        top.complain("model", f"is named after its file, and {path.name!r} is not small letters, digits and hyphens")
    elif name != path.stem:
        top.complain("model", f"must be the file's name, {path.stem!r}")
    limits_section = top.section("limits")
    limits = _limits(limits_section)
    defaults = _defaults(top)
    model = MeterModel(
        name=name,
        title=top.text("title"),
        manufacturer=top.text("manufacturer"),
        source=top.texts("source"),
        notes=top.text("notes"),
        line=_line(top.section("line")),
        limits=limits,
        timeout_s=limits_section.seconds("timeout_s", least=Decimal("0.01")),
        gap_s=limits_section.seconds("gap_s", least=Decimal(0)),
        identity=tuple(_probe(section, defaults) for section in top.sections("identity")),
        registers={},
        file=path,
    )
    if top.has("rollover_wh"):
        model = replace(model, rollover_wh=top.whole("rollover_wh", _LEAST_ROLLOVER_WH, 2**63 - 1))
    if top.has("sunspec"):
        model = replace(model, sunspec=_sunspec(top.section("sunspec"), limits, defaults))
    else:
        model = replace(model, registers=_registers(top.section("quantities"), limits, defaults))
    limits_section.refuse_the_rest()
    top.refuse_the_rest()
    return model


def _limits(section: Section) -> PlanLimits:
    return PlanLimits(
        max_count=section.whole("max_registers", 1, _MOST_REGISTERS),
        readable=section.ranges("readable", _LAST_ADDRESS) if section.has("readable") else (),
        max_hole=section.whole("max_hole", 0, _MOST_REGISTERS),
        alignment=section.whole("alignment", 1, _MOST_REGISTERS),
    )


def _line(section: Section) -> LineSettings:
    line = LineSettings(
        baud=section.whole("baud", 300, 921_600),
        parity=section.choice("parity", ("N", "E", "O")),
        stop_bits=section.whole("stop_bits", 1, 2),
        unit=section.whole("unit", 1, _LAST_UNIT),
    )
    section.refuse_the_rest()
    return line


def _defaults(top: Section) -> Mapping[str, Any]:
    """Take what holds for every number of the file that does not say otherwise; the table may be left out."""
    if not top.has("defaults"):
        return {}
    section = top.section("defaults")
    defaults: dict[str, Any] = {}
    if section.has("function"):
        defaults["function"] = section.whole_of("function", _READ_FUNCTIONS)
    if section.has("type"):
        defaults["type"] = section.choice("type", tuple(NumberType))
    if section.has("word_order"):
        defaults["word_order"] = section.choice("word_order", tuple(WordOrder))
    section.refuse_the_rest()
    return defaults


def _probe(section: Section, defaults: Mapping[str, Any]) -> Probe:
    function = section.whole_of("function", _IDENTITY_FUNCTIONS)
    if function == Function.READ_IDENTIFICATION:
        number = _OBJECTS[section.choice("object", tuple(_OBJECTS))]
        probe = Probe(self_said(number), _text(section))
        section.refuse_the_rest()
        return probe
    address = section.whole("address", 0, _LAST_ADDRESS)
    expected: InRanges | BeginsWith | Within
    if section.has("within"):
        section.complete({key: value for key, value in defaults.items() if key != "function"})
        number_type = NumberType(section.choice("type", tuple(NumberType)))
        count = registers_of(number_type)
        expected = Within(
            number_type, WordOrder(section.choice("word_order", tuple(WordOrder))), *section.bounds("within")
        )
    else:
        count = section.whole("registers", 1, _MOST_IDENTITY_REGISTERS)
        if section.has("text") or section.has("texts"):
            expected = _text(section)
        else:
            expected = InRanges(section.ranges("ranges", (1 << 16 * count) - 1))
    others = section.wholes("elsewhere", 0, _LAST_ADDRESS) if section.has("elsewhere") else ()
    for key, place in (("address", address), *(("elsewhere", other) for other in others)):
        if place + count > _LAST_ADDRESS + 1:
            section.complain(key, f"leaves no room for {count} registers")
    section.refuse_the_rest()
    return Probe(Span(function, address, count), expected, tuple(Span(function, other, count) for other in others))


def _text(section: Section) -> BeginsWith:
    """Take one text, or several of which any will do."""
    key = "texts" if section.has("texts") else "text"
    texts = section.texts(key) if key == "texts" else (section.text(key),)
    if not all(text.isascii() for text in texts):
        section.complain(key, "must be ASCII")
    return BeginsWith(texts)


def _sunspec(section: Section, limits: PlanLimits, defaults: Mapping[str, Any]) -> SunSpecMap:
    blocks = tuple(_sunspec_block(block, limits, defaults) for block in section.sections("blocks"))
    found = SunSpecMap(bases=section.wholes("bases", 0, _LAST_ADDRESS), blocks=blocks)
    section.refuse_the_rest()
    return found


def _sunspec_block(section: Section, limits: PlanLimits, defaults: Mapping[str, Any]) -> SunSpecBlock:
    whole_block = replace(limits, readable=((0, _LAST_ADDRESS),))
    block = SunSpecBlock(
        ids=section.wholes("ids", 1, _LAST_ADDRESS - 1),
        registers=_registers(section.section("quantities"), whole_block, defaults),
    )
    section.refuse_the_rest()
    return block


def _registers(section: Section, limits: PlanLimits, defaults: Mapping[str, Any]) -> dict[Quantity, Register]:
    registers: dict[Quantity, Register] = {}
    for key in section.names():
        if key not in set(Quantity):
            section.complain(key, f"is no quantity; known are {', '.join(Quantity)}")
            continue
        entry = section.section(key)
        entry.complete(defaults)
        registers[Quantity(key)] = _register(entry, UNITS[Quantity(key)], limits)
    if Quantity.ENERGY_IMPORT not in registers:
        section.complain("energy_import", "is missing; a meter without it cannot bill")
    return registers


def _register(section: Section, unit: str, limits: PlanLimits) -> Register:
    number_type = NumberType(section.choice("type", tuple(NumberType)))
    function = section.whole_of("function", _READ_FUNCTIONS)
    address = _address(section, "address", number_type, limits)
    taken = [address]
    terms = [(address, 1)]
    for key, sign in (("plus", 1), ("minus", -1)):
        if section.has(key):
            others = section.wholes(key, 0, _LAST_ADDRESS - registers_of(number_type) + 1)
            terms += [(other, sign) for other in others]
            taken += others
    ends = [start + registers_of(number_type) for start in taken]
    exponent = section.whole("exponent", 0, _LAST_ADDRESS) if section.has("exponent") else None
    if exponent is not None:
        taken.append(exponent)
        ends.append(exponent + 1)
    span = Span(function, min(taken), max(ends) - min(taken))
    _check_span(section, span, taken, ends, limits)
    register = Register(
        span=span,
        type=number_type,
        word_order=WordOrder(section.choice("word_order", tuple(WordOrder))),
        scale=section.number("scale"),
        terms=tuple(Term(start - span.address, sign) for start, sign in terms),
        exponent_offset=None if exponent is None else exponent - span.address,
    )
    if section.has("otherwise"):
        if len(taken) > 1:
            section.complain("otherwise", "cannot stand beside plus, minus or exponent")
        elsewhere = Span(function, _address(section, "otherwise", number_type, limits), span.count)
        register = replace(register, otherwise=replace(register, span=elsewhere))
    section.choice("unit", (unit,))
    section.refuse_the_rest()
    return register


def _address(section: Section, key: str, number_type: NumberType, limits: PlanLimits) -> int:
    address = section.whole(key, 0, _LAST_ADDRESS - registers_of(number_type) + 1)
    if address % max(limits.alignment, 1):
        section.complain(key, f"must be a multiple of the model's alignment, {limits.alignment}")
    return address


def _check_span(section: Section, span: Span, starts: list[int], ends: list[int], limits: PlanLimits) -> None:
    """See that one request can fetch all that a value is made of."""
    if span.count > limits.max_count:
        section.complain("type", f"fills {span.count} registers, more than max_registers allows")
    reached = span.address
    for start, end in sorted(zip(starts, ends, strict=True)):
        if start > reached and not any(low <= reached and start - 1 <= high for low, high in limits.readable):
            section.complain("address", f"and 0x{start:04X} come in one request, and `readable` bars what lies between")
        reached = max(reached, end)
