"""The doctor as a technician and a fleet tool meet it: lines with remedies, JSON, exit codes, and an end in time."""

import asyncio
import json
import os
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from cli.checked_site import Absent, asked, looked_at, open_session, report, states, write_site
from cli.evening import Evening
from cli.goldens import golden
from config.garage import GARAGE

from gateway.cli.checkup.bounds import TimeUp, within
from gateway.cli.checkup.daemon import out_of_order
from gateway.cli.checkup.table import CHECKS, Check
from gateway.cli.checkup.verdict import State, Verdict, good
from gateway.cli.doctor import examine
from gateway.cli.progress import Progress
from gateway.core.identifiers import EvseUid
from gateway.core.reasons import FaultKind


def test_what_it_says_of_a_site_without_a_daemon_is_word_for_word_this(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = write_site(tmp_path, GARAGE + "plug_timeout = 3\n")
    assert asked(config, "--only", "config,readers,meters,contactor,tap,outbox") == 1
    said = capsys.readouterr()
    assert said.out == golden("doctor_broken")
    assert said.err == ""


async def test_what_it_says_beside_a_daemon_is_word_for_word_this(served: Evening) -> None:
    said = await served.ask("doctor", "--only", "daemon,readers,meters,journal,outbox")
    assert said.out == golden("doctor_served", pid=os.getpid())
    assert said.code == 1


@pytest.mark.parametrize(
    ("kind", "detail", "text", "remedy"),
    [
        (FaultKind.METER_LOST, "no reply; check its power", "no reply", "check its power"),
        (FaultKind.CONTROLLER_FAULT, "pilot state F", "pilot state F", "mend it, and the fault is over by itself"),
        (
            FaultKind.CONTACTOR_DID_NOT_OPEN,
            "may be welded; check it",
            "may be welded; check it",
            "mend it, then run ocpi-gateway faults clear EVSE-1",
        ),
    ],
)
def test_only_a_fault_that_does_not_end_by_itself_is_to_be_cleared(
    kind: FaultKind, detail: str, text: str, remedy: str
) -> None:
    found = out_of_order(EvseUid("EVSE-1"), kind, detail)
    assert (found.text, found.remedy) == (f"out of order, {kind.value}: {text}", remedy)


def test_a_fleet_tool_gets_every_verdict_as_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert asked(write_site(tmp_path), "--only", "config,outbox", "--json") == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["counts"] == {"pass": 1, "warn": 0, "fail": 0, "skipped": 1}
    assert (answer["exit_code"], answer["config"]) == (0, str(tmp_path / "gateway.toml"))
    assert answer["checks"][0] == {
        "check": "config",
        "state": "pass",
        "subject": "",
        "text": "the configuration can be used",
        "remedy": None,
    }


def test_what_only_warns_ends_with_4(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert asked(write_site(tmp_path), "--only", "daemon", "--json") == 4
    assert [check["state"] for check in report(capsys.readouterr().out)] == ["warn"]


def test_a_config_that_is_not_there_fails_with_a_line_and_nothing_else_breaks(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert asked(tmp_path / "none.toml", "--json", "--only", "config,daemon,disk,serial,meters,backends,journal") == 1
    found = report(capsys.readouterr().out)
    assert [one["state"] for one in found if one["check"] == "config"] == ["fail"]
    assert {one["state"] for one in found if one["check"] != "config"} == {"skipped"}


def test_an_unknown_check_is_refused_with_the_known_ones(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        asked(Path("x.toml"), "--only", "heart")
    assert ended.value.code == 2
    assert "there is no check 'heart'; known checks: config, daemon" in capsys.readouterr().err


def test_every_fail_and_every_warning_ends_with_a_remedy(tmp_path: Path) -> None:
    config = write_site(tmp_path, GARAGE.replace("unit = 10\n", 'unit = 10\ntimeout_s = "soon"\n', 1))
    found = [one for check in CHECKS if not check.asks for one in looked_at(config, check.name, tmp_path)]
    assert found
    assert [one for one in found if one.state in {State.FAIL, State.WARN} and not one.remedy] == []


def test_without_a_human_nothing_is_asked(tmp_path: Path) -> None:
    config = write_site(tmp_path)
    for check in ("tap", "contactor"):
        (found,) = looked_at(config, check)
        assert (found.state, found.remedy) == ("skipped", "run ocpi-gateway doctor on a terminal")


def test_no_contactor_moves_without_a_yes(tmp_path: Path) -> None:
    human = Absent()
    assert states(looked_at(write_site(tmp_path), "contactor", human=human)) == ["skipped", "skipped"]
    assert human.asked[0] == "the contactor of EVSE 1 closes for a moment: its socket is live then"
    assert human.asked[1] == "test the contactor of EVSE 1, with nothing plugged in?"


async def test_no_contactor_moves_beside_a_running_daemon(served: Evening) -> None:
    config = write_site(served.folder, GARAGE)
    human = Absent()
    (found,) = await asyncio.to_thread(looked_at, config, "contactor", human=human)
    assert (found.state, found.text, human.asked) == ("skipped", "the daemon switches them", [])
    assert found.remedy == (
        "when nobody charges, run systemctl stop ocpi-gateway, then ocpi-gateway doctor --only contactor, then "
        "systemctl start ocpi-gateway"
    )


async def test_no_contactor_moves_while_a_session_is_open(tmp_path: Path) -> None:
    config = write_site(tmp_path)
    human = Absent()
    await open_session(tmp_path / "state")
    (found,) = looked_at(config, "contactor", human=human)
    assert (found.state, found.text, human.asked) == ("skipped", "EVSE EVSE-1 has a session that is not over", [])


def test_a_check_that_hangs_is_broken_off_and_what_it_found_before_counts(tmp_path: Path) -> None:
    def hang(_patient: object) -> Iterator[Verdict]:
        yield good("", "begun")
        while True:
            time.monotonic()

    after = Check("after", "what comes next", lambda _patient: [good("", "done")], 1)
    lines = list(
        examine(write_site(tmp_path), [Check("hang", "x", hang, 0.05), after], Progress(quiet=True), human=None)
    )
    assert [(line.check, line.verdict.state.value) for line in lines] == [
        ("hang", "pass"),
        ("hang", "fail"),
        ("after", "pass"),
    ]


def spin_over_faults() -> None:
    while True:
        try:
            time.monotonic()
        except OSError:
            continue


def test_time_that_is_up_is_no_fault_of_the_system() -> None:
    with pytest.raises(TimeUp), within(0.01):
        spin_over_faults()


def test_all_checks_together_are_bounded() -> None:
    assert sum(check.limit_s for check in CHECKS if not check.asks) < 300


async def test_a_journal_that_somebody_edited_fails(tmp_path: Path) -> None:
    config = write_site(tmp_path)
    journal = tmp_path / "state" / "journal.sqlite"
    await open_session(tmp_path / "state")
    connection = sqlite3.connect(journal, isolation_level=None)
    connection.execute("DROP TRIGGER fact_is_never_changed")
    connection.execute("UPDATE fact SET evse_uid = 'EVSE-9' WHERE seq = 3")
    connection.close()
    (found,) = looked_at(config, "journal")
    assert found.state == "fail"
