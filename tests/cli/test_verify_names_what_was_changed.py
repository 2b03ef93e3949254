"""`ocpi-gateway verify`: whole, or the first fact that was changed; exit code 1 and the same as JSON."""

import json
import sqlite3

import pytest
from cli.evening import Evening, unfolded


def tamper(evening: Evening, statement: str) -> None:
    connection = sqlite3.connect(evening.journal, isolation_level=None)
    connection.executescript("DROP TRIGGER fact_is_never_changed; DROP TRIGGER fact_is_never_deleted;")
    connection.execute(statement)
    connection.close()


async def test_a_journal_that_nobody_touched_is_whole_and_its_head_can_be_noted(evening: Evening) -> None:
    said = await evening.ask("verify")
    assert said.code == 0
    facts, head = said.out.splitlines()
    assert facts.endswith(" facts are as they were written, each following the one before")
    assert (await evening.ask("verify", "--noted", head.removeprefix("head "))).code == 0


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("UPDATE fact SET evse_uid = 'EVSE-9' WHERE seq = 6", "fact 6 ("),
        ("DELETE FROM fact WHERE seq = 6", "fact 6 is not there any more"),
        ("UPDATE fact SET seq = 100000 WHERE seq = 6", "fact 6 is not there any more"),
    ],
)
async def test_the_first_changed_fact_is_named_with_exit_code_1(evening: Evening, statement: str, words: str) -> None:
    tamper(evening, statement)
    said = await evening.ask("verify")
    assert said.code == 1
    first, second = unfolded(said.out).splitlines()
    assert first.startswith(words)
    assert second == (
        "the 5 facts before it are as they were written; keep a copy of the journal and find out who changed it"
    )


async def test_the_answer_as_json_names_the_fact_too(evening: Evening) -> None:
    tamper(evening, "DELETE FROM fact WHERE seq = 6")
    said = await evening.ask("verify", "--json")
    assert said.code == 1
    answer = json.loads(said.out)
    assert (answer["is_whole"], answer["facts"]) == (False, 5)
    assert answer["damage"] == {"seq": 6, "what": "fact 6 is not there any more"}


async def test_a_head_that_is_none_is_refused(evening: Evening) -> None:
    said = await evening.ask("verify", "--noted", "yesterday")
    assert said.code == 2
    assert "must be SEQ:HASH as verify prints it" in said.err
