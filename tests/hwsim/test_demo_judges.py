"""The demo's verdict: each way in which a bill can be wrong is found, and a running demo takes orders."""

import asyncio
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path

import pytest
from hwsim.chronicle import Chronicle
from hwsim.control import SOCKET, NoDemo, ask, open_control
from hwsim.live_view import LiveView
from hwsim.mqtt_watch import MqttWatch, Subscription, WatchedMessage
from hwsim.ocpi_peer import OcpiPeer
from hwsim.ocpi_peer_http import Party
from hwsim.ocpi_peer_shelf import StoredCdr, StoredSession
from hwsim.player_verbs import Props
from hwsim.site import SimulatedSite
from hwsim.site_file import SiteFile, read_site
from hwsim.stage import LineSlot, open_desk
from hwsim.verdict import judge, judge_outbox

SITE = Path(__file__).parents[2] / "hw-sim" / "site.toml"
CDR = {"id": "C1", "session_id": "S1", "total_energy": Decimal("1.5"), "cdr_location": {"evse_uid": "EVSE-1"}}
BODY = b'{"id":"C1"}'
BEFORE = {"EVSE-1": Decimal("10.00"), "EVSE-2": Decimal("20.00")}
AFTER = {"EVSE-1": Decimal("11.50"), "EVSE-2": Decimal("20.00")}


class Backends:
    """What both backends hold after one right session; tests spoil one thing each."""

    def __init__(self) -> None:
        self.peer = OcpiPeer(
            "secret", party=Party("NL", "EMS"), cpo=Party("DE", "ABC"), tls=None, tell=Chronicle().tell
        )
        self.watch = MqttWatch(Subscription(0, "ev"), Chronicle().tell)
        self.peer.shelf.cdrs["C1"] = StoredCdr(BODY, dict(CDR))
        self.peer.shelf.sessions["S1"] = StoredSession(b"completed", {"status": "COMPLETED"})
        self.carry("cdrs/C1", BODY)
        self.carry("sessions/S1", b"completed")

    def carry(self, what: str, body: bytes) -> None:
        self.watch.messages.append(WatchedMessage(f"ev/DE/ABC/{what}", body, 1, retain=False, properties={}))

    def wrong(self, bills: int = 1, after: dict[str, Decimal] | None = None) -> list[str]:
        checks = judge(self.peer, self.watch, bills, BEFORE, after or AFTER)
        return [check.sentence for check in checks if not check.is_right]


def test_one_right_session_is_right() -> None:
    assert Backends().wrong() == []


def test_a_missing_or_surplus_cdr_is_wrong() -> None:
    assert Backends().wrong(bills=2) == ["the OCPI peer has 1 CDR(s), 2 expected"]


def test_other_bytes_over_mqtt_are_wrong() -> None:
    backends = Backends()
    backends.carry("cdrs/C1", BODY + b" ")
    assert backends.wrong() == ["CDR C1: MQTT delivered it 2 time(s), the same 11 bytes"]


def test_a_cdr_that_mqtt_never_carried_is_wrong() -> None:
    backends = Backends()
    backends.watch.messages.pop(0)
    assert backends.wrong() == ["CDR C1: MQTT delivered it 0 time(s), the same 11 bytes"]


def test_a_session_that_never_completed_is_wrong() -> None:
    backends = Backends()
    backends.peer.shelf.sessions["S1"].value["status"] = "ACTIVE"
    assert backends.wrong() == ["CDR C1: its Session is ACTIVE at the peer"]


def test_another_last_state_of_the_session_over_mqtt_is_wrong() -> None:
    backends = Backends()
    backends.carry("sessions/S1", b"active")
    assert backends.wrong() == ["CDR C1: the Session's last state is the same over HTTPS and MQTT"]


@pytest.mark.parametrize("counted", ["11.40", "11.60"])
def test_energy_that_the_meter_did_not_count_is_wrong(counted: str) -> None:
    wrong = Backends().wrong(after=AFTER | {"EVSE-1": Decimal(counted)})
    assert wrong == [f"EVSE-1: 1.5 kWh billed, {Decimal(counted) - 10} kWh on the meter's display"]


def test_energy_that_nobody_was_billed_for_is_wrong() -> None:
    assert Backends().wrong(after=AFTER | {"EVSE-2": Decimal("20.50")}) == [
        "EVSE-2: 0 kWh billed, 0.50 kWh on the meter's display"
    ]


def test_a_forged_cdr_and_a_violation_are_wrong() -> None:
    backends = Backends()
    backends.peer.shelf.cdrs["C1"].forgeries = 1
    backends.watch.take(WatchedMessage("ev/nowhere", b"", 1, retain=False, properties={}))
    assert backends.wrong() == [
        "no CDR came with changed bytes (0 came again with the same)",
        "1 violation(s) of OCPI 2.2.1 or the MQTT contract: MQTT ev/nowhere: is not a topic of the contract",
    ]


def test_without_a_broker_nothing_is_asked_of_mqtt() -> None:
    backends = Backends()
    checks = list(judge(backends.peer, None, 1, BEFORE, AFTER))
    assert [check.sentence for check in checks if "MQTT deliv" in check.sentence or not check.is_right] == []


def test_anything_still_owed_is_wrong() -> None:
    assert judge_outbox([]).is_right
    owed = judge_outbox([{"kind": "cdr", "object_id": "C1", "backend": "emsp", "parked": "2001"}])
    assert (owed.is_right, owed.sentence) == (False, "the gateway owes nobody anything, but says: cdr C1 for emsp")


@pytest.fixture
def site_file() -> SiteFile:
    return read_site(SITE)


@pytest.fixture
async def props(site_file: SiteFile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Props]:
    monkeypatch.setenv("HWSIM_READER", "line")
    async with (
        SimulatedSite(site_file.plan(tmp_path)) as site,
        open_desk(site_file.readers, tmp_path) as desk,
    ):
        peer = OcpiPeer("secret", party=site_file.emsp, cpo=site_file.cpo, tls=None, tell=Chronicle().tell)
        yield Props(Chronicle(), site.evses, site.buses, desk.slots, site_file.cards, peer, {})


async def lines_of(reader: asyncio.StreamReader, count: int) -> list[str]:
    async with asyncio.timeout(5):
        return [(await reader.readline()).decode().strip() for _ in range(count)]


@pytest.mark.parametrize("card", ["carol", "1E2F3A4B"])
async def test_a_tap_from_another_process_reaches_the_reader(props: Props, tmp_path: Path, card: str) -> None:
    async with open_control(tmp_path / SOCKET, props):
        reader, writer = await asyncio.open_unix_connection(tmp_path / "reader-right")
        step = {"do": "tap", "card": card, "reader": "right", "hold_s": 0.01}
        assert await ask(tmp_path / SOCKET, {"step": [step]}) == "done"
        assert await lines_of(reader, 3) == ["", "1E2F3A4B", ""]
        writer.close()


@pytest.mark.parametrize(
    ("step", "answer"),
    [
        ({"do": "tap", "card": "nobody", "reader": "right"}, "card 'nobody' does not stand in [cards]"),
        ({"do": "plug", "evse": "EVSE-9"}, "there is no EVSE EVSE-9, only EVSE-1, EVSE-2, EVSE-3"),
        ({"do": "dance"}, "'dance' is none of"),
    ],
)
async def test_an_order_that_makes_no_sense_is_answered_with_the_reason(
    props: Props, tmp_path: Path, step: dict[str, str], answer: str
) -> None:
    async with open_control(tmp_path / SOCKET, props):
        assert answer in await ask(tmp_path / SOCKET, {"step": [step]})


async def test_without_a_demo_the_remedy_is_told(tmp_path: Path) -> None:
    with pytest.raises(NoDemo, match=r"start one with ./hw-sim/demo --stay"):
        await ask(tmp_path / SOCKET, {"step": []})


async def test_without_pcscd_the_audience_is_told(props: Props, tmp_path: Path) -> None:
    assert all(isinstance(slot, LineSlot) for slot in props.readers.values())
    async with open_desk(("one",), tmp_path) as desk:
        assert "do NOT go through pcscd" in desk.remark
        assert desk.choices["one"].keys == {"device": str(tmp_path / "reader-one")}


async def test_the_view_shows_what_happens_and_what_flows(props: Props) -> None:
    lines: list[str] = []
    view = LiveView(props.chronicle, props.evses, lambda line, _: lines.append(line))
    props.chronicle.tell("session", id="S1", status="ACTIVE", kwh="0", evse="EVSE-1")
    props.evses["EVSE-1"].plug_in()
    view.tick()
    assert "OCPI peer: Session S1 is ACTIVE, 0 kWh (EVSE-1)" in lines[0]
    assert "EVSE-1: pilot B, contactor open" in lines[1]
    assert "meter shows 1234.567 kWh" in lines[1]
