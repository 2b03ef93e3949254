"""Two drivers' visits while the backend is away for a night: what they do, and what must have come of it at the end.

Everything outside the gateway's disk is `Outside`; it outlives power cuts and kills of the gateway.
"""

import asyncio
import json
import pickle
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from plant import BACKEND, EVSE, READER, Outlet, policy
from scenarios.box import CARD, Backend, Box, TurnedClock, running_box

from gateway.core.delivery import Delivery, ObjectKind, Receipt
from gateway.core.facts import Fact, SessionStarted
from gateway.core.identifiers import TokenUid
from gateway.core.instant import ClockQuality
from gateway.core.observations import CardPresented, Tick
from gateway.core.reasons import FaultKind
from gateway.core.rules import SessionRules
from gateway.core.session_phase import Phase
from gateway.journal.journal import open_journal
from gateway.journal.replay import replay
from gateway.projection import project

# Shorter than on a real site, so that a visit is many commits in few seconds.
RULES = SessionRules(card_hold_off_s=1, sample_interval_s=4, idle_after_s=2, storage_lost_stop_s=5)
CAR_W = 11_000
LOOK_S = 2
PATIENCE = 10
SETTLED_WITHIN_S = 20.0

# What happens, in order; the number is seconds. The first visit's CDR waits until the time comes.
PLAN: tuple[tuple[str, int], ...] = (
    ("wait", 1),
    ("plug", 0),
    ("begin", 0),
    ("wait", 9),
    ("backend_leaves", 0),
    ("car_is_full", 0),
    ("wait", 4),
    ("car_wants_more", 0),
    ("wait", 5),
    ("end", 0),
    ("unplug", 0),
    ("wait", 2),
    ("plug", 0),
    ("begin", 0),
    ("wait", 6),
    ("restart", 3),
    ("wait", 5),
    ("time_comes", 0),
    ("backend_returns", 0),
    ("wait", 3),
    ("end", 0),
    ("unplug", 0),
    ("wait", 2),
)
VISITS = 2


class WentWrong(AssertionError):
    """What must not be, after a cut or a kill."""


@dataclass
class Outside:
    """The world around the disk. `step` and `waited_s` say how far the plan is, `acknowledged` which fact is safe.

    `ill_s` is how long the disk has refused by now, as far as the gateway knows.
    """

    clock: TurnedClock = field(default_factory=lambda: TurnedClock(quality=ClockQuality.INFORMATIVE))
    outlet: Outlet = field(default_factory=Outlet)
    received: list[Delivery] = field(default_factory=list)
    is_away: bool = False
    step: int = 0
    waited_s: int = 0
    acknowledged: int = 0
    shown_wh: list[int] = field(default_factory=list)
    ill_s: int = 0

    def dump(self) -> bytes:
        return pickle.dumps(self)

    @staticmethod
    def load(content: bytes) -> "Outside":
        outside: Outside = pickle.loads(content)  # noqa: S301 - our own
        return outside

    def cut_power(self, down_s: int) -> None:
        """Contactors fall open; clock and meter go on, the controller boots anew."""
        self.outlet.closed = False
        self.clock.turn(down_s)
        self.clock.boot_id, self.clock.boot_s = f"{self.clock.boot_id}+", 10


def nobody(_: Outside) -> None:
    """Be told of a change, and note nothing."""


@dataclass
class TellingBackend(Backend):
    """Notes what it received before it says so; a CDR that it has may come again, byte for byte."""

    outside: Outside = field(default_factory=Outside)
    tell: Callable[[Outside], None] = nobody

    async def deliver(self, delivery: Delivery) -> Receipt:
        receipt = await super().deliver(delivery)
        self.outside.received = self.received
        self.tell(self.outside)
        return receipt


@dataclass
class Visits:
    """Carries the plan out, from wherever the world outside has come to."""

    box: Box
    outside: Outside
    tell: Callable[[Outside], None]
    stirred: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.box.site.on_outputs(self._stir)

    def _stir(self) -> None:
        self.stirred.set()
        seq = self.box.site.written.last_seq
        if seq > self.outside.acknowledged:
            self.outside.acknowledged = seq
            self.tell(self.outside)

    @property
    def _is_ill(self) -> bool:
        return FaultKind.STORAGE_LOST in dict(self.box.site.evses()[0].faults)

    async def carry_out(self) -> bool:
        """Go on until the end (True), or until the gateway is to be restarted (False)."""
        while self.outside.step < len(PLAN):
            verb, seconds = PLAN[self.outside.step]
            await self._do(verb, seconds)
            self.outside.step, self.outside.waited_s = self.outside.step + 1, 0
            self.tell(self.outside)
            if verb == "restart":
                return False
        return True

    async def _do(self, verb: str, seconds: int) -> None:  # noqa: C901 - one line per verb
        outlet, backend = self.outside.outlet, self.box.backend
        match verb:
            case "wait":
                while self.outside.waited_s < seconds:
                    self.outside.waited_s += 1
                    await self._pass()
            case "plug":
                outlet.plugged, outlet.power_w = True, CAR_W
            case "unplug":
                outlet.plugged, outlet.power_w = False, 0
                self.outside.shown_wh.append(outlet.shown_wh or 0)
            case "car_is_full":
                outlet.power_w = 0
            case "car_wants_more":
                outlet.power_w = CAR_W
            case "begin":
                await self._tap_until(charging=True)
            case "end":
                await self._tap_until(charging=False)
            case "backend_leaves":
                self.outside.is_away = backend.is_away = True
            case "backend_returns":
                self.outside.is_away = False
                backend.come_back()
            case "time_comes":
                self.outside.clock.quality = ClockQuality.SYNCHRONISED
            case "restart":
                pass

    async def _tap_until(self, *, charging: bool) -> None:
        """Tap as a driver does: look at the lamp, tap if it is not as wanted, look again."""
        for _ in range(PATIENCE):
            await self._pass(LOOK_S)
            phase = self.box.site.evses()[0].phase
            if (phase is not None) is charging:
                return
            if phase != Phase.ENDING:
                # Nobody waits for the disk here: it may be ill.
                await self.box.site.inbox.put(CardPresented(READER, self.outside.clock.now(), TokenUid(CARD)))
        raise WentWrong(f"tapped {PATIENCE} times, and charging is still not {charging}")

    async def _pass(self, seconds: int = 1) -> None:
        clock, outlet, site = self.outside.clock, self.outside.outlet, self.box.site
        for _ in range(seconds):
            clock.turn(1)
            outlet.step(1, wanted=site.wants_energy(EVSE))
            self.tell(self.outside)
            for observation in outlet.show(EVSE, clock.now()):
                await site.inbox.put(observation)
            await site.inbox.put_and_wait(Tick(clock.now()))
            self.outside.ill_s = self.outside.ill_s + 1 if self._is_ill else 0
            async with asyncio.timeout(SETTLED_WITHIN_S):
                while not (self.outside.is_away or self._is_ill) and site.outbox.owed(BACKEND).owed:
                    self.stirred.clear()
                    await self.stirred.wait()


async def go_on(path: Path, outside: Outside, tell: Callable[[Outside], None] = nobody) -> list[Fact]:
    """Start a gateway over what the disk holds and carry the plan on to its next restart or end; return its facts."""
    backend = TellingBackend(is_away=outside.is_away, received=outside.received, outside=outside, tell=tell)
    async with running_box(
        path, clock=outside.clock, outlet=outside.outlet, backend=backend, rules=policy(rules=RULES)
    ) as box:
        await Visits(box, outside, tell).carry_out()
        return await box.facts()


async def go_on_to_the_end(path: Path, outside: Outside) -> list[Fact]:
    """Carry the plan on, restarts included."""
    facts = await go_on(path, outside)
    while outside.step < len(PLAN):
        facts = await go_on(path, outside)
    return facts


async def must_open_whole(path: Path, history: list[Fact], acknowledged: int) -> None:
    """The journal opens, nothing acknowledged is missing or changed, and what is derived follows from the facts."""
    async with open_journal(path, project) as journal:
        if journal.quarantined is not None:
            raise WentWrong(f"damaged: {journal.quarantined}")
        facts = [fact async for fact in journal.facts()]
    if len(facts) < acknowledged:
        raise WentWrong(f"lost: {acknowledged} facts were acknowledged, {len(facts)} are there")
    if facts != history[: len(facts)]:
        raise WentWrong("the facts are not those that were written")
    must_replay(path)


def must_replay(path: Path) -> None:
    report = replay(path, project)
    if not report.is_equal:
        raise WentWrong(f"replay differs: {report.differences}")


async def must_have_ended_well(path: Path, outside: Outside, facts: list[Fact]) -> None:
    """Each visit is one session and one CDR at the backend, with the energy that the meter counted during it."""
    must_replay(path)
    started = [fact.session_id for fact in facts if isinstance(fact.body, SessionStarted)]
    if len(started) != VISITS:
        raise WentWrong(f"{VISITS} visits became {len(started)} sessions")
    bodies: dict[tuple[ObjectKind, str], list[bytes]] = {}
    for delivery in outside.received:
        bodies.setdefault((delivery.kind, delivery.object_id), []).append(delivery.body)
    cdrs = [json.loads(versions[0]) for (kind, _), versions in bodies.items() if kind is ObjectKind.CDR]
    if [cdr["session_id"] for cdr in cdrs] != started:
        raise WentWrong(f"lost or twice: sessions {started}, CDRs of {[cdr['session_id'] for cdr in cdrs]}")
    for (kind, object_id), versions in bodies.items():
        if kind is ObjectKind.CDR and len(set(versions)) != 1:
            raise WentWrong(f"twice: CDR {object_id} came in {len(set(versions))} versions")
        if kind is ObjectKind.SESSION and json.loads(versions[-1])["status"] != "COMPLETED":
            raise WentWrong(f"session {object_id} was left {json.loads(versions[-1])['status']}")
    marks = [Outlet().shown_wh or 0, *outside.shown_wh]
    counted = [until - begin for begin, until in pairwise(marks)]
    billed = [round(float(cdr["total_energy"]) * 1000) for cdr in cdrs]
    if billed != counted:
        raise WentWrong(f"energy: {billed} Wh billed, {counted} Wh counted")
    async with open_journal(path, project) as journal:
        if await journal.counts():
            raise WentWrong("something is still owed")
