"""The Modbus figures, measured and printed beside their aims; each shows pymodbus' own client doing the same work."""

from collections.abc import Sequence

from hwsim.bench_adversary import OURS, THEIRS, Style, Tally, measure_adversary
from hwsim.bench_bus import Fullness, measure_bus
from hwsim.bench_bus_dead import gateway_rates, pymodbus_rates
from hwsim.bench_poll import ROUNDS, Cost, cheapest, kinds, side_by_side
from hwsim.bench_table import print_table
from hwsim.demo import SITE
from hwsim.site_file import read_site

HIT, MISSED = 0, 1
AIM_GOOD = 0.85
# What theirs does wrong shows in a tenth of the reads; a million of them would take hours and show no more.
SHARE_OF_READS = {OURS: 1.0, THEIRS: 0.1}
AIM_SLOW, AIM_FAST = 0.98, 0.92
FAST_BAUD = 115_200
AIM_DEAD_COST = 0.10
AIM_POLL = 0.6
AIM_FLAT = 0.20
SECONDS_AT_RATE = 20
SCALE = (1, 4, 16, 64, 256)
MB = 1_000_000


async def bench_adversary(reads: int, modes: Sequence[str], styles: Sequence[str], share: float) -> int:
    """Read over every bad wire, or some, while a share of the replies is spoilt; nothing may be wrong or stale."""
    each = max(1, reads // (len(modes) * len(styles)))
    print(
        f"{reads} reads by ours, {each} a row, a tenth of that by pymodbus' client; "
        f"faults spoil {share:.2g} of the replies of both units on each line"
    )
    reads_judged, wrong, good = 0, 0, dict[str, float]()
    for style in styles:
        print(f"\nlengths asked for: {style}")
        rows = []
        for mode in modes:
            for client, part in SHARE_OF_READS.items():
                spoilt, sound = await measure_adversary(client, mode, Style(style), max(1, round(each * part)), share)
                rate = spoilt.good_per_s / sound.good_per_s if sound.good else 0.0
                rows.append(_row(client, mode, spoilt, rate))
                if client == OURS:
                    reads_judged += spoilt.reads
                    wrong += spoilt.wrong + spoilt.stale + sound.wrong + sound.stale
                    good[f"{mode}, {style}"] = rate
        print_table(("client", "wire", "reads", "faults", "errors told", "WRONG", "STALE", "good reads"), rows)
    worst = min(good, key=lambda name: good[name])
    print(f"\naim: 0 wrong or stale; ours: {wrong} of {reads_judged} reads on bad wires")
    print(
        f"aim: good reads >= {AIM_GOOD:.0%} of the fault-free rate in every row; ours, the worst, {worst}: "
        f"{good[worst]:.0%}"
    )
    return HIT if wrong == 0 and good[worst] >= AIM_GOOD else MISSED


def _row(client: str, mode: str, tally: Tally, share: float) -> tuple[str, ...]:
    counts = (tally.reads, tally.fired, tally.told, tally.wrong, tally.stale)
    return client, mode, *(str(count) for count in counts), f"{share:.0%}"


async def bench_bus(bauds: Sequence[int], meters: int, dead: int, seconds: float) -> int:
    """Measure how full the wire is, or with dead meters what they cost the living ones."""
    if dead:
        return await _bench_dead(meters, dead, seconds)
    print(f"{meters} meters polled flat out for {seconds:g} s by each client at each speed")
    found = await measure_bus(list(bauds), meters, seconds)
    print_table(
        ("client", "baud", "polls/s", "of the legal limit", "requests", "sent into the silence"),
        [
            (
                one.client,
                str(one.baud),
                f"{one.polls / one.took_s:.2f}",
                f"{one.share:.1%}",
                str(one.requests),
                str(one.early),
            )
            for one in found
        ],
    )
    print(f"aim: >= {AIM_SLOW:.0%} up to 19200 baud, >= {AIM_FAST:.0%} at 115200, nothing sent into the silence")
    return HIT if all(_is_full(one) for one in found if one.client == OURS) else MISSED


def _is_full(one: Fullness) -> bool:
    return one.early == 0 and one.share >= (AIM_FAST if one.baud >= FAST_BAUD else AIM_SLOW)


async def _bench_dead(meters: int, dead: int, seconds: float) -> int:
    print(f"{meters} meters on a 9600 baud line, {dead} of them die; polls of the living ones, {seconds:g} s each")
    rates = {
        "the gateway": await gateway_rates(read_site(SITE), meters, dead, seconds),
        THEIRS: await pymodbus_rates(meters, dead, seconds),
    }
    print_table(
        ("client", "all alive, /s", f"{dead} dead, /s", "change"),
        [
            (name, f"{before:.2f}", f"{after:.2f}", f"{after / before - 1:+.0%}")
            for name, (before, after) in rates.items()
        ],
    )
    before, after = rates["the gateway"]
    print(f"aim: the dead cost the living less than {AIM_DEAD_COST:.0%} of their rate")
    return HIT if after >= before * (1 - AIM_DEAD_COST) else MISSED


async def bench_poll(meters: int, polls: int, rate: float) -> int:
    """Measure CPU per poll and memory, flat out and at a rate."""
    print(
        f"{meters} meters on Modbus TCP, polls of two reads; each client in its own process, the cheapest of {ROUNDS}"
    )
    flat_out = await side_by_side(kinds(), meters, polls)
    at_rate = await side_by_side(kinds(), meters, round(meters * rate * SECONDS_AT_RATE), rate)
    paces = {"flat out": flat_out, f"{rate:g} Hz each": at_rate}
    print_table(
        ("client", "pace", "CPU s per 1000 polls", "resident MB"),
        [_cost_row(cost, pace) for pace, costs in paces.items() for cost in costs.values()],
    )
    shares = {pace: costs["ours"].cpu_us / costs["pymodbus"].cpu_us for pace, costs in paces.items()}
    ours = ", ".join(f"{share:.2f} {pace}" for pace, share in shares.items())
    print(f"aim: CPU <= {AIM_POLL:g} of pymodbus' client on the same loop; ours: {ours}")
    return HIT if max(shares.values()) <= AIM_POLL else MISSED


def _cost_row(cost: Cost, pace: str) -> tuple[str, ...]:
    return cost.kind, pace, f"{cost.cpu_us / 1000:.3f}", f"{cost.resident / MB:.1f}"


async def bench_scale(polls: int) -> int:
    """Measure the cost of a poll with ever more meters, sixteen to a host."""
    print(
        f"{polls} polls of two reads on Modbus TCP, flat out, at each number of meters; the cheapest of {ROUNDS} runs"
    )
    clients = ("ours", "pymodbus")
    # One number of meters after the other, over and over: what the machine does meanwhile then falls on all of them.
    rounds = [[await side_by_side(clients, meters, polls, rounds=1) for meters in SCALE] for _ in range(ROUNDS)]
    costs = [cheapest(found) for found in zip(*rounds, strict=True)]
    print_table(
        ("CPU µs a poll", *(str(meters) for meters in SCALE)),
        [(kind, *(f"{found[kind].cpu_us:.0f}" for found in costs)) for kind in clients],
    )
    own = [found["ours"].cpu_us for found in costs]
    growth = max(own) / own[0] - 1
    print(f"aim: cost per meter within {AIM_FLAT:.0%} of that of one; ours: {growth:+.0%} at most")
    return HIT if growth <= AIM_FLAT else MISSED
