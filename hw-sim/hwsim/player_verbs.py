"""What a scenario can do to the simulated world: one function for each verb of hwsim/scenario.py."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol, TypeVar

from hwsim.bad_wire import Fault
from hwsim.bad_wire import Mode as WireMode
from hwsim.bus import Bus
from hwsim.chronicle import Chronicle
from hwsim.ocpi_peer_conduct import Conduct
from hwsim.ocpi_peer_conduct import Mode as PeerMode
from hwsim.site import SimulatedEvse

T = TypeVar("T")
# How long somebody holds a card to a reader who wants it to be read.
HOLD_S = 0.8


class Reader(Protocol):
    """A card reader."""

    async def insert(self, uid: bytes) -> None:
        """Lay a card on it."""
        ...

    async def remove(self) -> None:
        """Take the card away."""
        ...


class Machine(Protocol):
    """A process that can be started, stopped and killed."""

    async def start(self) -> object:
        """Start it and return when it serves."""
        ...

    async def stop(self) -> object:
        """End it in an orderly way."""
        ...

    async def kill(self) -> object:
        """End it at once."""
        ...


class Peer(Protocol):
    """The OCPI backend."""

    async def behave(self, conduct: Conduct) -> None:
        """Behave like this from now on."""
        ...


class Orderer(Protocol):
    """The backend on MQTT, as far as it orders."""

    async def order(self, command: str, evse: str | None, owner: tuple[str, str]) -> None:
        """Send a command for a driver of that party."""
        ...


class UnknownName(Exception):
    """A step names something that is not there; the message says what there is."""


@dataclass(frozen=True, slots=True)
class Props:
    """Everything that can be touched, by name; `machines` are the broker and the daemon.

    `left_out` are verbs and events that this machine has nothing for; steps with them are passed over, and told.
    """

    chronicle: Chronicle
    evses: Mapping[str, SimulatedEvse]
    buses: Mapping[str, Bus]
    readers: Mapping[str, Reader]
    cards: Mapping[str, str]
    peer: Peer
    machines: Mapping[str, Machine]
    left_out: frozenset[str] = frozenset()
    post: Orderer | None = None
    emsp: tuple[str, str] = ("", "")

    def evse(self, arguments: "Arguments") -> SimulatedEvse:
        """Find the EVSE that a step means."""
        return pick(self.evses, "EVSE", arguments["evse"])

    def reader(self, arguments: "Arguments") -> Reader:
        """Find the reader that a step means."""
        return pick(self.readers, "reader", arguments["reader"])

    def uid(self, arguments: "Arguments") -> bytes:
        """Find the uid of the card that a step means."""
        return bytes.fromhex(pick(self.cards, "card", arguments["card"]))

    def unit(self, arguments: "Arguments") -> tuple[Bus, int]:
        """Find a device, called meter-UID or controller-UID after its EVSE, on its bus."""
        plans = {
            f"{what}-{uid}": plan
            for uid, evse in self.evses.items()
            for what, plan in (("meter", evse.plan.meter), ("controller", evse.plan.controller))
        }
        plan = pick(plans, "device", arguments["device"])
        return self.buses[plan.bus], plan.unit


# A step's arguments, already checked against the table of verbs.
Arguments = Mapping[str, Any]
Verb = Callable[[Props, Arguments], Awaitable[None]]


def pick(things: Mapping[str, T], kind: str, name: str) -> T:
    """Find a thing by its name; raises UnknownName."""
    if name not in things:
        raise UnknownName(f"there is no {kind} {name}, only {', '.join(sorted(things)) or 'none at all'}")
    return things[name]


async def say(props: Props, a: Arguments) -> None:
    """Tell the audience something."""
    props.chronicle.tell("remark", text=a["text"])


async def pause(_: Props, a: Arguments) -> None:
    """Let the world go on."""
    await asyncio.sleep(a["for_s"])


async def mqtt_order(props: Props, a: Arguments) -> None:
    """Let the MQTT backend order something."""
    if props.post is None:
        raise UnknownName("there is no broker to order over")
    await props.post.order(a["command"], a.get("evse"), props.emsp)


async def insert(props: Props, a: Arguments) -> None:
    """Lay a card down."""
    await props.reader(a).insert(props.uid(a))
    props.chronicle.tell("card_inserted", reader=a["reader"], card=a["card"])


async def remove(props: Props, a: Arguments) -> None:
    """Take a card away."""
    await props.reader(a).remove()
    props.chronicle.tell("card_removed", reader=a["reader"])


async def tap(props: Props, a: Arguments) -> None:
    """Lay a card down for a moment."""
    await insert(props, a)
    await asyncio.sleep(a.get("hold_s", HOLD_S))
    await remove(props, a)


async def plug(props: Props, a: Arguments) -> None:
    """Bring a car."""
    evse = props.evse(a)
    car = evse.plan.car
    evse.plug_in(
        replace(
            car,
            wants_w=a.get("power_w", car.wants_w),
            phases=a.get("phases", car.phases),
            battery_wh=a.get("battery_wh", car.battery_wh),
            is_rude=a.get("rude", car.is_rude),
        )
    )
    props.chronicle.tell("plugged", evse=a["evse"])


async def unplug(props: Props, a: Arguments) -> None:
    """Take the car away."""
    props.evse(a).unplug()
    props.chronicle.tell("unplugged", evse=a["evse"])


async def car_power(props: Props, a: Arguments) -> None:
    """Let the car want more or less."""
    load = props.evse(a).load
    load.change_car(replace(load.car, wants_w=a["power_w"]))
    props.chronicle.tell("car_power", evse=a["evse"], power_w=str(a["power_w"]))


async def meter(props: Props, a: Arguments) -> None:
    """Do something to a meter's register."""
    evse = pick(props.evses, "EVSE", a["meter"].removeprefix("meter-"))
    if a["what"] in {"jump", "run_back"}:
        getattr(evse.meter, a["what"])(a.get("wh", 0))
    else:
        getattr(evse.meter, a["what"])()
    props.chronicle.tell("meter", meter=a["meter"], what=a["what"])


async def break_device(props: Props, a: Arguments) -> None:
    """Spoil a device's replies."""
    bus, unit = props.unit(a)
    fault = Fault(
        WireMode(a["mode"]),
        probability=a.get("probability", 1.0),
        times=a.get("times"),
        delay_s=a.get("delay_s", 0.0),
    )
    bus.break_unit(unit, fault)
    props.chronicle.tell("device_broken", device=a["device"], mode=a["mode"])


async def mend_device(props: Props, a: Arguments) -> None:
    """Let it reply well again."""
    bus, unit = props.unit(a)
    bus.mend(unit)
    props.chronicle.tell("device_mended", device=a["device"])


async def break_wire(props: Props, a: Arguments) -> None:
    """Pull a bus away."""
    await pick(props.buses, "bus", a["bus"]).vanish()
    props.chronicle.tell("wire_broken", bus=a["bus"])


async def mend_wire(props: Props, a: Arguments) -> None:
    """Give it back."""
    await pick(props.buses, "bus", a["bus"]).come_back()
    props.chronicle.tell("wire_mended", bus=a["bus"])


async def weld(props: Props, a: Arguments) -> None:
    """Weld a contactor."""
    props.evse(a).weld()
    props.chronicle.tell("welded", evse=a["evse"])


async def repair(props: Props, a: Arguments) -> None:
    """Replace it."""
    props.evse(a).repair()
    props.chronicle.tell("repaired", evse=a["evse"])


async def peer(props: Props, a: Arguments) -> None:
    """Change how the OCPI peer behaves."""
    await props.peer.behave(Conduct(PeerMode(a["mode"]), subject=a.get("subject"), times=a.get("times")))


async def broker(props: Props, a: Arguments) -> None:
    """Start, stop or kill the broker."""
    await run_machine(props, "broker", a["what"])


async def daemon(props: Props, a: Arguments) -> None:
    """Start, stop or kill the gateway."""
    await run_machine(props, "daemon", a["what"])


async def run_machine(props: Props, name: str, what: str) -> None:
    """Do to a process what a step says."""
    machine = pick(props.machines, "machine", name)
    await {"start": machine.start, "stop": machine.stop, "kill": machine.kill}[what]()
    props.chronicle.tell("machine", name=name, what=what)


VERBS: Mapping[str, Verb] = {
    verb.__name__: verb
    for verb in (
        say,
        pause,
        tap,
        insert,
        remove,
        plug,
        unplug,
        car_power,
        meter,
        break_device,
        mend_device,
        break_wire,
        mend_wire,
        weld,
        repair,
        peer,
        mqtt_order,
        broker,
        daemon,
    )
}
