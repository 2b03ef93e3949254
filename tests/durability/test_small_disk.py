"""On a real file system that fills up, nothing is lost and all heals."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

# A private mount in a user namespace needs no root and is gone with the process.
ON_A_SMALL_DISK = """
set -e
mount -t tmpfs -o size=512k tmpfs "$1"
exec "$2" "$3" "$1"
"""


@pytest.mark.slow
def test_on_a_real_disk_that_fills_up_nothing_is_lost(repository: Path, tmp_path: Path) -> None:
    if shutil.which("unshare") is None:
        pytest.fail("unshare is not there; install the package util-linux")
    program = repository / "tests" / "durability" / "charge_on_a_full_disk.py"
    unshare = ("unshare", "--user", "--map-root-user", "--mount", "sh", "-c", ON_A_SMALL_DISK, "sh")
    done = subprocess.run(  # noqa: S603 - our own program
        (*unshare, str(tmp_path), sys.executable, str(program)),
        env={"PYTHONPATH": str(repository / "tests"), "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"},
        capture_output=True,
        text=True,
        check=False,
        timeout=50,
    )

    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    assert told["closed_before"] is True
    assert told["closed_when_full"] is False
    assert set(told["faults"]) == {"STORAGE_LOST"}
    assert told["closed_after_a_tap"] is False
    assert told["faults_later"] == 0
    (billed_kwh,) = told["billed_kwh"]
    assert round(billed_kwh * 1000) == told["counted_wh"] > 0
