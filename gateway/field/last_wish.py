"""What contactors shall be, until the daemon stops and they shall all be open, where the site is configured so."""

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from typing import Protocol

import structlog

from gateway.core.identifiers import EvseUid

log = structlog.get_logger()

# systemd waits ten seconds for the whole stop, see TimeoutStopSec= in the unit.
_OPEN_WITHIN_S = 6.0
_LOOK_AGAIN_S = 0.05


class Wishes(Protocol):
    """What should be."""

    def wants_energy(self, uid: EvseUid, /) -> bool | None:
        """Tell whether the contactor should be closed; None leaves it as it is."""
        ...

    def limit_a(self, uid: EvseUid, /) -> int | None:
        """Return what is left of the EVSE's current, in amperes per phase; None: all of it."""
        ...

    def on_outputs(self, wake: Callable[[], None], /) -> None:
        """Call `wake` whenever the wanted outputs may have changed."""
        ...


class Switches(Protocol):
    """Those who own the wires of some contactors."""

    def not_open(self) -> Sequence[EvseUid]:
        """Return the EVSEs whose contactor was not seen open since it was last told to be."""
        ...


class LastWish:
    """Passes on what the site wants; after `open_all` nobody wants energy any more."""

    def __init__(self, wishes: Wishes) -> None:
        self._wishes = wishes
        self._wakes: list[Callable[[], None]] = []
        self._is_over = False

    def wants_energy(self, uid: EvseUid) -> bool | None:
        """Tell whether the contactor should be closed; None leaves it as it is."""
        return False if self._is_over else self._wishes.wants_energy(uid)

    def limit_a(self, uid: EvseUid) -> int | None:
        """Return what is left of the EVSE's current, in amperes per phase; None: all of it."""
        return self._wishes.limit_a(uid)

    def on_outputs(self, wake: Callable[[], None]) -> None:
        """Call `wake` whenever the wanted outputs may have changed."""
        self._wakes.append(wake)
        self._wishes.on_outputs(wake)

    async def open_all(self, switches: Sequence[Switches]) -> None:
        """Want every contactor open and return once they were seen so, or after some seconds; the loops must run."""
        self._is_over = True
        for wake in self._wakes:
            wake()
        left: list[EvseUid] = []
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_OPEN_WITHIN_S):
                while left := [uid for one in switches for uid in one.not_open()]:  # noqa: ASYNC110 - wires tell nobody
                    await asyncio.sleep(_LOOK_AGAIN_S)
        if left:
            remedy = "what does not answer cannot be opened: look at the controller's wire and at the contactor"
            log.error("contactors_not_seen_open", evses=", ".join(left), within_s=_OPEN_WITHIN_S, remedy=remedy)
        else:
            log.info("contactors_opened")
