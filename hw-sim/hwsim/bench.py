"""`python -m hwsim bench`: the figures that the project promises, measured and printed beside their aims."""

from collections.abc import Sequence
from statistics import median, quantiles

from hwsim.bench_late import LATE_BY_S, LATE_SHARE, TIMEOUT_S, measure_ours, measure_pymodbus
from hwsim.bench_start import measure_starts
from hwsim.bench_table import print_table
from hwsim.bench_tap import measure_taps
from hwsim.demo import SITE
from hwsim.meter_models import METER_MODELS
from hwsim.site_file import read_site

AIM_SHARE_MS = 50.0
AIM_READY_S = 1.0
AIM_RESIDENT_MB = 55.0
AIM_STATUS_S = 0.3
MB = 1_000_000
# Start and stop bit around eight; request of 8 bytes, reply of 5 around the registers.
SECONDS_PER_BYTE_9600 = 10 / 9600
FRAME_OVERHEAD_BYTES = 8 + 5
HIT, MISSED = 0, 1


async def bench_late_replies(reads: int) -> int:
    """Measure both clients, one after the other; ours must never be wrong."""
    print(
        f"{reads} reads of power and energy in turn; {LATE_SHARE:.0%} of the replies {LATE_BY_S * 1000:g} ms "
        f"after the time-out of {TIMEOUT_S * 1000:g} ms"
    )
    tallies = [await measure_ours(reads), await measure_pymodbus(reads)]
    print_table(
        ("client", "reads", "late replies", "errors told", "WRONG VALUES", "longest wrong run", "reads/s"),
        [
            (
                tally.client,
                str(tally.reads),
                str(tally.late),
                str(tally.refused),
                str(tally.wrong),
                str(tally.longest_wrong_run),
                f"{tally.reads / tally.took_s:.0f}",
            )
            for tally in tallies
        ],
    )
    print(f"aim: 0 wrong values; ours: {tallies[0].wrong}")
    return HIT if tallies[0].wrong == 0 else MISSED


async def bench_taps(taps: int, *, serial: bool) -> int:
    """Measure taps through a real pcscd; our share is what comes on top of a bare pyscard loop."""
    print(
        f"{taps} sessions started by card, relay on {'the 9600 baud line shared with two meters' if serial else 'TCP'}"
    )
    found = await measure_taps(read_site(SITE), taps, serial=serial)
    rows = [
        ("card inserted -> coil written on the wire", found.to_coil_ms),
        ("floor: card inserted -> UID in a bare pyscard loop", found.floor_ms),
        ("of it after the card's answer: UID -> coil", found.after_answer_ms),
    ]
    measured = [(name, percentile(values, 50), percentile(values, 99)) for name, values in rows]
    (_, p50, p99), (_, floor_p50, floor_p99), (_, _, after_answer_p99) = measured
    # Two percentiles' difference may hide what the stack's own scatter covers; the direct figure may not be better.
    share_ms = p99 - floor_p99
    worst_ms = max(share_ms, after_answer_p99)
    measured.append(("our share: the first line less the second", p50 - floor_p50, share_ms))
    print_table(("ms", "p50", "p99"), [(name, f"{half:.1f}", f"{most:.1f}") for name, half, most in measured])
    frame_ms = longest_transaction_ms() if serial else 0.0
    print(
        f"aim: our share p99 <= {AIM_SHARE_MS:g} ms"
        + (f" plus the longest transaction in flight, at most {frame_ms:.0f} ms" if serial else "")
        + f"; ours: {share_ms:.1f} ms by difference, {after_answer_p99:.1f} ms from the card's answer on"
    )
    return HIT if worst_ms <= AIM_SHARE_MS + frame_ms else MISSED


def percentile(values: Sequence[float], share: int) -> float:
    """Give a percentile; with few values the upper ones are the greatest."""
    return quantiles(values, n=100, method="inclusive")[share - 1] if len(values) > 1 else values[0]


def longest_transaction_ms() -> float:
    """Give what the longest read of the two meters on the line takes at 9600 baud, by their datasheets' limits."""
    models = (METER_MODELS["eastron-sdm630"], METER_MODELS["carlo-gavazzi-em340"])
    return 1000 * max(
        (FRAME_OVERHEAD_BYTES + 2 * model.max_registers) * SECONDS_PER_BYTE_9600 + model.turnaround_s
        for model in models
    )


async def bench_starts(starts: int) -> int:
    """Measure start-up time and memory."""
    print(f"{starts} starts with 8 meters and 4 EVSEs on two buses, an OCPI peer and a broker over TLS")
    found = await measure_starts(read_site(SITE), starts)
    ready = [start.ready_s for start in found]
    settled = [start.resident_settled / MB for start in found]
    status = [start.status_s for start in found]
    print_table(
        ("", "median", "worst"),
        [
            ("start to READY, s", f"{median(ready):.2f}", f"{max(ready):.2f}"),
            ("resident memory at READY, MB", *both([start.resident_at_ready / MB for start in found])),
            ("resident memory at work, MB", *both(settled)),
            ("ocpi-gateway status, s", f"{median(status):.2f}", f"{max(status):.2f}"),
        ],
    )
    print(
        f"aim: READY <= {AIM_READY_S:g} s, resident <= {AIM_RESIDENT_MB:g} MB, status <= {AIM_STATUS_S:g} s; "
        f"ours, at worst: {max(ready):.2f} s, {max(settled):.1f} MB, {max(status):.2f} s"
    )
    print("OCPI_GATEWAY names an installed one; the working tree's has rich beside it, which costs 3 MB")
    is_hit = max(ready) <= AIM_READY_S and max(settled) <= AIM_RESIDENT_MB and max(status) <= AIM_STATUS_S
    return HIT if is_hit else MISSED


def both(values: Sequence[float]) -> tuple[str, str]:
    """Give median and greatest as text."""
    return f"{median(values):.1f}", f"{max(values):.1f}"
