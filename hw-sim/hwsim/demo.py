"""The demo: sets the stage, runs the real gateway on it, plays a scenario and judges what the backends received."""

import asyncio
import contextlib
import json
import shlex
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path

from hwsim.chronicle import DeadlinePassed
from hwsim.control import SOCKET, open_control
from hwsim.gateway_process import GatewayDied, gateway_command
from hwsim.live_view import LiveView, Screen, open_screen
from hwsim.pcscd import PcscdUnavailable
from hwsim.player import Player, ScenarioFailed
from hwsim.player_verbs import Props
from hwsim.scenario import Scenario, ScenarioError, read_scenario
from hwsim.site_file import read_site
from hwsim.stage import Stage, set_stage
from hwsim.verdict import displays, judge, judge_outbox

HW_SIM = Path(__file__).resolve().parents[1]
SITE = HW_SIM / "site.toml"
SCENARIO = HW_SIM / "scenarios" / "one-session.toml"
RUN_DIRECTORY = HW_SIM / ".run"
TICK_S = 1.0
ONLINE_WITHIN_S = 15.0
BILLS_ARRIVE_WITHIN_S = 30.0
SETTLED_WITHIN_S = 5.0
RIGHT, WRONG, BAD_INPUT = 0, 1, 2


async def run_demo(scenario_file: Path, directory: Path, *, stay: bool) -> int:
    """Play a scenario against the real gateway; return the exit status."""
    file = read_site(SITE)
    show = open_screen()
    try:
        scenario = read_scenario(scenario_file, file.cards)
        async with until_interrupted(), set_stage(file, directory) as stage:
            return await perform(stage, scenario, show, stay=stay)
    except ScenarioError as error:
        complain(str(error))
        return BAD_INPUT
    except Interrupted:
        show("interrupted; everything is stopped", "")
        return 128 + signal.SIGINT
    except (PcscdUnavailable, GatewayDied, OSError) as error:
        complain(f"the demo cannot run: {error}")
        return WRONG


async def perform(stage: Stage, scenario: Scenario, show: Screen, *, stay: bool) -> int:
    """Start the gateway on a stage that is set, play, and judge."""
    show(f"{scenario.name}: {scenario.text}", "bold")
    for remark in (*stage.remarks, f"files stand in {stage.directory}"):
        show(remark, "")
    view = LiveView(stage.chronicle, stage.site.evses, show)
    before = displays(stage.site.evses)
    took_s = await stage.gateway.start()
    show(f"the gateway (process {stage.gateway.pid}) was ready after {took_s:.2f} s", "")
    status = RIGHT
    async with ticking(view):
        try:
            if stage.post is not None:
                await stage.chronicle.wait_for(lambda h: h.what == "mqtt_status", ONLINE_WITHIN_S)
            await Player(props_of(stage)).play(scenario)
            await bills_arrive(stage, scenario.bills)
        except (ScenarioFailed, DeadlinePassed) as error:
            complain(f"the scenario failed: {error}")
            complain(f"the gateway's last words (all of them in {stage.gateway.log_file}):")
            complain(stage.gateway.last_words())
            status = WRONG
    status = max(status, await tell_result(stage, scenario, before, show))
    if stay:
        # Ctrl-C is how this is meant to end.
        with contextlib.suppress(asyncio.CancelledError):
            await stay_open(stage, show)
    if stage.gateway.is_running and await stage.gateway.stop() != RIGHT:
        complain(f"the gateway did not end with status 0; see {stage.gateway.log_file}")
        status = WRONG
    return status


_OVER_MQTT = frozenset({"broker", "mqtt_order", "mqtt_result", "mqtt_session", "mqtt_cdr", "mqtt_status"})


def props_of(stage: Stage) -> Props:
    """Give the player everything on the stage."""
    return Props(
        stage.chronicle,
        evses=stage.site.evses,
        buses=stage.site.buses,
        readers=stage.desk.slots,
        cards=stage.file.cards,
        peer=stage.peer,
        machines={"daemon": stage.gateway} | ({"broker": stage.post.broker} if stage.post else {}),
        left_out=frozenset() if stage.post else _OVER_MQTT,
        post=stage.post.watch if stage.post else None,
        emsp=(stage.file.emsp.country_code, stage.file.emsp.party_id),
    )


async def bills_arrive(stage: Stage, bills: int) -> None:
    """Wait until both backends have so many CDRs; raises DeadlinePassed."""

    def have_arrived(_: object) -> bool:
        cdrs, post = stage.peer.shelf.cdrs, stage.post
        return len(cdrs) >= bills and (post is None or all(post.watch.bodies("cdrs", cdr_id) for cdr_id in cdrs))

    if not have_arrived(None):
        await stage.chronicle.wait_for(have_arrived, BILLS_ARRIVE_WITHIN_S, len(stage.chronicle.happenings))


async def outbox(stage: Stage) -> list[dict[str, object]]:
    """Ask the gateway what it still owes; an answer of a backend takes it a moment to settle."""
    deadline = asyncio.get_running_loop().time() + SETTLED_WITHIN_S
    while owed := await stage.gateway.ask("outbox"):
        if asyncio.get_running_loop().time() > deadline:
            break
        await asyncio.sleep(TICK_S)
    return list(owed)


@asynccontextmanager
async def ticking(view: LiveView) -> AsyncIterator[None]:
    """Show once a second what flows, for the length of a block."""

    async def tick() -> None:
        while True:
            await asyncio.sleep(TICK_S)
            view.tick()

    task = asyncio.create_task(tick())
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def tell_result(stage: Stage, scenario: Scenario, before: dict[str, Decimal], show: Screen) -> int:
    """Print every CDR as the peer received it and every check; return the exit status."""
    for cdr_id, stored in stage.peer.shelf.cdrs.items():
        show(f"\nCDR {cdr_id} as the OCPI backend received it:", "bold")
        show(json.dumps(json.loads(stored.body), indent=2, ensure_ascii=False), "")
    show("", "")
    checks = list(
        judge(stage.peer, stage.post.watch if stage.post else None, scenario.bills, before, displays(stage.site.evses))
    )
    checks.append(judge_outbox(await outbox(stage)))
    for check in checks:
        show(f"{'right' if check.is_right else 'WRONG'}: {check.sentence}", "green" if check.is_right else "bold red")
    if all(check.is_right for check in checks):
        return RIGHT
    complain(f"{sum(not check.is_right for check in checks)} of {len(checks)} checks went wrong, see WRONG above")
    return WRONG


async def stay_open(stage: Stage, show: Screen) -> None:
    """Leave everything running and say how to look around, until Ctrl-C."""
    gateway = shlex.join(gateway_command())
    simulation = f"{shlex.quote(sys.executable)} -m hwsim"
    config = shlex.quote(str(stage.config))
    readers, evses = ", ".join(stage.desk.slots), ", ".join(stage.site.evses)
    show("\neverything stays up until Ctrl-C. In another terminal, look around:", "bold")
    for command in ("status", "meters --watch", "sessions", "cdrs", "outbox"):
        show(f"  {gateway} {command} --config {config}", "")
    for stored in list(stage.peer.shelf.cdrs.values())[:1]:
        show(f"  {gateway} explain {stored.value['session_id']} --config {config}", "")
    show(
        f"and let somebody else charge (readers {readers}; EVSEs {evses}; cards {', '.join(stage.file.cards)}):", "bold"
    )
    for command in ("plug EVSE-3", "tap carol --reader right", "tap 04A1B2C3D4E580 --reader left", "unplug EVSE-3"):
        show(f"  {simulation} {command}", "")
    show(f"  {simulation} do break_device device=meter-EVSE-1 mode=silence", "")
    show(f"  {simulation} play {shlex.quote(str(HW_SIM / 'scenarios' / 'refused-card.toml'))}", "")
    show("", "")
    async with open_control(stage.directory / SOCKET, props_of(stage)):
        await asyncio.Event().wait()


class Interrupted(Exception):
    """Somebody pressed Ctrl-C, or the service manager wants us gone."""


@asynccontextmanager
async def until_interrupted() -> AsyncIterator[None]:
    """Turn SIGINT and SIGTERM inside the block into Interrupted, after everything in it was taken down."""
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    signals: list[signal.Signals] = []

    def interrupt(which: signal.Signals) -> None:
        if not signals and task is not None:
            task.cancel()
        signals.append(which)

    for which in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(which, interrupt, which)
    try:
        yield
    except asyncio.CancelledError:
        if not signals:
            raise
        raise Interrupted from None
    finally:
        for which in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(which)


def complain(line: str) -> None:
    """Say what is wrong, where errors go."""
    print(line, file=sys.stderr, flush=True)
