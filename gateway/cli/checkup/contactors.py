"""The contactor test: each is closed for a moment and opened again, read back both times. Asked for one by one.

Law: never while somebody charges or may charge, never beside a running daemon, and whatever happens it ends open.
"""

import asyncio
from collections.abc import Iterator

from drivers.errors import DriverError
from drivers.evse import ChargeController, ControllerState, Pilot
from drivers.evse.evse_din import EvseDin
from drivers.evse.relay_board import RelayBoard
from drivers.modbus.bus import ModbusBus
from drivers.modbus.wire import WireDown
from gateway.cli.checkup.meters import port_of
from gateway.cli.checkup.patient import Patient
from gateway.cli.checkup.verdict import Verdict, bad, good, skipped, with_remedy
from gateway.journal.errors import JournalError
from gateway.journal.reader import open_reader
from gateway.settings import JOURNAL_FILE, ControllerKind, ControllerSettings, EvseSettings, Settings

_FOLLOWS_WITHIN_S = 5.0
_LOOK_AGAIN_S = 0.1
_SESSIONS = 1000
_OVER = frozenset({"COMPLETED", "INVALID"})
# IEC 61851-1: the least current that can be offered.
_LEAST_A = 6


def look(patient: Patient) -> Iterator[Verdict]:
    """Ask for each EVSE, and test it."""
    if patient.human is None:
        yield skipped("", "needs somebody who watches", "run ocpi-gateway doctor on a terminal")
        return
    if patient.settings is None:
        yield skipped("", "the configuration cannot be used")
        return
    if not patient.may_use_ports:
        yield skipped(
            "",
            "the daemon switches them",
            "when nobody charges, run systemctl stop ocpi-gateway, then ocpi-gateway doctor --only contactor, then "
            "systemctl start ocpi-gateway",
        )
        return
    charging = _charging(patient)
    if charging:
        yield skipped("", f"{charging} has a session that is not over", "end it first: start the daemon, tap the card")
        return
    settings, human = patient.settings, patient.human
    controllers = {one.name: one for one in settings.controllers}
    for evse in settings.evses:
        subject = f"EVSE {evse.uid}"
        human.tell(f"the contactor of EVSE {evse.uid} closes for a moment: its socket is live then")
        if not human.agrees(f"test the contactor of EVSE {evse.uid}, with nothing plugged in?"):
            yield skipped(subject, "not wanted")
            continue
        yield asyncio.run(_tested(subject, controllers[evse.controller], evse, settings))


def _charging(patient: Patient) -> str | None:
    """Name an EVSE whose session the journal knows and that is not over."""
    if patient.places is None:
        return None
    try:
        with open_reader(patient.places.state_dir / JOURNAL_FILE) as reader:
            rows = reader.sessions(_SESSIONS)
    except JournalError:
        return None
    return next((f"EVSE {row.evse_uid}" for row in rows if row.status not in _OVER), None)


async def _tested(subject: str, wired: ControllerSettings, evse: EvseSettings, settings: Settings) -> Verdict:
    bus = port_of(next(bus for bus in settings.buses if bus.name == wired.bus))
    controller = _driver(wired, bus)
    try:
        before = await controller.read()
        problem = _not_now(subject, before)
        if problem is not None:
            return problem
        try:
            return await _moved(subject, controller, evse)
        finally:
            await _opened(controller)
    except (DriverError, WireDown) as fault:
        return with_remedy(subject, str(fault))
    finally:
        await bus.close()


def _not_now(subject: str, state: ControllerState) -> Verdict | None:
    if state.pilot in {Pilot.B, Pilot.C, Pilot.D}:
        return skipped(subject, "a vehicle is plugged in", "unplug it and run the doctor again")
    if state.contactor_closed:
        return bad(
            subject, "it is closed though nobody charges", "see whether it is welded or bridged, and who closed it"
        )
    if state.fault is not None:
        return bad(subject, f"its controller reports: {state.fault}", "mend that first")
    return None


async def _moved(subject: str, controller: ChargeController, evse: EvseSettings) -> Verdict:
    """Close, see it closed, open, see it open; behind a pilot without a vehicle only the offer can be seen."""
    await controller.apply(energise=True, limit_a=min(_LEAST_A, evse.max_current_a))
    closed = await _becomes(controller, released=True)
    if closed is None:
        return bad(
            subject, f"did not close within {_FOLLOWS_WITHIN_S:.0f} s", "check the relay, its coil and its supply"
        )
    await controller.apply(energise=False, limit_a=None)
    opened = await _becomes(controller, released=False)
    if opened is None or opened.contactor_closed:
        return bad(
            subject,
            f"did not open within {_FOLLOWS_WITHIN_S:.0f} s",
            "switch the EVSE off at its breaker; the contactor may be welded",
        )
    if closed.pilot is not None:
        return good(subject, "the controller takes a release and takes it back; the contactor waits for a vehicle")
    return good(subject, "the relay closed and opened; listen whether the contactor did too")


async def _becomes(controller: ChargeController, *, released: bool) -> ControllerState | None:
    """Return the first state that is so, None if none comes in time."""
    loop = asyncio.get_running_loop()
    until = loop.time() + _FOLLOWS_WITHIN_S
    while loop.time() < until:
        state = await controller.read()
        if state.released is released:
            return state
        await asyncio.sleep(_LOOK_AGAIN_S)
    return None


async def _opened(controller: ChargeController) -> None:
    """Tell it to open whatever happened; twice, as the first word may be what failed."""
    try:
        await controller.apply(energise=False, limit_a=None)
    except DriverError:
        await controller.apply(energise=False, limit_a=None)


def _driver(wired: ControllerSettings, bus: ModbusBus) -> ChargeController:
    if wired.kind is ControllerKind.RELAY_BOARD:
        return RelayBoard(bus, wired.unit, wired.coil, wired.timeout_s)
    return EvseDin(bus, wired.unit, wired.timeout_s)
