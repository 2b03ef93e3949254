"""The doctor's checks of the machine: each tells good from doubtful from bad, and ends with what to do."""

import os
from pathlib import Path

import pytest
from cli.checked_site import looked_at, put, states, write_site
from config.garage import GARAGE

PI = "sys/devices/platform/soc/soc:firmware/get_throttled"


@pytest.mark.parametrize(
    ("flags", "state", "text"),
    [
        ("0\n", ["pass"], "the supply held its voltage"),
        ("50000\n", ["warn", "warn"], "the supply voltage was too low since the start"),
        ("50005\n", ["fail", "fail"], "the supply voltage is too low now"),
        ("80008\n", ["fail"], "the processor is near its heat limit now"),
        ("rubbish", ["skipped"], "cannot be read"),
    ],
)
def test_a_pi_tells_what_its_supply_did(flags: str, state: list[str], text: str, tmp_path: Path) -> None:
    put(tmp_path, PI, flags)
    found = looked_at(write_site(tmp_path), "power", tmp_path)
    assert states(found) == state
    assert text in found[0].text


def test_the_pis_own_tool_is_asked_where_the_kernel_shows_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path, "bin/vcgencmd", "#!/bin/sh\necho throttled=0x50000\n").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}/bin:{os.environ['PATH']}")
    assert states(looked_at(write_site(tmp_path), "power", tmp_path)) == ["warn", "warn"]


def test_where_there_is_no_pi_the_supply_is_skipped(tmp_path: Path) -> None:
    assert states(looked_at(write_site(tmp_path), "power", tmp_path)) == ["skipped"]


def a_disk(root: Path, state_dir: Path, **words: str) -> None:
    """Put the disk that a folder lies on into /sys, as the kernel lays it out: a partition below its disk."""
    number = state_dir.stat().st_dev
    disk = root / "sys/devices/mmc0/block/mmcblk0"
    put(root, "sys/devices/mmc0/block/mmcblk0/mmcblk0p2/partition", "2")
    for name, word in words.items():
        put(root, f"sys/devices/mmc0/block/mmcblk0/device/{name}", word)
    link = root / f"sys/dev/block/{os.major(number)}:{os.minor(number)}"
    link.parent.mkdir(parents=True)
    link.symlink_to(disk / "mmcblk0p2")


@pytest.mark.parametrize(
    ("words", "state", "text"),
    [
        ({"life_time": "0x01 0x02\n", "pre_eol_info": "0x01\n"}, "pass", "10 to 20 %"),
        ({"life_time": "0x09 0x02\n", "pre_eol_info": "0x01\n"}, "warn", "80 to 90 %"),
        ({"life_time": "0x02 0x02\n", "pre_eol_info": "0x03\n"}, "warn", "90 % of the spare blocks"),
        ({"life_time": "0x0b 0x02\n", "pre_eol_info": "0x01\n"}, "fail", "longer than its maker promised"),
        ({"type": "SD\n"}, "skipped", "an SD card does not tell its wear"),
        ({}, "skipped", "does not tell its wear here"),
    ],
)
def test_emmc_tells_how_worn_it_is(words: dict[str, str], state: str, text: str, tmp_path: Path) -> None:
    config = write_site(tmp_path)
    a_disk(tmp_path, tmp_path / "state", **words)
    (found,) = looked_at(config, "wear", tmp_path)
    assert (found.state, found.subject) == (state, "mmcblk0")
    assert text in found.text


def test_a_journal_in_memory_fails(tmp_path: Path) -> None:
    config = write_site(tmp_path)
    number = (tmp_path / "state").stat().st_dev
    place = f"{os.major(number)}:{os.minor(number)}"
    put(tmp_path, "proc/self/mountinfo", f"36 35 {place} / /var rw,noatime shared:1 - tmpfs tmpfs rw\n")
    found = looked_at(config, "disk", tmp_path)
    assert ("fail", "lies in memory (tmpfs) and is gone after a power cut") in [(one.state, one.text) for one in found]


def test_free_space_is_told_of_the_folder_that_is_there(disk_path: Path) -> None:
    config = write_site(disk_path)
    (disk_path / "state").rmdir()
    missing, room = looked_at(config, "disk")
    assert (missing.state, missing.text) == ("warn", "is not there yet")
    assert room.subject == str(disk_path)


def test_a_serial_port_that_is_gone_fails(tmp_path: Path) -> None:
    (found,) = looked_at(write_site(tmp_path), "serial")
    assert (found.state, found.subject) == ("fail", "bus hall")
    assert found.text == "/dev/serial/by-id/usb-adapter is not there"
    assert found.remedy is not None


def test_a_file_is_no_serial_port(tmp_path: Path) -> None:
    port = put(tmp_path, "port")
    (found,) = looked_at(write_site(tmp_path, GARAGE.replace("/dev/serial/by-id/usb-adapter", str(port))), "serial")
    assert (found.state, found.text) == ("fail", f"{port} is no device")


@pytest.mark.parametrize(("timer", "state"), [("16", "warn"), ("1", "pass"), (None, "skipped")])
def test_a_slow_usb_adapter_is_told(timer: str | None, state: str, tmp_path: Path) -> None:
    if timer is not None:
        put(tmp_path, "sys/bus/usb-serial/devices/usb-adapter/latency_timer", timer)
    (found,) = looked_at(write_site(tmp_path), "latency", tmp_path)
    assert found.state == state


def test_without_a_clock_battery_the_doctor_says_when_to_fit_one(tmp_path: Path) -> None:
    *_, battery = looked_at(write_site(tmp_path), "clock", tmp_path)
    assert battery.state == "skipped"
    put(tmp_path, "dev/rtc0")
    assert battery not in looked_at(tmp_path / "gateway.toml", "clock", tmp_path)
