"""Every meter there is; three of them written out as their datasheets have them, registers nobody reads included."""

import struct
from collections.abc import Mapping

from hwsim.meter_models_from_files import files, served_from_file
from hwsim.meters import MeterModel
from hwsim.modbus_server import READ_HOLDING, READ_INPUT_REGISTERS
from hwsim.registers import Encoding, Register, text_words


def _three(address: int, step: int, quantity: str, encoding: Encoding, resolution: int = 1) -> tuple[Register, ...]:
    return tuple(Register(address + i * step, f"{quantity}_l{i + 1}", encoding, resolution) for i in range(3))


def _f32(address: int, quantity: str) -> Register:
    return Register(address, quantity, Encoding.F32)


def _float_words(address: int, value: float) -> dict[int, int]:
    high, low = struct.unpack(">HH", struct.pack(">f", value))
    return {address: high, address + 1: low}


def _serial_words(address: int, serial: int) -> dict[int, int]:
    return {address: serial >> 16, address + 1: serial & 0xFFFF}


def _from(address: int, words: tuple[int, ...]) -> dict[int, int]:
    return {address + i: word for i, word in enumerate(words)}


def _sdm630_identity(serial: int) -> Mapping[int, int]:
    """Return the settings as floats from 0x000A on; serial number, meter code 0x0070 and firmware from 0xFC00 on."""
    settings = {0x0A: 3.0, 0x0C: 0.0, 0x0E: 0.0, 0x10: 0.0, 0x12: 0.0, 0x14: 1.0, 0x16: 0.0, 0x18: 1000.0, 0x1C: 2.0}
    words = {at: word for address, value in settings.items() for at, word in _float_words(address, value).items()}
    return words | _serial_words(0xFC00, serial) | {0xFC02: 0x0070, 0xFC03: 0x0102}


# Eastron SDM630 Modbus protocol: function 4, IEEE 754 floats, most significant register first, even addresses and
# counts, at most 80 registers. Unused parameters of the documented span read as zero.
SDM630 = MeterModel(
    name="eastron-sdm630",
    functions=frozenset({READ_INPUT_REGISTERS}),
    registers=(
        *_three(0x0000, 2, "voltage", Encoding.F32),
        *_three(0x0006, 2, "current", Encoding.F32),
        *_three(0x000C, 2, "power", Encoding.F32),
        *_three(0x0012, 2, "apparent_power", Encoding.F32),
        *_three(0x0018, 2, "reactive_power", Encoding.F32),
        *_three(0x001E, 2, "power_factor", Encoding.F32),
        _f32(0x002A, "voltage"),
        _f32(0x0030, "current_sum"),
        _f32(0x0034, "power"),
        _f32(0x0038, "apparent_power"),
        _f32(0x003C, "reactive_power"),
        _f32(0x003E, "power_factor"),
        _f32(0x0046, "frequency"),
        _f32(0x0048, "energy_import"),
        _f32(0x004A, "energy_export"),
        *(_f32(0x00C8 + 2 * i, f"voltage_line_{i + 1}") for i in range(3)),
        _f32(0x00E0, "current_neutral"),
        _f32(0x0156, "energy_total"),
    ),
    identity=_sdm630_identity,
    max_registers=80,
    turnaround_s=0.04,
    hole_spans=(range(0x018E),),
    wants_pairs=True,
)


def _em340_identity(serial: int) -> Mapping[int, int]:
    """Identification code 341, versions, measurement mode B (signed), and the serial number as text at 0x5000."""
    words = {0x000B: 341, 0x0302: 0x0001, 0x0303: 0x0004, 0x1102: 0, 0x1103: 1}
    return words | _from(0x5000, text_words(f"KX{serial:09d}", 7))


def _cg(address: int, quantity: str, resolution: int) -> Register:
    return Register(address, quantity, Encoding.S32_LSW_FIRST, resolution)


# Carlo Gavazzi EM330/EM340/ET330/ET340 communication protocol: functions 3 and 4 are the same, s32 with the least
# significant word first, at most 50 registers, identification and version words only one at a time, undefined
# addresses are exception 2. The rest of the documented table up to 0x0051 (demand, tariffs, kvarh) stays at zero.
EM340 = MeterModel(
    name="carlo-gavazzi-em340",
    functions=frozenset({READ_HOLDING, READ_INPUT_REGISTERS}),
    registers=(
        *_three(0x0000, 2, "voltage", Encoding.S32_LSW_FIRST, 100),
        *(_cg(0x0006 + 2 * i, f"voltage_line_{i + 1}", 100) for i in range(3)),
        *_three(0x000C, 2, "current", Encoding.S32_LSW_FIRST),
        *_three(0x0012, 2, "power", Encoding.S32_LSW_FIRST, 100),
        *_three(0x0018, 2, "apparent_power", Encoding.S32_LSW_FIRST, 100),
        *_three(0x001E, 2, "reactive_power", Encoding.S32_LSW_FIRST, 100),
        _cg(0x0024, "voltage", 100),
        _cg(0x0026, "voltage_line", 100),
        _cg(0x0028, "power", 100),
        _cg(0x002A, "apparent_power", 100),
        _cg(0x002C, "reactive_power", 100),
        *_three(0x002E, 1, "power_factor", Encoding.S16),
        Register(0x0031, "power_factor", Encoding.S16),
        Register(0x0032, "phase_sequence", Encoding.S16),
        Register(0x0033, "frequency", Encoding.U16, 100),
        _cg(0x0034, "energy_import", 100),
        _cg(0x004E, "energy_export", 100),
    ),
    identity=_em340_identity,
    max_registers=50,
    turnaround_s=0.04,
    alone=frozenset({0x000B, 0x0302, 0x0303}),
    hole_spans=(range(0x0052),),
)


def _b23_identity(serial: int) -> Mapping[int, int]:
    """Return serial number, firmware and type text (B23 ...), and the version of the mapping table."""
    words = _serial_words(0x8900, serial) | {0x8910: 0x0013}
    return words | _from(0x8908, text_words("B2.11.0", 8)) | _from(0x8960, text_words("B23 112-100", 6))


# ABB EQ meters B23/B24 user manual, Modbus mapping tables: function 3 only, most significant register first,
# at most 125 registers. Quantities a meter does not have hold all ones; between the tables lies exception 2.
B23 = MeterModel(
    name="abb-b23",
    functions=frozenset({READ_HOLDING}),
    registers=(
        Register(0x5000, "energy_import", Encoding.U64, 10),
        Register(0x5004, "energy_export", Encoding.U64, 10),
        *_three(0x5B00, 2, "voltage", Encoding.U32, 100),
        Register(0x5B06, "voltage_line_1", Encoding.U32, 100),
        Register(0x5B08, "voltage_line_2", Encoding.U32, 100),
        Register(0x5B0A, "voltage_line_3", Encoding.U32, 100),
        *_three(0x5B0C, 2, "current", Encoding.U32, 10),
        Register(0x5B12, "current_neutral", Encoding.U32, 10),
        Register(0x5B14, "power", Encoding.S32, 10),
        *_three(0x5B16, 2, "power", Encoding.S32, 10),
        Register(0x5B1C, "reactive_power", Encoding.S32, 10),
        *_three(0x5B1E, 2, "reactive_power", Encoding.S32, 10),
        Register(0x5B24, "apparent_power", Encoding.S32, 10),
        *_three(0x5B26, 2, "apparent_power", Encoding.S32, 10),
        Register(0x5B2C, "frequency", Encoding.U16, 10),
        Register(0x5B3A, "power_factor", Encoding.S16),
        *_three(0x5B3B, 1, "power_factor", Encoding.S16),
    ),
    identity=_b23_identity,
    max_registers=125,
    turnaround_s=0.03,
    hole=0xFFFF,
    hole_spans=(range(0x5000, 0x5030), range(0x5460, 0x5478), range(0x5B00, 0x5B41)),
)

WRITTEN_MODELS: Mapping[str, MeterModel] = {model.name: model for model in (SDM630, EM340, B23)}
SERVED_MODELS: Mapping[str, MeterModel] = {name: served_from_file(path) for name, path in files().items()}
METER_MODELS: Mapping[str, MeterModel] = {**SERVED_MODELS, **WRITTEN_MODELS}
