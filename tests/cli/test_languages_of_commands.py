"""What `bus`, `peers` and `price` print is in the language of the locale, down to the reasons and refusals in it."""

import json
import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from cli.evening import Evening, run_command
from cli.priced import CDR, Command, cdr, tariff, without_tariff_id
from cli.shouting import outside_brackets, shouting
from cli.test_bus_commands import a_hall, daemon
from roaming import Emsp, serving
from scripted_modbus import Device, Unit, on_tcp

from drivers.errors import DriverError
from drivers.evse.evse_din import EvseDin
from drivers.meters.register_map import ModelError, parse_model
from drivers.modbus.bus import open_bus
from gateway.cli.language import ENGLISH, load, say, speak
from gateway.web.peers_api import peer_routes

# Names, units and OCPI's words of the tests' site.
NAMES = {
    *("hall", "net", "contactors", "relay", "board", "rtu", "dev", "ttyUSB", "baud", "Modbus", "TCP", "RTU", "port"),
    *("LOST", "CRC", "BAD", "LATE", "DENIED", "BUSY", "ASKED", "DEVICE"),  # as `bus stats --help` explains them
    *("msp", "hub", "EMSP", "MSP", "OCPI", "https", "http", "garage", "example", "com", "ocpi", "versions"),
    *("credentials", "tokens", "sessions", "cdrs", "locations", "tariffs", "SENDER", "RECEIVER"),
    *("CDR", "UTC", "MAX", "CURRENT", "elements"),
}
FIELD_OF_OCPI = re.compile(r"\b[a-z]+(_[a-z]+)+\b")


@pytest.fixture(autouse=True)
def _english_again() -> Iterator[None]:
    yield
    speak(ENGLISH)


def left_over(text: str) -> set[str]:
    return outside_brackets(FIELD_OF_OCPI.sub(" ", text)) - NAMES


async def test_bus_stats_and_its_hints(evening: Evening) -> None:
    async with daemon(evening, a_hall()):
        said = await evening.ask("bus", "stats", language=shouting())
        german = await evening.ask("bus", "stats", language=load("de"))
    assert left_over(said.out) == set()
    assert "hall-2: seine Antworten sind gestört, die der Nachbarn fehlerfrei" in german.out


async def test_a_bus_scan_up_to_what_is_to_be_pasted(evening: Evening) -> None:
    async with on_tcp(Device({1: Unit({(3, 0x8960): 0x4232, (3, 0x8961): 0x3320})}, framing="tcp")) as host:
        place = f"127.0.0.1:{host.port}"
        said = await evening.ask("bus", "scan", place, "--units", "1", language=load("sv"))
        shouted = await evening.ask("bus", "scan", place, "--units", "1", language=shouting())
    head, _, pasted = said.out.partition("\n\n")
    assert head.startswith(f"adress 1, Modbus TCP på port {host.port}: ABB B23; svar ")
    assert "\n[buses.net]\n" in pasted
    assert left_over(shouted.out.partition("[buses.net]")[0]) == {"ABB"}


@pytest.fixture
async def roaming(evening: Evening, tmp_path: Path) -> AsyncIterator[Evening]:
    async with serving(tmp_path / "roaming") as cpo, evening.serving(routes=peer_routes(cpo.parts.desk)):
        yield evening


async def test_every_action_of_peers_and_what_the_daemon_answers(roaming: Evening) -> None:
    loud = shouting()
    (roaming.folder / "token-a").write_text("TOKEN-A-of-emsp\n")
    token = ("--token-file", str(roaming.folder / "token-a"))
    assert left_over((await roaming.ask("peers", "list", language=loud)).out) == set()
    async with Emsp().up() as emsp:
        for words in (
            ("register", emsp.versions_url, *token, "--name", "msp"),
            ("register", emsp.versions_url, *token, "--name", "msp"),  # refused: it is registered
            ("list",),
            ("rotate", "msp"),
            ("forget", "msp"),
            ("rotate", "msp"),  # refused: it is unknown
            ("register", emsp.versions_url.replace("/versions", "/nothing"), *token, "--name", "msp"),
        ):
            said = await roaming.ask("peers", *words, language=loud)
            assert left_over(said.out + said.err.replace("ocpi-gateway: ", "")) == set(), words
    invited = await roaming.ask("peers", "invite", "hub", language=loud)
    assert left_over(invited.out.rpartition("⟦token")[0]) == set()


@pytest.fixture
def price(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Command:
    return Command(tmp_path, capsys)


@pytest.mark.parametrize(
    "document",
    [
        cdr(total_cost={"excl_vat": 7, "incl_vat": 7.9}, total_energy_cost={"excl_vat": 5.5}, total_energy=19),
        cdr(credit=True, end_date_time="2015-06-29T23:37:32Z", charging_periods=CDR["charging_periods"][::-1]),
        cdr(tariffs=[], charging_periods=without_tariff_id(0, 1), total_time=9),
        cdr(tariffs=[tariff(tax_included="YES", max_price={"before_taxes": 5})], currency="SEK"),
        cdr(tariffs=[tariff(id="OTHER")]),
        cdr(charging_periods=without_tariff_id(1)),
        cdr(charging_periods=without_tariff_id(0, 1)),
        cdr(tariffs=[tariff(start_date_time="2030-01-01T00:00:00Z")]),
        cdr(
            tariffs=[
                tariff(
                    elements=[
                        {**CDR["tariffs"][0]["elements"][0], "restrictions": {"min_current": 6, "start_time": "11:00"}}
                    ]
                )
            ]
        ),
    ],
)
def test_a_bill_and_its_notes(price: Command, document: dict[str, Any]) -> None:
    said = run_command("price", price.file("cdr.json", document), language=shouting())
    assert (said.code, said.err) == (0, "")
    assert left_over(said.out) <= {"EUR", "SEK", "VAT"}


def test_a_bill_in_german_fits_eighty_columns_with_decimal_commas(price: Command) -> None:
    stated = {"total_cost": {"excl_vat": 12345.6789, "incl_vat": 23456.7891}}
    said = run_command("price", price.file("cdr.json", cdr(**stated)), language=load("de"))
    assert max(map(len, said.out.splitlines())) <= 80
    assert "Energie kWh        0" in said.out
    assert "0,25" in said.out
    assert "WEICHT AB: 12345,6789 / 23456,7891" in said.out


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{'id': 1}",
        b"[" * 100_000,
        b'"CDR"',
        json.dumps(CDR).replace("1.5", "NaN").encode(),
        cdr(charging_periods=...),
        cdr(charging_periods=[]),
        cdr(end_date_time="2026-03-01"),
        cdr(total_cost={"excl_vat": "7"}),
        cdr(total_cost={}),
        cdr(tariffs=[tariff(), tariff(elements=CDR["tariffs"][0]["elements"][:1])]),
        cdr(tariffs=[]),
    ],
)
def test_what_price_refuses(price: Command, content: object) -> None:
    said = run_command("price", price.file("cdr.json", content), language=shouting())
    assert said.code == 2
    assert left_over(said.err.replace(f"ocpi-gateway: {price.folder}/cdr.json: ", "").split(": ", 1)[1]) <= {"array"}


async def test_why_a_meter_is_not_read(evening: Evening) -> None:  # noqa: ARG001 - nothing of it but its language
    speak(load("sv"))
    async with on_tcp(Device({1: Unit({}), 2: Unit({(3, 1000 + n): 9 for n in range(8)})}, framing="tcp")) as host:
        bus = open_bus("tcp", host="127.0.0.1", port=host.port)
        with pytest.raises(DriverError) as refused:
            await bus.read_registers(1, 3, 5, 2, 0.5)
        with pytest.raises(DriverError) as strange:
            await EvseDin(bus, 2, 0.5).read()
        await bus.close()
    assert say(str(refused.value)) == (
        f"buss 127.0.0.1:{host.port} adress 1: nekar funktion 3 på adress 5 (0x0005) med undantag 2"
        " (otillåten dataadress); rätta dess `model` eller `unit`"
    )
    assert say(str(strange.value)) == (
        f"buss 127.0.0.1:{host.port} adress 2: fordonsläget är 9, inget av 1 till 5;"
        " kontrollera att enheten är en EVSE-DIN"
    )


def test_what_is_wrong_with_a_meter_model() -> None:
    speak(load("de"))
    with pytest.raises(ModelError) as wrong:
        parse_model(Path("own.toml"), 'model = "own"\ntitle = "Own"\nmanufacturer = 5\n')
    said = say(str(wrong.value)).split("; ")
    assert "own.toml: manufacturer: muss ein Text sein, nicht 5" in said
    assert "own.toml: line: fehlt" in said
