"""Fixtures that more than one room needs."""

import asyncio
import os
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
import structlog
from hypothesis import HealthCheck, settings
from steady_loop import SteadyLoop

# How many examples a property is tried on; HYPOTHESIS_PROFILE=quick is the inner loop's.
# A machine that is busy is no finding.
PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("thorough", PATIENT, max_examples=100)
settings.register_profile("quick", PATIENT, max_examples=10)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "thorough"))

TESTS = Path(__file__).parent
# Rooms that start whole gateways, or a whole Debian: in the full run they take turns, all on the same worker.
WHOLE_GATEWAYS = ("durability", "e2e", "systemd")
NOT_RUN = "WAS NOT RUN"

# Commands speak the language of the locale; tests read English.
os.environ["LC_ALL"] = "C.UTF-8"

# A shell that runs us in the background has us ignore Ctrl-C, and what we start would inherit that.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def fresh_structlog() -> Iterator[None]:
    """Leave no test the log of another one."""
    yield
    structlog.reset_defaults()


@pytest.fixture
def disk_path() -> Iterator[Path]:
    """A folder on a disk: tmp_path may be in memory, /var/tmp outlives a boot."""
    with tempfile.TemporaryDirectory(prefix="ocpi-gateway-", dir="/var/tmp") as folder:
        yield Path(folder)


@pytest.fixture(scope="session")
def repository() -> Path:
    """The root of the checkout."""
    return Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def gateway_command() -> Path:
    """The `ocpi-gateway` to run as a process: the installed wheel's (tests/run says where), else the working tree's."""
    command = Path(os.environ.get("OCPI_GATEWAY") or Path(sys.executable).with_name("ocpi-gateway"))
    if not os.access(command, os.X_OK):
        pytest.fail(f"{command} is not there; run hw-sim/prepare tests, or unset OCPI_GATEWAY")
    return command


def pytest_asyncio_loop_factories(item: pytest.Item) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Count no time in which the machine held a test up together with what it waits for, unless it is about that."""
    if item.get_closest_marker("machines_clock"):
        return {"machine's": asyncio.SelectorEventLoop}
    return {"steady": SteadyLoop}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tell the full run what must not be shared out: a file, and the rooms of whole gateways together."""
    for item in items:
        file = item.path.relative_to(TESTS)
        group = "whole gateways" if file.parts[0] in WHOLE_GATEWAYS else str(file)
        item.add_marker(pytest.mark.xdist_group(group))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say once more at the end, where nobody overlooks it, what this machine could not run."""
    for report in terminalreporter.stats.get("skipped", []):
        if NOT_RUN in str(report.longrepr):
            reason = str(report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr)
            terminalreporter.write_sep("*", reason.removeprefix("Skipped: "), yellow=True, bold=True)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--rewrite-stories", action="store_true", help="write tests/golden/*/expected.json anew")
