"""Whatever an orderly line does to replies of equal length - late, lost, twice, garbled - a read gets its own or none.

Each reply tells the address and the number of the request that it answers; the device answers in order, one at a time.
"""

import asyncio
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scripted_modbus import Device, Sink, Unit, crc16, on_tcp
from thoroughness import examples

from drivers.errors import DriverError
from drivers.modbus.bus import open_bus

TIMEOUT_S = 0.02
# (what happens to the reply, by how many time-outs it is late or its twin comes later)
FAULTS = st.tuples(
    st.sampled_from(["right", "right", "lost", "twice", "garbled", "refused", "cut"]),
    st.sampled_from([0.0, 0.0, 0.2, 0.9, 1.2, 2.5]),
)


@dataclass
class OrderlyDevice:
    """Answers 4-register reads with address and serial number, in order, each spoilt as the list says."""

    faults: list[tuple[str, float]]
    asked: int = 0
    free_at_s: float = 0.0
    numbers: dict[int, int] = field(default_factory=dict)

    def manner(self, request: bytes, _reply: bytes, send: Sink) -> None:
        self.asked += 1
        what, late = self.faults.pop(0) if self.faults else ("right", 0.0)
        count = int.from_bytes(request[4:6], "big")
        data = (request[2:4] + self.asked.to_bytes(2, "big") + bytes(2 * count))[: 2 * count]
        reply = request[:2] + bytes((2 * count,)) + data
        frame = reply + crc16(reply)
        if what == "garbled":
            frame = frame[:-1] + bytes((frame[-1] ^ 0x10,))
        elif what == "cut":
            frame = frame[: len(frame) // 2]
        elif what == "refused":
            refusal = bytes((request[0], request[1] | 0x80, 2))
            frame = refusal + crc16(refusal)
        if what != "lost":
            self._send(send, frame, 0.0 if what == "twice" else late)
        if what == "twice":
            self._send(send, frame, late)

    def _send(self, send: Sink, frame: bytes, late: float) -> None:
        loop = asyncio.get_running_loop()
        self.free_at_s = max(self.free_at_s, loop.time()) + late * TIMEOUT_S + 0.0005
        loop.call_at(self.free_at_s, send, frame)


@pytest.mark.slow
@given(faults=st.lists(FAULTS, max_size=12))
@settings(max_examples=examples(60), deadline=None)
def test_a_read_gets_the_answer_to_itself_or_none(faults: list[tuple[str, float]]) -> None:
    asyncio.run(read_through(faults))


async def read_through(faults: list[tuple[str, float]]) -> None:
    orderly = OrderlyDevice(faults)
    async with on_tcp(Device({1: Unit()}, manner=orderly.manner)) as host:
        bus = open_bus("rtu_over_tcp", host="127.0.0.1", port=host.port, baud=115200)
        for number in range(14):
            address = 100 * (1 + number % 2)
            asked_before = orderly.asked
            try:
                words = await bus.read_registers(1, 4, address, 2, TIMEOUT_S)
            except DriverError:
                await asyncio.sleep(TIMEOUT_S / 4)  # a caller that goes on to other things
                continue
            assert words[0] == address
            assert words[1] > asked_before
        await bus.close()
