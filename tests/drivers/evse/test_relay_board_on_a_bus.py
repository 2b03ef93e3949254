"""A relay board's coil, switched and read back on a real pty bus."""

import pytest
from scripted_modbus import Device, Unit, instead, on_pty, with_crc

from drivers.errors import DeviceMisbehaved, DeviceRefused
from drivers.evse import ControllerState
from drivers.evse.relay_board import RelayBoard
from drivers.modbus.bus import open_bus


async def test_a_coil_closes_and_opens_and_is_read_back() -> None:
    device = Device({5: Unit(coils=dict.fromkeys(range(8), False))})
    async with on_pty(device) as line:
        bus = open_bus("rtu", device=line.path)
        board = RelayBoard(bus, 5, 3, 0.3)

        await board.apply(energise=True, limit_a=16)
        closed = await board.read()
        await board.apply(energise=False, limit_a=None)
        opened = await board.read()

        await bus.close()
    assert closed == ControllerState(pilot=None, contactor_closed=True, fault=None, released=True)
    assert opened == ControllerState(pilot=None, contactor_closed=False, fault=None, released=False)
    assert device.requests[0] == with_crc("05 05 00 03 ff 00")
    assert device.requests[1] == with_crc("05 01 00 03 00 01")


async def test_an_echo_of_another_coil_is_no_confirmation() -> None:
    device = Device({5: Unit(coils={3: False})}, script=[instead(with_crc("05 05 00 02 ff 00"))])
    async with on_pty(device) as line:
        bus = open_bus("rtu", device=line.path)

        with pytest.raises(DeviceMisbehaved, match="the echo of the write differs"):
            await RelayBoard(bus, 5, 3, 0.1).apply(energise=True, limit_a=None)

        await bus.close()


async def test_a_coil_the_board_has_not_is_refused() -> None:
    async with on_pty(Device({5: Unit(coils={0: False})})) as line:
        bus = open_bus("rtu", device=line.path)

        with pytest.raises(DeviceRefused, match="refuses function 5 at address 7"):
            await RelayBoard(bus, 5, 7, 0.3).apply(energise=True, limit_a=None)

        await bus.close()
