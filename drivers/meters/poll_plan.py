"""Which registers one poll of a meter asks for: those that bill each time, the others in turn. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from drivers.modbus.read_plan import PlanLimits, Span, plan

# A request around its registers: unit, function, address, count, CRC; unit, function, byte count, CRC; two silences.
_AROUND_BYTES = 8 + 5 + 2 * 3.5
_REGISTER_BYTES = 2
# How long a meter commonly takes before it answers.
_TURNAROUND_S = 0.03

# Plans whose requests differ in their counts: one in use, one after a lost reply, one in reserve.
_VARIANTS = 3


@dataclass(frozen=True, slots=True)
class PollPlan:
    """`fast` blocks are read in every poll, of the `slow` ones one a poll, in turn."""

    fast: tuple[Span, ...]
    slow: tuple[Span, ...] = ()

    def blocks(self, turn: int) -> tuple[Span, ...]:
        """Return the blocks of one poll, in order."""
        return (*self.fast, self.slow[turn % len(self.slow)]) if self.slow else self.fast


@dataclass(slots=True)
class Experience:
    """What a device was found to refuse: spans it has not, and requests over what nobody asked for, or over several.

    `most` is how many registers it gives at once, where that is less than its model's; `gave` what it gave last instead
    of a longer reply: once may be another's reply, twice is its own.
    """

    absent: set[Span] = field(default_factory=set)
    refuses_holes: bool = False
    refuses_neighbours: bool = False
    most: int | None = None
    gave: int | None = None

    def learn(self, absent: Iterable[Span], *, asked: int, is_too_many: bool) -> None:
        """Take note after a block was refused whose parts were then asked for one by one; `absent` were refused too.

        `is_too_many`: it was `asked` for more registers at once than it gives.
        """
        found = set(absent)
        if found:
            self.absent |= found
        elif is_too_many:
            self.most = max(1, asked // 2)
        elif self.refuses_holes:
            self.refuses_neighbours = True
        else:
            self.refuses_holes = True

    def learn_that_it_gave(self, registers: int) -> None:
        """Take note of a reply that was whole, of so many registers, and shorter than asked for."""
        if registers == self.gave:
            self.most = max(1, registers)
        self.gave = registers

    def plans(self, fast: Iterable[Span], rest: Iterable[Span], limits: PlanLimits) -> tuple[PollPlan, ...]:
        """Plan polls of what the device has; the plans differ in their counts as far as the limits allow."""
        urgent, others = (sorted(set(spans) - self.absent) for spans in (fast, rest))
        if self.refuses_neighbours:
            return (PollPlan(tuple(urgent), tuple(span for span in others if span not in urgent)),)
        limits = self._narrowed(limits)
        found: list[PollPlan] = []
        for _ in range(_VARIANTS):
            used = frozenset(block.count for other in found for block in other.fast + other.slow)
            found.append(_plan(urgent, others, limits, used))
        return tuple(found)

    def _narrowed(self, limits: PlanLimits) -> PlanLimits:
        if self.most is not None:
            limits = replace(limits, max_count=min(limits.max_count, self.most))
        if self.refuses_holes:
            return replace(limits, max_hole=0, readable=())
        readable = [one for span in limits.readable for one in _without(span, self.absent)]
        return replace(limits, readable=tuple(readable))


def on_this_line(limits: PlanLimits, byte_s: float, gap_s: float) -> PlanLimits:
    """Run over a hole only where its bytes take less time on this line than a request of its own.

    That is its frames and silences, the meter's time to answer, and `gap_s`, the rest it wants. Where bytes take no
    time, and on fast lines, the model's own bound holds.
    """
    if byte_s <= 0:
        return limits
    request_s = _AROUND_BYTES * byte_s + _TURNAROUND_S + gap_s
    return replace(limits, max_hole=min(limits.max_hole, int(request_s / (_REGISTER_BYTES * byte_s))))


def holds(block: Span, span: Span) -> bool:
    """Whether the span lies whole within the block."""
    return block.function == span.function and block.address <= span.address and span.end <= block.end


def _plan(urgent: Sequence[Span], others: Sequence[Span], limits: PlanLimits, used: frozenset[int]) -> PollPlan:
    """Ask for everything at once where that costs no more than the urgent part and the dearest of the others."""
    whole = plan([*urgent, *others], limits, used)
    fast = plan(urgent, limits, used)
    left = [span for span in others if not any(holds(block, span) for block in fast)]
    slow = plan(left, limits, used | {block.count for block in fast})
    dearest = max((_cost((block,), limits) for block in slow), default=0)
    if _cost(whole, limits) <= _cost(fast, limits) + dearest:
        return PollPlan(whole)
    return PollPlan(fast, slow)


def _cost(blocks: Iterable[Span], limits: PlanLimits) -> int:
    """Count time in registers: a request of its own costs as much as the widest gap worth reading over."""
    return sum(block.count + limits.max_hole for block in blocks)


def _without(readable: tuple[int, int], absent: Iterable[Span]) -> list[tuple[int, int]]:
    """Cut what the device has not out of a range that requests may run over."""
    ranges = [readable]
    for span in absent:
        ranges = [
            part
            for low, high in ranges
            for part in ((low, min(high, span.address - 1)), (max(low, span.end), high))
            if part[0] <= part[1]
        ]
    return sorted(set(ranges))
