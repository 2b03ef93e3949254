import re
import shutil
import subprocess
from pathlib import Path

SYSTEMD = Path(__file__).resolve().parents[2] / "systemd"
UNIT = SYSTEMD / "ocpi-gateway.service"
# systemd 252 says 1.2 of the unit as it is.
HIGHEST_EXPOSURE = 1.5


def test_systemd_rates_the_exposure_no_higher_than_promised() -> None:
    assert shutil.which("systemd-analyze"), "systemd-analyze is missing: apt install systemd"
    command = ["systemd-analyze", "security", "--offline=true", "--no-pager", UNIT]
    told = subprocess.run(command, capture_output=True, text=True, check=False).stdout  # noqa: S603 - fixed words

    found = re.search(r"exposure level for ocpi-gateway\.service: ([\d.]+)", told)
    assert found, told
    assert float(found[1]) <= HIGHEST_EXPOSURE


def test_the_service_may_use_every_kind_of_serial_port_that_meters_hang_on_and_nothing_else() -> None:
    allowed = re.findall(r"^DeviceAllow=(.*)$", UNIT.read_text(), re.MULTILINE)

    usb, boards = ("ttyUSB", "ttyACM"), ("ttyS", "ttyAMA", "ttySC", "ttymxc")
    assert sorted(allowed) == sorted(f"char-{kind} rw" for kind in (*usb, *boards))


def test_whoever_tells_of_the_clock_starts_with_the_service() -> None:
    unit = UNIT.read_text()

    assert "ProtectClock=yes" in unit.splitlines()
    # The kernel itself may not be asked then, see gateway/clock_service.py.
    assert "systemd-timedated.service" in re.findall(r"^Wants=(.*)$", unit, re.MULTILINE)[0].split()


def test_a_wait_before_a_start_ends_before_systemd_loses_patience() -> None:
    longest = max(int(seconds) for seconds in re.findall(r"seconds=(\d+)", (SYSTEMD / "restart-delay").read_text()))
    patience = re.search(r"^TimeoutStartSec=(\d+)$", UNIT.read_text(), re.MULTILINE)

    assert patience
    assert longest < int(patience[1])
