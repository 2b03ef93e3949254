"""The bus against a scripted device on a real pty: whatever it does, no read ever returns a wrong value."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from scripted_modbus import (
    Device,
    HeldBack,
    Manner,
    PtyLine,
    Unit,
    at_once,
    byte_by_byte,
    instead,
    later,
    never,
    on_pty,
    with_crc,
)

from drivers.errors import DeviceMisbehaved, DeviceRefused, DeviceUnavailable
from drivers.modbus.bus import ModbusBus, open_bus

TIMEOUT_S = 0.12
POWER, ENERGY = 0x34, 0x48


def a_meter() -> Unit:
    words = {(4, address): address for address in range(0x80)}
    return Unit(words=words | {(3, 0): 7}, coils={0: True, 1: False, 2: True})


@pytest.fixture
async def line() -> AsyncIterator[PtyLine]:
    async with on_pty(Device({1: a_meter(), 2: a_meter()})) as line:
        yield line


@pytest.fixture
async def bus(line: PtyLine) -> AsyncIterator[ModbusBus]:
    bus = open_bus("rtu", device=line.path, baud=115200)
    yield bus
    await bus.close()


async def power(bus: ModbusBus, unit: int = 1) -> tuple[int, ...]:
    return await bus.read_registers(unit, 4, POWER, 2, TIMEOUT_S)


async def energy(bus: ModbusBus, unit: int = 1) -> tuple[int, ...]:
    return await bus.read_registers(unit, 4, ENERGY, 2, TIMEOUT_S)


async def test_registers_and_coils_are_read_and_written(bus: ModbusBus, line: PtyLine) -> None:
    assert await power(bus) == (POWER, POWER + 1)
    assert await bus.read_registers(1, 3, 0, 1, TIMEOUT_S) == (7,)
    assert await bus.read_coils(1, 0, 3, TIMEOUT_S) == (True, False, True)

    await bus.write_coil(1, 1, value=True, timeout_s=TIMEOUT_S)
    await bus.write_register(1, 0, 16, TIMEOUT_S)

    assert line.device.units[1].coils[1] is True
    assert line.device.units[1].words[3, 0] == 16


async def test_callers_take_turns_on_the_line(bus: ModbusBus) -> None:
    answers = await asyncio.gather(*(power(bus) if index % 2 else energy(bus) for index in range(10)))

    assert answers == [(POWER, POWER + 1) if index % 2 else (ENERGY, ENERGY + 1) for index in range(10)]


@pytest.mark.parametrize(
    ("manner", "error", "words"),
    [
        (never, DeviceUnavailable, "no reply began within 0.12 s"),
        (instead(b"\x00\xff\x13garbage"), DeviceMisbehaved, "no frame is whole in what came: 00 ff 13 67"),
        (instead(with_crc("0204040034 0035")), DeviceMisbehaved, "unit 2 spoke"),
        (instead(with_crc("0103040034 0035")), DeviceMisbehaved, "function 3 instead of 4"),
        (instead(with_crc("0104020034")), DeviceMisbehaved, "2 data bytes instead of 4"),
        (instead(bytes.fromhex("010404003400350000")), DeviceMisbehaved, "checksum does not match"),
        (instead(with_crc("01040400340035") + b"\x55"), DeviceMisbehaved, "1 bytes more than the reply has"),
        (instead(with_crc("01040400340035")[:-3]), DeviceMisbehaved, "broke off after 6 bytes"),
        (instead(with_crc("018402")), DeviceRefused, r"exception 2 \(illegal data address\)"),
        (instead(with_crc("01840B")), DeviceUnavailable, "gateway got no reply"),
        (instead(with_crc("018406")), DeviceUnavailable, "it is busy"),
    ],
)
async def test_a_bad_reply_is_an_error_and_the_next_read_is_right(
    bus: ModbusBus, line: PtyLine, manner: Manner, error: type[Exception], words: str
) -> None:
    line.device.script = [manner]

    with pytest.raises(error, match=words) as caught:
        await power(bus)

    assert str(caught.value).startswith(f"bus {line.path} unit 1: ")
    assert "\n" not in str(caught.value)
    assert await bus.read_registers(2, 4, ENERGY, 2, TIMEOUT_S) == (ENERGY, ENERGY + 1)


async def test_a_reply_that_drips_in_byte_by_byte_is_read(bus: ModbusBus, line: PtyLine) -> None:
    line.device.manner = byte_by_byte(0.002)

    assert await power(bus) == (POWER, POWER + 1)


async def test_an_unasked_frame_before_the_question_is_swallowed(bus: ModbusBus, line: PtyLine) -> None:
    await power(bus)
    line.send(with_crc("01040400630063"))

    assert await power(bus) == (POWER, POWER + 1)


async def test_a_late_reply_is_heard_out_before_the_next_question(bus: ModbusBus, line: PtyLine) -> None:
    await power(bus)
    line.device.script = [later(TIMEOUT_S + 0.03)]

    with pytest.raises(DeviceUnavailable):
        await power(bus)

    assert await energy(bus) == (ENERGY, ENERGY + 1)


@pytest.mark.slow
async def test_replies_that_stay_one_behind_are_never_given_to_the_wrong_question(
    bus: ModbusBus, line: PtyLine
) -> None:
    await power(bus)
    lag_s = TIMEOUT_S * 2.5
    line.device.manner = later(lag_s)
    outcomes = []
    for index in range(12):
        wanted = POWER if index % 2 else ENERGY
        try:
            outcomes.append(await bus.read_registers(1, 4, wanted, 2, TIMEOUT_S) == (wanted, wanted + 1))
        except (DeviceUnavailable, DeviceMisbehaved):
            outcomes.append(None)

    assert False not in outcomes


async def test_a_unit_that_is_punctual_again_is_read_again(bus: ModbusBus, line: PtyLine) -> None:
    await power(bus)
    line.device.script = [later(TIMEOUT_S * 2.5)]
    with pytest.raises(DeviceUnavailable):
        await power(bus)

    outcomes = [await outcome(bus) for _ in range(4)]

    assert outcomes[-1] == (ENERGY, ENERGY + 1)
    assert (POWER, POWER + 1) not in outcomes


async def outcome(bus: ModbusBus) -> tuple[int, ...] | None:
    try:
        return await energy(bus)
    except (DeviceMisbehaved, DeviceUnavailable):
        return None


async def test_a_write_whose_echo_was_lost_is_confirmed_at_the_next_try(bus: ModbusBus, line: PtyLine) -> None:
    line.device.script = [never]
    with pytest.raises(DeviceUnavailable):
        await bus.write_coil(1, 1, value=True, timeout_s=TIMEOUT_S)

    await bus.write_coil(1, 1, value=True, timeout_s=TIMEOUT_S)

    assert bus.statistics(1).replies == 1


async def test_a_dead_unit_costs_its_neighbour_one_timeout_a_cycle(bus: ModbusBus) -> None:
    loop = asyncio.get_running_loop()
    with pytest.raises(DeviceUnavailable):
        await power(bus, unit=9)
    start_s = loop.time()
    for _ in range(5):
        with pytest.raises(DeviceUnavailable):
            await power(bus, unit=9)
        assert await power(bus) == (POWER, POWER + 1)

    assert loop.time() - start_s < 5 * 1.5 * TIMEOUT_S  # twice the time-out would be 10 of them


@pytest.mark.parametrize(
    ("manner", "cause", "remedy"),
    [
        (never, "no reply began within", "; check its power, wiring, unit id and baud rate"),
        (instead(b"\x00\xff\x13garbage"), "no frame is whole", "; if it recurs, check polarity, termination"),
    ],
)
async def test_a_unit_that_is_left_alone_is_told_of_with_what_is_wrong_with_it(
    bus: ModbusBus, line: PtyLine, manner: Manner, cause: str, remedy: str
) -> None:
    await power(bus)
    line.device.manner = manner

    told = [await complaint(bus) for _ in range(8)]

    assert all(cause in one and remedy in one for one in told)
    assert ", so it is left alone for a while; " in told[-1]


async def test_a_unit_that_answers_again_is_called_silent_no_more(bus: ModbusBus, line: PtyLine) -> None:
    line.device.script = [never]
    with pytest.raises(DeviceUnavailable, match="no reply began within"):
        await bus.read_registers(1, 4, POWER, 2, 2 * TIMEOUT_S)
    await bus.read_registers(1, 4, ENERGY, 1, TIMEOUT_S)

    assert "not asked, for earlier replies may still be under way" in await complaint(bus)


async def complaint(bus: ModbusBus) -> str:
    with pytest.raises((DeviceUnavailable, DeviceMisbehaved)) as caught:
        await power(bus)
    return str(caught.value)


async def test_a_babbling_line_is_reported_and_bounded(line: PtyLine) -> None:
    bus = open_bus("rtu", device=line.path, baud=2400)
    await power(bus)
    loop = asyncio.get_running_loop()

    def babble() -> None:
        line.send(b"\x55")
        nonlocal again
        again = loop.call_later(0.005, babble)

    again = loop.call_soon(babble)
    with pytest.raises(DeviceMisbehaved):
        await power(bus)
    with pytest.raises(DeviceMisbehaved, match="does not fall silent"):
        await power(bus)
    again.cancel()

    assert await power(bus) == (POWER, POWER + 1)
    await bus.close()


async def test_a_cancelled_read_does_not_answer_the_next_one(bus: ModbusBus, line: PtyLine) -> None:
    await power(bus)
    late = HeldBack()
    line.device.script = [late, late.before()]
    asking = asyncio.create_task(power(bus))
    await late.asked.wait()
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking

    assert await outcome(bus) in {None, (ENERGY, ENERGY + 1)}
    assert await outcome(bus) == (ENERGY, ENERGY + 1)


async def test_counters_tell_how_a_unit_has_been_answering(bus: ModbusBus, line: PtyLine) -> None:
    line.device.script = [at_once, at_once, instead(with_crc("018402")), instead(b"\x09\x09"), never]
    for _ in range(5):
        await outcome_of_any_kind(bus)

    counters = bus.statistics(1)

    assert (counters.replies, counters.refusals, counters.misfits, counters.timeouts) == (2, 1, 1, 1)
    assert counters.last_reply_ms is not None
    assert counters.reply_p50_ms is not None
    assert 0 < counters.reply_p50_ms < 50
    assert bus.statistics(2).last_reply_ms is None


async def test_a_busy_unit_has_answered_and_one_that_its_converter_cannot_reach_has_not(
    bus: ModbusBus, line: PtyLine
) -> None:
    line.device.script = [instead(with_crc("018406")), at_once, instead(with_crc("01840B"))]
    for _ in range(3):
        await outcome_of_any_kind(bus)

    assert (bus.statistics(1).refusals, bus.statistics(1).timeouts) == (1, 1)


async def outcome_of_any_kind(bus: ModbusBus) -> None:
    try:
        await power(bus)
    except (DeviceMisbehaved, DeviceUnavailable, DeviceRefused):
        return
