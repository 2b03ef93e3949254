"""`ocpi-gateway init` as a process: against real ports, scripted and at a terminal; what is there is never lost."""

import asyncio
import json
import os
import pty
import re
import stat
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from hwsim.site import BusKind, BusPlan, ControllerKind, ControllerPlan, EvsePlan, MeterPlan, SimulatedSite, SitePlan

from gateway.cli.init_write import put_into_place
from gateway.cli.main import main
from gateway.cli.outcome import CommandFailed, InputRefused

SITE = (
    *("--country-code", "SE", "--party-id", "ABC", "--address", "Sveavägen 44", "--city", "Stockholm"),
    *("--latitude", "59,3374", "--longitude", "18.06324", "--time-zone", "Europe/Stockholm"),
)


@asynccontextmanager
async def a_cabinet() -> AsyncIterator[str]:
    """Serve two meters, a relay board and a controller on Modbus TCP; give the port's name."""
    plan = SitePlan(
        (BusPlan("bus", BusKind.TCP),),
        evses=(
            EvsePlan("A", MeterPlan("bus", 1, "abb-b23"), ControllerPlan("bus", 10, ControllerKind.RELAY_BOARD)),
            EvsePlan("B", MeterPlan("bus", 2, "eastron-sdm630"), ControllerPlan("bus", 11, ControllerKind.EVSE_DIN)),
        ),
    )
    async with SimulatedSite(plan) as site:
        yield f"127.0.0.1:{site.tcp('bus').port}"


async def init(config: Path, *words: str) -> tuple[int, str, str]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "gateway", "init", "--config", str(config), *words),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    return process.returncode or 0, out.decode(), err.decode()


@pytest.mark.slow
async def test_flags_alone_make_a_configuration_that_check_config_takes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "etc" / "gateway.toml"
    token = tmp_path / "from-the-operator"
    token.write_text("s3cret-of-the-operator\n")
    peer = (
        "--ocpi-url",
        "https://ocpi.example.com/versions",
        "--ocpi-token-file",
        str(token),
        "--ocpi-all-drivers",
        "--ocpi-party",
        "SE-OPR",
    )
    async with a_cabinet() as port:
        code, out, _ = await init(config, "--port", port, "--units", "1,2,10,11", *SITE, *peer)
    assert code == 0
    assert re.search(r"1 +meter-1, net 1 +box-1, net 11 +ABB B23", out)
    assert max(len(line) for line in out.replace(str(config.parent), "").splitlines()) <= 80
    assert main(["check-config", "--config", str(config), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["ok"] is True
    credentials = config.parent / "credentials"
    assert (credentials / "operator.token").read_text() == "s3cret-of-the-operator\n"
    modes = [stat.S_IMODE(each.stat().st_mode) for each in (credentials, credentials / "operator.token", config)]
    assert modes == [0o700, 0o600, 0o640]
    assert "s3cret" not in config.read_text() + out
    assert 'drivers = "all"' in config.read_text()
    assert sorted(each.name for each in config.parent.iterdir()) == ["credentials", "gateway.toml", "tokens.json"]


@pytest.mark.slow
async def test_a_terminal_asks_explains_and_shows_a_bar(tmp_path: Path) -> None:
    config = tmp_path / "gateway.toml"
    answers = [
        "n",
        "1",
        "relay-1",
        "y",
        "SE",
        "abc",
        "ABC",
        "",
        "",
        "",
        "Street 1",
        "Stockholm",
        "",
        "59.3",
        "18",
        "32",
        "",
        "n",
        "n",
    ]
    ours, theirs = pty.openpty()
    async with a_cabinet() as port:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "gateway", "init", "--config", str(config), "--port", port, "--units", "1,2,10-13"),
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            env={**os.environ, "TERM": "dumb", "NO_COLOR": "1"},
        )
        os.close(theirs)
        os.write(ours, "".join(f"{answer}\n" for answer in answers).encode())
        said = await asyncio.to_thread(read_all, ours)
        assert await process.wait() == 0
    assert re.search(r"\[#*\.*\] +\d+ %", said)
    assert "does each meter count behind its controller? [y/N]" in said
    assert 'must be three capitals or digits, such as "ABC"' in said
    assert f"wrote {config}" in said
    written = config.read_text()
    assert written.index('meter = "meter-1"\ncontroller = "relay-1"') < written.index(
        'meter = "meter-2"\ncontroller = "box-1"'
    )
    assert 'latitude = "59.30000"' in written
    assert "max_current_a = 32" in written


def read_all(terminal: int) -> str:
    said = b""
    while True:
        try:
            more = os.read(terminal, 65536)
        except OSError:
            break
        said += more
    os.close(terminal)
    return said.decode()


async def test_what_is_missing_is_named_at_once_and_before_any_search(tmp_path: Path) -> None:
    code, out, err = await init(tmp_path / "gateway.toml", "--port", "192.0.2.1:502", "--country-code", "SE")
    assert (code, out) == (2, "")
    assert err.startswith("ocpi-gateway: nobody is there to be asked: say --party-id, ")
    assert err.endswith("--latitude, --longitude\n")


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        (("--country-code", "SWE"), '--country-code SWE: a party\'s country has two letters; use "SE"'),
        (("--latitude", "north"), "--latitude north: must be degrees with 5 to 7 decimals"),
        (("--max-current-a", "3"), "--max-current-a 3: must be a whole number from 6 to 1000"),
        (("--ocpi-url", "https://x/versions"), "--ocpi-url needs --ocpi-party"),
    ],
)
def test_a_wrong_flag_is_refused_in_the_words_of_check_config(
    wrong: tuple[str, ...], why: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["init", "--unattended", "--config", str(tmp_path / "gateway.toml"), *SITE, *wrong]
    assert main(words) == 2
    assert why in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_configuration_that_is_there_is_left_as_it_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = tmp_path / "gateway.toml"
    config.write_text("mine")
    assert main(["init", "--config", str(config), "--unattended"]) == 2
    assert "is there already and is left as it is; say --force" in capsys.readouterr().err
    assert config.read_text() == "mine"


def test_with_force_the_old_one_is_kept_beside_it_and_the_cards_stay(tmp_path: Path) -> None:
    config = tmp_path / "gateway.toml"
    good = Path(__file__).parents[2] / "systemd" / "gateway.example.toml"
    text = good.read_text(encoding="utf-8").replace("credentials/operator.token", "credentials/x")
    config.write_text("mine")
    (tmp_path / "tokens.json").write_text("[ ]")
    put_into_place(config, text, {"x": "secret"})
    assert config.read_text() == text
    assert (tmp_path / "gateway.toml.before-init").read_text() == "mine"
    assert (tmp_path / "tokens.json").read_text() == "[ ]"


def test_what_check_config_would_refuse_is_not_written(tmp_path: Path) -> None:
    with pytest.raises(InputRefused, match="nothing was written, for check-config would refuse it"):
        put_into_place(tmp_path / "gateway.toml", 'tokens_file = "tokens.json"\n', {})
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_made_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(CommandFailed, match=r"cannot write .*: file exists"):
        put_into_place(tmp_path / "file" / "gateway.toml", "", {})
