"""`ocpi-gateway check-config`: every mistake in the configuration at once."""

import argparse
import json
from collections.abc import Sequence
from dataclasses import asdict

from gateway.cli.asking import add_json
from gateway.cli.language import say
from gateway.cli.meter_models import KnownModels
from gateway.cli.outcome import Exit
from gateway.cli.table import Style, is_coloured, paint, terminal_width, wrapped
from gateway.clock import SystemClock
from gateway.config.findings import ConfigError, Finding, Severity
from gateway.config.loading import load

EXAMPLE = """\
ocpi-gateway check-config --config ./gateway.toml
  ocpi-gateway check-config --json    for Ansible: rc 0 usable, 2 not; from_json"""
JSON = """\
  ok, config, errors, warnings,
  findings [path, found, problem, severity, drop_in]"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say which arguments there are."""
    add_json(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print the findings; BAD_INPUT if one of them is an error."""
    try:
        findings: Sequence[Finding] = load(arguments.config, KnownModels(), SystemClock().now().utc).warnings
    except ConfigError as mistakes:
        findings = mistakes.findings
    errors = sum(finding.severity is Severity.ERROR for finding in findings)
    if arguments.json:
        answer = {
            "ok": errors == 0,
            "config": str(arguments.config),
            "errors": errors,
            "warnings": len(findings) - errors,
            "findings": [asdict(finding) for finding in findings],
        }
        print(json.dumps(answer, indent=2, ensure_ascii=False))
    else:
        _print(findings)
        print(f"{arguments.config}: {say(_verdict(errors, len(findings) - errors))}")
    return Exit.BAD_INPUT if errors else Exit.OK


def _print(findings: Sequence[Finding]) -> None:
    styles = {Severity.ERROR: Style.BAD, Severity.WARNING: Style.DOUBTFUL}
    for finding in findings:
        severity = say(finding.severity.value)
        place = finding.path if finding.found is None else f"{finding.path} = {finding.found}"
        text = "\n".join(wrapped(f"{severity}: {place}: {say(finding.problem)}", terminal_width(), "  "))
        print(paint(severity, styles[finding.severity], coloured=is_coloured()) + text.removeprefix(severity))


def _verdict(errors: int, warnings: int) -> str:
    counts = ((errors, "error"), (warnings, "warning"))
    counted = ", ".join(f"{count} {word}{'' if count == 1 else 's'}" for count, word in counts if count)
    return f"{counted}; not usable" if errors else f"ok, {counted}" if warnings else "ok"
