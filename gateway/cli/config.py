"""`ocpi-gateway config show`: what holds, and which file says so."""

import argparse
import json
from collections.abc import Iterator, Sequence

from gateway.cli.asking import add_json
from gateway.cli.language import say
from gateway.cli.meter_models import KnownModels
from gateway.cli.outcome import Exit, InputRefused
from gateway.cli.table import Style, is_coloured, paint
from gateway.config.dropins import read_layers
from gateway.config.findings import HIDDEN, ConfigError, in_full, is_secret
from gateway.config.loading import load
from gateway.config.resolved import DEFAULT, Resolved, resolved, written

EXAMPLE = "ocpi-gateway config show --resolved"
JSON = """\
  [key, value, source]; source is a file's name, or default"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say which arguments there are."""
    parser.add_argument("action", choices=["show"], help="show: each value, and the file that it stands in")
    parser.add_argument(
        "--resolved", action="store_true", help="with the defaults; wants a configuration that is right"
    )
    add_json(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print every value with its source."""
    try:
        rows = tuple(
            resolved(load(arguments.config, KnownModels()))
            if arguments.resolved
            else written(read_layers(arguments.config))
        )
    except ConfigError as mistakes:
        raise InputRefused(f"{mistakes.findings[0].line}; ocpi-gateway check-config tells all of it") from None
    if arguments.json:
        listed = [
            {"key": row.path, "value": HIDDEN if is_secret(row.path) else row.value, "source": row.source}
            for row in rows
        ]
        print(json.dumps(listed, indent=2, ensure_ascii=False))
    else:
        print("\n".join(_lines(rows)))
    return Exit.OK


def _lines(rows: Sequence[Resolved]) -> Iterator[str]:
    """Yield a line for each value, never folded, so that it can be searched."""
    width = max(len(row.source) for row in rows)
    for row in rows:
        style = Style.DIM if row.source == DEFAULT else None
        source = paint(row.source.ljust(width), style, coloured=is_coloured())
        value = say("is not set") if row.value is None else f"= {in_full(row.path, row.value)}"
        yield f"{source}  {row.path} {value}"
