from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
from architecture.breaches import (
    Breach,
    allowance_breaches,
    arrow_breaches,
    ban_breaches,
    float_breaches,
    name_breaches,
    secret_breaches,
    sign_breaches,
    size_breaches,
)
from architecture.laws import ALLOWANCES, BANS, Allowance, Ban
from architecture.names import MAX_LINES

Finder = Callable[[Path], Iterable[Breach]]

# For each law by name: a file that breaks it, a line that does, and a line that may stand there.
ALLOWANCE_CASES = {
    "the core is pure": ("gateway/core/x.py", "from pathlib import Path", "from collections.abc import Sequence"),
    "the wire shapes are pure": ("gateway/ocpi/v9/x.py", "import asyncio", "from gateway.core.cdr import Cdr"),
}
BAN_CASES = {
    "drivers know no gateway": ("drivers/x.py", "from gateway.core import cdr", "from drivers import errors"),
    "drivers enter through the field": ("gateway/web/x.py", "import drivers.errors", "import gateway.core.cdr"),
    "no gateway in hw-sim": ("hw-sim/hwsim/x.py", "from gateway import clock", "import asyncio"),
    "no simulator in the gateway": ("gateway/x.py", "from hwsim import car", "import asyncio"),
    "hw-sim encodes by itself": (
        "hw-sim/hwsim/x.py",
        "from drivers.modbus.codec import decode",
        "from drivers.meters import models",
    ),
    "tasks start in the daemon": ("gateway/web/x.py", "loop.create_task(run())", "await run()"),
    "threads have two homes": ("drivers/modbus/x.py", "from threading import Thread", "import asyncio"),
    "one clock": (
        "gateway/site.py",
        "from datetime import datetime as when\nwhen.now()",
        "import time\ntime.monotonic()",
    ),
    "nothing blocks the loop": ("drivers/x.py", "from time import sleep", "requests = []\nrequests.sort()"),
    "no locks, for nothing is shared": (
        "gateway/x.py",
        "import asyncio\nasyncio.Lock()",
        "import asyncio\nasyncio.Event()",
    ),
    "pure rooms touch nothing": ("gateway/core/x.py", "print(1)", "len([])"),
    "floats stop at drivers": ("gateway/core/x.py", "def power() -> float: ...", "def power() -> int: ..."),
    "drivers, core and ocpi do not log": ("drivers/x.py", "import structlog", "import asyncio"),
    "one log": ("gateway/site.py", "import logging", "import structlog"),
    "pyscard has one door": ("drivers/rfid/x.py", "from smartcard import scard", "import drivers.errors"),
    "ports belong to the bus": ("gateway/field/x.py", "import serial", "import drivers.modbus.bus"),
    "SQLite belongs to the journal": ("gateway/cli/x.py", "import sqlite3", "import gateway.journal"),
    "MQTT belongs to the uplink": ("gateway/web/x.py", "import paho.mqtt.client", "import aiohttp"),
    "HTTP belongs to uplink, web and cli": ("gateway/field/x.py", "from aiohttp import web", "import asyncio"),
    "rich is for people": ("gateway/web/x.py", "from rich.table import Table", "import aiohttp"),
    "the daemon holds no key": ("gateway/uplink/x.py", "import cryptography", "import ssl"),
    "nothing is left open": ("hw-sim/hwsim/x.py", "raise NotImplementedError", "raise ValueError"),
    "tests meet real things": ("tests/x.py", "from unittest.mock import Mock", "import asyncio"),
}
HOUSE_CASES = (
    (arrow_breaches, "gateway/field/x.py", "from gateway.journal import outbox", "from gateway.core import cdr"),
    (arrow_breaches, "gateway/web/x.py", "import gateway.daemon", "import gateway.clock"),
    (arrow_breaches, "gateway/core/x.py", "from ..ocpi import wire", "from .cdr import Cdr"),
    (arrow_breaches, "gateway/site.py", "from gateway import daemon", "from gateway import clock"),
    (float_breaches, "gateway/ocpi/x.py", "LIMIT = 0.5", 'LIMIT = "0.5"'),
    (secret_breaches, "gateway/x.py", 'log.info("card", uid=token.uid.value)', 'log.info("card", uid=token.uid)'),
    (secret_breaches, "drivers/rfid/x.py", 'raise ValueError(f"bad {uid}")', 'raise ValueError(f"bad {len(data)}")'),
    (secret_breaches, "gateway/x.py", 'log.debug("login", password=password)', 'log.debug("login", user=user)'),
    (secret_breaches, "gateway/x.py", 'raise OSError(f"{settings.password}")', "connect(settings.password)"),
)


def _plant(root: Path, path: str, line: str, sign: str = '"""A planted module."""') -> None:
    file = root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"{sign}\n{line}\n", encoding="utf-8")


def _places(breaches: Iterable[Breach]) -> set[str]:
    return {breach.path for breach in breaches}


def test_every_law_has_a_case_here() -> None:
    assert ALLOWANCE_CASES.keys() == {allowance.name for allowance in ALLOWANCES}
    assert BAN_CASES.keys() == {ban.name for ban in BANS}


@pytest.mark.parametrize("allowance", ALLOWANCES, ids=lambda allowance: allowance.name)
def test_an_import_off_the_list_is_found(tmp_path: Path, allowance: Allowance) -> None:
    path, breaking, fine = ALLOWANCE_CASES[allowance.name]
    _plant(tmp_path, path, fine)
    assert not list(allowance_breaches(tmp_path, allowance))
    _plant(tmp_path, path, breaking)
    assert _places(allowance_breaches(tmp_path, allowance)) == {path}


@pytest.mark.parametrize("ban", BANS, ids=lambda ban: ban.name)
def test_a_name_out_of_its_place_is_found(tmp_path: Path, ban: Ban) -> None:
    path, breaking, fine = BAN_CASES[ban.name]
    _plant(tmp_path, path, fine)
    assert not list(ban_breaches(tmp_path, ban))
    _plant(tmp_path, path, breaking)
    assert _places(ban_breaches(tmp_path, ban)) == {path}


@pytest.mark.parametrize("ban", [ban for ban in BANS if ban.only_in], ids=lambda ban: ban.name)
def test_a_name_in_its_place_is_left_alone(tmp_path: Path, ban: Ban) -> None:
    home = ban.only_in[0] if ban.only_in[0].endswith(".py") else f"{ban.only_in[0]}/x.py"
    _plant(tmp_path, home, BAN_CASES[ban.name][1])
    assert not list(ban_breaches(tmp_path, ban))


@pytest.mark.parametrize(("find_breaches", "path", "breaking", "fine"), HOUSE_CASES)
def test_a_broken_house_rule_is_found(
    tmp_path: Path, find_breaches: Finder, path: str, breaking: str, fine: str
) -> None:
    _plant(tmp_path, path, fine)
    assert not list(find_breaches(tmp_path))
    _plant(tmp_path, path, breaking)
    assert _places(find_breaches(tmp_path)) == {path}


def test_an_import_by_name_is_an_import(tmp_path: Path) -> None:
    _plant(tmp_path, "gateway/core/x.py", 'importlib.import_module("smartcard.scard")')
    breaches = list(allowance_breaches(tmp_path, ALLOWANCES[0]))
    assert "smartcard.scard" in str(breaches)


def test_a_part_of_the_gateway_that_is_on_no_list_is_found(tmp_path: Path) -> None:
    _plant(tmp_path, "gateway/billing/x.py", "")
    assert _places(arrow_breaches(tmp_path)) == {"gateway/billing/x.py"}


def test_a_module_without_a_docstring_is_found(tmp_path: Path) -> None:
    _plant(tmp_path, "drivers/x.py", "", sign="import asyncio")
    assert _places(sign_breaches(tmp_path)) == {"drivers/x.py"}


def test_a_module_over_the_wall_is_found_and_one_at_it_is_not(tmp_path: Path) -> None:
    _plant(tmp_path, "gateway/at.py", "\n" * (MAX_LINES - 2))
    _plant(tmp_path, "gateway/over.py", "\n" * (MAX_LINES - 1))
    assert _places(size_breaches(tmp_path)) == {"gateway/over.py"}


@pytest.mark.parametrize("path", ["gateway/utils.py", "drivers/common/bus.py", "tests/core/helpers.py"])
def test_a_name_that_says_nothing_is_found(tmp_path: Path, path: str) -> None:
    _plant(tmp_path, path, "")
    assert _places(name_breaches(tmp_path)) == {path}


def test_a_breach_tells_file_line_law_and_remedy(tmp_path: Path) -> None:
    _plant(tmp_path, "gateway/core/x.py", "import socket")
    told = str(next(allowance_breaches(tmp_path, ALLOWANCES[0])))
    assert told.startswith("gateway/core/x.py:2: the core is pure, but imports socket: ")
    assert told.endswith(ALLOWANCES[0].remedy)
