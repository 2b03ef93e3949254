"""The soak bench lives through what it says, and the recovery bench starts a daemon that has it all."""

import pytest
from hwsim.bench_soak import bench_recovery, bench_soak

pytestmark = pytest.mark.slow


async def test_the_end_is_held_against_the_beginning(capsys: pytest.CaptureFixture[str]) -> None:
    status = await bench_soak(40, 0)
    table = [line.split() for line in capsys.readouterr().out.splitlines()]
    sessions = [int(words[0]) for words in table if len(words) == 7 and words[0].isdigit()]
    assert status in {0, 1}
    assert len(sessions) == 5
    assert sessions[-1] >= 40


async def test_a_daemon_is_started_behind_the_sessions(capsys: pytest.CaptureFixture[str]) -> None:
    status = await bench_recovery(12, None)
    assert status in {0, 1}
    assert "aim: READY <= 3 s; ours, at worst: " in capsys.readouterr().out
