"""`ocpi-gateway run`: the daemon itself."""

import argparse
import sys

import structlog

from gateway.cli.meter_models import KnownModels
from gateway.cli.outcome import Exit
from gateway.config.findings import ConfigError
from gateway.config.loading import load
from gateway.log import LogFormat, configure

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
        "--log-level", choices=["debug", "info", "warning", "error"], default="info", help="default info"
    )


def run(arguments: argparse.Namespace) -> int:
    """Run until told to stop."""
    configure(LogFormat(arguments.log_format), arguments.log_level)
    try:
        loaded = load(arguments.config, KnownModels())
    except ConfigError as mistakes:
        for finding in mistakes.findings:
            print(f"{finding.severity}: {finding.line}", file=sys.stderr)
        return Exit.BAD_INPUT
    from gateway.daemon import run_daemon  # noqa: PLC0415 - a wrong config is told before everything is loaded

    log = structlog.get_logger()
    for finding in loaded.warnings:
        log.warning("config_doubtful", path=finding.path, found=finding.found, problem=finding.problem)
    return run_daemon(loaded.settings)
