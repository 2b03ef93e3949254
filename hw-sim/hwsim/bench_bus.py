"""How full the wire is: polls of several meters on one RS-485 line, ours and pymodbus' client, by the legal limit.

The limit is what the standard and the meters allow for the bytes that crossed: their own time, the meter's turnaround,
and the silence of 3.5 characters before the next request. A client can pass it only by breaking that silence.
"""

import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from time import monotonic

from pymodbus.client import AsyncModbusSerialClient
from pymodbus.exceptions import ModbusException

from drivers.errors import DriverError
from drivers.meters.modbus_meter import ModbusMeter
from drivers.meters.register_map import load_model
from drivers.modbus.bus import open_bus
from hwsim.line import Line
from hwsim.meter_models import METER_MODELS
from hwsim.pty_bus import PtyBus
from hwsim.site import BusKind, BusPlan, MeterPlan, SimulatedSite, SitePlan

MODEL = "eastron-sdm630"
INPUT_REGISTERS = 4
# What both read: everything from the first voltage to the last counter of the SDM630 in one request.
BLOCK = (0x0000, 76)
TIMEOUT_S = 0.5

Poll = Callable[[int], Awaitable[bool]]


@dataclass(frozen=True, slots=True)
class Fullness:
    """What one client made of a line: polls a second, share of the legal limit, requests sent into the silence."""

    client: str
    baud: int
    polls: int
    took_s: float
    limit_s: float
    early: int
    requests: int

    @property
    def share(self) -> float:
        """Share of the legal limit."""
        return self.limit_s / self.took_s


@asynccontextmanager
async def ours(path: str, baud: int, units: int) -> AsyncIterator[Poll]:
    """Poll with the driver of the gateway."""
    bus = open_bus("rtu", device=path, baud=baud)
    meters = {unit: ModbusMeter(bus, unit, load_model(MODEL)) for unit in range(1, units + 1)}

    async def poll(unit: int) -> bool:
        try:
            await meters[unit].poll()
        except DriverError:
            return False
        return True

    yield poll
    await bus.close()


@asynccontextmanager
async def theirs(path: str, baud: int, units: int) -> AsyncIterator[Poll]:  # noqa: ARG001  both are opened alike
    """Poll with pymodbus' client as it comes."""
    logging.getLogger("pymodbus.logging").setLevel(logging.CRITICAL)
    client = AsyncModbusSerialClient(path, baudrate=baud, timeout=TIMEOUT_S)
    await client.connect()

    async def poll(unit: int) -> bool:
        try:
            reply = await client.read_input_registers(BLOCK[0], count=BLOCK[1], device_id=unit)
        except ModbusException:
            return False
        return not reply.isError()

    yield poll
    client.close()


CLIENTS = {"drivers.modbus": ours, "pymodbus' client": theirs}


async def measure_line(client: str, baud: int, meters: int, seconds: float) -> Fullness:
    """Poll the meters in turn for so long, flat out."""
    plan = SitePlan(
        (BusPlan("bus", BusKind.PTY, Line(baud)),),
        meters=tuple(MeterPlan("bus", unit, MODEL) for unit in range(1, meters + 1)),
        idle_meter_w=7_000,
    )
    async with SimulatedSite(plan) as site:
        bus = site.pty("bus")
        async with CLIENTS[client](bus.path, baud, meters) as poll:
            for unit in range(1, meters + 1):
                await poll(unit)
            return await count(client, bus, poll, meters, seconds)


async def count(client: str, bus: PtyBus, poll: Poll, meters: int, seconds: float) -> Fullness:
    """Count what crosses the wire while all meters are polled in turn."""
    counters, line = bus.counters, bus.line or Line()
    busy_s, requests, early = counters.busy_s, counters.requests, counters.early_requests
    polls, began = 0, monotonic()
    while monotonic() - began < seconds:
        for unit in range(1, meters + 1):
            polls += await poll(unit)
    took_s, requests = monotonic() - began, counters.requests - requests
    pauses_s = max(METER_MODELS[MODEL].turnaround_s, line.silence_s) + line.silence_s
    limit_s = counters.busy_s - busy_s + requests * pauses_s
    return Fullness(client, line.baud, polls, took_s, limit_s, counters.early_requests - early, requests)


async def measure_bus(bauds: list[int], meters: int, seconds: float) -> list[Fullness]:
    """Measure both clients at every speed, one after the other."""
    return [await measure_line(client, baud, meters, seconds) for baud in bauds for client in CLIENTS]
