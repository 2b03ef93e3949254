"""`ocpi-gateway bus scan PORT`: which devices hang on a line, and the configuration for them."""

import argparse
import json
from collections.abc import Sequence

from drivers.meters.scan_unit import Find
from gateway.cli.bus_config import described, paste
from gateway.cli.bus_search import Wanted, held_by_the_daemon, known_models, search
from gateway.cli.outcome import Exit
from gateway.cli.table import print_folded


def run(arguments: argparse.Namespace) -> int:
    """Search until all is asked or Ctrl-C, then print what to paste."""
    wanted = Wanted(arguments.units, arguments.baud, arguments.quick)
    held = held_by_the_daemon(arguments)
    found = search(arguments.port, wanted, known_models(arguments.config), held, quiet=arguments.json)
    if arguments.json:
        finds = [_as_json(find) for find in found.finds]
        print(json.dumps({"complete": not found.is_stopped, "found": finds}, indent=2))
    else:
        _conclude(found.finds, is_stopped=found.is_stopped)
    return Exit.OK if found.finds else Exit.FAILURE


def _conclude(finds: Sequence[Find], *, is_stopped: bool) -> None:
    if is_stopped:
        print_folded("stopped; not everything was asked")
    if not finds:
        print_folded(
            "nothing answers; check power, A and B, and termination, then try --units with the id on the display"
        )
        return
    print()
    print_folded("To paste into the configuration, with names that the site knows:")
    print()
    print("\n".join(paste(finds)).rstrip())


def _as_json(find: Find) -> dict[str, object]:
    setting = find.setting
    names = {key: getattr(setting, key) for key in ("kind", "device", "baud", "parity", "stop_bits", "host", "port")}
    return {
        "setting": {key: value for key, value in names.items() if value is not None},
        "unit": find.unit,
        "what": described(find),
        "collision": find.is_collision,
        "models": [model.name for model in find.models],
        "controller": find.controller,
        "reads_like": [{"model": fit.model.name, "swapped": fit.is_swapped} for fit in find.fits],
        "reply_ms": None if find.reply_ms is None else float(find.reply_ms),
    }
