"""Log lines as a person or journald reads them."""

import json
import os
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest
import structlog

from gateway.core.identifiers import TokenUid
from gateway.log import LogFormat, configure

CARD = TokenUid("04A2B3C4D5E680")


@pytest.fixture(autouse=True)
def fresh_structlog() -> Iterator[None]:
    yield
    structlog.reset_defaults()


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


def test_journald_gets_the_priority_before_the_line_and_no_time(tmp_path: Path) -> None:
    with (tmp_path / "stderr").open("w+") as stream:
        status = os.fstat(stream.fileno())
        configure(LogFormat.LOGFMT, stream=stream, environment={"JOURNAL_STREAM": f"{status.st_dev}:{status.st_ino}"})
        log = structlog.get_logger()
        log.info("ready")
        log.warning("meter_lost")
        log.error("fault_raised")
        log.critical("cannot_go_on")
        stream.seek(0)
        assert stream.read().splitlines() == [
            "<6>event=ready",
            "<4>event=meter_lost",
            "<3>event=fault_raised",
            "<2>event=cannot_go_on",
        ]


def test_a_terminal_below_journald_gets_no_priorities(tmp_path: Path) -> None:
    with (tmp_path / "stderr").open("w+") as stream:
        configure(LogFormat.LOGFMT, stream=stream, environment={"JOURNAL_STREAM": "1:2"})
        structlog.get_logger().info("ready")
        stream.seek(0)
        assert stream.read().startswith("at=")
