"""Program for the test on a real small disk: charges, fills the disk, taps, waits, makes room; prints JSON.

Arguments: a directory on the small disk.
"""

import asyncio
import json
import sys
from pathlib import Path

from plant import EVSE, READER, policy
from scenarios.box import CARD, Box, running_box

from gateway.core.delivery import ObjectKind
from gateway.core.identifiers import TokenUid
from gateway.core.observations import CardPresented
from gateway.core.rules import SessionRules

BLOCK = bytes(4096)
RULES = SessionRules(storage_lost_stop_s=20, sample_interval_s=1)


def fill(ballast: Path) -> None:
    """Write until there is no room left for anything."""
    with ballast.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(BLOCK)
        except OSError:
            return


async def tap(box: Box) -> None:
    await box.site.inbox.put(CardPresented(READER, box.clock.now(), TokenUid(CARD)))
    await box.wait(2)


async def main(directory: Path) -> None:
    ballast, told = directory / "ballast", dict[str, object]()
    async with running_box(directory / "journal.sqlite", rules=policy(rules=RULES)) as box:
        box.outlet.plugged, box.outlet.power_w = True, 11_000
        await box.wait(2)
        await tap(box)
        await box.wait(5)
        told["closed_before"] = box.outlet.closed
        fill(ballast)
        await box.wait(60)
        told["closed_when_full"] = box.outlet.closed
        told["faults"] = {kind.value: detail for kind, detail in box.site.evses()[0].faults}
        await tap(box)
        told["closed_after_a_tap"] = box.site.wants_energy(EVSE)
        ballast.unlink()
        await box.wait(4)
        await box.backend.wait_for(ObjectKind.CDR, 1)
        told["faults_later"] = len(box.site.evses()[0].faults)
        told["billed_kwh"] = [json.loads(cdr.body)["total_energy"] for cdr in box.backend.of(ObjectKind.CDR)]
        told["counted_wh"] = (box.outlet.shown_wh or 0) - 1_000_000
    print(json.dumps(told))  # noqa: T201 - its output is its result


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
