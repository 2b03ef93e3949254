"""The latency timer of a USB adapter is read by its port's name, through the stable link as well."""

from pathlib import Path

from drivers.modbus.usb_latency import latency_timer_ms


def test_the_timer_is_found_through_the_stable_name(tmp_path: Path) -> None:
    port, link = tmp_path / "ttyUSB0", tmp_path / "usb-FTDI-if00"
    port.touch()
    link.symlink_to(port)
    (tmp_path / "sys" / "ttyUSB0").mkdir(parents=True)
    (tmp_path / "sys" / "ttyUSB0" / "latency_timer").write_text("16\n")
    assert latency_timer_ms(str(link), tmp_path / "sys") == 16


def test_a_port_without_a_timer_has_none(tmp_path: Path) -> None:
    assert latency_timer_ms("/dev/ttyS0", tmp_path) is None
