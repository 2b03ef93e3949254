"""Log lines as a person or journald reads them."""

import json
import os
import socket
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest
import structlog

from gateway.core.identifiers import TokenUid
from gateway.log import LogFormat, configure

CARD = TokenUid("04A2B3C4D5E680")


def written(log_format: LogFormat, level: str = "info") -> StringIO:
    stream = StringIO()
    configure(log_format, level, stream, {})
    return stream


def test_logfmt_begins_with_time_level_and_event() -> None:
    stream = written(LogFormat.LOGFMT)
    structlog.get_logger().warning("meter_lost", meter="hall-1", silent_s=12, note="two words")
    at, *rest = stream.getvalue().rstrip("\n").split(" ", 1)
    assert at.startswith("at=20")
    assert at.endswith("Z")
    assert rest == ['level=warning event=meter_lost meter=hall-1 silent_s=12 note="two words"']


def test_json_is_one_object_per_line() -> None:
    stream = written(LogFormat.JSON)
    structlog.get_logger().info("card_refused", reader="Straße", reason=None)
    entry = json.loads(stream.getvalue())
    assert entry.pop("at").endswith("Z")
    assert entry == {"event": "card_refused", "level": "info", "reader": "Straße", "reason": None}


@pytest.mark.parametrize("log_format", list(LogFormat))
def test_a_card_prints_itself_redacted_wherever_it_stands(log_format: LogFormat) -> None:
    stream = written(log_format)
    structlog.get_logger().info("seen", card=CARD, pair=(CARD, 1), by_reader={"front": CARD})
    assert CARD.value not in stream.getvalue()
    assert stream.getvalue().count("04…80") == 3


def test_a_peers_answer_cannot_forge_a_second_line() -> None:
    stream = written(LogFormat.LOGFMT)
    structlog.get_logger().info("answer", body="<html>\r\n<3>event=forged\x1b[31m")
    assert stream.getvalue().count("\n") == 1
    assert "\x1b" not in stream.getvalue()


def test_what_is_below_the_level_is_not_written() -> None:
    stream = written(LogFormat.LOGFMT, "warning")
    structlog.get_logger().info("quiet")
    assert stream.getvalue() == ""


class Journal:
    """A socket like journald's, and the stream whose device and inode JOURNAL_STREAM names."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "journal.sock"
        self.stderr = (folder / "stderr").open("w+")
        status = os.fstat(self.stderr.fileno())
        self.environment = {"JOURNAL_STREAM": f"{status.st_dev}:{status.st_ino}"}
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(self.path))

    def entry(self) -> dict[str, str]:
        lines = self._socket.recv(65536).decode().splitlines()
        return dict(line.split("=", 1) for line in lines)

    def close(self) -> None:
        self._socket.close()
        self.stderr.close()


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    journal = Journal(tmp_path)
    yield journal
    journal.close()


def test_journald_gets_a_field_for_every_value(journal: Journal) -> None:
    configure(LogFormat.LOGFMT, stream=journal.stderr, environment=journal.environment, journal=journal.path)
    structlog.get_logger().warning("meter_lost", meter="hall-1", silent_s=12, card=CARD, nothing=None)
    assert journal.entry() == {
        "EVENT": "meter_lost",
        "METER": "hall-1",
        "SILENT_S": "12",
        "CARD": "04…80",
        "MESSAGE": "event=meter_lost meter=hall-1 silent_s=12 card=04…80 nothing=",
        "PRIORITY": "4",
        "SYSLOG_IDENTIFIER": "ocpi-gateway",
    }


def test_journald_gets_priorities_by_which_it_sorts(journal: Journal) -> None:
    configure(LogFormat.LOGFMT, stream=journal.stderr, environment=journal.environment, journal=journal.path)
    log = structlog.get_logger()
    log.info("ready")
    log.error("fault_raised")
    log.critical("cannot_go_on")
    assert [journal.entry()["PRIORITY"] for _ in range(3)] == ["6", "3", "2"]


def test_no_value_can_forge_a_field(journal: Journal) -> None:
    configure(LogFormat.LOGFMT, stream=journal.stderr, environment=journal.environment, journal=journal.path)
    structlog.get_logger().info("answer", body="x\nPRIORITY=0\n_PID=1", _uid=0, message="mine")
    entry = journal.entry()
    assert entry["PRIORITY"] == "6"
    assert entry["MESSAGE"].startswith("event=answer ")
    assert "_PID" not in entry
    assert entry["UID"] == "0"


def test_without_journalds_socket_the_line_goes_to_stderr_with_its_priority(journal: Journal, tmp_path: Path) -> None:
    nowhere = tmp_path / "nobody.sock"
    configure(LogFormat.LOGFMT, stream=journal.stderr, environment=journal.environment, journal=nowhere)
    structlog.get_logger().warning("meter_lost")
    journal.stderr.seek(0)
    assert journal.stderr.read() == "<4>event=meter_lost\n"


def test_a_terminal_below_journald_gets_no_priorities(tmp_path: Path) -> None:
    with (tmp_path / "stderr").open("w+") as stream:
        configure(LogFormat.LOGFMT, stream=stream, environment={"JOURNAL_STREAM": "1:2"})
        structlog.get_logger().info("ready")
        stream.seek(0)
        assert stream.read().startswith("at=")
