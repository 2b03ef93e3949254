"""The bus against scripted devices on real sockets: Modbus TCP, and RTU frames through a converter."""

import asyncio
import socket

import pytest
from scripted_modbus import Device, Unit, instead, later, never, on_tcp

from drivers.errors import DeviceMisbehaved, DeviceRefused, DeviceUnavailable
from drivers.modbus.bus import ModbusBus, open_bus

TIMEOUT_S = 0.1


def a_device(framing: str) -> Device:
    return Device({1: Unit(words={(3, address): address for address in range(64)})}, framing=framing)


async def read(bus: ModbusBus, address: int) -> tuple[int, ...]:
    return await bus.read_registers(1, 3, address, 2, TIMEOUT_S)


def kind_of(framing: str) -> str:
    return "tcp" if framing == "tcp" else "rtu_over_tcp"


@pytest.fixture(params=["tcp", "rtu"])
def framing(request: pytest.FixtureRequest) -> str:
    return str(request.param)


async def test_registers_are_read(framing: str) -> None:
    async with on_tcp(a_device(framing)) as host:
        bus = open_bus(kind_of(framing), host="127.0.0.1", port=host.port)

        assert await read(bus, 10) == (10, 11)
        with pytest.raises(DeviceRefused, match=r"refuses function 3 at address 100 \(0x0064\) with exception 2"):
            await read(bus, 100)
        await bus.close()


async def test_late_replies_are_never_given_to_another_question(framing: str) -> None:
    device = a_device(framing)
    async with on_tcp(device) as host:
        bus = open_bus(kind_of(framing), host="127.0.0.1", port=host.port)
        await read(bus, 0)
        device.script = [later(TIMEOUT_S * 1.2)]
        with pytest.raises(DeviceUnavailable):
            await read(bus, 10)

        assert await read(bus, 20) == (20, 21)
        assert await read(bus, 30) == (30, 31)
        await bus.close()


async def test_a_tcp_device_that_is_always_behind_still_gives_no_wrong_value() -> None:
    device = a_device("tcp")
    async with on_tcp(device) as host:
        bus = open_bus("tcp", host="127.0.0.1", port=host.port)
        device.script = [later(TIMEOUT_S * 1.5), later(TIMEOUT_S * 0.6), later(TIMEOUT_S * 0.3)]
        with pytest.raises(DeviceUnavailable):
            await read(bus, 10)

        assert [await read(bus, 20), await read(bus, 30)] == [(20, 21), (30, 31)]
        await bus.close()


@pytest.mark.parametrize("html", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\x00\x01\x00\x00\xff\xff\x01\x03\x04"])
async def test_a_host_that_speaks_something_else_is_reported_and_called_anew(html: bytes) -> None:
    device = a_device("tcp")
    async with on_tcp(device) as host:
        bus = open_bus("tcp", host="127.0.0.1", port=host.port)
        device.script = [instead(html)]

        with pytest.raises(DeviceMisbehaved, match="not Modbus TCP"):
            await read(bus, 10)

        assert await read(bus, 10) == (10, 11)
        assert len(host.connections) == 2
        await bus.close()


async def test_a_reply_with_the_wrong_unit_is_refused() -> None:
    device = a_device("tcp")
    async with on_tcp(device) as host:
        bus = open_bus("tcp", host="127.0.0.1", port=host.port)
        device.script = [instead(bytes.fromhex("0001 0000 0007 02 03 04 000a 000b"))]

        with pytest.raises(DeviceMisbehaved, match="unit 2 spoke"):
            await read(bus, 10)

        assert await read(bus, 10) == (10, 11)
        await bus.close()


async def test_a_refused_connection_ends_with_the_remedy_and_heals() -> None:
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        port = reserved.getsockname()[1]
    bus = open_bus("tcp", host="127.0.0.1", port=port)

    with pytest.raises(DeviceUnavailable, match=r"unit 1: connection refused; check `host` and `port`"):
        await read(bus, 10)
    async with on_tcp(a_device("tcp"), port):
        with pytest.raises(DeviceUnavailable, match="connection refused"):
            await read(bus, 10)  # a host that has just refused is not called again at once
        await asyncio.sleep(1.0)

        assert await read(bus, 10) == (10, 11)
        await bus.close()


async def test_an_unknown_host_is_named_as_such() -> None:
    bus = open_bus("tcp", host="no-such-host.invalid")

    with pytest.raises(DeviceUnavailable, match=r"bus no-such-host.invalid:502 unit 1: .*`host`"):
        await read(bus, 10)


async def test_a_dropped_connection_is_made_again_at_the_next_use(framing: str) -> None:
    async with on_tcp(a_device(framing)) as host:
        bus = open_bus(kind_of(framing), host="127.0.0.1", port=host.port)
        await read(bus, 10)
        host.connections[-1].transport.abort()

        outcomes = [await outcome(bus), await outcome(bus)]

        assert outcomes[-1] == (10, 11)
        await bus.close()


async def test_half_a_reply_on_a_lost_connection_does_not_spoil_the_next_one() -> None:
    device = a_device("tcp")
    async with on_tcp(device) as host:
        bus = open_bus("tcp", host="127.0.0.1", port=host.port)
        device.script = [instead(bytes.fromhex("0001 0000 0007 01 03"))]
        assert await outcome(bus) is None
        host.connections[-1].transport.abort()
        await asyncio.sleep(0.05)  # the loss reaches the gateway

        assert await read(bus, 10) == (10, 11)
        await bus.close()


async def test_a_host_that_stays_silent_is_called_anew_after_three_questions(framing: str) -> None:
    device = a_device(framing)
    async with on_tcp(device) as host:
        bus = open_bus(kind_of(framing), host="127.0.0.1", port=host.port)
        device.script = [never, never, never]
        outcomes = [await outcome(bus) for _ in range(4)]
        while outcomes[-1] is None:  # a converter's old replies are still waited for
            outcomes.append(await outcome(bus))

        assert outcomes[:3] == [None, None, None]
        assert outcomes[-1] == (10, 11)
        assert len(host.connections) == 2
        await bus.close()


async def outcome(bus: ModbusBus) -> tuple[int, ...] | None:
    try:
        return await read(bus, 10)
    except (DeviceUnavailable, DeviceMisbehaved):
        return None


@pytest.mark.parametrize(
    ("kind", "settings"), [("rtu", {}), ("tcp", {}), ("rtu_over_tcp", {"host": "a"}), ("ascii", {"host": "a"})]
)
def test_a_bus_without_its_settings_is_refused(kind: str, settings: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="needs device"):
        open_bus(kind, **settings)  # type: ignore[arg-type]
