"""The service manager hears of us over a real datagram socket."""

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.notify import Notifier


@pytest.fixture
def manager() -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as receiver:
        receiver.settimeout(2)
        yield receiver


def test_states_arrive_at_a_socket_in_the_file_system(manager: socket.socket, tmp_path: Path) -> None:
    manager.bind(str(tmp_path / "notify"))
    notifier = Notifier({"NOTIFY_SOCKET": str(tmp_path / "notify")})
    notifier.ready("2 EVSEs")
    notifier.status("charging\nat 1")
    notifier.progress()
    notifier.stopping()
    assert [manager.recv(1000) for _ in range(4)] == [
        b"READY=1\nSTATUS=2 EVSEs",
        b"STATUS=charging at 1",
        b"WATCHDOG=1",
        b"STOPPING=1",
    ]


def test_states_arrive_at_an_abstract_socket(manager: socket.socket) -> None:
    name = f"ocpi-gateway-test-{os.getpid()}"
    manager.bind(f"\0{name}")
    Notifier({"NOTIFY_SOCKET": f"@{name}"}).ready("here")
    assert manager.recv(1000) == b"READY=1\nSTATUS=here"


@pytest.mark.parametrize("environment", [{}, {"NOTIFY_SOCKET": ""}, {"NOTIFY_SOCKET": "vsock:2:1"}])
def test_without_a_manager_nothing_happens(environment: dict[str, str]) -> None:
    Notifier(environment).ready("nobody hears")


def test_a_manager_that_is_gone_does_not_stop_the_gateway(tmp_path: Path) -> None:
    Notifier({"NOTIFY_SOCKET": str(tmp_path / "gone")}).progress()


def test_a_manager_that_does_not_listen_does_not_hold_the_gateway_up(manager: socket.socket, tmp_path: Path) -> None:
    manager.bind(str(tmp_path / "notify"))
    notifier = Notifier({"NOTIFY_SOCKET": str(tmp_path / "notify")})
    for _ in range(10_000):  # far more than a socket's buffer takes
        notifier.progress()
    assert manager.recv(1000) == b"WATCHDOG=1"


@pytest.mark.parametrize(
    ("environment", "patience_s"),
    [
        ({"WATCHDOG_USEC": "30000000"}, 30.0),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": str(os.getpid())}, 30.0),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "1"}, None),
        ({"WATCHDOG_USEC": "soon"}, None),
        ({"WATCHDOG_USEC": "0"}, None),
        ({}, None),
    ],
)
def test_the_managers_patience_is_read_from_the_environment(
    environment: dict[str, str], patience_s: float | None
) -> None:
    assert Notifier(environment).watchdog_s == patience_s
