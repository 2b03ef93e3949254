"""Reconciles backends with the journal: shows which CDRs one was ever owed, and has those it lost sent again.

Law: a body is never made anew; what goes out again are the bytes that were sealed.
"""

import time
from collections.abc import Callable, Sequence
from typing import Final, Protocol

from gateway.clock import Clock
from gateway.core.facts_proof import RootSigned
from gateway.core.identifiers import BackendName
from gateway.core.inventory import Entry, Inventory, Standing
from gateway.core.observations import CdrsWanted
from gateway.inbox import Inbox
from gateway.ocpi.inventory import PAGE, Question, encode_inventory, encode_resent

_PER_HOUR: Final = 2_000  # CDRs that a backend may have sent again, for each costs the flash a fact
_HOUR_S: Final = 3_600.0


class TooMuchWanted(ValueError):
    """A backend wants more than the flash should bear; the message says when to ask again."""


class Chain(Protocol):
    """Where it stands which CDRs a backend was owed."""

    async def inventory(self, backend: BackendName, first: int, last: int, limit: int) -> Inventory:
        """Return CDRs of a backend's chain, in the order of their numbers."""
        ...


class Reconciler:
    """Answers what backends ask, and what a technician asks for them.

    `has_taken` tells of a CDR that its backend has taken, while the journal does not know yet.
    """

    def __init__(  # noqa: PLR0913 - what answers are made of; tests hold the clock
        self,
        chain: Chain,
        inbox: Inbox,
        clock: Clock,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        get_root: Callable[[], RootSigned | None] = lambda: None,
        has_taken: Callable[[BackendName, str], bool] = lambda _backend, _cdr_id: False,
    ) -> None:
        self._chain = chain
        self._get_root = get_root
        self._has_taken = has_taken
        self._inbox = inbox
        self._clock = clock
        self._monotonic = monotonic
        self._spent: dict[BackendName, tuple[float, int]] = {}

    async def answer(self, backend: BackendName, asked: Question, *, is_bounded: bool = True) -> bytes:
        """Return the answer as JSON; what is to be sent again is owed, and on disk, when this returns. TooMuchWanted.

        `is_bounded`: so many an hour, as for anybody on the network.
        """
        if asked.resend is None:
            last = asked.to if asked.to is not None else 2**62
            held = await self._chain.inventory(backend, asked.from_, last, PAGE)
            return encode_inventory(held, asked.to, self._get_root())
        wanted = sorted(set(asked.resend))
        found = [entry for number in wanted for entry in await self._entry(backend, number)]
        lost = [it for it in found if it.standing is not Standing.DUE or self._has_taken(backend, it.cdr_id)]
        if is_bounded:
            self._spend(backend, len(lost))
        if lost:
            numbers = tuple((entry.number, entry.cdr_id) for entry in lost)
            await self._inbox.put_and_wait(CdrsWanted(backend, self._clock.now(), numbers))
        known = [entry.number for entry in found]
        return encode_resent(known, [number for number in wanted if number not in known])

    async def _entry(self, backend: BackendName, number: int) -> Sequence[Entry]:
        return (await self._chain.inventory(backend, number, number, 1)).entries

    def _spend(self, backend: BackendName, count: int) -> None:
        now = self._monotonic()
        since, spent = self._spent.get(backend, (now, 0))
        if now - since >= _HOUR_S:
            since, spent = now, 0
        if spent + count > _PER_HOUR:
            wait_s = int(since + _HOUR_S - now) + 1
            raise TooMuchWanted(f"more than {_PER_HOUR} CDRs within an hour: ask again in {wait_s} s")
        self._spent[backend] = (since, spent + count)
