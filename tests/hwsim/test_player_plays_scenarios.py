"""A scenario is checked before it is played, and played against simulated devices with deadlines."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from hwsim.chronicle import Chronicle, DeadlinePassed
from hwsim.ocpi_peer_conduct import Conduct, Mode
from hwsim.player import Player, ScenarioFailed
from hwsim.player_verbs import VERBS, Props
from hwsim.relay_board import RelayBoard
from hwsim.scenario import VERBS as WORDS
from hwsim.scenario import ScenarioError, parse_scenario, read_scenario
from hwsim.site import SimulatedSite
from hwsim.site_file import read_site
from hwsim.stage import report_contactor

HW_SIM = Path(__file__).parents[2] / "hw-sim"
SCENARIOS = sorted((HW_SIM / "scenarios").glob("*.toml"))
RELAY_UNIT = 10
COIL_ON = bytes.fromhex("0500 00FF 00")
COIL_OFF = bytes.fromhex("0500 0000 00")


@dataclass
class Tray:
    cards: list[str] = field(default_factory=list)
    lies_there: str | None = None

    async def insert(self, uid: bytes) -> None:
        self.lies_there = uid.hex().upper()
        self.cards.append(self.lies_there)

    async def remove(self) -> None:
        self.lies_there = None


@dataclass
class Backend:
    conducts: list[Conduct] = field(default_factory=list)

    async def behave(self, conduct: Conduct) -> None:
        self.conducts.append(conduct)


@dataclass
class Machine:
    orders: list[str] = field(default_factory=list)

    async def start(self) -> None:
        self.orders.append("start")

    async def stop(self) -> None:
        self.orders.append("stop")

    async def kill(self) -> None:
        self.orders.append("kill")


@dataclass
class World:
    site: SimulatedSite
    props: Props
    tray: Tray
    backend: Backend
    machine: Machine

    @property
    def chronicle(self) -> Chronicle:
        return self.props.chronicle

    async def play(self, *steps: dict[str, object], cards: dict[str, str] | None = None) -> None:
        raw = {"step": list(steps), "cards": cards or {"alice": "04A1B2C3"}}
        await Player(self.props).play(parse_scenario(raw, "test"))

    async def write_coil(self, pdu: bytes) -> None:
        """Do what a gateway would: write a coil over Modbus TCP and take the echo."""
        bus = self.site.tcp("cabinet")
        reader, writer = await asyncio.open_connection(bus.host, bus.port)
        try:
            writer.write(bytes.fromhex("0001 0000 0006") + bytes((RELAY_UNIT,)) + pdu)
            async with asyncio.timeout(5):
                await reader.readexactly(12)
        finally:
            writer.close()
            await writer.wait_closed()


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with SimulatedSite(read_site(HW_SIM / "site.toml").plan(tmp_path)) as site:
        chronicle = Chronicle()
        for uid, evse in site.evses.items():
            report_contactor(uid, evse, chronicle)
        tray, backend, machine = Tray(), Backend(), Machine()
        props = Props(
            chronicle,
            evses=site.evses,
            buses=site.buses,
            readers={"right": tray},
            cards={"alice": "04A1B2C3"},
            peer=backend,
            machines={"broker": machine, "daemon": machine},
        )
        yield World(site, props, tray, backend, machine)


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_every_scenario_that_ships_is_sound(path: Path) -> None:
    cards = read_site(HW_SIM / "site.toml").cards
    assert read_scenario(path, cards).steps


def test_every_verb_of_the_table_can_be_done_and_no_other() -> None:
    assert VERBS.keys() == WORDS.keys()


@pytest.mark.parametrize(
    ("step", "finding"),
    [
        ({"do": "dance"}, "'dance' is none of say, pause"),
        ({"do": "tap", "reader": "left"}, "tap needs card"),
        ({"do": "tap", "card": "mallory", "reader": "left"}, "card 'mallory' does not stand in [cards]"),
        ({"do": "plug", "evse": "EVSE-1", "power": 3}, "plug knows no power; it may have at_s, battery_wh"),
        ({"do": "plug", "evse": "EVSE-1", "power_w": "11 kW"}, "power_w is '11 kW' but should be int"),
        ({"do": "peer", "mode": "sulk"}, "mode is 'sulk' but should be one of accept"),
        ({"do": "pause", "for_s": True}, "for_s is True but should be float"),
        ({"do": "say", "text": "x", "within_s": 3}, "say knows no within_s"),
        ({"do": "say", "wait": "cdr"}, "needs exactly one of do, wait, never"),
    ],
)
def test_a_mistake_in_a_scenario_is_named(step: dict[str, object], finding: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        parse_scenario({"step": [step]}, "s.toml")
    assert f"s.toml: step 1: {finding}" in str(caught.value)


def test_all_mistakes_are_told_at_once() -> None:
    with pytest.raises(ScenarioError) as caught:
        parse_scenario({"stepp": [], "step": [{"do": "dance"}, {"wait": "rain"}]}, "s.toml")
    assert len(str(caught.value).splitlines()) == 3


async def test_a_session_runs_through_on_a_simulated_relay_site(world: World) -> None:
    async def gateway() -> None:
        await world.chronicle.wait_for(lambda h: h.what == "card_inserted", 5)
        await world.write_coil(COIL_ON)
        await world.chronicle.wait_for(lambda h: h.what == "unplugged", 5)
        await world.write_coil(COIL_OFF)

    story = world.play(
        {"do": "plug", "evse": "EVSE-3", "power_w": 200_000},
        {"do": "tap", "card": "alice", "reader": "right", "hold_s": 0.01},
        {"wait": "contactor_closed", "evse": "EVSE-3"},
        {"wait": "energy", "evse": "EVSE-3", "at_least_wh": 1},
        {"do": "unplug", "evse": "EVSE-3"},
        {"wait": "contactor_opened", "evse": "EVSE-3"},
    )
    await asyncio.gather(story, gateway())
    assert world.tray.cards == ["04A1B2C3"]
    assert world.tray.lies_there is None


async def test_a_deadline_that_passes_names_the_step(world: World) -> None:
    with pytest.raises(ScenarioFailed, match=r"step 1: wait cdr \(evse EVSE-1\): not seen within 0.01 s"):
        await world.play({"wait": "cdr", "evse": "EVSE-1", "within_s": 0.01})


async def test_energy_that_does_not_flow_is_a_failure(world: World) -> None:
    with pytest.raises(ScenarioFailed, match=r"only 0 Wh flowed within 0.01 s"):
        await world.play({"wait": "energy", "evse": "EVSE-1", "at_least_wh": 1, "within_s": 0.01})


async def test_what_must_never_happen_fails_when_it_does(world: World) -> None:
    async def burglar() -> None:
        await world.chronicle.wait_for(lambda h: h.what == "plugged", 5)
        await world.write_coil(COIL_ON)

    story = world.play({"do": "plug", "evse": "EVSE-3"}, {"never": "contactor_closed", "evse": "EVSE-3", "within_s": 5})
    with pytest.raises(ScenarioFailed, match="happened all the same"):
        await asyncio.gather(story, burglar())


async def test_what_never_happens_lets_the_scenario_go_on(world: World) -> None:
    await world.play({"never": "cdr", "within_s": 0.01}, {"do": "say", "text": "quiet"})
    assert world.chronicle.happenings[-1].detail == {"text": "quiet"}


async def test_a_name_that_is_not_there_is_told_with_those_that_are(world: World) -> None:
    with pytest.raises(ScenarioFailed, match="there is no EVSE EVSE-9, only EVSE-1, EVSE-2, EVSE-3"):
        await world.play({"do": "plug", "evse": "EVSE-9"})


async def test_a_late_reply_wants_to_be_told_how_late(world: World) -> None:
    late = {"do": "break_device", "device": "meter-EVSE-1", "mode": "late"}
    with pytest.raises(ScenarioFailed, match="a late reply needs to know by how much"):
        await world.play(late)


async def test_consequences_may_come_in_any_order(world: World) -> None:
    def backend(_: object) -> None:
        world.chronicle.tell("mqtt_cdr", id="C1")
        world.chronicle.tell("cdr", id="C1", evse="EVSE-1")

    once: Callable[[object], None] = lambda h: backend(h) if getattr(h, "what", "") == "plugged" else None  # noqa: E731
    world.chronicle.listen(once)
    await world.play({"do": "plug", "evse": "EVSE-1"}, {"wait": "cdr"}, {"wait": "mqtt_cdr"})


async def test_backends_and_processes_obey(world: World) -> None:
    await world.play(
        {"do": "peer", "mode": "stumble", "times": 2},
        {"do": "broker", "what": "kill"},
        {"do": "daemon", "what": "start"},
    )
    assert world.backend.conducts == [Conduct(Mode.STUMBLE, times=2)]
    assert world.machine.orders == ["kill", "start"]


async def test_what_this_machine_has_nothing_for_is_left_out_and_told(world: World) -> None:
    world.props = replace(world.props, left_out=frozenset({"broker", "mqtt_cdr"}))
    await world.play({"do": "broker", "what": "stop"}, {"wait": "mqtt_cdr", "within_s": 0.01})
    assert world.machine.orders == []
    assert [h.detail["text"] for h in world.chronicle.happenings] == [
        "left out: step 1: do broker (what stop)",
        "left out: step 2: wait mqtt_cdr",
    ]


async def test_a_broken_device_is_silent_until_mended(world: World) -> None:
    await world.play({"do": "break_device", "device": "controller-EVSE-3", "mode": "silence"})
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1):
            await world.write_coil(COIL_ON)
    await world.play({"do": "mend_device", "device": "controller-EVSE-3"})
    await world.write_coil(COIL_ON)
    board = world.site.evses["EVSE-3"].controller
    assert isinstance(board, RelayBoard)
    assert board.is_closed(0)


async def test_a_broken_wire_refuses_connections_until_mended(world: World) -> None:
    await world.play({"do": "break_wire", "bus": "cabinet"})
    with pytest.raises(ConnectionRefusedError):
        await world.write_coil(COIL_ON)
    await world.play({"do": "mend_wire", "bus": "cabinet"})
    await world.write_coil(COIL_ON)


async def test_a_meter_can_be_made_to_jump_and_run_back(world: World) -> None:
    meter = world.site.evses["EVSE-1"].meter
    before = meter.counter_wh
    await world.play({"do": "meter", "meter": "meter-EVSE-1", "what": "jump", "wh": 500})
    assert meter.counter_wh == before + 500
    await world.play({"do": "meter", "meter": "meter-EVSE-1", "what": "run_back", "wh": 700})
    assert meter.counter_wh == before - 200


async def test_a_waiter_that_came_too_late_finds_it_in_the_record() -> None:
    chronicle = Chronicle()
    chronicle.tell("cdr", id="C1")
    assert (await chronicle.wait_for(lambda h: h.what == "cdr", 0.01)).detail["id"] == "C1"
    with pytest.raises(DeadlinePassed):
        await chronicle.wait_for(lambda h: h.what == "cdr", 0.01, since=1)
