"""A port is meant as a technician types it, is named as it stays, and is refused where the gateway uses it."""

from pathlib import Path

import pytest

from gateway.cli.bus_port import HostPort, SerialPort, parse_port, refuse_if_held, stable_name
from gateway.cli.outcome import CommandFailed, InputRefused


@pytest.mark.parametrize(
    ("text", "port"),
    [
        ("192.168.1.7", HostPort("192.168.1.7", None)),
        ("192.168.1.7:4196", HostPort("192.168.1.7", 4196)),
        ("tcp://gw.local:502", HostPort("gw.local", 502)),
        ("[fe80::1]:502", HostPort("fe80::1", 502)),
        ("/dev/ttyAMA0", SerialPort("/dev/ttyAMA0")),
        ("null", SerialPort("/dev/null")),
    ],
)
def test_a_port_is_taken_as_typed(text: str, port: SerialPort | HostPort, tmp_path: Path) -> None:
    assert parse_port(text, tmp_path) == port


@pytest.mark.parametrize("text", ["gw:0", "gw:65536", "gw:abc", ":502"])
def test_what_is_no_port_is_refused(text: str) -> None:
    with pytest.raises(InputRefused, match="neither a serial port nor host:port"):
        parse_port(text)


def test_an_adapter_is_named_by_its_serial_number(tmp_path: Path) -> None:
    port, by_id = tmp_path / "ttyUSB0", tmp_path / "by-id"
    port.touch()
    by_id.mkdir()
    (by_id / "usb-FTDI_A50285BI-if00").symlink_to(port)
    assert stable_name(port, by_id) == str(by_id / "usb-FTDI_A50285BI-if00")
    assert stable_name(tmp_path / "ttyS0", by_id) == str(tmp_path / "ttyS0")


def test_the_gateways_port_is_refused_under_any_of_its_names(tmp_path: Path) -> None:
    port, link = tmp_path / "ttyUSB0", tmp_path / "usb-FTDI"
    port.touch()
    link.symlink_to(port)
    with pytest.raises(CommandFailed, match=r"uses .*usb-FTDI as bus hall.* run systemctl stop ocpi-gateway first"):
        refuse_if_held(SerialPort(str(port)), [("hall", str(link))])


def test_the_gateways_host_is_refused_with_its_port_or_without_one() -> None:
    for port in (HostPort("gw", 502), HostPort("gw", None)):
        with pytest.raises(CommandFailed, match="as bus net"):
            refuse_if_held(port, [("net", "gw:502")])
    refuse_if_held(HostPort("gw", 4196), [("net", "gw:502")])
