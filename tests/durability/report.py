"""Program behind `run`: tries what the command line asks for and prints what came of it, in figures."""

# ruff: noqa: T201 - a report prints

import argparse
import asyncio
import logging
import os
import random
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import structlog
from durability.archiving import cut_archiving, record_archiving, refuse_archiving
from durability.disk import Policy
from durability.kills import kill_again_and_again
from durability.power_cuts import Cut, record, sample, try_cuts, try_second_cuts
from durability.refusals import live_through, some_refusals
from hwsim.stage import READER_VARIABLE

# The sort of trouble a failure is, by the word it begins with; anything else counts as "other".
KINDS = ("lost", "twice", "energy")
SHOWN = 20
SECOND_CUTS_EACH = 50


def main() -> int:
    """Return 1 if anything was wrong."""
    arguments = _parser().parse_args()
    wrong = 0
    if arguments.cuts is not None or arguments.only:
        wrong += _cut(arguments)
    if arguments.archive_cuts is not None or arguments.archive_refusals is not None:
        wrong += _archive(arguments)
    if arguments.second_cuts:
        wrong += _cut_twice(arguments)
    if arguments.refusals:
        wrong += _refuse(arguments)
    if arguments.kills:
        wrong += _kill(arguments)
    return 1 if wrong else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="tests/durability/run")
    parser.add_argument("--cuts", metavar="all|N", help="how many power cuts")
    parser.add_argument("--only", type=_cut_of, action="append", metavar="CUT", help="a cut as a report named it")
    parser.add_argument(
        "--second-cuts", type=int, default=0, metavar="N", help="power cuts while it comes back from one"
    )
    parser.add_argument("--archive-cuts", metavar="all|N", help="power cuts while old sessions are archived")
    parser.add_argument("--archive-refusals", metavar="all|N", help="disks that refuse while old sessions are archived")
    parser.add_argument("--refusals", type=int, default=0, metavar="N", help="how many disks that refuse for a while")
    parser.add_argument("--kills", type=int, default=0, metavar="N", help="how many kills of the real daemon")
    parser.add_argument(
        "--keep", type=Path, metavar="DIR", help="where the killed daemon's journal and log are to stay"
    )
    parser.add_argument("--seed", type=int, default=1, help="default 1")
    parser.add_argument("--processes", type=int, default=2, help="for power cuts; default 2")
    return parser


def _cut(arguments: argparse.Namespace) -> int:
    began, recording = time.monotonic(), record()
    if arguments.only:
        chosen = list(arguments.only)
    elif arguments.cuts == "all":
        chosen = recording.all_cuts()
    else:
        chosen = sample(recording, int(arguments.cuts), arguments.seed)
    outcome = try_cuts(recording, chosen, arguments.seed, arguments.processes)
    print(
        f"power cuts: {outcome.cuts} tried at {len({cut[0] for cut in chosen})} of {recording.cut_points} cut points, "
        f"{outcome.disks} different disks, seed {arguments.seed}, {time.monotonic() - began:.0f} s"
    )
    _tell_kinds([failure.what for failure in outcome.failures])
    _list(outcome.failures)
    return len(outcome.failures)


def _archive(arguments: argparse.Namespace) -> int:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    archiving, wrong = record_archiving(), 0
    if arguments.archive_cuts is not None:
        began, cuts = time.monotonic(), _some(archiving.all_cuts(), arguments.archive_cuts, arguments.seed)
        outcome = cut_archiving(archiving, cuts, arguments.seed, arguments.processes)
        print(
            f"power cuts while archiving: {outcome.cuts} tried at {len({cut[0] for cut in cuts})} of "
            f"{archiving.cut_points} cut points, {outcome.disks} different disks, seed {arguments.seed}, "
            f"{time.monotonic() - began:.0f} s"
        )
        _tell_kinds([failure.what for failure in outcome.failures])
        _list(outcome.failures)
        wrong += len(outcome.failures)
    if arguments.archive_refusals is not None:
        began, refusals = time.monotonic(), _some(archiving.all_refusals(), arguments.archive_refusals, arguments.seed)
        report = refuse_archiving(archiving, refusals, arguments.processes)
        print(
            f"disks that refused while archiving: {report.refusals}, {report.noticed} of them noticed, "
            f"seed {arguments.seed}, {time.monotonic() - began:.0f} s"
        )
        print(f"  {len(report.failures)} wrong")
        _list(report.failures)
        wrong += len(report.failures)
    return wrong


def _some(every: list[Any], count: str, seed: int) -> list[Any]:
    if count == "all":
        return every
    return random.Random(seed).sample(every, min(int(count), len(every)))  # noqa: S311 - repeatable, not secret


def _cut_twice(arguments: argparse.Namespace) -> int:
    began, recording = time.monotonic(), record()
    firsts = sample(recording, max(1, arguments.second_cuts // SECOND_CUTS_EACH), arguments.seed)
    outcome = try_second_cuts(recording, firsts, SECOND_CUTS_EACH, arguments.seed, arguments.processes)
    print(
        f"second power cuts: {outcome.cuts} tried after {len(firsts)} first ones, {outcome.disks} different disks, "
        f"seed {arguments.seed}, {time.monotonic() - began:.0f} s"
    )
    _tell_kinds([failure.what for failure in outcome.failures])
    _list(outcome.failures)
    return len(outcome.failures)


def _refuse(arguments: argparse.Namespace) -> int:
    began = time.monotonic()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    report = live_through(some_refusals(arguments.refusals, record().cut_points, arguments.seed))
    print(
        f"disks that refused: {report.refusals}, {report.noticed} of them while the gateway ran and went on, "
        f"seed {arguments.seed}, {time.monotonic() - began:.0f} s"
    )
    print(f"  {len(report.failures)} wrong")
    _list(report.failures)
    return len(report.failures)


def _kill(arguments: argparse.Namespace) -> int:
    began = time.monotonic()
    os.environ[READER_VARIABLE] = "line"
    with TemporaryDirectory(prefix="durability-") as name:
        directory = arguments.keep or Path(name) / "stage"
        report = asyncio.run(kill_again_and_again(directory, arguments.kills, arguments.seed))
    print(
        f"kills: {report.kills} ({report.while_starting} before the daemon was ready), {report.closings} closings of "
        f"contactors, {report.cdrs} CDRs at peer and broker ({report.repeats} came again byte for byte), "
        f"{len(report.checks)} checks, seed {arguments.seed}, {time.monotonic() - began:.0f} s"
    )
    print(f"  {len(report.wrong)} wrong")
    _list(report.wrong)
    return len(report.wrong)


def _tell_kinds(failures: list[str]) -> None:
    counts = {kind: sum(what.startswith(kind) for what in failures) for kind in KINDS}
    other = len(failures) - sum(counts.values())
    print(f"  {counts['lost']} lost, {counts['twice']} duplicated, {counts['energy']} wrong energy, {other} other")


def _list(failures: Sequence[object]) -> None:
    for failure in failures[:SHOWN]:
        print(f"  {failure}")
    if len(failures) > SHOWN:
        print(f"  and {len(failures) - SHOWN} more")


def _cut_of(text: str) -> Cut:
    number, policy, draw = text.split("/")
    return int(number), Policy(policy), int(draw)


if __name__ == "__main__":
    sys.exit(main())
