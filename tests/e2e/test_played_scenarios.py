"""Every scenario that ships is played against the real daemon and ends right."""

from pathlib import Path

import pytest
from hwsim.demo import HW_SIM, RIGHT, run_demo

SCENARIOS = sorted((HW_SIM / "scenarios").glob("*.toml"))


@pytest.mark.slow
@pytest.mark.timeout(180)
@pytest.mark.usefixtures("gateway_command")
@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda path: path.stem)
async def test_a_scenario_ends_with_every_check_right(
    scenario: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status = await run_demo(scenario, tmp_path / "run", stay=False)
    assert status == RIGHT, "\n".join(capsys.readouterr())
    assert "Traceback" not in (tmp_path / "run" / "gateway.log").read_text()
