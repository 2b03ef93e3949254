"""--json of every command that prints data: it parses, is the same in every locale, and --help names its keys."""

import argparse
import json
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from cli.evening import Evening, run_command
from cli.priced import CDR
from roaming import Emsp, befriend, serving
from scripted_modbus import Device, Unit, on_tcp

from gateway.cli.language import ENGLISH, Language, load, speak
from gateway.cli.main import COMMANDS
from gateway.notary.device_key import sign
from gateway.web.peers_api import peer_routes

ASKED = (
    ("status",),
    ("meters",),
    ("sessions",),
    ("explain", "ec222c62"),
    ("cdrs",),
    ("cdrs", "inventory", "backend"),
    ("cdrs", "resend", "backend", "1", "7"),
    ("outbox",),
    ("outbox", "retry", "ec222c62-d80d-5682-84e8-a8673ce956c3"),
    ("ledger",),
    ("replay",),
    ("verify",),
    ("config", "show"),
    ("check-config",),
    ("doctor", "--only", "daemon,readers,outbox"),
    ("bus", "stats"),
)
# Below these stands what OCPI says.
OF_OCPI = {"session", "cdr"}
# Tried in a test of its own.
ELSEWHERE = {"peers", "price"}
LANGUAGES = ("sv", "de")
# When it was asked, and how long that took.
PASSING = re.compile(r'"(at|reply_ms)": [^,\n]*|reply [\d.]+ ms')


@pytest.fixture(autouse=True)
def _english_again() -> Iterator[None]:
    yield
    speak(ENGLISH)


def has_json(command: str) -> bool:
    parser = argparse.ArgumentParser()
    import_module(f"gateway.cli.{command.replace('-', '_')}").add_arguments(parser)
    return "--json" in parser.format_help()


def keys_of(answer: Any) -> set[str]:
    """Return every key of ours, at any depth."""
    if isinstance(answer, list):
        return {key for item in answer for key in keys_of(item)}
    if isinstance(answer, dict):
        below = {key for name, item in answer.items() if name not in OF_OCPI for key in keys_of(item)}
        return {*answer, *below}
    return set()


def named_in_help(command: str) -> set[str]:
    _, _, keys = run_command(command, "--help").out.partition("keys of --json:")
    return set(re.findall(r"[a-z_0-9]+", keys.partition("exit codes:")[0]))


def test_every_command_with_json_is_looked_at() -> None:
    tried = {words[0] for words in ASKED} | ELSEWHERE
    assert {command for command in COMMANDS if has_json(command)} <= tried
    assert [command for command in sorted(tried) if not named_in_help(command)] == []


@pytest.mark.parametrize("words", ASKED, ids=" ".join)
async def test_json_parses_has_the_keys_of_help_and_one_language(served: Evening, words: tuple[str, ...]) -> None:
    async def answer(language: Language) -> str:
        said = await served.ask(*words, "--json", language=language)
        assert said.err == ""
        return PASSING.sub("", said.out)

    english = await served.ask(*words, "--json")
    evses = {"EVSE-1"} if words == ("ledger",) else set()
    assert keys_of(json.loads(english.out)) - named_in_help(words[0]) == evses
    assert {await answer(load(name)) for name in LANGUAGES} == {PASSING.sub("", english.out)}


async def test_json_of_a_scan(evening: Evening) -> None:
    b23 = {(3, 0x8960): 0x4232, (3, 0x8961): 0x3320}
    async with on_tcp(Device({1: Unit(b23)}, framing="tcp")) as host:
        words = ("bus", "scan", f"127.0.0.1:{host.port}", "--units", "1", "--json")
        said = [(await evening.ask(*words, language=each)).out for each in (ENGLISH, load("sv"))]
    assert keys_of(json.loads(said[0])) <= named_in_help("bus")
    assert len({PASSING.sub("", each) for each in said}) == 1


async def test_json_of_peers(evening: Evening) -> None:
    async with serving(evening.folder / "roaming") as cpo, Emsp().up() as emsp:
        await befriend(cpo, emsp)
        async with evening.serving(routes=peer_routes(cpo.parts.desk)):
            for words in (("list",), ("rotate", "msp"), ("invite", "hub"), ("list",), ("forget", "msp")):
                said = await evening.ask("peers", *words, "--json", language=load("de"))
                assert said.err == ""
                assert set() < keys_of(json.loads(said.out)) <= named_in_help("peers")
            listed = [await evening.ask("peers", "list", "--json", language=each) for each in (ENGLISH, load("sv"))]
    assert listed[0] == listed[1]


def test_json_of_a_bill(tmp_path: Path) -> None:
    (tmp_path / "cdr.json").write_text(json.dumps(CDR | {"total_cost": {"excl_vat": 1}}))
    words = ("price", str(tmp_path / "cdr.json"), "--json", "--version")
    for version in ("2.2.1", "2.3.0"):
        said = [run_command(*words, version, language=each).out for each in (ENGLISH, *map(load, LANGUAGES))]
        assert keys_of(json.loads(said[0])) <= named_in_help("price")
        assert len(set(said)) == 1


async def test_json_of_the_devices_key(evening: Evening) -> None:
    key, _ = sign(evening.folder / "state" / "device.key", b"anything")
    said = await evening.ask("verify", "--public-key", "--json")
    assert json.loads(said.out) == {"public_key": key}
    assert "public_key" in named_in_help("verify")
