"""kill -9 of the real daemon, against a real broker and an OCPI peer: the bills are what the meters counted."""

from pathlib import Path

import pytest
from durability.kills import kill_again_and_again
from hwsim.stage import READER_VARIABLE

SEED = 8
KILLS = 12


@pytest.mark.slow
@pytest.mark.timeout(240)
async def test_kills_at_any_moment_change_no_bill(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(READER_VARIABLE, "line")
    report = await kill_again_and_again(tmp_path / "stage", KILLS, SEED)

    assert not report.wrong, report.wrong
    assert report.cdrs > 0
    assert report.closings >= report.cdrs
    assert report.while_starting > 0
