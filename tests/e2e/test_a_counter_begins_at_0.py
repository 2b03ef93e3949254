"""A meter's counter comes to its end while a car charges: on a real serial line, with the real daemon."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path

import pytest
from e2e.driving import ask, bills_are_right, log_of, nobody_saw_a_traceback, run, tap, until
from hwsim.demo import SITE
from hwsim.site_file import SiteFile, read_site
from hwsim.stage import Stage, set_stage

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120), pytest.mark.usefixtures("gateway_command")]

ROLLOVER_WH = 100_000_000
BEGINS_AT_WH = ROLLOVER_WH - 60
ENDS_AFTER_WH = ROLLOVER_WH + 40
# A float holds 99,999.9 kWh to 8 Wh; either end may be off by one step.
STEP = Decimal("0.008")


@asynccontextmanager
async def a_site(directory: Path) -> AsyncIterator[Stage]:
    """Set the demo's stage, the counter of the meter on the serial line near its end."""
    file = read_site(SITE)
    first, *others = file.raw["evses"]
    meter = {**first["meter"], "counter_wh": BEGINS_AT_WH, "rollover_wh": ROLLOVER_WH}
    raw = {**file.raw, "evses": [{**first, "meter": meter}, *others]}
    async with set_stage(SiteFile(raw, file.cards), directory / "run") as stage:
        await stage.gateway.start()
        yield stage


@pytest.mark.parametrize("is_killed", [False, True])
async def test_a_charge_over_the_turn_is_one_right_cdr(tmp_path: Path, *, is_killed: bool) -> None:
    async with a_site(tmp_path) as stage:
        evse = stage.site.evses["EVSE-1"]
        evse.plug_in()
        await tap(stage, reader="left")
        await until(lambda: evse.is_closed, "the contactor closes")
        if is_killed:
            await stage.gateway.kill()
            await until(lambda: evse.meter.counter_wh > ROLLOVER_WH, "the counter turns while nobody looks")
            await stage.gateway.start()
        await until(lambda: evse.meter.counter_wh >= ENDS_AFTER_WH, "the counter begins at 0 again and goes on")
        await tap(stage, reader="left")
        await until(lambda: not evse.is_closed, "the contactor opens")
        evse.unplug()
        await bills_are_right(stage, 1)
        (cdr,) = stage.peer.shelf.cdrs.values()
        books = (await ask(stage, "ledger"))["EVSE-1"]
        status, said, _ = await run("replay", "--config", str(stage.config))
        counted = Decimal(evse.meter.counter_wh - BEGINS_AT_WH) / 1000
        shown = evse.meter.display()["energy_import"]
        assert shown is not None
        assert shown < 1, "the display has begun at 0 again"
        assert abs(Decimal(str(cdr.value["total_energy"])) - counted) <= STEP
        assert (books["rollovers"], books["rollover_wh"], books["unattributed_wh"]) == (1, ROLLOVER_WH, 0)
        assert status == 0, said
        assert log_of(stage).count("event=counter_rolled_over") == 1
        nobody_saw_a_traceback(stage)
