"""The one writer: takes observations, lets the core decide, writes the facts, and only then believes them."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

import structlog

from gateway import news
from gateway.clock import Clock
from gateway.core.authorization import TokenBook
from gateway.core.decide import decide
from gateway.core.facts import CardRefused, Fact, SessionStarted
from gateway.core.facts_backends import PartStamp
from gateway.core.identifiers import EvseUid
from gateway.core.instant import elapsed
from gateway.core.observations import Observation, Started, Tick
from gateway.core.observations_storage import StopsRecalled, StorageHealed, StorageLost
from gateway.core.outputs import orders_pending_at, profile_limit_a, reserved_until, status_of, wants_energy
from gateway.core.page import World
from gateway.core.rows import RowChange
from gateway.core.rules import Policy
from gateway.core.site_state import SiteState, evolve
from gateway.core.telemetry import EvseSnapshot
from gateway.inbox import STATES, Entry, Inbox
from gateway.outbox import OutboxDesk
from gateway.patience import Patience
from gateway.projection import project
from gateway.site_disk import RETRY_AFTER, SILENCE, Asked, DiskSilent, Illness, Journal, in_time
from gateway.site_stops import Nowhere, Stops, stops_in

log = structlog.get_logger()

# How often the rules are asked whether time alone has changed something.
TICK_S = 0.5


class Site:
    """Holds the world as it is known; everybody else reads it or hands in observations.

    `storage_faults` are what the journal raises when the disk refuses. Then decisions go on in memory, in their order,
    until the disk takes them: a contactor opens on what is decided, and closes only on what is written. `stops` keep
    what was decided so from being lost with the process.
    """

    def __init__(  # noqa: PLR0913, PLR0917 - all that the one writer stands on
        self,
        policy: Policy,
        tokens: TokenBook,
        journal: Journal,
        clock: Clock,
        storage_faults: tuple[type[Exception], ...] = (),
        stops: Stops | None = None,
    ) -> None:
        self._stops = stops or Nowhere()
        self._world = World(policy, tokens)
        self._written = self._world.state
        self._unwritten: list[Fact] = []
        self._waiting: list[Entry] = []
        self._illness: Illness | None = None
        self._asked: Asked | None = None
        self._untold = tuple[RowChange, ...]()
        self._storage_faults = storage_faults
        self._journal = journal
        self._clock = clock
        self._refusals: dict[EvseUid, str] = {}
        self._output_watchers: list[Callable[[], None]] = []
        self.inbox = Inbox()
        self.patience = Patience()
        self.outbox = OutboxDesk(journal, self.inbox, clock, storage_faults, self.patience)
        self.progress = 0

    async def start(self, started: Started) -> None:
        """Rebuild the world from the journal and note that the daemon came up; must be done before `run`."""
        state = await self._journal.recall()
        async for fact in self._journal.facts(state.last_seq + 1):
            state = evolve(state, fact)
        self._world, self._written = World(self._world.policy, self._world.tokens, state), state
        await self.outbox.count()
        recalled = StopsRecalled(started.at, self._stops.recall())
        await self._take([started, recalled] if recalled.stops else [started])

    async def run(self) -> None:
        """Decide and write until cancelled; a disk that refuses is waited for."""
        while True:
            entries = await self.inbox.take()
            await self._take([entry.observation for entry in entries])
            self._waiting.extend(entries)
            self._release()
            self.progress += 1

    async def tick(self) -> None:
        """Tell the site that time passes, until cancelled."""
        while True:
            await self.inbox.put(Tick(self._clock.now()))
            await asyncio.sleep(TICK_S)

    async def _take(self, observations: Sequence[Observation]) -> None:
        if self._illness is None and self.outbox.unreadable is not None:
            self._fall_ill(self.outbox.unreadable)
        if self._illness is None:
            await self._take_in_health(observations)
        else:
            await self._take_in_illness(observations, self._illness)

    async def _take_in_health(self, observations: Sequence[Observation]) -> None:
        before, held = self._world, tuple(self._unwritten)
        decided = self._decide(observations)
        if not self._unwritten:
            return
        try:
            if not self.patience.holds(decided, self._clock.now()):
                await self._write()
        except self._storage_faults as fault:
            # All of it is decided anew by those who know: a card must not begin anything now.
            self._world, self._unwritten = before, list(held)
            self._fall_ill(str(fault))
            self._note(self._decide(observations))
        except DiskSilent as silence:
            self._note(decided)
            self._fall_ill(str(silence))
        else:
            self._note(decided)
        self._wake()

    async def _take_in_illness(self, observations: Sequence[Observation], illness: Illness) -> None:
        self._note(self._decide(observations))
        self._wake()
        now = self._clock.now()
        if elapsed(illness.asked_at, now) < RETRY_AFTER or (self._asked is not None and not self._asked.answer.done()):
            return
        if not await self._can_be_read():
            self._illness = replace(illness, asked_at=self._clock.now())
            return
        ill, waiting = self._world, tuple(self._unwritten)
        mended = self._decide([StorageHealed(now)])
        try:
            await self._write()
        except self._storage_faults:
            self._world = ill
            self._unwritten = [fact for fact in waiting if fact.seq > self._written.last_seq]
            self._illness = replace(illness, asked_at=now)
            return
        except DiskSilent as silence:
            self._note(mended)
            self._fall_ill(str(silence))
            return
        self._illness = None
        log.info("storage_healed", facts=len(waiting), lasted_s=elapsed(illness.since, now).total_seconds())
        self._note(mended)
        self._wake()
        self.outbox.wake_all()

    async def _can_be_read(self) -> bool:
        try:
            return await in_time(self.outbox.count())
        except self._storage_faults:
            return False

    def _fall_ill(self, reason: str) -> None:
        now = self._clock.now()
        self._illness = Illness(since=now, asked_at=now)
        log.error("storage_lost", reason=reason)
        self._note(self._decide([StorageLost(now, reason)]))

    def _decide(self, observations: Iterable[Observation]) -> Sequence[Fact]:
        decided = list[Fact]()
        for observation in observations:
            self._world, facts = decide(self._world, observation)
            decided.extend(facts)
        self._unwritten.extend(decided)
        self._stops.keep(stops_in(self._unwritten))
        return decided

    async def finish(self) -> None:
        """Write what waits for company, once `run` has ended; a disk that refuses it has refused more before."""
        if self._unwritten and self._illness is None:
            troubles: tuple[type[Exception], ...] = (DiskSilent, *self._storage_faults)
            try:
                await self._write()
            except troubles as fault:
                log.warning("last_facts_not_written", reason=str(fault), facts=len(self._unwritten))

    async def _write(self) -> None:
        """Have everything that is decided on disk when this returns; otherwise nothing of it, but see DiskSilent."""
        if self._asked is not None:  # it has answered by now
            await self._hear(self._asked)
        if self._unwritten:
            facts, changes = tuple(self._unwritten), tuple(project(self._unwritten, self._written))
            self._asked = Asked(self._journal.begin(facts, changes), self._world.state, changes)
            await self._hear(self._asked)

    async def _hear(self, asked: Asked) -> None:
        try:
            await asked.heard()
        except self._storage_faults:
            self._asked = None
            raise
        self._asked = None
        self._written = asked.state
        self._unwritten = [fact for fact in self._unwritten if fact.seq > asked.state.last_seq]
        self._stops.keep(stops_in(self._unwritten))
        self._untold = (*self._untold, *asked.changes)
        self.patience.forget()
        if await in_time(self.outbox.note(self._untold)):
            self._untold = ()
        else:
            self.outbox.unreadable = SILENCE

    def _release(self) -> None:
        """Tell those who wait that it is on disk, or may wait; a state is covered by the next one of its kind."""
        held = list[Entry]()
        for entry in self._waiting:
            if self._illness is not None and self._unwritten and not isinstance(entry.observation, STATES):
                held.append(entry)
            elif not entry.written.done():
                entry.written.set_result(None)
        self._waiting = held

    def _wake(self) -> None:
        for wake in self._output_watchers:
            wake()

    def _note(self, facts: Iterable[Fact]) -> None:
        """Log what an operator would want to find, and keep the last refusal for the technician."""
        for fact in facts:
            news.tell(fact)
            limits = self._world.policy.evses.get(fact.evse_uid) if fact.evse_uid is not None else None
            if isinstance(fact.body, SessionStarted) and limits is not None:
                news.tell_of_price(self._world.state.evse(limits.uid).session, limits.tariff_id)
            if isinstance(fact.body, CardRefused) and fact.evse_uid is not None:
                self._refusals[fact.evse_uid] = f"{fact.body.reason.value}: {fact.body.detail}"

    def wants_energy(self, uid: EvseUid) -> bool | None:
        """Tell whether the contactor should be closed; None leaves it as it is."""
        now = self._clock.now()
        decided = wants_energy(self._world.state, uid, now)
        return wants_energy(self._written, uid, now) if decided else decided

    def limit_a(self, uid: EvseUid) -> int | None:
        """Return what a charging profile leaves, in amperes per phase; None: it limits nothing."""
        return profile_limit_a(self._written, uid, self._clock.now())

    @property
    def written(self) -> SiteState:
        """What is certain because it is on disk."""
        return self._written

    def on_outputs(self, wake: Callable[[], None]) -> None:
        """Call `wake` whenever the wanted outputs may have changed."""
        self._output_watchers.append(wake)

    @property
    def location(self) -> tuple[PartStamp, ...]:
        """When each part of our Location changed last."""
        return self._world.state.location

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
            unattributed_wh=record.books.unexplained,
            unattributed_alarm=record.books.alarmed,
            counter_wh=record.register.energy_wh if record.register is not None else None,
            rollover_wh=self._world.policy.evses[uid].rollover_wh,
            waiting_cdrs=tuple(waiting.id for waiting in record.waiting),
            odd_readings=seen.odd_readings,
            reserved_until=reserved_until(self._written, uid),
            pending_orders=orders_pending_at(self._written, uid),
        )
