"""Model files are read strictly: every mistake is reported with file and key, all of them at once."""

import re
from contextlib import suppress
from decimal import Decimal
from importlib import resources
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.meters.register_map import ModelError, available_models, load_model, model_files, parse_model
from drivers.meters.vocabulary import BeginsWith, InRanges, Probe, Register, Term, Within, matches, value_of
from drivers.modbus.codec import NumberType, WordOrder
from drivers.modbus.read_plan import Span, plan
from drivers.quantities import Quantity

GOOD = (resources.files("drivers.meters") / "models" / "carlo-gavazzi-em340.toml").read_text(encoding="utf-8")
FILE = Path("carlo-gavazzi-em340.toml")


def registers_of(name: str) -> list[Register]:
    model = load_model(name)
    blocks = () if model.sunspec is None else model.sunspec.blocks
    return [
        one for registers in (model.registers, *(block.registers for block in blocks)) for one in registers.values()
    ]


def test_all_models_load_and_name_two_sources() -> None:
    assert len(available_models()) >= 24
    assert [name for name in available_models() if len(set(load_model(name).source)) < 2] == []


@pytest.mark.parametrize("name", ["sdm630", "eastron_sdm630", "Eastron-SDM630"])
def test_an_unknown_model_lists_near_matches(name: str) -> None:
    with pytest.raises(ModelError, match=rf"no meter model '{name}'; did you mean .*eastron-sdm630"):
        load_model(name)


def test_a_name_like_nothing_lists_all_models() -> None:
    with pytest.raises(ModelError, match=", ".join(available_models())):
        load_model("zzzz")


@pytest.mark.parametrize(
    ("right", "wrong", "finding"),
    [
        ("baud = 9600", 'baud = "9600"', "line.baud: must be a whole number from 300 to 921600, not '9600'"),
        ("baud = 9600", "baud = true", "line.baud: must be a whole number"),
        ('parity = "N"', 'parity = "none"', "line.parity: must be 'N' or 'E' or 'O', not 'none'"),
        ("max_registers = 50", "max_registers = 200", "limits.max_registers: must be a whole number from 1 to 125"),
        ("max_registers = 50", "", "limits.max_registers: is missing"),
        ("timeout_s = 0.6", "timeout_s = 0", "limits.timeout_s: must be seconds from 0.01 to 60, not 0"),
        ("timeout_s = 0.6", "timeout_s = nan", "limits.timeout_s: must be seconds"),
        ("gap_s = 0.0", "gap_ms = 0", "limits.gap_ms: is not a known key; known here are"),
        ("[0x004E, 0x004F]", "[0x004F, 0x004E]", "limits.readable: must be a list of [first, last]"),
        ("address = 0x0034", "address = 70000", "quantities.energy_import.address: must be a whole number from 0 to"),
        ('type = "u16"', 'type = "u24"', "quantities.frequency.type: must be 'u16' or"),
        ("energy_import =", "energy_imported =", "quantities.energy_imported: is no quantity; known are energy_import"),
        ("energy_import =", "energy_imported =", "quantities.energy_import: is missing; a meter"),
        ("alignment = 1", "alignment = 2", "quantities.frequency.address: must be a multiple of the model's alignment"),
        ("max_registers = 50", "max_registers = 1", "quantities.power.type: fills 2 registers, more than"),
        ('scale = 100, unit = "Wh"', 'scale = 0, unit = "Wh"', "energy_import.scale: must be a number above 0, not 0"),
        ('scale = 100, unit = "Wh"', 'scale = 0.1, unit = "kWh"', "energy_import.unit: must be 'Wh', not 'kWh'"),
        ("address = 0x0034", "function = 6, address = 0x0034", "energy_import.function: must be 3 or 4, not 6"),
        ('model = "carlo-gavazzi-em340"', 'model = "em340"', "model: must be the file's name, 'carlo-gavazzi-em340'"),
        ("[line]", "line = 5\n[lines]", "line: must be a table, not 5"),
        ("baud = 9600", "baud = = 9600", "not valid TOML"),
        ("baud = 9600", "baud = " + "9" * 5_000, "not valid TOML: a number in it is too long to be read"),
        ("baud = 9600", "baud = " + "[" * 10_000, "not valid TOML: it is nested too deeply"),
        ('manufacturer = "Carlo Gavazzi"', "", "manufacturer: is missing"),
        ("source = [", "source = []\nsources = [", "source: must be a list of texts, not []"),
        ("[[identity]]", "[identity]", "identity: must be a list of tables, [[identity]]"),
        ("ranges = [[330, 337], [339, 345]]", "", "identity[0].ranges: is missing"),
        ("ranges = [[330, 337], [339, 345]]", "ranges = [[330, 70000]]", "identity[0].ranges: must be a list"),
        ("ranges = [[330, 337], [339, 345]]", 'text = "EM\u00e9"', "identity[0].text: must be ASCII"),
        ("ranges = [[330, 337], [339, 345]]", "within = [65, 45]", "identity[0].within: must be two numbers"),
        (
            "ranges = [[330, 337], [339, 345]]",
            "within = [45, 65]",
            "identity[0].registers: is not a known key; known here",
        ),
        ("address = 0x000B", "address = 0x1FFFF", "identity[0].address: must be a whole number from 0 to 65535"),
        ('type = "s32"', 'type = "f99"', "defaults.type: must be 'u16' or"),
        ('type = "s32"', "scale = 1", "defaults.scale: is not a known key"),
        (
            "address = 0x0028,",
            "address = 0x0028, plus = [70000],",
            "quantities.power.plus: must be a list of whole numbers",
        ),
        ("address = 0x0028,", "address = 0x0028, minus = [0x0040],", "quantities.power.address: and 0x0040 come in"),
        (
            "address = 0x0028,",
            "address = 0x0028, plus = [0x0080],",
            "quantities.power.type: fills 90 registers, more than",
        ),
        ('type = "s32"', "", "quantities.power.type: is missing"),
        ("address = 0x0028,", "address = 0x0028, exponent = -1,", "quantities.power.exponent: must be a whole number"),
        (
            "address = 0x0028,",
            "address = 0x0028, plus = [0x002A], otherwise = 0x0100,",
            "quantities.power.otherwise: cannot stand beside plus, minus or exponent",
        ),
        ("[quantities]", "[sunspec]", "sunspec.blocks: is missing"),
        (
            "registers = 1\n",
            "registers = 2\nelsewhere = [65535]\n",
            "identity[0].elsewhere: leaves no room for 2 registers",
        ),
        ("function = 3\naddress = 0x000B", "function = 43\naddress = 0", "identity[0].object: is missing"),
        ("function = 3\naddress = 0x000B", 'function = 43\nobject = "maker"', "identity[0].object: must be 'vendor'"),
        ("function = 3\naddress = 0x000B", 'function = 43\nobject = "vendor"', "identity[0].text: is missing"),
        ("function = 3\naddress = 0x000B", "function = 5\naddress = 0", "identity[0].function: must be 3 or 4 or 43"),
        ("ranges = [[330, 337], [339, 345]]", "texts = []", "identity[0].texts: must be a list of texts"),
    ],
)
def test_a_mistake_is_reported_with_file_and_key(right: str, wrong: str, finding: str) -> None:
    assert right in GOOD
    text = GOOD.replace(right, wrong)

    with pytest.raises(ModelError) as caught:
        parse_model(FILE, text)

    assert finding in str(caught.value)
    assert str(caught.value).startswith(f"{FILE}: ")


def test_a_default_holds_for_every_number_that_does_not_say_otherwise() -> None:
    model = load_model("siemens-pac2200")

    assert model.registers[Quantity.POWER].type is NumberType.F32
    assert model.registers[Quantity.ENERGY_IMPORT].type is NumberType.F64


def test_all_that_a_value_is_made_of_comes_in_one_request() -> None:
    registers = load_model("iskra-wm3m4").registers

    assert registers[Quantity.ENERGY_IMPORT].span == Span(4, 414, 6)
    assert registers[Quantity.ENERGY_IMPORT].terms == (Term(4),)
    assert registers[Quantity.ENERGY_IMPORT].exponent_offset == 0


@pytest.mark.parametrize("name", available_models())
def test_no_other_reply_of_a_poll_is_as_long_as_the_one_that_holds_the_energy(name: str) -> None:
    """On a serial line function and length are all that tells one reply of a device from another."""
    model = load_model(name)
    registers = model.registers if model.sunspec is None else model.sunspec.blocks[0].registers
    spans = [register.span for register in registers.values()]
    energy = registers[Quantity.ENERGY_IMPORT].span

    blocks = plan(spans, model.limits)

    holding = next(one for one in blocks if one.address <= energy.address and energy.end <= one.end)
    alike = [one for one in blocks if (one.function, one.count) == (holding.function, holding.count)]
    assert alike == [holding]


def test_all_mistakes_are_reported_at_once() -> None:
    text = (
        GOOD.replace("baud = 9600", "baud = 1").replace('parity = "N"', 'parity = "X"').replace("unit = 1", "unit = 0")
    )

    with pytest.raises(ModelError) as caught:
        parse_model(FILE, text)

    assert [word in str(caught.value) for word in ("line.baud", "line.parity", "line.unit")] == [True] * 3


def test_a_users_file_adds_a_model(tmp_path: Path) -> None:
    (tmp_path / "my-meter.toml").write_text(GOOD.replace("carlo-gavazzi-em340", "my-meter"), encoding="utf-8")

    model = load_model("my-meter", tmp_path)

    assert set(available_models(tmp_path)) == {*available_models(), "my-meter"}
    assert (model.file, model.shadows) == (tmp_path / "my-meter.toml", False)


def test_a_users_file_stands_in_for_ours_and_says_so(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text(GOOD.replace("timeout_s = 0.6", "timeout_s = 2"), encoding="utf-8")

    model = load_model("carlo-gavazzi-em340", tmp_path)

    assert (model.timeout_s, model.shadows, model.file) == (2.0, True, tmp_path / FILE)
    assert model_files(tmp_path)["carlo-gavazzi-em340"] == tmp_path / FILE
    assert load_model("carlo-gavazzi-em340").shadows is False
    assert load_model("eastron-sdm630", tmp_path).shadows is False


def test_a_users_directory_need_not_exist(tmp_path: Path) -> None:
    assert available_models(tmp_path / "meters") == available_models()


@pytest.mark.parametrize("content", [b"model = 5", b"\xff\xfe", b"", b"[[["])
def test_a_users_file_that_is_wrong_is_told_with_its_path(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "my-meter.toml").write_bytes(content)

    with pytest.raises(ModelError) as caught:
        load_model("my-meter", tmp_path)

    assert str(caught.value).startswith(f"{tmp_path / 'my-meter.toml'}: ")


def test_a_users_file_that_cannot_be_read_is_told_with_its_path_and_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "my-meter.toml").mkdir()

    with pytest.raises(ModelError, match=r"my-meter\.toml: cannot be read: .*; let the gateway's user read it"):
        load_model("my-meter", tmp_path)


def test_a_users_directory_that_is_a_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "meters").write_text("", encoding="utf-8")

    with pytest.raises(ModelError, match="meters: is no folder"):
        available_models(tmp_path / "meters")


def test_a_file_whose_name_cannot_be_a_model_is_told(tmp_path: Path) -> None:
    (tmp_path / "My Meter.toml").write_text(GOOD.replace("carlo-gavazzi-em340", "My Meter"), encoding="utf-8")

    with pytest.raises(ModelError, match="is not small letters, digits and hyphens"):
        load_model("My Meter", tmp_path)


@pytest.mark.parametrize(
    ("expected", "words", "fits"),
    [
        (InRanges(((330, 337), (339, 345))), [338], False),
        (InRanges(((330, 337), (339, 345))), [339], True),
        (InRanges(((0x0001000A, 0x0001000A),)), [1, 10], True),
        (BeginsWith(("WM3M",)), [0x574D, 0x334D, 0x3443], True),
        (BeginsWith(("EM",)), [0x0045, 0x004D], True),
        (BeginsWith(("WM3M",)), [0x4232, 0x3320], False),
        (Within(NumberType.F32, WordOrder.MSW_FIRST, Decimal(45), Decimal(65)), [0x4248, 0x0000], True),
        (Within(NumberType.F32, WordOrder.LSW_FIRST, Decimal(45), Decimal(65)), [0x4248, 0x0000], False),
        (Within(NumberType.F32, WordOrder.MSW_FIRST, Decimal(45), Decimal(65)), [0x7FC0, 0x0000], False),
    ],
)
def test_a_probe_knows_its_model(expected: InRanges | BeginsWith | Within, words: list[int], fits: bool) -> None:  # noqa: FBT001 - an expected value
    assert matches(Probe(Span(3, 0, len(words)), expected), words) is fits


TOML_VALUES = st.sampled_from(
    [
        "1",
        "-1",
        "70000",
        "0.5",
        "nan",
        "inf",
        "true",
        '"x"',
        "[]",
        "[-1]",
        "[[1, 2]]",
        "[1, 2]",
        "{}",
        "2020-01-01",
        "1e999",
    ]
)
EVERY_WORD = ["carlo-gavazzi-em340", "siemens-pac2200", "dzg-dvh4013", "chint-dtsu666", "iskra-wm3m4", "sunspec"]
TEXTS = {name: model_files()[name].read_text(encoding="utf-8") for name in EVERY_WORD}
VALUES = [(name, found.span()) for name, text in TEXTS.items() for found in re.finditer(r"(?<== )[^,}\n]+", text)]


@given(st.sampled_from(VALUES), TOML_VALUES)
def test_no_value_in_a_file_makes_the_loader_fail_otherwise(place: tuple[str, tuple[int, int]], value: str) -> None:
    name, (start, end) = place

    with suppress(ModelError):
        parse_model(Path(f"{name}.toml"), TEXTS[name][:start] + value + TEXTS[name][end:])


@given(st.sampled_from(EVERY_WORD), st.data())
def test_no_line_that_is_left_out_makes_the_loader_fail_otherwise(name: str, data: st.DataObject) -> None:
    lines = TEXTS[name].splitlines()
    del lines[data.draw(st.integers(0, len(lines) - 1))]

    with suppress(ModelError):
        parse_model(Path(f"{name}.toml"), "\n".join(lines))


@given(st.sampled_from([register for name in available_models() for register in registers_of(name)]), st.data())
def test_no_words_make_a_value_that_is_no_number(register: Register, data: st.DataObject) -> None:
    count = register.span.count
    words = data.draw(st.lists(st.integers(0, 0xFFFF), min_size=count, max_size=count))

    value = value_of(register, words)

    assert value is None or value.is_finite()
