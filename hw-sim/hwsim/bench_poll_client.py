"""One client that polls meters on Modbus TCP and tells what that cost it, as a process of its own.

`python -m hwsim.bench_poll_client KIND METERS POLLS RATE PORT...` prints CPU seconds, seconds and resident
bytes. A poll is two reads of a meter, the same two by every KIND; RATE 0 is as fast as it goes.
"""

import asyncio
import logging
import os
import resource
import sys
import time
from collections.abc import Awaitable, Callable
from importlib import import_module
from pathlib import Path

HOST = "127.0.0.1"
PER_HOST = 16
INPUT_REGISTERS = 4
# The two blocks of a Carlo Gavazzi EM340: power and energy, and voltages, currents and powers by phase.
BLOCKS = ((0x28, 14), (0x00, 24))
TIMEOUT_S = 5.0
WARM_UP_POLLS = 50

Poll = Callable[[int], Awaitable[None]]


async def ours(port: int) -> Poll:
    """Poll with drivers.modbus."""
    open_bus = import_module("drivers.modbus.bus").open_bus
    bus = open_bus("tcp", host=HOST, port=port)

    async def poll(unit: int) -> None:
        for address, count in BLOCKS:
            await bus.read_registers(unit, INPUT_REGISTERS, address, count, TIMEOUT_S)

    return poll


async def theirs(port: int) -> Poll:
    """Poll with pymodbus' asyncio client."""
    logging.getLogger("pymodbus.logging").setLevel(logging.CRITICAL)
    client = import_module("pymodbus.client").AsyncModbusTcpClient(HOST, port=port, timeout=TIMEOUT_S)
    await client.connect()

    async def poll(unit: int) -> None:
        for address, count in BLOCKS:
            reply = await client.read_input_registers(address, count=count, device_id=unit)
            if len(reply.registers) != count:
                raise ValueError(f"unit {unit} gave {len(reply.registers)} registers")

    return poll


KINDS = {"ours": ours, "ours-uvloop": ours, "pymodbus": theirs, "pymodbus-uvloop": theirs}


async def run_host(poll: Poll, units: int, rounds: int, rate: float) -> None:
    """Poll the units of one host in turn, so many rounds, each at its time."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    for number in range(rounds):
        for unit in range(1, units + 1):
            await poll(unit)
        if rate:
            await asyncio.sleep(max(0.0, began + (number + 1) / rate - loop.time()))


async def measure(kind: str, meters: int, polls: int, rate: float, ports: list[int]) -> None:
    """Warm up, then count what the polls cost."""
    found = [await KINDS[kind](port) for port in ports]
    sizes = [min(PER_HOST, meters - first) for first in range(0, meters, PER_HOST)]
    hosts = list(zip(found, sizes, strict=True))
    await asyncio.gather(*(run_host(poll, size, max(1, WARM_UP_POLLS // meters), 0.0) for poll, size in hosts))
    rounds = max(1, polls // meters)
    cpu_s, began_s = time.process_time(), time.monotonic()
    await asyncio.gather(*(run_host(poll, size, rounds, rate) for poll, size in hosts))
    cpu_s, took_s = time.process_time() - cpu_s, time.monotonic() - began_s
    print(cpu_s / (rounds * meters), took_s, resident_bytes())


def resident_bytes() -> int:
    """Memory that this process holds now."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize()


def main(kind: str, meters: str, polls: str, rate: str, *ports: str) -> None:
    """Run on the loop that the kind asks for."""
    if other_loop := kind.partition("-")[2]:
        asyncio.set_event_loop_policy(import_module(other_loop).EventLoopPolicy())
    asyncio.run(measure(kind, int(meters), int(polls), float(rate), [int(port) for port in ports]))
    sys.stdout.flush()
    os._exit(0)  # the connections of a client need no farewell


if __name__ == "__main__":
    main(*sys.argv[1:])
