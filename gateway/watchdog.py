"""The process watches itself: the service manager hears of us only while the site decides and the loop is on time.

Whoever is stuck, the loop or a thread, has its traceback in the journal before the process ends.
"""

import asyncio
import faulthandler
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final, NoReturn, Protocol

import structlog

from gateway.notify import Notifier

log = structlog.get_logger()

EXIT_STUCK: Final = 70  # EX_SOFTWARE
LOOK_S: Final = 0.5
# Without a service manager. With one it is less than its patience, so that there are last words before it kills.
PATIENCE_S: Final = 20.0
SHARE_OF_MANAGER: Final = 2 / 3
# Fed so often within the manager's patience, and not at all while the loop is later than this share of it.
FEEDS: Final = 3
LATE_SHARE: Final = 1 / 6
# What an operator should hear of: taps wait that long.
WORTH_TELLING_S: Final = 1.0
# A mute card or a pcscd under load may hold its own thread up without anybody else being harmed.
THREADS_HAVE: Final = 3  # times the patience
REMEMBERED_LOOKS: Final = 120
# From the moment that a running session must end to that when its contactor is certainly open.
STOPPING_S: Final = 30.0


# A start that folds years of facts anew, after an update, asks for more time again and again, but not for ever.
STARTING_S: Final = 60
STARTING_AGAIN_S: Final = 20.0
LONGEST_START_S: Final = 3600.0
TOLD_EVERY: Final = 5_000  # facts


class Progress(Protocol):
    """The site's writer; `progress` grows with everything that it decided on."""

    progress: int


@dataclass(frozen=True, slots=True)
class LoopLateness:
    """How late the event loop came to its last look, and at worst within the last minute, in seconds."""

    last_s: float = 0.0
    worst_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Thread:
    """A thread of ours; `busy_s` tells for how long it has been at the same piece of work, 0 when it waits for some.

    It may be so for `may_s`, if that is longer than what threads have anyway.
    """

    name: str
    busy_s: Callable[[], float]
    may_s: float = 0.0


class Watchdog:
    """Looks twice a second. `lateness` is for those who show figures."""

    def __init__(self, site: Progress, notifier: Notifier, threads: Sequence[Thread] = ()) -> None:
        self._site = site
        self._notifier = notifier
        self._threads = threads
        manager_s = notifier.watchdog_s
        self.patience_s = PATIENCE_S if manager_s is None else min(PATIENCE_S, manager_s * SHARE_OF_MANAGER)
        self._late_s = (manager_s or PATIENCE_S) * LATE_SHARE
        self._looks: list[float] = []
        self._is_late = False

    @property
    def lateness(self) -> LoopLateness:
        """How late the loop is."""
        return LoopLateness(self._looks[-1], max(self._looks)) if self._looks else LoopLateness()

    async def run(self) -> None:
        """Watch until cancelled, or until something is stuck: then the process ends."""
        loop = asyncio.get_running_loop()
        seen, seen_at = self._site.progress, loop.time()
        fed_at, fed_for = 0.0, -1
        try:
            while True:
                # A thread of the interpreter itself, which needs nothing of ours to be alive.
                faulthandler.dump_traceback_later(self.patience_s, exit=True, file=sys.stderr)
                before = loop.time()
                await asyncio.sleep(LOOK_S)
                now = loop.time()
                self._note(now - before - LOOK_S)
                if self._site.progress != seen:
                    seen, seen_at = self._site.progress, now
                self._judge(now - seen_at)
                is_due = now - fed_at >= (self._notifier.watchdog_s or PATIENCE_S) / FEEDS
                if is_due and seen != fed_for and self._looks[-1] < self._late_s:
                    fed_at, fed_for = now, seen
                    self._notifier.progress()
        finally:
            faulthandler.cancel_dump_traceback_later()

    def _note(self, late_s: float) -> None:
        self._looks = [*self._looks[1 - REMEMBERED_LOOKS :], max(0.0, late_s)]
        is_late = late_s >= WORTH_TELLING_S
        if is_late and not self._is_late:
            log.warning("event_loop_late", late_s=round(late_s, 3), remedy="see the load of this machine with top")
        self._is_late = is_late

    def _judge(self, without_progress_s: float) -> None:
        for thread in self._threads:
            if thread.busy_s() >= max(thread.may_s, THREADS_HAVE * self.patience_s):
                _end(f"the thread of {thread.name} has been at one piece of work for {thread.busy_s():.0f} s")
        if without_progress_s >= self.patience_s:
            _end(f"the site has decided nothing for {self.patience_s:g} s")


@contextmanager
def while_starting(notifier: Notifier) -> Iterator[Callable[[], None]]:
    """Ask the manager for patience as long as the loop runs and the start goes on; call what this lends when it has."""
    loop = asyncio.get_running_loop()
    until = loop.time() + LONGEST_START_S
    pending: list[asyncio.TimerHandle] = []

    def ask() -> None:
        pending.clear()
        if loop.time() < until:
            notifier.starting(STARTING_S)
            pending.append(loop.call_later(STARTING_AGAIN_S, ask))

    def started() -> None:
        while pending:
            pending.pop().cancel()

    pending.append(loop.call_later(STARTING_AGAIN_S, ask))
    try:
        yield started
    finally:
        started()


def while_reading(notifier: Notifier) -> Callable[[int, int], None]:
    """Return what hears how many facts of how many are read: the manager is told, and has patience while they grow."""
    told: int | None = None

    def tell(facts: int, of: int) -> None:
        nonlocal told
        if told is None:  # those that need not be read
            told = facts
        elif facts - told >= TOLD_EVERY:
            told = facts
            notifier.starting(STARTING_S)
            notifier.status(f"reads its journal, once after an update: {facts} of {of} facts")

    return tell


def _end(reason: str) -> NoReturn:
    """Say who stands where, and end without asking anybody: who is stuck would not answer."""
    log.critical("stuck", reason=reason, remedy="it is started again; report what stands below")
    faulthandler.dump_traceback(file=sys.stderr, all_threads=True)
    sys.stderr.flush()
    os._exit(EXIT_STUCK)
