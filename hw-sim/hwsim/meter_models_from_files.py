"""Any meter as its model file describes it: where the numbers stand is taken from there, how to write them is not.

The file is read as plain TOML; of the gateway's drivers nothing is used. What the file does not say is chosen here:
the exponents a meter puts beside its numbers, how energy spreads over tariffs, and how long it thinks.
"""

import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from importlib import resources
from pathlib import Path
from typing import Any

from hwsim.meters import MeterModel
from hwsim.modbus_server import IDENTIFY
from hwsim.registers import Encoding, Register, text_words

_TURNAROUND_S = 0.03
# The power of ten that a meter with exponent registers uses, by quantity without its phase.
_DECADES = {"energy": 1, "power": 1, "voltage": -1, "current": -2, "frequency": -2}
# SunSpec: a wye-connected three-phase meter, integers or floats; what unused points hold; the common block.
_SUNSPEC_WYE = frozenset({203, 213})
_SUNSPEC_LENGTH = {203: 105, 213: 124}
_SUNSPEC_UNUSED = 0x8000
_SUNSPEC_COMMON = 1
_SUNSPEC_COMMON_LENGTH = 66
_SUNSPEC_END = (0xFFFF, 0)
_OBJECTS = {"vendor": 0, "product": 1, "revision": 2}


@dataclass(frozen=True, slots=True)
class _Table:
    """Registers and the constant words between them."""

    registers: tuple[Register, ...]
    constants: Mapping[int, int]
    functions: frozenset[int]


def files() -> Mapping[str, Path]:
    """Every model that ships, by name."""
    directory = Path(str(resources.files("drivers.meters"))) / "models"
    return {path.stem: path for path in sorted(directory.glob("*.toml"))}


def served_from_file(path: Path, sunspec_block: int = 0) -> MeterModel:
    """Make a meter from a model file; `sunspec_block` chooses among the kinds of block a SunSpec meter may have."""
    raw = tomllib.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
    defaults, limits = raw.get("defaults", {}), raw["limits"]
    if "sunspec" in raw:
        table, spans = _sunspec(raw["sunspec"], defaults, sunspec_block)
        hole = _SUNSPEC_UNUSED
    else:
        table = _table(raw["quantities"], defaults, 0)
        spans = tuple(range(low, high + 1) for low, high in limits.get("readable", ()))
        hole = 0
    return MeterModel(
        name=raw["model"],
        functions=table.functions,
        registers=table.registers,
        identity=lambda _serial: {},
        max_registers=limits["max_registers"],
        turnaround_s=_TURNAROUND_S,
        hole=hole,
        hole_spans=spans,
        wants_pairs=limits["alignment"] == 2,  # noqa: PLR2004 - a pair
        constants=table.constants,
        exact=dict(_identity([one for one in raw["identity"] if one["function"] != IDENTIFY], defaults, table)),
        says=_said([one for one in raw["identity"] if one["function"] == IDENTIFY]),
    )


def _table(quantities: Mapping[str, Any], defaults: Mapping[str, Any], base: int) -> _Table:
    registers: list[Register] = []
    constants: dict[int, int] = {}
    functions: set[int] = set()
    for quantity, entry in quantities.items():
        place = {**defaults, **entry}
        functions.add(place["function"])
        decades = 0
        if "exponent" in place:
            decades = _DECADES[quantity.split("_")[0]]
            constants[base + place["exponent"]] = decades % 0x10000
        registers += [_at(register, base) for register in _registers(quantity, place, decades)]
    return _Table(tuple(registers), constants, frozenset(functions))


def _at(register: Register, base: int) -> Register:
    return replace(register, address=base + register.address)


def _registers(quantity: str, place: Mapping[str, Any], decades: int) -> Iterator[Register]:
    """One quantity may be one register, a sum over tariffs, a difference of directions, or stand in two places."""
    encoding = _encoding(place)
    thousandths = 1 if quantity.startswith("energy") else 1000
    weight = Fraction(place["scale"]) * thousandths * Fraction(10) ** decades
    if encoding.is_float or encoding.is_decade_float:
        single = Register(place["address"], quantity, encoding, unit=weight)
    else:
        single = Register(place["address"], quantity, encoding, resolution=weight)
    if "minus" in place:
        yield replace(single, part=_drawn)
        yield from (replace(single, address=at, part=_fed_back, sign=-1) for at in place["minus"][:1])
        return
    addresses = (place["address"], *place.get("plus", ()))
    for index, address in enumerate(addresses):
        yield replace(single, address=address, part=_share(index, len(addresses)))
    if "otherwise" in place:
        yield replace(single, address=place["otherwise"], is_shown=False)


def _encoding(place: Mapping[str, Any]) -> Encoding:
    name = place["type"].upper()
    low_first = f"{name}_LSW_FIRST"
    is_low_first = place["word_order"] == "lsw_first" and low_first in Encoding.__members__
    return Encoding[low_first if is_low_first else name]


def _drawn(thousandths: int) -> int:
    return max(thousandths, 0)


def _fed_back(thousandths: int) -> int:
    return max(-thousandths, 0)


def _share(index: int, of: int) -> Callable[[int], int]:
    """Spread a counter over tariffs: as good as even, the first has the rest."""

    def share(thousandths: int) -> int:
        even, rest = divmod(thousandths, of)
        return even + rest if index == 0 else even

    return share


def _sunspec(sunspec: Mapping[str, Any], defaults: Mapping[str, Any], chosen: int) -> tuple[_Table, tuple[range, ...]]:
    """Lay out a map with the common block, one meter block and the end mark, at the first place it may begin."""
    base, block = sunspec["bases"][0], sunspec["blocks"][chosen]
    block_id = next(one for one in block["ids"] if one in _SUNSPEC_WYE)
    header = (*text_words("SunS", 2), _SUNSPEC_COMMON, _SUNSPEC_COMMON_LENGTH)
    start = base + len(header) + _SUNSPEC_COMMON_LENGTH
    end = start + 2 + _SUNSPEC_LENGTH[block_id]
    table = _table(block["quantities"], defaults, start)
    fixed = {
        **_placed(base, (*header, *text_words("hwsim", 16), *text_words("meter", 16))),
        **_placed(start, (block_id, _SUNSPEC_LENGTH[block_id])),
        **_placed(end, _SUNSPEC_END),
    }
    return replace(table, constants={**table.constants, **fixed}), (range(base, end),)


def _placed(address: int, words: Sequence[int]) -> dict[int, int]:
    return {address + i: word for i, word in enumerate(words)}


def _said(probes: Sequence[Mapping[str, Any]]) -> Mapping[int, str]:
    """Let the meter say of itself what its file expects, and some revision."""
    if not probes:
        return {}
    return {_OBJECTS["revision"]: "V1.4.0"} | {
        _OBJECTS[probe["object"]]: probe["texts"][0] if "texts" in probe else probe["text"] for probe in probes
    }


def _identity(
    probes: Sequence[Mapping[str, Any]], defaults: Mapping[str, Any], table: _Table
) -> Iterator[tuple[tuple[int, int, int], tuple[int, ...]]]:
    """Answer each question of the identity with the first thing it allows, unless a live number stands there."""
    live = {register.address for register in table.registers}
    for probe in probes:
        if probe["address"] in live:
            continue
        if "within" in probe:
            low, high = probe["within"]
            encoding = _encoding({**defaults, **probe})
            words = Register(0, "", encoding, unit=1).words(int((low + high) / 2))
        elif "text" in probe:
            words = text_words(probe["text"], probe["registers"])
        else:
            first = probe["ranges"][0][0]
            words = tuple(first >> 16 * i & 0xFFFF for i in reversed(range(probe["registers"])))
        yield (probe["function"], probe["address"], len(words)), words
