"""`ocpi-gateway doctor`: looks at everything that a site needs, and says what to do where something is wrong."""

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from gateway.cli.asking import add_json
from gateway.cli.checkup.bounds import TimeUp, within
from gateway.cli.checkup.patient import Human, Patient, meet
from gateway.cli.checkup.table import CHECKS, Check, chosen
from gateway.cli.checkup.verdict import State, Verdict, bad
from gateway.cli.language import say
from gateway.cli.outcome import Exit
from gateway.cli.progress import Progress, progress
from gateway.cli.question import Technician
from gateway.cli.table import Cell, Style, is_coloured, render, terminal_width
from gateway.clock import SystemClock
from gateway.version import VERSION

EXAMPLE = """\
ocpi-gateway doctor
  ocpi-gateway doctor --unattended --json
  ocpi-gateway doctor --support-bundle /tmp/site.tar.gz"""
JSON = """\
  version, at, config, exit_code, counts {pass, warn, fail, skipped},
  checks [check, state, subject, text, remedy]"""
EXIT_CODES = """\
exit codes: 0 all is well, 1 something fails, 2 wrong arguments,
  4 nothing fails and something is to be looked at (warn)"""

# Beyond this nothing more is begun: a fleet tool waits for the answer. Time in which a human thinks does not count.
_LONGEST_S = 150.0
_STYLES = {State.PASS: Style.GOOD, State.WARN: Style.DOUBTFUL, State.FAIL: Style.BAD, State.SKIPPED: Style.DIM}
_NAME_WIDTH = max(len(check.name) for check in CHECKS)


@dataclass(frozen=True, slots=True)
class Line:
    """A verdict with the check that it comes from."""

    check: str
    verdict: Verdict


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say which arguments there are."""
    add_json(parser)
    parser.add_argument("--unattended", action="store_true", help="ask nothing: no test tap, no contactor test")
    parser.add_argument("--no-tap", action="store_true", help="leave the test tap out")
    parser.add_argument("--no-contactor", action="store_true", help="leave the contactor test out")
    parser.add_argument(
        "--only",
        type=_names,
        default=(),
        metavar="CHECK,…",
        help=f"only these checks: {', '.join(check.name for check in CHECKS)}",
    )
    parser.add_argument(
        "--support-bundle",
        type=Path,
        metavar="FILE",
        help="also pack logs, statistics, versions and the configuration into a tar.gz, without secrets and card uids",
    )


def run(arguments: argparse.Namespace) -> int:
    """Look, tell, and end with what it came to."""
    is_asking = sys.stdin.isatty() and sys.stdout.isatty() and not arguments.json and not arguments.unattended
    human = Technician() if is_asking else None
    left_out = {name for name in ("tap", "contactor") if getattr(arguments, f"no_{name}")}
    checks = [check for check in chosen(arguments.only) if check.name not in left_out]
    lines = []
    with progress(quiet=arguments.json) as bar:
        bar.show(0, say("asking the daemon"))
        for line in examine(arguments.config, checks, bar, human=human):
            lines.append(line)
            if not arguments.json:
                bar.clear()
                print("\n".join(_shown(line)), flush=True)
    report = as_report(arguments.config, lines)
    if arguments.support_bundle is not None:
        from gateway.cli.support_bundle import write_bundle  # noqa: PLC0415 - only where one is wanted

        write_bundle(arguments.support_bundle, arguments.config, report, quiet=arguments.json)
    if arguments.json:
        print(json.dumps(report, indent=2, ensure_ascii=False))
    else:
        print(f"\n{say(_summary(lines))}")
    return exit_code(lines)


def examine(
    config: Path, checks: Sequence[Check], bar: Progress, *, human: Human | None, root: Path = Path("/")
) -> Iterator[Line]:
    """Do the checks one after the other; yield each verdict as soon as it is there."""
    now: list[str] = [""]
    patient = meet(config, root, human, lambda share: bar.show(share, now[0]))
    left_s = _LONGEST_S
    for index, check in enumerate(checks):
        now[0] = f"{index + 1}/{len(checks)} {say(check.what)}"
        bar.again()
        bar.show(0, now[0])
        clock = SystemClock()
        began = clock.now()
        for verdict in _bounded(check, patient, left_s):
            yield Line(check.name, verdict)
        if not check.asks:
            left_s -= (clock.now().boot_ns - began.boot_ns) / 1e9


def _bounded(check: Check, patient: Patient, left_s: float) -> Iterator[Verdict]:
    """Do one check; whatever it meets becomes a verdict. One that asks is told as it goes, and bounds itself."""
    try:
        if check.asks:
            yield from check.look(patient)
        elif left_s <= 0:
            yield bad(
                "", "was not begun: the checks before it took too long", f"run ocpi-gateway doctor --only {check.name}"
            )
        else:
            yield from _in_time(check, patient, min(check.limit_s, left_s))
    except OSError as fault:
        yield bad("", f"could not be looked at: {fault.strerror or fault}", "run the doctor with sudo")


def _in_time(check: Check, patient: Patient, limit_s: float) -> Sequence[Verdict]:
    """Break a check off when its time is up; what it found before counts."""
    found: list[Verdict] = []
    try:
        with within(limit_s):
            for verdict in check.look(patient):
                found.append(verdict)  # noqa: PERF402 - extend() would lose them when the time is up
    except TimeUp:
        found.append(bad("", f"took longer than {limit_s:.0f} s", "something hangs: see dmesg, then restart it"))
    return found


def as_report(config: Path, lines: Sequence[Line]) -> dict[str, object]:
    """Return what fleet tools read; never translated."""
    counts = {state.value: sum(line.verdict.state is state for line in lines) for state in State}
    return {
        "version": VERSION,
        "at": f"{SystemClock().now().utc:%Y-%m-%dT%H:%M:%SZ}",
        "config": str(config),
        "exit_code": int(exit_code(lines)),
        "counts": counts,
        "checks": [{"check": line.check, **asdict(line.verdict)} for line in lines],
    }


def exit_code(lines: Sequence[Line]) -> Exit:
    """Return the worst of it."""
    states = {line.verdict.state for line in lines}
    if State.FAIL in states:
        return Exit.FAILURE
    return Exit.DOUBTFUL if State.WARN in states else Exit.OK


def _shown(line: Line) -> list[str]:
    verdict = line.verdict
    subject = f"{say(verdict.subject)}: " if verdict.subject else ""
    text = subject + say(verdict.text)
    if verdict.remedy is not None:
        text += f"\n→ {say(verdict.remedy)}"
    state = say(verdict.state.value).ljust(max(len(say(each.value)) for each in State))
    row = (Cell(state, _STYLES[verdict.state]), line.check.ljust(_NAME_WIDTH), text)
    return render((), [row], width=terminal_width(), coloured=is_coloured())


def _summary(lines: Sequence[Line]) -> str:
    failed, doubted = (sum(line.verdict.state is state for line in lines) for state in (State.FAIL, State.WARN))
    if failed:
        return f"failing: {failed} of {len(lines)} findings, to be looked at: {doubted}"
    return f"nothing fails, to be looked at: {doubted}" if doubted else "all is well"


def _names(text: str) -> tuple[str, ...]:
    names = tuple(name.strip() for name in text.split(",") if name.strip())
    known = [check.name for check in CHECKS]
    for name in names:
        if name not in known:
            raise argparse.ArgumentTypeError(f"there is no check {name!r}; known checks: {', '.join(known)}")
    return names
