"""Simulated meters on Modbus TCP in a process of their own, so that only the client's work is measured.

`python -m hwsim.bench_poll_server METERS` prints one port per host and serves until its input ends.
"""

import asyncio
import sys
from collections.abc import Sequence

from hwsim.bench_poll_client import PER_HOST
from hwsim.modbus_server import ModbusDevice
from hwsim.tcp_bus import TcpBus


class Plain(ModbusDevice):
    """A device whose registers tell their address."""

    def read_input_registers(self, address: int, count: int) -> Sequence[int]:
        """Answer function 4."""
        return range(address, address + count)


async def serve(meters: int) -> None:
    """Serve until nobody listens any more."""
    buses = []
    for first in range(0, meters, PER_HOST):
        count = min(PER_HOST, meters - first)
        buses.append(TcpBus(f"host {first}", {unit: Plain() for unit in range(1, count + 1)}))
    for bus in buses:
        await bus.start()
        print(bus.port, flush=True)
    await asyncio.to_thread(sys.stdin.read)
    for bus in buses:
        await bus.stop()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))
