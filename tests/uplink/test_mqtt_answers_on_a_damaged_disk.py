"""A backend asks over MQTT while the journal's file is damaged: it is told, and nothing ends."""

import json
import sqlite3
from pathlib import Path

from plant import BACKEND
from scenarios.box import Box, TurnedClock, running_box
from structlog.testing import capture_logs

from gateway.core.identifiers import Party
from gateway.reconciling import Reconciler
from gateway.settings import MqttBackendSettings
from gateway.uplink.mqtt_requests import Respondent
from gateway.wiring_mqtt import Answering, respondents


def inventory_of(box: Box) -> Respondent:
    settings = MqttBackendSettings(name=BACKEND, host="127.0.0.1", port=1883, prefix="ocpi", client_id="g")
    answering = Answering(Reconciler(box.journal, box.site.inbox, box.clock))
    (inventory,) = respondents(settings, Party("SE", "ABC"), answering)
    assert isinstance(inventory, Respondent)
    return inventory


def overwrite_the_chain_of_cdrs(path: Path) -> None:
    """Write over the first page of the table, as a worn SD card does."""
    connection = sqlite3.connect(path)
    ((page,), (size,)) = connection.execute(
        "SELECT rootpage FROM sqlite_master WHERE name = 'cdr_chain' UNION ALL SELECT * FROM pragma_page_size"
    )
    connection.close()
    with path.open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\xff" * size)


async def test_a_damaged_journal_is_an_answer_and_a_line_in_the_log_and_ends_nothing(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    async with running_box(path) as box:
        await box.charge(5)
        await box.settled()
    clock = TurnedClock(boot_id="boot-2")
    with capture_logs() as told:
        async with running_box(path, clock=clock) as box:
            overwrite_the_chain_of_cdrs(path)
            answers = [json.loads(await inventory_of(box).answer(b"{}")) for _ in range(2)]

    assert answers[0] == answers[1]
    assert "stop the daemon and start it again to have it set aside" in answers[0]["error"]
    assert [line["event"] for line in told if line["log_level"] == "critical"] == ["journal_damaged"]
