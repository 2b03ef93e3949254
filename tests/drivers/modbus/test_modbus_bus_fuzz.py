"""Whatever bytes a device sends, a read ends in its own value or a DriverError, over either framing."""

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scripted_modbus import Device, Unit, instead, on_tcp, with_crc
from thoroughness import examples

from drivers.errors import DriverError
from drivers.modbus.bus import open_bus

TIMEOUT_S = 0.05
PIECES = st.one_of(
    st.binary(min_size=1, max_size=12),
    st.sampled_from(
        [
            with_crc("01 03 04 00 63 00 63")[:-1],
            with_crc("02 03 04 00 63 00 63"),
            with_crc("01 04 04 00 63 00 63"),
            with_crc("01 03 02 00 63"),
            with_crc("01 83 02"),
            bytes.fromhex("0001 0000 0007 02 03 04 0063 0063"),
            bytes.fromhex("0001 0000 0005 01 03 02 0063"),
            bytes.fromhex("0001 0000 0003 01 83 02"),
            bytes.fromhex("0000 0000 0007 01 03 04 0063 0063"),
        ]
    ),
)


@pytest.mark.slow
@pytest.mark.parametrize("framing", ["rtu", "tcp"])
@given(garbage=st.lists(PIECES, min_size=1, max_size=4).map(b"".join))
@settings(max_examples=examples(30), deadline=None)
def test_no_bytes_become_a_wrong_value_or_another_error(framing: str, garbage: bytes) -> None:
    asyncio.run(read_through(framing, garbage))


async def read_through(framing: str, garbage: bytes) -> None:
    device = Device({1: Unit({(3, 10): 10, (3, 11): 11})}, framing=framing, script=[instead(garbage)])
    async with on_tcp(device) as host:
        bus = open_bus("tcp" if framing == "tcp" else "rtu_over_tcp", host="127.0.0.1", port=host.port, baud=115200)

        with pytest.raises(DriverError):
            await bus.read_registers(1, 3, 10, 2, TIMEOUT_S)
        for _ in range(3):
            try:
                assert await bus.read_registers(1, 3, 10, 2, TIMEOUT_S) == (10, 11)
            except DriverError:
                continue
        assert await bus.read_registers(1, 3, 10, 2, TIMEOUT_S) == (10, 11)
        await bus.close()
