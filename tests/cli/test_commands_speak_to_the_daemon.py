"""What a technician sees: each command as a process against a served garage, word for word at 80 columns."""

import json
import os
import re

import pytest
from cli.evening import Evening
from cli.goldens import golden, name_of
from web.garage_day import CARD, session_id

SESSION = "ec222c62"


@pytest.mark.parametrize(
    "words",
    [
        ("status",),
        ("meters",),
        ("sessions",),
        ("explain", SESSION),
        ("explain", SESSION, "--all"),
        ("cdrs",),
        ("outbox",),
        ("outbox", "--parked"),
        ("faults", "clear", "EVSE-2"),
        ("ledger",),
        ("replay",),
    ],
    ids=" ".join,
)
async def test_output_is_word_for_word_this(served: Evening, words: tuple[str, ...]) -> None:
    said = await served.ask(*words)
    assert said.out == golden(name_of(words), pid=os.getpid())
    assert (said.code, said.err) == (0, "")


@pytest.mark.parametrize(
    "words",
    [("status",), ("meters",), ("sessions",), ("explain", SESSION), ("cdrs",), ("outbox",), ("replay",)],
    ids=" ".join,
)
async def test_json_can_be_read_by_a_machine_and_names_no_card(served: Evening, words: tuple[str, ...]) -> None:
    said = await served.ask(*words, "--json")
    assert said.code == 0
    assert json.loads(said.out)
    assert CARD not in said.out


async def test_colours_stay_out_of_a_pipe(served: Evening) -> None:
    said = await served.ask("status")
    assert "\x1b" not in said.out


async def test_the_whole_id_of_a_session_serves_as_well_as_its_beginning(served: Evening) -> None:
    short, whole = await served.ask("explain", SESSION), await served.ask("explain", session_id(served.plant))
    assert short.out == whole.out


async def test_a_session_that_never_was_is_said_in_one_line(served: Evening) -> None:
    said = await served.ask("explain", "nonsense")
    assert (said.code, said.out) == (1, "")
    assert said.err == "ocpi-gateway: there is no session nonsense; run ocpi-gateway sessions to see them\n"


@pytest.mark.parametrize(
    "words",
    [
        ("explain", ""),
        ("cdr", "credit", "", "--reason", "wrong price"),
        ("faults", "clear", ""),
        ("outbox", "retry", ""),
        ("cdrs", "inventory", ""),
        ("cdrs", "resend", "", "1"),
        ("meter-exchanged", "", "--old-wh", "1", "--new-wh", "1"),
    ],
)
async def test_an_empty_id_is_refused_as_such(words: tuple[str, ...], served: Evening) -> None:
    said = await served.ask(*words)
    assert (said.code, said.err) == (2, "ocpi-gateway: an id that is empty names nothing; give it whole\n")


async def test_a_backend_of_any_name_can_be_asked_about(served: Evening) -> None:
    for words in (("inventory", "Ö 1"), ("resend", "Ö 1", "1")):
        said = await served.ask("cdrs", *words)
        assert said.code == 1
        assert said.err.startswith("ocpi-gateway: no backend Ö 1 is configured; there are: ")


async def test_an_evse_that_never_was_is_said_in_one_line(served: Evening) -> None:
    said = await served.ask("faults", "clear", "a/b ?")
    assert said.code == 1
    assert said.err == "ocpi-gateway: there is no EVSE a/b ?; known EVSEs: EVSE-1, EVSE-2\n"


async def test_a_meter_exchange_is_taken_down_with_both_values(served: Evening) -> None:
    said = await served.ask("meter-exchanged", "EVSE-1", "--old-wh", "1002000", "--new-wh", "7")
    assert (said.code, said.err) == (0, "")
    assert said.out == "EVSE EVSE-1: from 1002000 Wh on the old meter to 7 Wh on the new one\n"


async def test_replay_proves_the_journal_beside_the_running_daemon(served: Evening) -> None:
    said = await served.ask("replay")
    assert said.code == 0
    assert re.fullmatch(r"\d+ facts give the \d+ rows that are there\n", said.out)
