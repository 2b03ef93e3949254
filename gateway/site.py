"""The one writer: takes observations, lets the core decide, writes the facts, and only then believes them."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import structlog

from gateway.clock import Clock
from gateway.core.authorization import TokenBook
from gateway.core.decide import World, decide
from gateway.core.delivery import Accepted, Delivery, Rejected
from gateway.core.facts import CardRefused, Fact, FaultMended, FaultRaised, SessionEnded, SessionStarted
from gateway.core.identifiers import BackendName, EvseUid
from gateway.core.observations import DeliveryAnswered, Observation, Started, Tick
from gateway.core.outputs import status_of, wants_energy
from gateway.core.rows import Owe, RowChange
from gateway.core.rules import Policy
from gateway.core.site_state import SiteState, evolve
from gateway.core.telemetry import EvseSnapshot
from gateway.inbox import Inbox
from gateway.projection import project

log = structlog.get_logger()

# How often the rules are asked whether time alone has changed something.
TICK_S = 0.5


class Journal(Protocol):
    """Where facts become durable."""

    async def append(self, facts: Sequence[Fact], changes: Sequence[RowChange], /) -> None:
        """Write facts and what follows from them in one transaction; on disk when it returns."""
        ...

    def facts(self) -> AsyncIterator[Fact]:
        """Read all facts, oldest first."""
        ...

    async def due(self, backend: BackendName, limit: int) -> Sequence[Delivery]:
        """Return what a backend is owed, oldest first, without what is parked."""
        ...

    async def counts(self) -> Mapping[BackendName, "Counts"]:
        """Count what each backend is owed and what is parked."""
        ...


class Counts(Protocol):
    """How many objects a backend is owed, and how many wait for a human."""

    @property
    def owed(self) -> int:
        """Objects that will be sent."""
        ...

    @property
    def parked(self) -> int:
        """Objects that wait for a human."""
        ...


@dataclass(frozen=True, slots=True)
class Nothing:
    """The counts of a backend that has everything."""

    owed: int = 0
    parked: int = 0


class Site:
    """Holds the world as it is known; everybody else reads it or hands in observations."""

    def __init__(self, policy: Policy, tokens: TokenBook, journal: Journal, clock: Clock) -> None:
        self._world = World(policy, tokens)
        self._journal = journal
        self._clock = clock
        self._refusals: dict[EvseUid, str] = {}
        self._due: dict[BackendName, asyncio.Event] = {}
        self._counts: Mapping[BackendName, Counts] = {}
        self._output_watchers: list[Callable[[], None]] = []
        self.inbox = Inbox()
        self.progress = 0

    async def start(self, started: Started) -> None:
        """Rebuild the world from the journal and note that the daemon came up; must be done before `run`."""
        state = SiteState()
        async for fact in self._journal.facts():
            state = evolve(state, fact)
        self._world = World(self._world.policy, self._world.tokens, state)
        await self._take([started])
        self._counts = await self._journal.counts()

    async def run(self) -> None:
        """Decide and write until cancelled."""
        while True:
            entries = await self.inbox.take()
            await self._take(entry.observation for entry in entries)
            for entry in entries:
                if not entry.written.done():
                    entry.written.set_result(None)
            self.progress += 1

    async def tick(self) -> None:
        """Tell the site that time passes, until cancelled."""
        while True:
            await self.inbox.put(Tick(self._clock.now()))
            await asyncio.sleep(TICK_S)

    async def _take(self, observations: Iterable[Observation]) -> None:
        before = self._world.state
        world, facts = self._world, list[Fact]()
        for observation in observations:
            world, written = decide(world, observation)
            facts.extend(written)
        if facts:
            changes = tuple(project(facts, before))
            await self._journal.append(facts, changes)
            if changes:
                self._counts = await self._journal.counts()
            self._tell(changes)
        self._world = world
        for fact in facts:
            self._note(fact)
        if facts:
            for wake in self._output_watchers:
                wake()

    def _tell(self, changes: Iterable[RowChange]) -> None:
        for change in changes:
            if isinstance(change, Owe):
                self._event(change.delivery.backend).set()

    def _note(self, fact: Fact) -> None:
        """Log what an operator would want to find, and keep the last refusal for the technician."""
        match fact.body:
            case CardRefused(reader, card, reason, detail):
                log.warning("card_refused", reader=reader, card=card, reason=reason.value, detail=detail)
                if fact.evse_uid is not None:
                    self._refusals[fact.evse_uid] = f"{reason.value}: {detail}"
            case FaultRaised(kind, detail):
                log.error("fault_raised", evse=fact.evse_uid, fault=kind.value, detail=detail)
            case FaultMended(kind):
                log.info("fault_mended", evse=fact.evse_uid, fault=kind.value)
            case SessionStarted():
                log.info("session_started", evse=fact.evse_uid, session=fact.session_id)
            case SessionEnded():
                log.info("session_ended", evse=fact.evse_uid, session=fact.session_id)
            case _:
                pass

    # What others see.

    def wants_energy(self, uid: EvseUid) -> bool | None:
        """Tell whether the contactor should be closed; None leaves it as it is."""
        return wants_energy(self._world.state, uid)

    def on_outputs(self, wake: Callable[[], None]) -> None:
        """Call `wake` whenever the wanted outputs may have changed."""
        self._output_watchers.append(wake)

    def owed(self, backend: BackendName) -> Counts:
        """Count what a backend does not have yet."""
        return self._counts.get(backend, Nothing())

    def evses(self) -> tuple[EvseSnapshot, ...]:
        """Show every EVSE as it stands."""
        return tuple(self._snapshot(uid) for uid in self._world.policy.evses)

    def _snapshot(self, uid: EvseUid) -> EvseSnapshot:
        record, seen = self._world.state.evse(uid), self._world.sight.evse(uid)
        controller, session = seen.controller, record.open_session
        return EvseSnapshot(
            uid=uid,
            status=status_of(self._world.state, uid, seen=controller is not None and seen.reading is not None),
            session_id=session.id if session is not None else None,
            phase=session.phase.value if session is not None else None,
            pilot=controller.pilot if controller is not None else None,
            contactor_closed=controller.contactor_closed if controller is not None else None,
            wanted_closed=self.wants_energy(uid),
            faults=tuple(record.faults.items()),
            last_refusal=self._refusals.get(uid),
        )

    # What the shippers use: their Outbox.

    async def due(self, backend: BackendName, limit: int) -> Sequence[Delivery]:
        """Return what a backend is owed, oldest first, without what is parked."""
        self._event(backend).clear()
        return await self._journal.due(backend, limit)

    async def report(self, delivery: Delivery, receipt: Accepted | Rejected) -> None:
        """Book a backend's answer; on disk when it returns."""
        await self.inbox.put_and_wait(DeliveryAnswered(delivery, self._clock.now(), receipt))

    async def wait(self, backend: BackendName) -> None:
        """Return when something new may be due."""
        await self._event(backend).wait()

    def _event(self, backend: BackendName) -> asyncio.Event:
        return self._due.setdefault(backend, asyncio.Event())
