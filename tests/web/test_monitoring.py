"""/metrics and /health as a fleet's monitoring sees them, from a real journal, over TCP."""

import asyncio
import json
import os
import re
import subprocess
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import aiohttp
import pytest
from roaming import free_port
from web.garage_day import CARD, GarageView, a_day, the_evening

from gateway.core.instant import ClockQuality, Instant
from gateway.core.line_telemetry import DeviceStatistics, LinePace, LineSnapshot
from gateway.core.reasons import FaultKind
from gateway.core.telemetry import BackendSnapshot, EvseSnapshot, MeterSnapshot, Quality, ReaderSnapshot
from gateway.journal.errors import JournalError
from gateway.journal.journal import open_journal
from gateway.projection import project
from gateway.settings import MonitoringSettings
from gateway.web.health import judge
from gateway.web.monitoring import Monitoring, MonitoringUnusable
from gateway.web.shapes import Standing

RULES = Path("systemd/monitoring")
_NAME = re.compile(r"\b((?:ocpi_gateway|process)_[a-z0-9_]+)")


class Hall:
    """A line with one meter on it, to which nobody listens."""

    def snapshot(self) -> LineSnapshot:
        counts = {"requests": 9, "replies": 8, "timeouts": 1}
        times = {"reply_p50_ms": Decimal(40), "reply_p99_ms": Decimal("61.5")}
        meter = DeviceStatistics("hall-1", "eastron-sdm630", 1, **counts, **times, utilisation=Decimal("0.1"))  # type: ignore[arg-type] - ints and Decimals
        return LineSnapshot("hall", "rtu", "/dev/x", "9600 baud 8N1", (meter,), (), pace=LinePace(9, 1, 480))

    def listen(self, ear: object) -> None:
        """Nothing passes here."""

    def ignore(self, ear: object) -> None:
        """So nobody is told."""


class Fleet:
    """A gateway whose backends have nothing yet, and what it tells."""

    def __init__(self, url: str, session: aiohttp.ClientSession) -> None:
        self.url, self._session = url, session

    async def get(self, path: str) -> tuple[int, str]:
        async with self._session.get(f"{self.url}{path}") as response:
            return response.status, await response.text()

    async def samples(self) -> dict[str, float]:
        _, text = await self.get("/metrics")
        lines = [line.rpartition(" ") for line in text.splitlines() if not line.startswith("#")]
        return {name: float(value) for name, _, value in lines}


@pytest.fixture
async def fleet(tmp_path: Path) -> AsyncIterator[Fleet]:
    plant, port = a_day(), await free_port()
    async with open_journal(tmp_path / "journal.sqlite", project) as journal:
        await journal.append(plant.facts, list(project(plant.facts)))
        monitoring = Monitoring(GarageView(plant), journal, (Hall(),), version="1.2.3", faults=(JournalError,))
        async with asyncio.TaskGroup() as tasks, aiohttp.ClientSession() as session:
            serving = tasks.create_task(monitoring.serve(MonitoringSettings(port=port)))
            yield Fleet(f"http://127.0.0.1:{port}", session)
            serving.cancel()


async def test_every_part_of_the_site_is_measured(fleet: Fleet) -> None:
    told = await fleet.samples()
    assert told['ocpi_gateway_build_info{version="1.2.3"}'] == 1
    assert told['ocpi_gateway_evse_status{evse="EVSE-1",status="AVAILABLE"}'] == 1
    assert told['ocpi_gateway_evse_status{evse="EVSE-1",status="CHARGING"}'] == 0
    assert told['ocpi_gateway_evse_fault{evse="EVSE-2",fault="CONTACTOR_DID_NOT_OPEN"}'] == 1
    assert told['ocpi_gateway_evse_implausible_readings_total{evse="EVSE-1"}'] == 2
    assert told['ocpi_gateway_meter_unconfirmed_values_total{meter="hall-1"}'] == 0
    assert told['ocpi_gateway_meter_up{bus="hall",meter="hall-1",model="eastron-sdm630"}'] == 1
    assert told['ocpi_gateway_meter_up{bus="hall",meter="hall-2",model="abb-b23"}'] == 0
    assert told['ocpi_gateway_reader_up{reader="back"}'] == 0
    assert told['ocpi_gateway_outbox_objects{backend="backend",state="parked"}'] == 1


async def test_a_line_tells_how_its_devices_answer(fleet: Fleet) -> None:
    told, (_, text) = await fleet.samples(), await fleet.get("/metrics")
    assert told['ocpi_gateway_modbus_requests_total{bus="hall",device="hall-1"}'] == 9
    assert told['ocpi_gateway_modbus_reply_seconds{bus="hall",device="hall-1",quantile="0.99"}'] == 0.0615
    assert "# TYPE ocpi_gateway_modbus_reply_seconds summary" in text


async def test_energy_is_in_joules_and_ages_are_in_seconds(fleet: Fleet) -> None:
    told = await fleet.samples()
    assert told['ocpi_gateway_meter_energy_joules_total{meter="hall-1"}'] == 1_002_000 * 3600
    assert told['ocpi_gateway_meter_reading_age_seconds{meter="hall-1"}'] == 1.5


async def test_what_is_not_known_has_no_sample(fleet: Fleet) -> None:
    told = await fleet.samples()
    assert 'ocpi_gateway_evse_contactor_closed{evse="EVSE-1"}' in told
    assert 'ocpi_gateway_evse_contactor_closed{evse="EVSE-2"}' not in told
    assert 'ocpi_gateway_meter_energy_joules_total{meter="hall-2"}' not in told


async def test_the_journal_tells_its_size_and_since_when_something_is_due(fleet: Fleet) -> None:
    told = await fleet.samples()
    assert told["ocpi_gateway_journal_facts_total"] > 20
    assert told["ocpi_gateway_journal_size_bytes"] > 4096
    assert told['ocpi_gateway_outbox_oldest_age_seconds{backend="backend"}'] > 0
    assert told["ocpi_gateway_journal_writable"] == 1


async def test_the_process_and_its_card_are_measured(fleet: Fleet) -> None:
    told = await fleet.samples()
    assert told["ocpi_gateway_event_loop_lateness_seconds"] == 0.25
    assert told["ocpi_gateway_storage_budget_bytes_per_day"] > 0
    assert told["ocpi_gateway_storage_life_is_short"] in {0, 1}


async def test_no_card_is_in_it(fleet: Fleet) -> None:
    for path in ("/metrics", "/health"):
        assert CARD not in (await fleet.get(path))[1]


async def test_a_gateway_with_a_broken_evse_is_degraded_and_says_why(fleet: Fleet) -> None:
    status, body = await fleet.get("/health")
    health = json.loads(body)
    assert (status, health["standing"]) == (200, "degraded")
    assert "EVSE EVSE-2: CONTACTOR_DID_NOT_OPEN: still closed after 10 s" in health["problems"]
    assert "reader back: pcscd is not running" in health["problems"]


async def test_who_only_connects_keeps_nobody_else_from_looking(fleet: Fleet) -> None:
    port = int(fleet.url.rpartition(":")[2])
    async with asyncio.timeout(10), AsyncExitStack() as stack:
        for _ in range(64):
            _, idle = await asyncio.open_connection("127.0.0.1", port, local_addr=("127.0.0.2", 0))
            stack.callback(idle.transport.abort)
        reader, one_too_many = await asyncio.open_connection("127.0.0.1", port, local_addr=("127.0.0.2", 0))
        stack.callback(one_too_many.transport.abort)
        assert await reader.read() == b""
        assert (await fleet.get("/health"))[0] == 200


async def test_a_port_that_is_taken_is_one_line_with_the_remedy(fleet: Fleet) -> None:
    taken = MonitoringSettings(port=int(fleet.url.rpartition(":")[2]))
    with pytest.raises(MonitoringUnusable, match=r"cannot listen .*; change \[monitoring\] host or port"):
        Monitoring(GarageView(the_evening()), NoJournal(), (), version="1").serve(taken)


async def test_a_journal_that_cannot_be_read_hides_only_its_own_figures() -> None:
    port = await free_port()
    monitoring = Monitoring(GarageView(the_evening()), NoJournal(), (), version="1", faults=(JournalError,))
    async with asyncio.TaskGroup() as tasks, aiohttp.ClientSession() as session:
        serving = tasks.create_task(monitoring.serve(MonitoringSettings(port=port)))
        told = await Fleet(f"http://127.0.0.1:{port}", session).samples()
        serving.cancel()
    assert 'ocpi_gateway_reader_up{reader="back"}' in told
    assert "ocpi_gateway_journal_size_bytes" not in told


class NoJournal:
    """A journal whose disk is gone."""

    async def vitals(self) -> None:
        raise JournalError("the disk is gone")


class AllWell(GarageView):
    """The garage with everything mended."""

    disk_is_gone = False
    clock = ClockQuality.SYNCHRONISED

    def now(self) -> Instant:
        return replace(super().now(), clock=self.clock)

    def evses(self) -> Sequence[EvseSnapshot]:
        faults = ((FaultKind.STORAGE_LOST, "no space left"),) if self.disk_is_gone else ()
        return [replace(evse, faults=faults) for evse in super().evses()]

    def meters(self) -> Sequence[MeterSnapshot]:
        good = replace(super().meters()[0].quantities[0], quality=Quality.GOOD)
        return [replace(meter, quantities=(good,), trouble=None) for meter in super().meters()]

    def readers(self) -> Sequence[ReaderSnapshot]:
        return [replace(reader, present=True, trouble=None) for reader in super().readers()]

    def backends(self) -> Sequence[BackendSnapshot]:
        return [replace(backend, parked=0) for backend in super().backends()]


def test_a_site_where_all_is_well_is_ok() -> None:
    health = judge(AllWell(the_evening()), "1")
    assert (health.standing, health.problems, health.http_status) == (Standing.OK, (), 200)


def test_a_clock_without_time_degrades() -> None:
    site = AllWell(the_evening())
    site.clock = ClockQuality.INFORMATIVE
    health = judge(site, "1")
    assert health.standing is Standing.DEGRADED
    assert health.problems[0].startswith("clock: ")


def test_a_site_where_nobody_can_charge_is_failing() -> None:
    site = AllWell(the_evening())
    site.disk_is_gone = True
    health = judge(site, "1")
    assert (health.standing, health.http_status) == (Standing.FAILING, 503)


async def test_rules_and_dashboard_speak_of_nothing_that_is_not_measured(fleet: Fleet, repository: Path) -> None:
    _, text = await fleet.get("/metrics")
    measured = set(re.findall(r"^# TYPE (\S+)", text, re.MULTILINE))
    for file in ("alerts.yml", "tests.yml", "grafana-dashboard.json"):
        wanted = set(_NAME.findall((repository / RULES / file).read_text()))
        assert wanted, file
        assert wanted <= measured, (file, wanted - measured)


@pytest.mark.slow
async def test_promtool_finds_nothing_wrong(fleet: Fleet, repository: Path) -> None:
    promtool = repository / ".venv" / "promtool"
    if not os.access(promtool, os.X_OK):
        pytest.fail(f"{promtool} is not there; run hw-sim/prepare foreign")
    _, text = await fleet.get("/metrics")
    for arguments, given in (
        (("check", "metrics"), text),
        (("check", "rules", "alerts.yml"), ""),
        (("test", "rules", "tests.yml"), ""),
    ):
        done = subprocess.run(  # noqa: S603, ASYNC221 - our own file; nothing else runs meanwhile
            [promtool, *arguments], cwd=repository / RULES, input=given, capture_output=True, text=True, check=False
        )
        assert (done.returncode, done.stderr) == (0, ""), done.stdout + done.stderr
