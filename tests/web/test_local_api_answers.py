"""The local API over a real Unix socket, answering from a real journal."""

import asyncio
import json
import socket
import stat
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from web.garage_day import BROKEN, CARD, GarageView, session_id, the_evening

from gateway.journal.errors import JournalError
from gateway.journal.journal import open_journal
from gateway.projection import project
from gateway.web.local_api import serve
from gateway.web.monitoring import Monitoring
from gateway.web.unix_socket import SocketUnusable


@asynccontextmanager
async def serving(path: Path, view: GarageView, records: Any) -> AsyncIterator[asyncio.Task[None]]:
    """Serve until the block ends; the socket listens when the block begins."""
    async with asyncio.TaskGroup() as tasks:
        watched = Monitoring(view, records, (), version="1.2.3", faults=(JournalError,)).routes()
        window = serve(path, view, records, view, version="1.2.3", faults=(JournalError,), routes=watched)
        task = tasks.create_task(window)
        yield task
        task.cancel()


async def accepts(path: Path) -> bool:
    try:
        _, writer = await asyncio.open_unix_connection(str(path))
    except OSError:
        return False
    writer.close()
    await writer.wait_closed()
    return True


class Garage:
    """The API of a garage in the evening, and its answers as JSON."""

    def __init__(self, path: Path, view: GarageView, session: aiohttp.ClientSession) -> None:
        self.path, self.view = path, view
        self._session = session

    async def get(self, path: str, status: int = 200) -> Any:
        async with self._session.get(f"http://gateway{path}") as response:
            assert response.status == status
            assert response.content_type == "application/json"
            return json.loads(await response.read())

    async def post(self, path: str, status: int = 200) -> Any:
        async with self._session.post(f"http://gateway{path}") as response:
            assert response.status == status
            return json.loads(await response.read())


@pytest.fixture
async def garage(tmp_path: Path) -> AsyncIterator[Garage]:
    plant = the_evening()
    path, view = tmp_path / "gw.sock", GarageView(plant)
    async with open_journal(tmp_path / "journal.sqlite", project) as journal:
        await journal.append(plant.facts, list(project(plant.facts)))
        async with (
            serving(path, view, journal),
            aiohttp.ClientSession(connector=aiohttp.UnixConnector(str(path))) as session,
        ):
            yield Garage(path, view, session)


async def test_only_the_daemons_user_and_group_may_open_the_socket(garage: Garage) -> None:
    assert stat.S_IMODE(garage.path.stat().st_mode) == 0o660


async def test_health_says_which_version_answers(garage: Garage) -> None:
    health = await garage.get("/health")
    assert health["version"] == "1.2.3"
    assert health["now"]["clock"] == "SYNCHRONISED"


async def test_status_tells_of_every_part(garage: Garage) -> None:
    status = await garage.get("/status")
    assert [(evse["uid"], evse["status"]) for evse in status["evses"]] == [
        ("EVSE-1", "AVAILABLE"),
        ("EVSE-2", "OUTOFORDER"),
    ]
    assert status["evses"][1]["faults"] == [["CONTACTOR_DID_NOT_OPEN", "still closed after 10 s"]]
    assert (status["meters_good"], status["meters_total"]) == (1, 2)
    assert [reader["present"] for reader in status["readers"]] == [True, False]
    assert status["backends"][0]["parked"] == 1


async def test_a_meters_value_keeps_its_digits_its_time_and_its_quality(garage: Garage) -> None:
    answer = await garage.get("/meters")
    voltage = answer["meters"][0]["quantities"][1]
    assert (voltage["value"], voltage["unit"], voltage["quality"]) == (231.20, "V", "stale")
    assert answer["now"]["boot_ns"] - voltage["at"]["boot_ns"] == 1_500_000_000
    assert answer["meters"][1]["quantities"][0]["value"] is None


async def test_sessions_and_cdrs_are_told_without_the_cards_uid(garage: Garage) -> None:
    (session,), (cdr,) = await garage.get("/sessions"), await garage.get("/cdrs")
    assert session["status"] == "COMPLETED"
    assert session["session"]["cdr_token"]["uid"] == cdr["cdr"]["cdr_token"]["uid"] == "04…80"
    assert cdr["cdr"]["total_energy"] == 2
    assert CARD not in json.dumps([session, cdr])


async def test_a_list_is_as_long_as_asked_for_and_no_longer(garage: Garage) -> None:
    assert len(await garage.get("/sessions?limit=1")) == 1
    for limit in ("0", "1001", "ten", "-1", "9" * 5000):
        apology = await garage.get(f"/sessions?limit={limit}", status=400)
        assert apology == {"error": "limit must be a whole number from 1 to 1000"}


@pytest.mark.parametrize("wh", ["", "-5", "1.5", "1" + "0" * 12, "9" * 400])
async def test_a_counter_that_no_meter_shows_is_not_noted(garage: Garage, wh: str) -> None:
    apology = await garage.post(f"/meters/{BROKEN}/exchanged?old_wh={wh}&new_wh=0", 400)
    assert apology == {"error": "old_wh and new_wh are needed, in whole Wh"}


async def test_the_outbox_says_what_waits_for_a_human_and_why(garage: Garage) -> None:
    (line,) = await garage.get("/outbox")
    assert (line["kind"], line["parked"]) == ("cdr", "2001: total_energy is missing")
    assert line["size_bytes"] > 500


async def test_a_session_is_told_as_a_story(garage: Garage) -> None:
    story = await garage.get(f"/sessions/{session_id(the_evening())}")
    assert story["energy_wh"] == 2000
    assert story["card"] == "04…80"
    assert [delivery["state"] for delivery in story["deliveries"]] == ["accepted", "parked"]


async def test_a_session_that_never_was_is_an_apology_with_a_remedy(garage: Garage) -> None:
    apology = await garage.get("/sessions/nonsense", status=404)
    assert apology == {"error": "there is no session nonsense; run ocpi-gateway sessions to see them"}


async def test_a_technician_clears_the_faults_of_an_evse(garage: Garage) -> None:
    done = await garage.post("/faults/EVSE-2/clear")
    assert done["done"].startswith("EVSE EVSE-2: faults cleared")
    assert [cleared.evse_uid for cleared in garage.view.taken] == [BROKEN]


async def test_an_evse_without_a_fault_is_left_alone(garage: Garage) -> None:
    assert await garage.post("/faults/EVSE-1/clear") == {"done": "EVSE EVSE-1: there is no fault"}
    assert garage.view.taken == []


async def test_an_unknown_evse_is_an_apology_that_names_the_known_ones(garage: Garage) -> None:
    apology = await garage.post("/faults/EVSE-9/clear", status=404)
    assert apology == {"error": "there is no EVSE EVSE-9; known EVSEs: EVSE-1, EVSE-2"}


async def test_an_unknown_path_is_an_apology_in_json(garage: Garage) -> None:
    assert "error" in await garage.get("/nothing", status=404)


class BrokenRecords:
    """A journal on a disk that reports errors."""

    async def sessions(self, limit: int) -> tuple[()]:
        raise JournalError(f"cannot read {limit} sessions; check the disk")


async def test_a_broken_disk_is_told_and_does_not_end_the_daemon(tmp_path: Path) -> None:
    path, view = tmp_path / "gw.sock", GarageView(the_evening())
    async with (
        serving(path, view, BrokenRecords()),
        aiohttp.ClientSession(connector=aiohttp.UnixConnector(str(path))) as session,
    ):
        garage = Garage(path, view, session)
        assert await garage.get("/sessions", status=503) == {"error": "cannot read 20 sessions; check the disk"}
        assert (await garage.get("/health"))["version"] == "1.2.3"


async def test_the_socket_is_gone_when_the_daemon_is(tmp_path: Path) -> None:
    path = tmp_path / "gw.sock"
    async with serving(path, GarageView(the_evening()), BrokenRecords()):
        assert await accepts(path)
    assert not path.exists()


async def test_the_socket_of_a_killed_daemon_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "gw.sock"
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(path))
    async with serving(path, GarageView(the_evening()), BrokenRecords()):
        assert await accepts(path)


async def test_a_second_daemon_is_refused_and_the_first_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "gw.sock"
    view = GarageView(the_evening())
    async with serving(path, view, BrokenRecords()):
        with pytest.raises(SocketUnusable, match=r"another ocpi-gateway answers at .*; stop it"):
            await serve(path, view, BrokenRecords(), view, version="2")  # type: ignore[arg-type] # never asked
        assert await accepts(path)


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("file", "is a file and no socket; remove it"),
        ("missing/gw.sock", "no such file or directory; check `socket`"),
        ("x" * 120, "path too long; check `socket`"),
    ],
)
async def test_a_socket_that_cannot_be_had_is_said_with_the_remedy(tmp_path: Path, name: str, problem: str) -> None:
    (tmp_path / "file").write_text("precious")
    view = GarageView(the_evening())
    with pytest.raises(SocketUnusable, match=problem):
        await serve(tmp_path / name, view, BrokenRecords(), view, version="2")  # type: ignore[arg-type] # never asked
    assert (tmp_path / "file").read_text() == "precious"
