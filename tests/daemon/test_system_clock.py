"""The machine's own clocks: what is read belongs together, and boot time is the kernel's."""

import json
import subprocess
import sys
from datetime import datetime
from itertools import pairwise

import pytest

from gateway.clock import SystemClock
from gateway.core.chronology import Chronology
from gateway.core.instant import ClockQuality, elapsed

ASK = """
import json
from gateway.clock import SystemClock
now = SystemClock().now()
print(json.dumps([now.utc.isoformat(), now.boot_ns, now.boot_id]))
"""
AHEAD_S = 1_000_000


def test_time_goes_on_and_wall_and_boot_clock_keep_step() -> None:
    clock = SystemClock()
    moments = [clock.now() for _ in range(200)]
    known = Chronology().begin(moments[0], moments[0], keep=False)
    assert all(earlier.boot_ns < later.boot_ns for earlier, later in pairwise(moments))
    moved = [known.moved(moment) for moment in moments]
    assert all(each is not None and abs(each.total_seconds()) < 0.5 for each in moved)


def test_boot_time_is_that_of_the_process_own_time_namespace() -> None:
    before = SystemClock().now()
    inside = ["unshare", "--map-root-user", "--time", "--boottime", str(AHEAD_S), sys.executable, "-c", ASK]
    told = subprocess.run(inside, capture_output=True, text=True, check=False)  # noqa: S603 - our own program
    if told.returncode:
        pytest.fail(
            f"no time namespace here ({told.stderr.strip()}); the kernel needs CONFIG_TIME_NS, the user a namespace"
        )
    utc, boot_ns, boot_id = json.loads(told.stdout)
    after = SystemClock().now()
    assert before.utc <= datetime.fromisoformat(utc) <= after.utc
    assert AHEAD_S <= (boot_ns - before.boot_ns) / 1e9 <= AHEAD_S + elapsed(before, after).total_seconds()
    assert boot_id == before.boot_id


def test_who_was_told_that_the_clock_is_held_believes_it() -> None:
    clock = SystemClock()
    clock.must_be_told = True
    assert clock.now().clock is ClockQuality.UNKNOWN
    clock.hear(ClockQuality.SYNCHRONISED)
    assert clock.now().clock is ClockQuality.SYNCHRONISED
