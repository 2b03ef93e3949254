import re
import shutil
import subprocess
from pathlib import Path

SYSTEMD = Path(__file__).resolve().parents[2] / "systemd"
UNIT = SYSTEMD / "ocpi-gateway.service"
# What systemd 252 says of the unit as it is; adjtimex(2) alone costs 0.5 of it. It may become less, never more.
EXPOSURE = 1.7


def test_systemd_rates_the_exposure_no_higher_than_it_was() -> None:
    assert shutil.which("systemd-analyze"), "systemd-analyze is missing: apt install systemd"
    command = ["systemd-analyze", "security", "--offline=true", "--no-pager", UNIT]
    told = subprocess.run(command, capture_output=True, text=True, check=False).stdout  # noqa: S603 - fixed words

    found = re.search(r"exposure level for ocpi-gateway\.service: ([\d.]+)", told)
    assert found, told
    assert float(found[1]) <= EXPOSURE


def test_every_way_to_ask_the_kernel_for_the_clocks_quality_is_open() -> None:
    filters = [line for line in UNIT.read_text().splitlines() if line.startswith("SystemCallFilter=")]

    # glibc's adjtimex() is one or the other, by its version; whichever fails would make every time UNKNOWN.
    assert filters[-1].split("=")[1].split() == ["adjtimex", "clock_adjtime"]
    assert "ProtectClock=yes" not in UNIT.read_text().splitlines()


def test_a_wait_before_a_start_ends_before_systemd_loses_patience() -> None:
    longest = max(int(seconds) for seconds in re.findall(r"seconds=(\d+)", (SYSTEMD / "restart-delay").read_text()))
    patience = re.search(r"^TimeoutStartSec=(\d+)$", UNIT.read_text(), re.MULTILINE)

    assert patience
    assert longest < int(patience[1])
