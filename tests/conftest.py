"""Fixtures that more than one room needs."""

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from hypothesis import settings

# How many examples a property is tried on; HYPOTHESIS_PROFILE=quick is the inner loop's.
settings.register_profile("thorough", max_examples=100)
settings.register_profile("quick", max_examples=10)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "thorough"))

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


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--rewrite-stories", action="store_true", help="write tests/golden/*/expected.json anew")
