"""What commands print that need no daemon: word for word, in a folder where the configuration stands."""

import asyncio
import json
import os
import re
import sys
from pathlib import Path

import pytest
from cli.checked_site import write_site
from cli.evening import Evening, Output, run_command
from cli.goldens import golden
from cli.priced import cdr
from config.garage import GARAGE, Garage
from hwsim.site import BusKind, BusPlan, ControllerKind, ControllerPlan, EvsePlan, MeterPlan, SimulatedSite, SitePlan

from gateway.cli.language import load
from gateway.notary.device_key import sign


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Garage:
    """A garage in the folder that the technician is in, so that what is printed names no other."""
    monkeypatch.chdir(tmp_path)
    return Garage(tmp_path)


def asked(*words: str) -> Output:
    return run_command(*words, "--config", "gateway.toml")


async def test_a_whole_journal_is_word_for_word_this(evening: Evening) -> None:
    said = await evening.ask("verify")
    head = re.findall(r"head \d+:(\w+)", said.out)[0]
    assert (said.code, said.err, said.out) == (0, "", golden("verify", head=head))


async def test_the_public_key_stands_alone(evening: Evening) -> None:
    key, _ = sign(evening.folder / "state" / "device.key", b"anything")
    said = await evening.ask("verify", "--public-key")
    assert (said.code, said.err, said.out) == (0, "", golden("verify_public-key", key=key))


async def test_a_missing_key_is_word_for_word_this(evening: Evening) -> None:
    said = await evening.ask("verify", "--public-key")
    assert (said.code, said.out) == (1, "")
    assert said.err == golden("verify_public-key_missing", state=evening.folder / "state")


def test_a_right_configuration_is_word_for_word_this(here: Garage) -> None:
    here.write("operator.token", "s3cret-of-the-operator\n").chmod(0o600)
    here.change('host = "broker.example.com"', 'tls = {}\nhost = "broker.example.com"')
    said = asked("check-config")
    assert (said.code, said.err, said.out) == (0, "", golden("check-config_ok"))


def test_warnings_and_errors_are_word_for_word_this(here: Garage) -> None:
    here.change('readers = ["front"]', "readers = []")
    said = asked("check-config")
    assert (said.code, said.err, said.out) == (0, "", golden("check-config_warnings"))
    here.change('country_code = "SE"', 'country_code = "SWE"')
    here.change('bus = "hall"\nunit = 1\n', 'bus = "attic"\nunit = 0\n')
    here.change("[rules]", "[rules]\nplug_timeout = 3\nidle_after_s = -1")
    said = asked("check-config")
    assert (said.code, said.err, said.out) == (2, "", golden("check-config_errors"))


def test_the_values_of_a_configuration_are_word_for_word_these(here: Garage) -> None:
    (here.folder / "conf.d").mkdir()
    here.write("conf.d/50-fleet.toml", "[rules]\nidle_after_s = 90\n")
    said = asked("config", "show")
    assert (said.code, said.err, said.out) == (0, "", golden("config_show"))


def test_run_is_refused_word_for_word_so(here: Garage) -> None:
    here.change('currency = "SEK"\n', "")
    here.change('bus = "hall"\nunit = 1\n', 'bus = "attic"\nunit = 1\n')
    said = asked("run")
    assert (said.code, said.out, said.err) == (2, "", golden("run_wrong"))
    here.path.unlink()
    said = asked("run")
    assert (said.code, said.out, said.err) == (2, "", golden("run_nothing"))


def test_a_bill_is_word_for_word_this(here: Garage) -> None:
    stated = {"total_cost": {"excl_vat": 7, "incl_vat": 7.9}, "total_energy_cost": {"excl_vat": 5.5}}
    here.write("cdr.json", json.dumps(cdr(**stated, total_energy=19)))
    said = asked("price", "cdr.json", "--time-zone", "Europe/Berlin")
    assert (said.code, said.err, said.out) == (0, "", golden("price"))


SITE = SitePlan(
    (BusPlan("bus", BusKind.TCP),),
    evses=(
        EvsePlan("A", MeterPlan("bus", 1, "abb-b23"), ControllerPlan("bus", 10, ControllerKind.RELAY_BOARD)),
        EvsePlan("B", MeterPlan("bus", 2, "eastron-sdm630"), ControllerPlan("bus", 11, ControllerKind.EVSE_DIN)),
    ),
)


@pytest.mark.slow
async def test_what_init_found_and_wrote_is_word_for_word_this(tmp_path: Path) -> None:
    """As a process: libpcsclite asks its environment once for pcscd, and others here have a pcscd of their own."""
    of_site = (
        *("--country-code", "SE", "--party-id", "ABC", "--address", "Sveavägen 44", "--city", "Stockholm"),
        *("--latitude", "59.3374", "--longitude", "18.06324", "--time-zone", "Europe/Stockholm"),
    )
    async with SimulatedSite(SITE) as site:
        port = site.tcp("bus").port
        where = ("--port", f"127.0.0.1:{port}", "--units", "1,2,10,11")
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "gateway", "init", "--config", "gateway.toml", "--unattended", *where, *of_site),
            cwd=tmp_path,
            env={**os.environ, "LANGUAGE": "en", "LC_ALL": "C.UTF-8"},
            stdout=asyncio.subprocess.PIPE,
        )
        out, _ = await process.communicate()
    assert process.returncode == 0
    assert re.sub(r"\d+(\.\d)? ms", "N ms", out.decode()) == golden("init", port=port)


async def test_a_site_that_is_well_is_word_for_word_this(here: Garage) -> None:
    plan = SitePlan((BusPlan("bus", BusKind.TCP),), evses=SITE.evses[:1])
    async with SimulatedSite(plan) as site:
        write_site(here.folder, with_one_meter(site.tcp("bus").port))
        said = await asyncio.to_thread(asked, "doctor", "--only", "config,meters,outbox")
        in_german = await asyncio.to_thread(
            run_command, "doctor", "--only", "meters", "--json", "--config", "gateway.toml", language=load("de")
        )
    assert re.search(r"hall-1.*\n.*\d\.\d+ kWh", in_german.out)
    shown = re.sub(r"[\d.]+( kWh| V| Hz| W| ms)", r"N\1", said.out)
    assert (said.code, said.err, shown) == (0, "", golden("doctor_well"))


def with_one_meter(port: int) -> str:
    """Return the garage's configuration with the first of its EVSEs, on the simulated line."""
    head, _, rest = GARAGE.partition("[buses.hall]")
    evse = rest[rest.index("[[evses]]") : rest.index('[[evses]]\nuid = "2"')]
    bus = f'[buses.net]\nkind = "tcp"\nhost = "127.0.0.1"\nport = {port}\n'
    meter = '[meters.hall-1]\nbus = "net"\nunit = 1\nmodel = "abb-b23"\n'
    relay = '[controllers.relay-1]\nkind = "relay_board"\nbus = "net"\nunit = 10\n'
    return head + bus + meter + relay + '[readers.front]\nkind = "pcsc"\n' + evse
