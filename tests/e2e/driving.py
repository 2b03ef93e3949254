"""What an e2e test does to a stage: cards, plugs, the daemon's own commands, and waiting for what comes of it."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from hwsim.demo import SITE
from hwsim.gateway_process import gateway_command
from hwsim.site_file import read_site
from hwsim.stage import Stage, set_stage

PATIENCE_S = 40.0
LOOK_AGAIN_S = 0.1


@asynccontextmanager
async def running_stage(
    directory: Path, edit: Callable[[str], str] = str, environment: Mapping[str, str] | None = None
) -> AsyncIterator[Stage]:
    """Set the demo's stage with an edited configuration and start the daemon on it."""
    async with set_stage(read_site(SITE), directory / "run") as stage:
        stage.gateway.environment |= environment or {}
        stage.config.write_text(edit(stage.config.read_text()))
        await stage.gateway.start()
        yield stage


async def tap(stage: Stage, uid: str = "04A1B2C3D4E580", reader: str = "right") -> None:
    """Hold a card to a reader until the daemon has logged it, and take it away."""
    before = log_of(stage).count("event=card_presented")
    await stage.desk.slots[reader].insert(bytes.fromhex(uid))
    await until(lambda: log_of(stage).count("event=card_presented") > before, "the card is read")
    await stage.desk.slots[reader].remove()


async def charge(stage: Stage, evse: str = "EVSE-3", reader: str = "right") -> None:
    """Play a short session at an EVSE with a bare relay: tap, a second and a half of charging, tap."""
    stage.site.evses[evse].plug_in()
    await tap(stage, reader=reader)
    await until(lambda: stage.site.evses[evse].is_closed, "the contactor closes")
    began_wh = stage.site.evses[evse].meter.counter_wh
    await until(lambda: stage.site.evses[evse].meter.counter_wh >= began_wh + 10, "energy flows")
    await tap(stage, reader=reader)
    await until(lambda: not stage.site.evses[evse].is_closed, "the contactor opens")
    stage.site.evses[evse].unplug()


async def until(holds: Callable[[], object], what: str, within_s: float = PATIENCE_S) -> None:
    """Look again and again, since processes and files tell nobody what changes in them."""
    try:
        async with asyncio.timeout(within_s):
            while not holds():  # noqa: ASYNC110  files and processes have no events
                await asyncio.sleep(LOOK_AGAIN_S)
    except TimeoutError:
        raise AssertionError(f"not seen within {within_s:g} s: {what}") from None


async def ask(stage: Stage, *words: str) -> Any:
    """Run one of the daemon's commands and return its JSON."""
    status, output, complaint = await run(*words, "--config", str(stage.config), "--json")
    assert status == 0, complaint
    return json.loads(output)


async def run(*words: str) -> tuple[int, str, str]:
    """Run `ocpi-gateway` and return exit status, stdout and stderr."""
    process = await asyncio.create_subprocess_exec(
        *gateway_command(), *words, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    output, complaint = await process.communicate()
    assert process.returncode is not None
    return process.returncode, output.decode(), complaint.decode()


def log_of(stage: Stage) -> str:
    """What the daemon has said so far."""
    return stage.gateway.log_file.read_text()


async def bills_are_right(stage: Stage, count: int) -> None:
    """Wait until both backends have so many CDRs, with the same bytes and without a violation."""
    await until(lambda: len(stage.peer.shelf.cdrs) >= count, f"{count} CDR(s) at the OCPI peer")
    for cdr_id, stored in stage.peer.shelf.cdrs.items():
        await until(lambda cdr_id=cdr_id: stage.watch.bodies("cdrs", cdr_id), "the CDR over MQTT")  # type: ignore[misc]
        assert set(stage.watch.bodies("cdrs", cdr_id)) == {stored.body}
        assert stored.forgeries == 0
    assert len(stage.peer.shelf.cdrs) == count
    assert not stage.peer.violations
    assert not stage.watch.violations


def nobody_saw_a_traceback(stage: Stage) -> None:
    assert "Traceback" not in log_of(stage)
