"""The kernel turns the line's direction where its driver offers that; elsewhere nothing is asked of it."""

import os
import pty

from drivers.modbus.direction import let_kernel_turn_direction, switched_on


def settings(flags: int, delay_before_ms: int = 0) -> bytes:
    return flags.to_bytes(4, "little") + delay_before_ms.to_bytes(4, "little") + bytes(24)


def test_a_driver_that_can_is_told_to_raise_rts_while_sending() -> None:
    assert switched_on(settings(0)) == settings(0b011)
    assert switched_on(settings(0b100, delay_before_ms=1)) == settings(0b011, delay_before_ms=1)


def test_what_the_device_tree_switched_on_stays_as_it_is() -> None:
    assert switched_on(settings(0b101)) is None


def test_a_port_without_it_is_left_alone() -> None:
    master, slave = pty.openpty()

    assert let_kernel_turn_direction(slave) is False

    os.close(master)
    os.close(slave)
