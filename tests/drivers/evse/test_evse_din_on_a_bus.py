"""An EVSE-DIN on a real pty bus: what its registers mean, and what a wanted output writes."""

import pytest
from scripted_modbus import Device, Unit, on_pty

from drivers.errors import DeviceMisbehaved
from drivers.evse import ControllerState, Pilot
from drivers.evse.evse_din import EvseDin
from drivers.modbus.bus import open_bus


def registers(**changed: int) -> Unit:
    """Registers 1000..1007 of an idle device, some of them changed (r1002=3)."""
    words = dict(zip(range(1000, 1008), [0, 0, 1, 32, 0, 17, 1, 0], strict=True))
    words |= {int(name[1:]): value for name, value in changed.items()}
    return Unit({(3, address): word for address, word in words.items()})


async def state_of(unit: Unit) -> ControllerState:
    async with on_pty(Device({1: unit})) as line:
        bus = open_bus("rtu", device=line.path)
        try:
            return await EvseDin(bus, 1, 0.3).read()
        finally:
            await bus.close()


@pytest.mark.parametrize(("state", "pilot"), [(1, Pilot.A), (2, Pilot.B), (3, Pilot.C), (4, Pilot.D), (5, Pilot.F)])
async def test_the_vehicle_state_is_the_pilot_letter(state: int, pilot: Pilot) -> None:
    assert (await state_of(registers(r1002=state))).pilot is pilot


@pytest.mark.parametrize("state", [0, 6, 0xFFFF])
async def test_any_other_vehicle_state_is_misbehaviour(state: int) -> None:
    with pytest.raises(DeviceMisbehaved, match=f"vehicle state is {state}, none of 1 to 5"):
        await state_of(registers(r1002=state))


@pytest.mark.parametrize(
    ("unit", "closed"),
    [
        (registers(), False),
        (registers(r1000=16, r1002=2, r1006=2), False),
        (registers(r1000=16, r1001=16, r1002=3, r1006=2, r1007=1), True),
        (registers(r1002=1, r1007=1), True),  # a relay that stays on after the vehicle has gone must be seen
        (registers(r1000=0, r1002=3, r1006=1), False),
        (registers(r1000=16, r1001=16, r1002=3, r1006=2, r1007=0), None),  # says charging, shows no relay
    ],
)
async def test_the_contactor_is_known_only_as_far_as_the_device_tells(unit: Unit, closed: bool | None) -> None:  # noqa: FBT001 - a table's column
    assert (await state_of(unit)).contactor_closed is closed


@pytest.mark.parametrize(
    ("unit", "fault"),
    [
        (registers(), None),
        (registers(r1007=1), None),
        (registers(r1002=5), "vehicle state 5"),
        (registers(r1002=5, r1007=0b10010), "diode check failed; residual current device (bit 4)"),
        (registers(r1007=0b100), "ventilation required"),
        (registers(r1004=1), "charging switched off in register 1004"),
    ],
)
async def test_status_bits_become_words(unit: Unit, fault: str | None) -> None:
    assert (await state_of(unit)).fault == fault


@pytest.mark.parametrize(
    ("energise", "limit_a", "written"),
    [(True, 16, 16), (True, 6, 6), (True, 5, 0), (True, 0, 0), (True, None, 6), (False, 16, 0), (False, None, 0)],
)
async def test_a_wanted_output_is_written_as_a_current(energise: bool, limit_a: int | None, written: int) -> None:  # noqa: FBT001 - a table's column
    unit = registers(r1000=1)
    async with on_pty(Device({1: unit})) as line:
        bus = open_bus("rtu", device=line.path)

        await EvseDin(bus, 1, 0.3).apply(energise=energise, limit_a=limit_a)

        await bus.close()
    assert unit.words[3, 1000] == written


@pytest.mark.parametrize(("offered_a", "released"), [(0, False), (6, True), (32, True)])
async def test_an_offered_current_is_a_release_whether_or_not_a_vehicle_follows(offered_a: int, released: bool) -> None:  # noqa: FBT001 - a table's column
    assert (await state_of(registers(r1000=offered_a))).released is released
