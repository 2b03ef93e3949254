"""What dead meters cost the living ones on a 9600 baud line: the real gateway, beside a loop over pymodbus' client."""

import asyncio
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic

from hwsim.bad_wire import Fault, Mode
from hwsim.bench_bus import MODEL, theirs
from hwsim.bench_sites import one_relay
from hwsim.bus import Bus, Seen
from hwsim.line import Line
from hwsim.site import BusKind, BusPlan, MeterPlan, SimulatedSite, SitePlan
from hwsim.site_file import SiteFile
from hwsim.stage import set_stage

BAUD = 9600
# A device is lost after three seconds, and then looked for at growing intervals of up to ten.
SETTLE_S = 20.0


def on_one_line(demo: SiteFile, meters: int) -> SiteFile:
    """Give a site whose serial line carries so many meters, the first of them an EVSE's, polled flat out."""
    file = one_relay(demo, on_serial_line=False)
    hall = {**demo.raw["buses"]["hall"], "poll_interval_s": 0.1}
    evse = {**file.raw["evses"][0]}
    evse["meter"] = {**evse["meter"], "bus": "hall", "unit": 1, "model": MODEL}
    others = [{"bus": "hall", "unit": unit, "model": MODEL} for unit in range(2, meters + 1)]
    raw = {**file.raw, "buses": {**file.raw["buses"], "hall": hall}, "evses": [evse], "meters": others}
    return SiteFile(raw, demo.cards)


class LivingPolls:
    """Counts the requests to units that answer."""

    def __init__(self, bus: Bus, living: Iterable[int]) -> None:
        self._living = frozenset(living)
        self.count = 0
        bus.taps.append(self._see)

    def _see(self, seen: Seen, data: bytes, _at: float) -> None:
        self.count += seen is Seen.REQUEST and data[0] in self._living

    async def rate(self, seconds: float) -> float:
        """Count for so long; per second."""
        before, began = self.count, monotonic()
        await asyncio.sleep(seconds)
        return (self.count - before) / (monotonic() - began)


async def gateway_rates(demo: SiteFile, meters: int, dead: int, seconds: float) -> tuple[float, float]:
    """Return polls a second of the living meters by the gateway: with all alive, and after the others have died."""
    with TemporaryDirectory(prefix="hwsim-bench-") as directory:
        async with set_stage(on_one_line(demo, meters), Path(directory) / "run") as stage:
            bus = stage.site.buses["hall"]
            polls = LivingPolls(bus, range(1, meters - dead + 1))
            await stage.gateway.start()
            await asyncio.sleep(SETTLE_S / 2)
            before = await polls.rate(seconds)
            for unit in range(meters - dead + 1, meters + 1):
                bus.break_unit(unit, Fault(Mode.SILENCE))
            await asyncio.sleep(SETTLE_S)
            after = await polls.rate(seconds)
            await stage.gateway.stop()
    return before, after


async def pymodbus_rates(meters: int, dead: int, seconds: float) -> tuple[float, float]:
    """Return the same of a loop that asks each meter in turn with pymodbus' client."""
    plan = SitePlan(
        (BusPlan("bus", BusKind.PTY, Line(BAUD)),),
        meters=tuple(MeterPlan("bus", unit, MODEL) for unit in range(1, meters + 1)),
    )
    rates = []
    async with SimulatedSite(plan) as site:
        bus = site.pty("bus")
        async with theirs(bus.path, BAUD, meters) as poll:
            for dying in (0, dead):
                for unit in range(meters - dying + 1, meters + 1):
                    bus.break_unit(unit, Fault(Mode.SILENCE))
                good, began = 0, monotonic()
                while monotonic() - began < seconds:
                    for unit in range(1, meters + 1):
                        good += await poll(unit) and unit <= meters - dead
                rates.append(good / (monotonic() - began))
    return rates[0], rates[1]
