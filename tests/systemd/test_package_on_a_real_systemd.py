"""The built package on a freshly booted Debian: what is done and checked there is told in systemd/proof."""

import subprocess
from pathlib import Path

import pytest

TEST_INSTALL = Path(__file__).resolve().parents[2] / "systemd" / "test-install"
COULD_NOT_RUN = 3


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_it_is_installed_charges_and_survives_what_services_live_through() -> None:
    done = subprocess.run(  # noqa: S603 - ours
        [TEST_INSTALL],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode == COULD_NOT_RUN:
        (said,) = [line.strip("* ") for line in done.stdout.splitlines() if "WAS NOT RUN" in line]
        pytest.skip(said)

    wrong = [line for line in done.stdout.splitlines() if "WRONG" in line]
    assert done.returncode == 0, "\n".join([*wrong, *done.stdout.splitlines()[-40:]])
    assert not wrong
