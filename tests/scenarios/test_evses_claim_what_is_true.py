"""What a Location claims its EVSEs can do is what can be done at this site, by whoever can reach it."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from plant import EVSE, MIDNIGHT, site
from scenarios.box import TurnedClock
from structlog.testing import capture_logs

from gateway.core.facts_backends import PartStamp
from gateway.core.observations import LocationSeen
from gateway.ocpi.v2_2_1.hours import HoursWire, RegularHoursWire
from gateway.ocpi.v2_2_1.location import Path as PartPath
from gateway.ocpi.v2_2_1.location import Stamp
from gateway.settings import (
    BackendSettings,
    ControllerKind,
    ControllerSettings,
    EvseSettings,
    MqttBackendSettings,
    OcpiServerSettings,
    Settings,
)
from gateway.wiring_location import LocationShelf, make_locations

SERVER = OcpiServerSettings("https://garage.example/ocpi", "Garage")
SETTINGS = Settings(
    *(site(), Path("tokens.json"), Path("meters"), (), ()),
    controllers=(ControllerSettings("c", "bus", 1, ControllerKind.EVSE_DIN),),
    readers=(),
    evses=(EvseSettings(EVSE, "m", "c", ("front",), 22_000, 32),),
    tariffs=(),
    backends=(),
)
ORDERS = {"REMOTE_START_STOP_CAPABLE", "RESERVABLE"}
LIMITS = {"CHARGING_PROFILE_CAPABLE", "CHARGING_PREFERENCES_CAPABLE"}
CARDS = {"RFID_READER", "TOKEN_GROUP_CAPABLE"}


class Shelf:
    """Stamps in memory."""

    def __init__(self) -> None:
        self.kept: dict[PartPath, Stamp] = {}

    def stamps(self) -> Mapping[PartPath, Stamp]:
        return self.kept

    async def keep_stamps(self, changed: Mapping[PartPath, Stamp]) -> None:
        self.kept |= changed


class Dark:
    """A site of which nothing was seen yet."""

    def evses(self) -> tuple[()]:
        return ()


def broker(*accepts: str) -> MqttBackendSettings:
    return MqttBackendSettings("broker", "192.0.2.1", 1883, "cpo", "gateway", accepts=accepts)


class Known:
    """A site whose Location had one EVSE that is gone."""

    location = (PartStamp((EVSE,), MIDNIGHT, '{"uid":"EVSE-1","status":"REMOVED"}'),)

    def __init__(self) -> None:
        self.inbox = self
        self.taken: list[LocationSeen] = []

    async def put_and_wait(self, seen: LocationSeen) -> None:
        self.taken.append(seen)


async def test_r_61_whoever_configures_a_uid_of_an_evse_that_was_removed_is_warned() -> None:
    known = Known()
    shelf = LocationShelf(known, TurnedClock())  # type: ignore[arg-type]
    back = {(EVSE,): Stamp(MIDNIGHT, b'{"uid":"EVSE-1","status":"AVAILABLE"}')}
    with capture_logs() as lines:
        await shelf.keep_stamps(back)
    assert [(line["event"], line["evse"]) for line in lines] == [("evse_uid_used_again", EVSE)]
    assert len(known.taken) == 1


@pytest.mark.parametrize(
    ("server", "backends", "claimed"),
    [
        (None, (), CARDS),
        (None, (broker(),), CARDS),
        (None, (broker("tokens", "tariffs"),), CARDS),
        (None, (broker("commands"),), CARDS | ORDERS),
        (SERVER, (), CARDS | ORDERS | LIMITS),
    ],
)
async def test_evses_can_be_ordered_only_where_an_order_can_arrive(
    server: OcpiServerSettings | None, backends: tuple[BackendSettings, ...], claimed: set[str]
) -> None:
    settings = replace(SETTINGS, backends=backends, ocpi_server=server)
    locations = make_locations(lambda: settings, Shelf(), Dark(), TurnedClock())  # type: ignore[arg-type]
    location, _ = await locations.refresh()
    assert set(location.evses[0].capabilities) == claimed


async def test_r_63_opening_times_are_those_that_are_configured_now() -> None:
    settings = SETTINGS
    locations = make_locations(lambda: settings, Shelf(), Dark(), TurnedClock())  # type: ignore[arg-type]
    assert (await locations.refresh())[0].opening_times is None
    settings = replace(SETTINGS, opening_times="Sa 08:00-20:00")
    location, has_changed = await locations.refresh()
    assert has_changed
    assert location.opening_times == HoursWire(
        twentyfourseven=False, regular_hours=(RegularHoursWire(6, "08:00", "20:00"),)
    )
