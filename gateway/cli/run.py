"""`ocpi-gateway run`: the daemon itself."""

import argparse
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path

import structlog

from gateway import lean
from gateway.cli.meter_models import KnownModels
from gateway.cli.outcome import Exit
from gateway.clock import SystemClock
from gateway.config.findings import ConfigError
from gateway.config.loading import load
from gateway.log import LogFormat, configure, set_level
from gateway.settings import LogLevel, Settings

log = structlog.get_logger()

EXAMPLE = "ocpi-gateway run --config /etc/ocpi-gateway/gateway.toml"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say which arguments there are."""
    parser.add_argument(
        "--log-format",
        choices=[each.value for each in LogFormat],
        default=LogFormat.LOGFMT.value,
        help="default logfmt",
    )
    parser.add_argument(
        "--log-level", choices=[each.value for each in LogLevel], help="default is log_level of the configuration"
    )


def run(arguments: argparse.Namespace) -> int:
    """Run until told to stop."""
    configure(LogFormat(arguments.log_format))
    read = partial(_read, arguments.config, arguments.log_level)
    try:
        settings = read()
    except ConfigError as mistakes:
        for finding in mistakes.findings:
            print(f"{finding.severity}: {finding.line}", file=sys.stderr)
        return Exit.BAD_INPUT
    with lean.importing():
        from gateway.daemon import run_daemon  # noqa: PLC0415 - a wrong config is told before everything is loaded

    set_level(settings.log_level)
    return run_daemon(settings, read)


def _read(config: Path, log_level: str | None) -> Settings:
    """Return the settings, with the command line's word on the log before the file's; ConfigError."""
    loaded = load(config, KnownModels(), SystemClock().now().utc)
    for finding in loaded.warnings:
        log.warning("config_doubtful", path=finding.path, found=finding.found, problem=finding.problem)
    return loaded.settings if log_level is None else replace(loaded.settings, log_level=LogLevel(log_level))
