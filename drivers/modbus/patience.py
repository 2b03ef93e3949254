"""How long each unit is waited for: as long as it is measured to need, and some more. Pure."""

from collections import deque
from collections.abc import Collection
from dataclasses import dataclass, field

# Answers from which a unit's need is taken.
_RECENT_ANSWERS = 32
# Fewer answers than these say too little of the slowest one; until then the ceiling holds.
_ENOUGH_ANSWERS = 8
# The slowest recent answer but one (a single straggler says little) times this, plus what a USB adapter may add twice
# over (FTDI latency timer, 16 ms).
_MARGIN = 2.0
_ADAPTER_S = 0.032
# Never below this share of the ceiling: the model's manual knows of slow days that we have not seen.
_FLOOR_SHARE = 0.2
# A unit that has let wait so often in a row is taken for dead: then every fourth wait is long, the others short.
_DEAD_AFTER = 4
_LONG_EVERY = 4


@dataclass(slots=True)
class _Need:
    waited_s: deque[float] = field(default_factory=lambda: deque(maxlen=_RECENT_ANSWERS))
    silences: int = 0


class Patience:
    """What is known of every unit on a bus."""

    def __init__(self) -> None:
        self._needs: dict[int, _Need] = {}

    def timeout_s(self, unit: int, ceiling_s: float) -> float:
        """Tell how long to wait for an answer to begin: at most `ceiling_s`, and each time twice as long after silence.

        A dead unit costs its neighbours little, yet one that came back slower than it was is found again.
        """
        need = self._needs.get(unit)
        if need is None:
            return ceiling_s
        floor_s = ceiling_s * _FLOOR_SHARE
        if len(need.waited_s) >= _ENOUGH_ANSWERS:
            floor_s = _floor_s(need.waited_s, floor_s)
        elif need.silences < _DEAD_AFTER:
            return ceiling_s
        if need.silences >= _DEAD_AFTER:
            return ceiling_s if need.silences % _LONG_EVERY == 0 else min(ceiling_s, floor_s)
        return min(ceiling_s, floor_s * (1 << need.silences))

    def answered(self, unit: int, waited_s: float) -> None:
        """Note an answer and how long it let wait."""
        need = self._of(unit)
        need.waited_s.append(waited_s)
        need.silences = 0

    def stayed_silent(self, unit: int) -> None:
        """Note that nothing came."""
        self._of(unit).silences += 1

    def _of(self, unit: int) -> _Need:
        return self._needs.get(unit) or self._needs.setdefault(unit, _Need())


def _floor_s(waited_s: Collection[float], least_s: float) -> float:
    """Tell how long to wait by what was measured; where all were quick, as on a network, nothing has to be sorted."""
    if max(waited_s) * _MARGIN + _ADAPTER_S <= least_s:
        return least_s
    return max(least_s, sorted(waited_s)[-2] * _MARGIN + _ADAPTER_S)
