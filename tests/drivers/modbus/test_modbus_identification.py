"""What a device says of itself (function 43/14): a reply that tells its own length, on every kind of line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scripted_modbus import Device, Unit, byte_by_byte, instead, later, on_pty, on_tcp, with_crc

from drivers.errors import DeviceMisbehaved, DeviceRefused, DeviceUnavailable
from drivers.modbus.bus import open_bus
from drivers.modbus.framing import Answer, Misfit, Unfinished, find_rtu, judge_tcp, whole_frames
from drivers.modbus.identification import PRODUCT, REVISION, VENDOR, length_of, objects_in
from drivers.modbus.request import identification_request

TIMEOUT_S = 0.1
TEXTS = {VENDOR: "Schneider Electric", PRODUCT: "METSEIEM3155", REVISION: "V1.4.0"}
# 6.21 of the protocol's specification, by hand: basic, conformity 1, nothing follows, three objects.
DATA = (
    "0e 01 01 00 00 03 00 12"
    + b"Schneider Electric".hex()
    + "01 0c"
    + b"METSEIEM3155".hex()
    + "02 06"
    + b"V1.4.0".hex()
)
ASKED = identification_request(1)


def an_iem() -> Unit:
    return Unit(words={(3, 0): 7, (3, 1): 8}, identification={one: text.encode() for one, text in TEXTS.items()})


def test_the_question_travels_as_the_standard_says() -> None:
    assert ASKED.rtu_frame == with_crc("01 2b 0e 01 00")
    assert ASKED.tcp_frame(7) == bytes.fromhex("0007 0000 0005 01 2b 0e 01 00")


def test_a_reply_is_whole_when_its_last_object_is() -> None:
    frame = with_crc("01 2b" + DATA)

    assert find_rtu(ASKED, frame) == Answer(bytes.fromhex(DATA))
    assert all(find_rtu(ASKED, frame[:length]) == Unfinished() for length in range(len(frame)))
    assert list(whole_frames(b"\x17" + frame)) == [(1, 43, len(bytes.fromhex(DATA)))]
    assert objects_in(bytes.fromhex(DATA)) == TEXTS


def test_another_type_of_encapsulated_reply_and_one_of_the_wrong_length_are_refused() -> None:
    assert isinstance(find_rtu(ASKED, with_crc("01 2b 0d 01 01 00 00 00")), Misfit)
    whole = bytes.fromhex("01 2b" + DATA)
    header = b"\0\x07\0\0"

    assert judge_tcp(ASKED, 7, header + len(whole).to_bytes(2, "big") + whole)[0] == Answer(bytes.fromhex(DATA))
    short, long = whole[:-1], whole + b"!"
    assert isinstance(judge_tcp(ASKED, 7, header + len(short).to_bytes(2, "big") + short)[0], Misfit)
    assert isinstance(judge_tcp(ASKED, 7, header + len(long).to_bytes(2, "big") + long)[0], Misfit)


@given(st.binary(max_size=300))
def test_whatever_comes_its_length_and_texts_are_told_without_a_fault(data: bytes) -> None:
    length = length_of(data)

    assert length is None or length >= 6
    assert all(text.isascii() for text in objects_in(data).values())


async def test_a_device_is_asked_over_a_serial_line_and_read_on_after_it() -> None:
    device = Device({1: an_iem()}, script=[byte_by_byte(0.001)])
    async with on_pty(device) as line:
        bus = open_bus("rtu", device=line.path)

        assert await bus.read_identification(1, TIMEOUT_S) == TEXTS
        assert await bus.read_registers(1, 3, 0, 2, TIMEOUT_S) == (7, 8)
        await bus.close()


async def test_a_device_is_asked_over_tcp() -> None:
    async with on_tcp(Device({1: an_iem()}, framing="tcp")) as host:
        bus = open_bus("tcp", host="127.0.0.1", port=host.port)

        assert await bus.read_identification(1, TIMEOUT_S) == TEXTS
        await bus.close()


async def test_a_device_without_the_function_refuses_and_is_read_on() -> None:
    async with on_pty(Device({1: Unit(words={(3, 0): 7})})) as line:
        bus = open_bus("rtu", device=line.path)

        with pytest.raises(DeviceRefused, match="refuses function 43 with exception 1"):
            await bus.read_identification(1, TIMEOUT_S)
        assert await bus.read_registers(1, 3, 0, 1, TIMEOUT_S) == (7,)
        await bus.close()


async def test_a_late_identification_is_never_taken_for_numbers() -> None:
    device = Device({1: an_iem()}, script=[later(TIMEOUT_S * 1.3), later(TIMEOUT_S * 0.7)])
    async with on_pty(device) as line:
        bus = open_bus("rtu", device=line.path)
        with pytest.raises(DeviceUnavailable):
            await bus.read_identification(1, TIMEOUT_S)

        assert await bus.read_registers(1, 3, 0, 2, TIMEOUT_S) == (7, 8)
        assert bus.statistics(1).late_frames == 1
        await bus.close()


async def test_a_reply_that_breaks_off_is_told() -> None:
    device = Device({1: an_iem()}, script=[instead(bytes.fromhex("01 2b 0e 01 01 00 00 03 00 12 53 63"))])
    async with on_pty(device) as line:
        bus = open_bus("rtu", device=line.path)

        with pytest.raises(DeviceMisbehaved, match="broke off after 12 bytes"):
            await bus.read_identification(1, TIMEOUT_S)
        await bus.close()


def test_a_text_that_would_command_a_terminal_is_shown_with_question_marks() -> None:
    texts = (b"\x1b[31mEM\x07", b"two\r\nlines\x7f", b"caf\xe9\x9b\0 ")
    objects = b"".join(bytes((number, len(text))) + text for number, text in enumerate(texts))

    assert objects_in(b"\x0e\x01\x01\0\0\x03" + objects) == {0: "?[31mEM?", 1: "two??lines?", 2: "caf??"}
