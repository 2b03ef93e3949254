"""Faults are retried with back-off; bugs are not caught here and end the process."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Backoff:
    """How long to wait between attempts; a run of `good_after_s` starts over from `first_s`."""

    first_s: float = 0.5
    factor: float = 2.0
    longest_s: float = 60.0
    # Each pause is shortened by up to this share, so that many sites do not come back at the same moment.
    jitter: float = 0.5
    good_after_s: float = 30.0

    def pause_s(self, failures: int, chance: float) -> float:
        """Return the pause after so many failures in a row (from 1); `chance` is from 0 to 1."""
        # The exponent is bounded, since a float overflows after some days of failures.
        full = min(self.longest_s, self.first_s * self.factor ** min(failures - 1, 64))
        return full * (1 - self.jitter * chance)


async def supervise(  # noqa: PLR0913 - the four of the contract, and two that tests replace
    name: str,
    run: Callable[[], Awaitable[None]],
    faults: tuple[type[Exception], ...],
    backoff: Backoff = Backoff(),
    *,
    chance: Callable[[], float] = random.random,
    pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> None:
    """Run until `run` returns; start it again after any of `faults`, let everything else through.

    A fault is logged when its message is new; repetitions are counted, and told when it runs well again.
    """
    loop = asyncio.get_running_loop()
    trouble = _Trouble(name)
    while True:
        started = loop.time()
        recovery = loop.call_later(backoff.good_after_s, trouble.over)
        try:
            await run()
        except faults as fault:
            if loop.time() - started >= backoff.good_after_s:
                trouble.over()
            trouble.happened(fault)
        else:
            trouble.over()
            return
        finally:
            recovery.cancel()
        await pause(backoff.pause_s(trouble.failures, chance()))


class _Trouble:
    """What is wrong with one task at present, and how often it was."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._told: str | None = None
        self.failures = 0

    def happened(self, fault: Exception) -> None:
        self.failures += 1
        message = str(fault) or type(fault).__name__
        if message != self._told:
            log.warning("task_failed", task=self._name, reason=message, failures=self.failures)
            self._told = message

    def over(self) -> None:
        if self.failures:
            log.info("task_recovered", task=self._name, failures=self.failures)
        self.failures = 0
        self._told = None
