"""The plan covers everything, keeps numbers whole, respects the device, and needs the fewest requests."""

from itertools import combinations, pairwise

from hypothesis import given
from hypothesis import strategies as st

from drivers.modbus.read_plan import PlanLimits, Span, plan

SPANS = st.builds(Span, st.sampled_from([3, 4]), st.integers(0, 40).map(lambda n: 2 * n), st.sampled_from([2, 4]))
WANTED = st.lists(SPANS, min_size=1, max_size=7)
LIMITS = st.builds(
    PlanLimits,
    max_count=st.integers(2, 20).map(lambda n: 2 * n),
    readable=st.lists(
        st.tuples(st.integers(0, 20), st.integers(1, 30)).map(lambda pair: (2 * pair[0], 2 * (pair[0] + pair[1]) - 1)),
        max_size=3,
    ).map(tuple),
    max_hole=st.integers(0, 20),
    alignment=st.sampled_from([1, 2]),
)


def holds(block: Span, span: Span) -> bool:
    return block.function == span.function and block.address <= span.address and span.end <= block.end


@given(WANTED, LIMITS)
def test_every_number_arrives_whole_in_one_reply(wanted: list[Span], limits: PlanLimits) -> None:
    blocks = plan(wanted, limits)

    assert all(any(holds(block, span) for block in blocks) for span in wanted)


@given(WANTED, LIMITS, st.frozensets(st.integers(1, 20)))
def test_no_request_breaks_the_limits_of_the_device(
    wanted: list[Span], limits: PlanLimits, avoided_counts: frozenset[int]
) -> None:
    for block in plan(wanted, limits, avoided_counts):
        asked = {
            address for span in wanted for address in range(span.address, span.end) if span.function == block.function
        }
        idle = set(range(block.address, block.end)) - asked

        assert block.count <= limits.max_count
        assert block.address % limits.alignment == 0
        assert block.count % limits.alignment == 0
        assert all(any(low <= address <= high for low, high in limits.readable) for address in idle)


@given(WANTED, LIMITS)
def test_no_plan_with_fewer_requests_exists(wanted: list[Span], limits: PlanLimits) -> None:
    assert len(plan(wanted, limits)) == fewest(sorted(set(wanted)), limits)


def fewest(spans: list[Span], limits: PlanLimits) -> int:
    """Try every way to cut the sorted spans; each part must be one legal request."""
    cuts = range(1, len(spans))
    for count in range(len(spans)):
        for chosen in combinations(cuts, count):
            edges = (0, *chosen, len(spans))
            if all(is_legal(spans[a:b], limits) for a, b in pairwise(edges)):
                return count + 1
    return len(spans)


def is_legal(spans: list[Span], limits: PlanLimits) -> bool:
    if len({span.function for span in spans}) > 1:
        return False
    reached = spans[0].address
    for span in spans:
        hole = range(reached, span.address)
        inside_one = any(low <= hole.start and hole.stop - 1 <= high for low, high in limits.readable)
        if hole and (len(hole) > limits.max_hole or not inside_one):
            return False
        reached = max(reached, span.end)
    return len(spans) == 1 or reached - spans[0].address <= limits.max_count


def test_requests_of_equal_length_are_told_apart_where_registers_behind_them_may_be_read() -> None:
    limits = PlanLimits(max_count=10, readable=((0, 9), (100, 109)), max_hole=4)

    blocks = plan([Span(3, 0, 2), Span(3, 100, 2)], limits)

    assert len({block.count for block in blocks}) == 2


def test_counts_in_use_elsewhere_are_avoided() -> None:
    limits = PlanLimits(max_count=10, readable=((0, 9),))

    assert plan([Span(3, 0, 2)], limits, frozenset({2, 3})) == (Span(3, 0, 4),)


def test_where_nothing_else_may_be_read_requests_keep_their_length() -> None:
    blocks = plan([Span(3, 0, 2), Span(3, 100, 2)], PlanLimits(max_count=10))

    assert blocks == (Span(3, 0, 2), Span(3, 100, 2))


def test_a_hole_wider_than_it_is_worth_is_not_read() -> None:
    limits = PlanLimits(max_count=100, readable=((0, 99),), max_hole=10)

    assert plan([Span(3, 0, 2), Span(3, 12, 2)], limits) == (Span(3, 0, 14),)
    assert len(plan([Span(3, 0, 2), Span(3, 13, 2)], limits)) == 2
