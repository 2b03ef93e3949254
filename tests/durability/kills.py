"""Kills the real daemon again and again while two EVSEs are in use, and holds the bills against the meters."""

import asyncio
import contextlib
import json
import random
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

from durability.mounted import TESTS
from hwsim.chronicle import DeadlinePassed, Happening
from hwsim.gateway_process import GatewayDied, gateway_command
from hwsim.site_file import SiteFile, read_site
from hwsim.stage import Stage, set_stage
from hwsim.verdict import DISPLAY_TOLERANCE_KWH, Check, displays, evse_of, judge, judge_outbox

SITE = TESTS.parent / "hw-sim" / "site.toml"
DRIVERS = {"EVSE-1": ("alice", "left"), "EVSE-3": ("carol", "right")}
# Sessions of seconds instead of hours.
RULES = {
    "cdr_clock_wait_s": 0,
    "plug_timeout_s": 20,
    "card_hold_off_s": 1,
    "idle_after_s": 1,
    "idle_end_s": 2,
    "sample_interval_s": 1,
    "final_reading_timeout_s": 20,
}
POLL_S = 0.1
TAP_S, FOLLOWS_WITHIN_S = 0.25, 2.5
# The other drivers just pull the plug.
TAPPING_SHARE = 0.7
LONGEST_CHARGE_S, LONGEST_REST_S = 1.5, 0.5
# One kill in four comes while the daemon is still starting; the others at any moment of the next seconds.
STARTING_SHARE, STARTING_S, RUNNING_S = 0.25, 0.8, 2.5
SETTLED_WITHIN_S, LOOK_S = 60.0, 0.5
WELL = 0


@dataclass(frozen=True, slots=True)
class Moved:
    """A contactor that moved, and what the meter's front showed then."""

    at: datetime
    closed: bool
    shown_kwh: Decimal


@dataclass(frozen=True, slots=True)
class KillReport:
    """How often the daemon was killed, before and after it was ready, and all that was checked at the end."""

    kills: int
    while_starting: int
    closings: int
    cdrs: int
    repeats: int
    checks: tuple[Check, ...]

    @property
    def wrong(self) -> tuple[str, ...]:
        """What went wrong."""
        return tuple(check.sentence for check in self.checks if not check.is_right)


@dataclass
class Witness:
    """Writes down what every contactor does, from outside."""

    stage: Stage
    moves: dict[str, list[Moved]] = field(default_factory=dict)

    def __call__(self, happening: Happening) -> None:
        if happening.what in {"contactor_closed", "contactor_opened"}:
            uid = happening.detail["evse"]
            shown = displays({uid: self.stage.site.evses[uid]})[uid]
            self.moves.setdefault(uid, []).append(Moved(datetime.now(UTC), happening.what == "contactor_closed", shown))

    def closings(self, uid: str) -> Iterator[tuple[datetime, Decimal]]:
        """Each time the contactor was closed: when, and the energy until it opened again."""
        moves = self.moves.get(uid, [])
        for closed, opened in pairwise(moves):
            if closed.closed and not opened.closed:
                yield closed.at, opened.shown_kwh - closed.shown_kwh


def small_site() -> SiteFile:
    """Two EVSEs of the demo's site, one with pilot and one without, on a bus that costs no time."""
    demo = read_site(SITE)
    evses = [
        {**evse, **{part: {**evse[part], "bus": "cabinet"} for part in ("meter", "controller")}}
        for evse in demo.raw["evses"]
        if evse["uid"] in DRIVERS
    ]
    buses = {"cabinet": {"kind": "tcp", "poll_interval_s": POLL_S}}
    return replace(demo, raw={**demo.raw, "buses": buses, "evses": evses, "meters": [], "rules": RULES})


async def kill_again_and_again(directory: Path, kills: int, seed: int) -> KillReport:
    """Kill so many times, let everything come to its end, and check it.

    The environment must ask for card readers that speak in lines (HWSIM_READER=line): they cost no time.
    """
    async with set_stage(small_site(), directory) as stage:
        witness = Witness(stage)
        stage.chronicle.listen(witness)
        before, ending = displays(stage.site.evses), asyncio.Event()
        async with asyncio.TaskGroup() as tasks:
            for uid in DRIVERS:
                tasks.create_task(_drive(stage, uid, random.Random(f"{seed}/{uid}"), ending))  # noqa: S311 - repeatable, not secret
            while_starting = await _kill(stage, kills, random.Random(seed))  # noqa: S311 - repeatable, not secret
            await stage.gateway.start()
            ending.set()
        owed = await _settle(stage)
        after = displays(stage.site.evses)
        replayed, verified = await _ask(stage, "replay"), await _ask(stage, "verify")
        stopped = await stage.gateway.stop()
        cdrs = stage.peer.shelf.cdrs
        checks = (
            *judge(stage.peer, stage.watch, len(cdrs), before, after),
            *_judge_sessions(stage),
            *_judge_closings(stage, witness),
            judge_outbox(owed),
            Check(f"replay says: {replayed}", bool(replayed.get("is_equal"))),
            Check(f"verify says: {verified}", bool(verified.get("is_whole"))),
            Check(f"the daemon ended with status {stopped}", stopped == WELL),
        )
        return KillReport(
            kills,
            while_starting,
            sum(1 for uid in DRIVERS for _ in witness.closings(uid)),
            len(cdrs),
            sum(stored.replays for stored in cdrs.values()),
            checks,
        )


async def _kill(stage: Stage, kills: int, dice: random.Random) -> int:
    """Start and kill; return how many times it was not even ready."""
    early = 0
    for _ in range(kills):
        start = asyncio.create_task(stage.gateway.start())
        if dice.random() < STARTING_SHARE:
            await asyncio.wait([start], timeout=dice.uniform(0, STARTING_S))
        else:
            await start
            await asyncio.sleep(dice.uniform(0, RUNNING_S))
        if not stage.gateway.is_running:
            await start
        early += not start.done()
        await stage.gateway.kill()
        with contextlib.suppress(GatewayDied):
            await start
    return early


async def _drive(stage: Stage, uid: str, dice: random.Random, ending: asyncio.Event) -> None:
    """Charge again and again, tapping until the contactor does what the driver wants, as long as the site is in use."""
    evse = stage.site.evses[uid]
    while not ending.is_set():
        evse.plug_in()
        await _tap_until(stage, uid, closed=True, ending=ending)
        await asyncio.sleep(dice.uniform(0.2, LONGEST_CHARGE_S))
        if dice.random() < TAPPING_SHARE:
            await _tap_until(stage, uid, closed=False, ending=ending)
        evse.unplug()
        await asyncio.sleep(dice.uniform(0.1, LONGEST_REST_S))


async def _tap_until(stage: Stage, uid: str, *, closed: bool, ending: asyncio.Event) -> None:
    card, reader = DRIVERS[uid]
    slot, load = stage.desk.slots[reader], stage.site.evses[uid].load
    wanted = "contactor_closed" if closed else "contactor_opened"
    while load.contactor_closed is not closed and not ending.is_set():
        since = len(stage.chronicle.happenings)
        await slot.insert(bytes.fromhex(stage.file.cards[card]))
        await asyncio.sleep(TAP_S)
        await slot.remove()
        with contextlib.suppress(DeadlinePassed):
            await stage.chronicle.wait_for(
                lambda seen: seen.what == wanted and seen.detail["evse"] == uid, FOLLOWS_WITHIN_S, since
            )


_OPEN = ("RESERVATION", "PENDING", "ACTIVE")


async def _settle(stage: Stage) -> list[dict[str, Any]]:
    """Wait until no session is open and nobody is owed anything; return what still is after a long wait."""
    deadline = asyncio.get_running_loop().time() + SETTLED_WITHIN_S
    owed: Any = None
    while asyncio.get_running_loop().time() < deadline:
        await asyncio.sleep(LOOK_S)
        # Sessions as they stand on the disk: an end waits a moment there for company, and is owed only then.
        sessions, owed = await _ask(stage, "sessions"), await _ask(stage, "outbox")
        if owed == [] and not any(session["status"] in _OPEN for session in sessions):
            return []
    return owed or [{"kind": "session", "object_id": "still open", "backend": "nobody"}]


async def _ask(stage: Stage, command: str) -> Any:
    process = await asyncio.create_subprocess_exec(
        *gateway_command(), command, "--json", "--config", str(stage.config), stdout=asyncio.subprocess.PIPE
    )
    said, _ = await process.communicate()
    return json.loads(said)


def _judge_sessions(stage: Stage) -> Iterator[Check]:
    billed = {str(stored.value["session_id"]) for stored in stage.peer.shelf.cdrs.values()}
    at_broker = {message.topic.rsplit("/", 1)[1] for message in stage.watch.messages if "/cdrs/" in message.topic}
    yield Check(
        f"the broker has the same {len(billed)} CDRs as the peer (and {len(at_broker)} ids)",
        at_broker == set(stage.peer.shelf.cdrs),
    )
    open_ones, unbilled = list[str](), list[str]()
    for session_id, session in stage.peer.shelf.sessions.items():
        status = session.value["status"]
        if status not in {"COMPLETED", "INVALID"}:
            open_ones.append(f"{session_id} {status}")
        elif status == "COMPLETED" and session_id not in billed:
            unbilled.append(session_id)
    yield Check(f"Sessions left open at the peer: {open_ones or 'none'}", not open_ones)
    yield Check(f"Sessions completed without a CDR: {unbilled or 'none'}", not unbilled)


def _judge_closings(stage: Stage, witness: Witness) -> Iterator[Check]:
    """Give each closing of a contactor to the session that had begun last, and compare what both count."""
    for uid in DRIVERS:
        bills = sorted(
            (datetime.fromisoformat(stored.value["start_date_time"]), cdr_id, Decimal(stored.value["total_energy"]))
            for cdr_id, stored in stage.peer.shelf.cdrs.items()
            if evse_of(stored.value) == uid
        )
        starts, counted = [start for start, _, _ in bills], dict.fromkeys(range(-1, len(bills)), Decimal(0))
        for at, kwh in witness.closings(uid):
            counted[bisect_right(starts, at) - 1] += kwh
        wrong = [
            f"{cdr_id}: {kwh} billed, {counted[number]} counted"
            for number, (_, cdr_id, kwh) in enumerate(bills)
            if abs(kwh - counted[number]) > DISPLAY_TOLERANCE_KWH
        ]
        wrong += [f"{counted[-1]} before the first session"] if counted[-1] else []
        yield Check(f"{uid}: bills that differ from the contactor's closings: {wrong or 'none'}", not wrong)
