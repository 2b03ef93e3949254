"""Which requests fetch a set of registers: the fewest, then the shortest, told apart by length. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Registers that must come in one reply: one number never arrives in two halves."""

    function: int
    address: int
    count: int

    @property
    def end(self) -> int:
        """The first address behind it."""
        return self.address + self.count


@dataclass(frozen=True, slots=True)
class PlanLimits:
    """What a device allows. `readable`: inclusive ranges in which a request may run over registers nobody asked for.

    `max_hole` is the widest gap worth running over: reading it must cost less than a request of its own.
    """

    max_count: int
    readable: tuple[tuple[int, int], ...] = ()
    max_hole: int = 0
    alignment: int = 1


def plan(wanted: Iterable[Span], limits: PlanLimits, avoided_counts: frozenset[int] = frozenset()) -> tuple[Span, ...]:
    """Find the requests that cover every wanted span, each span whole in one of them, in order of address.

    An RTU reply names no register; requests of one function are therefore given different counts where the limits
    allow, so that the length of a reply says which of them it answers. `avoided_counts` are in use elsewhere.
    """
    blocks: list[Span] = []
    for _, spans in groupby(sorted(set(wanted)), key=lambda span: span.function):
        blocks += _told_apart(_fewest(list(spans), limits), limits, avoided_counts)
    return tuple(blocks)


def _fewest(spans: Sequence[Span], limits: PlanLimits) -> list[Span]:
    """Best split of spans sorted by address, by dynamic programming over (requests, registers)."""
    best: list[tuple[int, int, int]] = [
        (0, 0, 0)
    ]  # for the first n spans: requests, registers, start of the last block
    for stop in range(1, len(spans) + 1):
        options = []
        for start in range(stop - 1, -1, -1):
            block = _block(spans[start:stop], limits)
            if start < stop - 1 and not _is_allowed(block, spans[start:stop], limits):
                break
            requests, registers, _ = best[start]
            options.append((requests + 1, registers + block.count, start))
        best.append(min(options))
    blocks: list[Span] = []
    stop = len(spans)
    while stop:
        start = best[stop][2]
        blocks.append(_block(spans[start:stop], limits))
        stop = start
    return blocks[::-1]


def _block(spans: Sequence[Span], limits: PlanLimits) -> Span:
    step = limits.alignment
    address = spans[0].address // step * step
    end = -(-max(span.end for span in spans) // step) * step
    return Span(spans[0].function, address, end - address)


def _is_allowed(block: Span, spans: Sequence[Span], limits: PlanLimits) -> bool:
    if block.count > limits.max_count:
        return False
    reached = spans[0].end
    for span in spans[1:]:
        hole = span.address - reached
        if hole > limits.max_hole or (hole > 0 and not _is_readable(reached, span.address, limits)):
            return False
        reached = max(reached, span.end)
    return True


def _is_readable(start: int, end: int, limits: PlanLimits) -> bool:
    return any(low <= start and end - 1 <= high for low, high in limits.readable)


def _told_apart(blocks: Sequence[Span], limits: PlanLimits, avoided_counts: frozenset[int]) -> list[Span]:
    """Lengthen blocks of equal count where registers behind (or before) them may be read."""
    chosen: list[Span] = []
    for block in sorted(blocks, key=lambda block: (-block.count, block.address)):
        taken = avoided_counts | {other.count for other in chosen}
        chosen.append(next((wider for wider in _widened(block, limits) if wider.count not in taken), block))
    return sorted(chosen)


def _widened(block: Span, limits: PlanLimits) -> Iterable[Span]:
    yield block
    for extra in range(limits.alignment, limits.max_count - block.count + 1, limits.alignment):
        count = block.count + extra
        if _is_readable(block.end, block.end + extra, limits):
            yield Span(block.function, block.address, count)
        elif block.address >= extra and _is_readable(block.address - extra, block.address, limits):
            yield Span(block.function, block.address - extra, count)
