"""From what was found on the wires to a site: which EVSE has which meter, controller and readers. Pure."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from drivers.meters.identify_controllers import COILS, ControllerGuess
from drivers.meters.scan_plan import Setting
from drivers.meters.scan_unit import Find
from gateway.cli.bus_config import described

# pcsc-lite ends a reader's name with its number and its slot's, which may be others tomorrow.
_NUMBERS = re.compile(r"( [0-9A-F]{2}){2}$")


@dataclass(frozen=True, slots=True)
class PlannedBus:
    """A line or host on which something was found."""

    name: str
    setting: Setting


@dataclass(frozen=True, slots=True)
class PlannedMeter:
    """A meter; `notes` say what to compare before it bills."""

    name: str
    bus: str
    unit: int
    model: str
    title: str
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PlannedController:
    """A charge controller, or one coil of a relay board."""

    name: str
    bus: str
    unit: int
    kind: str
    coil: int | None = None


@dataclass(frozen=True, slots=True)
class PlannedReader:
    """A PC/SC reader, found again by `match`."""

    name: str
    match: str


@dataclass(frozen=True, slots=True)
class PlannedEvse:
    """What belongs together; by names."""

    uid: str
    meter: str
    controller: str
    readers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """The wiring as it will be written; `remarks` tell the technician what was assumed or left out."""

    buses: tuple[PlannedBus, ...]
    meters: tuple[PlannedMeter, ...]
    controllers: tuple[PlannedController, ...]
    readers: tuple[PlannedReader, ...]
    evses: tuple[PlannedEvse, ...]
    remarks: tuple[str, ...]


def make_plan(finds: Sequence[Sequence[Find]], reader_names: Sequence[str]) -> Plan:
    """Plan a site from the finds of each port, and the names of the card readers."""
    remarks: list[str] = []
    buses, usable = _buses(finds, remarks)
    meters = tuple(_meters(usable, remarks))
    boards = tuple(_controllers(usable))
    readers = _readers(reader_names)
    pairs, controllers = _paired(meters, boards, remarks)
    evses = tuple(
        PlannedEvse(str(number), meter, controller, ()) for number, (meter, controller) in enumerate(pairs, start=1)
    )
    return Plan(buses, meters, controllers, readers, _with_readers(evses, readers, remarks), tuple(remarks))


def with_controller(plan: Plan, uid: str, controller: str) -> Plan:
    """Give an EVSE another controller; who had that gets the one that became free."""
    mine = next(evse.controller for evse in plan.evses if evse.uid == uid)
    swapped = tuple(
        replace(evse, controller=controller)
        if evse.uid == uid
        else replace(evse, controller=mine)
        if evse.controller == controller
        else evse
        for evse in plan.evses
    )
    return replace(plan, evses=swapped)


def _buses(
    finds: Sequence[Sequence[Find]], remarks: list[str]
) -> tuple[tuple[PlannedBus, ...], list[tuple[str, Find]]]:
    """Make a bus of each setting that was heard; a serial port can have only one."""
    buses: list[PlannedBus] = []
    usable: list[tuple[str, Find]] = []
    for of_port in finds:
        by_setting: dict[Setting, list[Find]] = {}
        for find in of_port:
            by_setting.setdefault(find.setting, []).append(find)
        ranked = sorted(by_setting.items(), key=lambda each: -len(each[1]))
        for place, (setting, here) in enumerate(ranked):
            if setting.kind == "rtu" and place > 0:
                remarks += [
                    f"unit {find.unit} speaks {setting}: set it to {ranked[0][0]} before it can share the line"
                    for find in here
                ]
                continue
            kind = "line" if setting.kind == "rtu" else "net"
            number = sum(bus.name.startswith(kind) for bus in buses) + 1
            name = kind if number == 1 else f"{kind}-{number}"
            buses.append(PlannedBus(name, setting))
            usable += [(name, find) for find in sorted(here, key=lambda find: find.unit)]
    return tuple(buses), usable


def _meters(usable: Iterable[tuple[str, Find]], remarks: list[str]) -> Iterable[PlannedMeter]:
    number = 0
    for bus, find in usable:
        if find.is_collision:
            remarks.append(f"{bus} unit {find.unit}: {described(find)}")
            continue
        if find.controller is not None:
            continue
        models = find.models or tuple(fit.model for fit in find.fits if not fit.is_swapped)
        if not models:
            remarks.append(f"{bus} unit {find.unit} is left out: {described(find)}")
            continue
        notes = []
        if len(models) > 1:
            notes.append(f"or {', '.join(model.name for model in models[1:])}: the type plate says which")
        if not find.models:
            notes.append("recognised by its live values only: compare the energy with the display before billing")
        number += 1
        yield PlannedMeter(f"meter-{number}", bus, find.unit, models[0].name, models[0].title, tuple(notes))
        remarks += [f"meter-{number} is {models[0].title}, {note}" for note in notes]


def _controllers(usable: Iterable[tuple[str, Find]]) -> Iterable[PlannedController]:
    boxes = relays = 0
    for bus, find in usable:
        if find.is_collision or find.controller is None:
            continue
        if find.controller is ControllerGuess.EVSE_DIN:
            boxes += 1
            yield PlannedController(f"box-{boxes}", bus, find.unit, "evse_din")
        else:
            relays += 1
            yield PlannedController(f"relay-{relays}", bus, find.unit, "relay_board", 0)


def _paired(
    meters: Sequence[PlannedMeter], found: Sequence[PlannedController], remarks: list[str]
) -> tuple[list[tuple[str, str]], tuple[PlannedController, ...]]:
    """Give each meter a controller of its own line, else of another; a board has a coil for each that is left."""
    boxes = [one for one in found if one.coil is None]
    boards = [one for one in found if one.coil is not None]
    coils: dict[str, int] = {}
    used: list[PlannedController] = []
    pairs: list[tuple[str, str]] = []
    for meter in meters:
        box = next((one for one in boxes if one.bus == meter.bus), None) or (boxes[0] if boxes and not boards else None)
        free = [one for one in boards if coils.get(one.name, 0) < COILS]
        board = next((one for one in free if one.bus == meter.bus), None) or next(iter(free), None)
        if box is not None:
            boxes.remove(box)
            used.append(box)
        elif board is not None:
            coil = coils.get(board.name, 0)
            coils[board.name] = coil + 1
            name = board.name if coil == 0 else f"{board.name}-coil-{coil}"
            used.append(replace(board, name=name, coil=coil))
            remarks.append(f"{meter.name} is taken to count behind coil {coil} of {board.name}: compare the wiring")
        else:
            remarks.append(f"{meter.name} counts for no EVSE: no controller is left for it")
            continue
        pairs.append((meter.name, used[-1].name))
    unused = [one.name for one in found if one.name not in {each.name for each in used}]
    remarks += [f"{name} switches for no EVSE: no meter is left for it" for name in unused]
    return pairs, tuple(used)


def _readers(names: Sequence[str]) -> tuple[PlannedReader, ...]:
    """Name the readers; of several of one make the whole name tells them apart."""
    usable = [name for name in names if " sam" not in name.casefold() and not _is_a_further_slot(name, names)]
    if len(usable) == 1:
        return (PlannedReader("front", _NUMBERS.sub("", usable[0]) or usable[0]),)
    return tuple(PlannedReader(f"reader-{number}", name) for number, name in enumerate(usable, start=1))


def _is_a_further_slot(name: str, names: Sequence[str]) -> bool:
    """Tell a reader's second slot (pcsc-lite ends names with the numbers of reader and slot): cards go to the first."""
    return name.endswith(tuple(f" 0{slot}" for slot in range(1, 10))) and f"{name[:-1]}0" in names


def _with_readers(
    evses: Sequence[PlannedEvse], readers: Sequence[PlannedReader], remarks: list[str]
) -> tuple[PlannedEvse, ...]:
    """Give each EVSE its reader where there is one for each, else all of them to all."""
    if not readers:
        remarks.append("no card reader was found: nobody can start with a card until one is configured")
    if len(readers) == len(evses):
        return tuple(replace(evse, readers=(reader.name,)) for evse, reader in zip(evses, readers, strict=True))
    if readers and len(evses) > 1:
        remarks.append(
            "every reader serves every EVSE: a driver plugs in first, so that it is known which one is meant"
        )
    return tuple(replace(evse, readers=tuple(reader.name for reader in readers)) for evse in evses)
