"""What waits to be decided on: bounded; states replace older states of the same thing, cards and answers never drop."""

import asyncio
from collections.abc import Hashable
from dataclasses import dataclass

from gateway.core.observations import (
    ControllerLost,
    ControllerSeen,
    MeterLost,
    MeterReading,
    Observation,
    Tick,
)

# Far more cards and answers than a site can produce between two commits; a full inbox makes their senders wait.
CAPACITY = 1_000
# What is seen again and again: the next one of its kind covers the one before.
STATES = (MeterReading, MeterLost, ControllerSeen, ControllerLost, Tick)


@dataclass(frozen=True, slots=True)
class Entry:
    """One observation; `written` resolves once everything that follows from it is on disk, or may wait in memory."""

    observation: Observation
    written: asyncio.Future[None]


class Inbox:
    """The one way in to the site's writer."""

    def __init__(self, capacity: int = CAPACITY) -> None:
        self._capacity = capacity
        self._entries: dict[Hashable, Entry] = {}
        self._serial = 0
        self._filled = asyncio.Event()
        self._drained = asyncio.Event()
        self._drained.set()

    async def put(self, observation: Observation) -> None:
        """Hand an observation in; waits while the inbox is full."""
        await self._add(observation)

    async def put_and_wait(self, observation: Observation) -> None:
        """Hand an observation in and return once what follows from it is on disk, as far as it must be at once."""
        entry = await self._add(observation)
        await entry.written

    async def add(self, observation: Observation) -> asyncio.Future[None]:
        """Hand an observation in, and return what is done when `put_and_wait` would return."""
        return (await self._add(observation)).written

    async def take(self) -> list[Entry]:
        """Wait for observations and return all that are there, oldest first."""
        await self._filled.wait()
        entries = list(self._entries.values())
        self._entries.clear()
        self._filled.clear()
        self._drained.set()
        return entries

    async def _add(self, observation: Observation) -> Entry:
        key = self._key(observation)
        while key not in self._entries and len(self._entries) >= self._capacity:
            self._drained.clear()
            await self._drained.wait()
        replaced = self._entries.pop(key, None)
        # A state that was overtaken is covered by the one that overtook it.
        written = replaced.written if replaced is not None else asyncio.get_running_loop().create_future()
        entry = self._entries[key] = Entry(observation, written)
        self._filled.set()
        return entry

    def _key(self, observation: Observation) -> Hashable:
        match observation:
            case MeterReading(evse_uid) | MeterLost(evse_uid):
                return ("meter", evse_uid)
            case ControllerSeen(evse_uid) | ControllerLost(evse_uid):
                return ("controller", evse_uid)
            case Tick():
                return "tick"
            case _:
                self._serial += 1
                return self._serial
