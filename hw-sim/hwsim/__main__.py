"""`python -m hwsim`: the simulated site's command line."""

import argparse
import asyncio
import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from hwsim.bad_wire import Mode
from hwsim.control import DONE, SOCKET, NoDemo, ask
from hwsim.demo import BAD_INPUT, RIGHT, RUN_DIRECTORY, SCENARIO, WRONG, run_demo
from hwsim.gateway_process import GatewayDied
from hwsim.pcscd import PcscdUnavailable
from hwsim.scenario import EVENTS, VERBS, ScenarioError, Value, Words, read_raw

DESCRIPTION = """\
The other end of every cable of a charging site: kWh meters, charge controllers and cars on simulated buses, cards
on readers of a real pcscd, a real MQTT broker, and an OCPI 2.2.1 backend over TLS that checks all it receives.
The gateway under it is the real one, in a process of its own; hwsim shares no code with it."""

EPILOG = """\
commands:
  demo            play one charging session against the real gateway, in under a minute, and judge the result:
                  exits 0 only if the bill is right, arrived once, in the same bytes over HTTPS and MQTT
  tap, insert, remove, plug, unplug, do, play
                  touch a demo that was started with --stay
  words           list everything that a scenario, or `do`, can say
  bench           measure: late-replies, tap, start, drain, adversary, bus, poll, scale, flash, soak,
                  recovery

python -m hwsim COMMAND --help tells more. hw-sim/README.md tells what is simulated, and how well."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command line; return the exit status."""
    arguments = parser().parse_args(argv)
    try:
        return int(arguments.run(arguments))
    except KeyboardInterrupt:
        return 130


def parser() -> argparse.ArgumentParser:
    """Describe the command line."""
    top = argparse.ArgumentParser(
        prog="python -m hwsim",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = top.add_subparsers(metavar="COMMAND", required=True)
    demo = commands.add_parser("demo", help="play a session against the real gateway")
    demo.add_argument("--stay", action="store_true", help="leave everything running afterwards, until Ctrl-C")
    demo.add_argument("--scenario", type=Path, default=SCENARIO, metavar="FILE", help=f"default {SCENARIO}")
    add_directory(demo)
    demo.set_defaults(run=lambda a: asyncio.run(run_demo(a.scenario, a.directory, stay=a.stay)))
    for name, extra in (("tap", "--reader"), ("insert", "--reader")):
        card = commands.add_parser(name, help=f"{VERBS[name].means}, in a running demo")
        card.add_argument("card", metavar="UID", help="a uid in hex, or the name of a card from site.toml")
        card.add_argument(extra, default="left", help="left, middle or right; default left")
        add_directory(card)
        card.set_defaults(run=tell, words=("card", "reader"), verb=name)
    remove = commands.add_parser("remove", help=f"{VERBS['remove'].means}, in a running demo")
    remove.add_argument("--reader", default="left", help="left, middle or right; default left")
    add_directory(remove)
    remove.set_defaults(run=tell, words=("reader",), verb="remove")
    for name in ("plug", "unplug"):
        cable = commands.add_parser(name, help=f"{VERBS[name].means}, in a running demo")
        cable.add_argument("evse", metavar="EVSE", help="for instance EVSE-1")
        add_directory(cable)
        cable.set_defaults(run=tell, words=("evse",), verb=name)
    anything = commands.add_parser("do", help="anything from `words`, in a running demo")
    anything.add_argument("verb", choices=tuple(VERBS), metavar="VERB", help="see `words`")
    anything.add_argument("pairs", nargs="*", metavar="KEY=VALUE", help="what the verb needs")
    add_directory(anything)
    anything.set_defaults(run=tell_anything)
    play = commands.add_parser("play", help="play a scenario in a running demo")
    play.add_argument("scenario", type=Path, metavar="FILE", help="a scenario in TOML")
    add_directory(play)
    play.set_defaults(run=play_scenario)
    add_bench(commands.add_parser("bench", help="measure what the project promises, beside its aims"))
    commands.add_parser("words", help="list what a scenario can say").set_defaults(run=list_words)
    return top


def add_bench(bench: argparse.ArgumentParser) -> None:
    """Describe the measurements; what they need is only imported when one runs."""
    kinds = bench.add_subparsers(metavar="WHAT", required=True)
    late = kinds.add_parser("late-replies", help="wrong values with 1 %% late replies, ours beside pymodbus' client")
    late.add_argument("--reads", type=int, default=100_000, metavar="N", help="by each client; 100000 take 15 minutes")
    late.set_defaults(run=lambda a: measure("bench_late_replies", a.reads))
    tap = kinds.add_parser("tap", help="from card inserted to coil written, through a real pcscd")
    tap.add_argument("--taps", type=int, default=100, metavar="N", help="sessions started; default 100, 6 s each")
    tap.add_argument("--serial", action="store_true", help="relay on the 9600 baud line shared with meters, not on TCP")
    tap.set_defaults(run=lambda a: measure("bench_taps", a.taps, serial=a.serial))
    start = kinds.add_parser("start", help="start to READY, and memory, with 8 meters and 4 EVSEs")
    start.add_argument("--starts", type=int, default=5, metavar="N", help="how often; default 5, 12 s each")
    start.set_defaults(run=lambda a: measure("bench_starts", a.starts))
    drain = kinds.add_parser("drain", help="how fast a backlog drains, beside the bare client libraries")
    drain.add_argument("--cdrs", type=int, default=10_000, metavar="N", help="default 10000, and as many Sessions")
    drain.add_argument("--rounds", type=int, default=3, metavar="N", help="of each, in turn; default 3")
    drain.set_defaults(run=lambda a: measure("bench_drain", a.cdrs, a.rounds, module="bench_drain"))
    add_modbus_bench(kinds)
    add_ocpi_bench(kinds)
    add_storage_bench(kinds)


def add_modbus_bench(kinds: Any) -> None:
    """Describe the measurements of the Modbus driver, each beside pymodbus' own client."""
    adversary = kinds.add_parser("adversary", help="wrong and stale values over every bad wire")
    adversary.add_argument("--reads", type=int, default=100_000, metavar="N", help="by ours; a million takes an hour")
    wires, styles = (*(str(mode) for mode in Mode), "mixed"), ("equal", "blocks")
    adversary.add_argument(
        "--wire", nargs="+", choices=wires, default=wires, metavar="W", help=f"only these: {', '.join(wires)}"
    )
    adversary.add_argument(
        "--lengths", nargs="+", choices=styles, default=styles, metavar="L", help=f"only these: {', '.join(styles)}"
    )
    adversary.add_argument("--share", type=float, default=0.01, metavar="P", help="of the replies spoilt; default 0.01")
    adversary.set_defaults(
        run=lambda a: measure("bench_adversary", a.reads, a.wire, a.lengths, a.share, module="bench_modbus")
    )
    bus = kinds.add_parser("bus", help="how full the wire is, and what dead meters cost")
    bus.add_argument("--baud", type=speeds, default=(9600, 19200, 115_200), metavar="B,B", help="9600,19200,115200")
    bus.add_argument("--meters", type=int, default=8, metavar="N", help="on the line; default 8")
    bus.add_argument("--dead", type=int, default=0, metavar="N", help="so many of them die; at 9600 baud")
    bus.add_argument("--seconds", type=float, default=20.0, metavar="S", help="for each figure; default 20")
    bus.set_defaults(run=lambda a: measure("bench_bus", a.baud, a.meters, a.dead, a.seconds, module="bench_modbus"))
    poll = kinds.add_parser("poll", help="CPU and memory of polling on Modbus TCP")
    poll.add_argument("--meters", type=int, default=16, metavar="N", help="default 16, to a host 16")
    poll.add_argument("--tcp", action="store_true", help="Modbus TCP, which is what is measured in any case")
    poll.add_argument("--polls", type=int, default=20_000, metavar="N", help="flat out; default 20000")
    poll.add_argument(
        "--rate", type=float, default=1.0, metavar="HZ", help="of each meter, besides flat out; default 1"
    )
    poll.set_defaults(run=lambda a: measure("bench_poll", a.meters, a.polls, a.rate, module="bench_modbus"))
    scale = kinds.add_parser("scale", help="CPU per poll from 1 to 256 meters")
    scale.add_argument("--polls", type=int, default=20_000, metavar="N", help="at each number; default 20000")
    scale.set_defaults(run=lambda a: measure("bench_scale", a.polls, module="bench_modbus"))


def add_ocpi_bench(kinds: Any) -> None:
    """Describe the measurements of our OCPI side."""
    ocpi = kinds.add_parser("ocpi", help="a page of CDRs beside a bare handler, a card's decision, a bill's price")
    ocpi.add_argument("--seconds", type=float, default=2.0, metavar="S", help="for each round; default 2")
    ocpi.add_argument("--tokens", type=int, default=100_000, metavar="N", help="default 100000")
    ocpi.add_argument("--taps", type=int, default=10_000, metavar="N", help="default 10000")
    ocpi.add_argument("--cdrs", type=int, default=1_000, metavar="N", help="default 1000")
    ocpi.set_defaults(run=lambda a: measure("bench_ocpi", a.seconds, a.tokens, a.taps, a.cdrs, module="bench_ocpi"))


def add_storage_bench(kinds: Any) -> None:
    """Describe the measurements of what is written down."""
    flash = kinds.add_parser("flash", help="what a day writes to the card, counted at a block device; needs root")
    flash.add_argument("--hours", type=int, default=24, metavar="H", help="of the day; default 24, 5 to 10 minutes")
    flash.add_argument("--sessions", type=int, default=80, metavar="N", help="a day; default 80")
    flash.add_argument("--more", action="store_true", help="besides, a day with two backends, and one without a budget")
    flash.set_defaults(run=lambda a: measure("bench_flash", a.hours, a.sessions, a.more, module="bench_flash"))
    soak = kinds.add_parser("soak", help="start-up, tap and memory after a year of sessions, beside the beginning")
    soak.add_argument("--sessions", type=int, default=100_000, metavar="N", help="default 100000, an hour or two")
    soak.add_argument("--keep-days", type=int, default=0, metavar="D", help="archive after; default 0, never")
    soak.set_defaults(run=lambda a: measure("bench_soak", a.sessions, a.keep_days, module="bench_soak"))
    recovery = kinds.add_parser("recovery", help="start to READY behind a year of sessions")
    recovery.add_argument("--sessions", type=int, default=100_000, metavar="N", help="default 100000, an hour or two")
    recovery.add_argument("--journal", type=Path, metavar="FILE", help="behind a copy of this one instead")
    recovery.set_defaults(run=lambda a: measure("bench_recovery", a.sessions, a.journal, module="bench_soak"))


def speeds(text: str) -> tuple[int, ...]:
    """Read baud rates with commas between them."""
    return tuple(int(one) for one in text.split(","))


def measure(what: str, *arguments: Any, module: str = "bench", **options: Any) -> int:
    """Run one function of a bench module; its exit status says whether the aim was met."""
    try:
        return int(asyncio.run(getattr(import_module(f"hwsim.{module}"), what)(*arguments, **options)))
    except (GatewayDied, PcscdUnavailable, OSError) as error:
        print(f"this cannot be measured: {error}", file=sys.stderr)
        return WRONG


def add_directory(command: argparse.ArgumentParser) -> None:
    """Let the run directory be another one, so that several demos can run side by side."""
    command.add_argument(
        "--directory", type=Path, default=RUN_DIRECTORY, metavar="DIR", help=f"where it runs; default {RUN_DIRECTORY}"
    )


def tell(arguments: argparse.Namespace) -> int:
    """Have a running demo take one step made of named arguments."""
    step = {"do": arguments.verb, **{word: getattr(arguments, word) for word in arguments.words}}
    return send(arguments.directory, {"step": [step]})


def tell_anything(arguments: argparse.Namespace) -> int:
    """Have a running demo take one step made of KEY=VALUE pairs."""
    step: dict[str, Value] = {"do": arguments.verb}
    words = VERBS[arguments.verb]
    for pair in arguments.pairs:
        key, _, value = pair.partition("=")
        step[key] = typed(value, {**words.needs, **words.may}.get(key, str))
    return send(arguments.directory, {"step": [step]})


def typed(text: str, wanted: type | frozenset[str]) -> Value:
    """Read a word of the command line as its type; what cannot be read is left for the demo to complain about."""
    if wanted is bool:
        return {"true": True, "false": False}.get(text, text)
    try:
        return wanted(text) if isinstance(wanted, type) else text
    except ValueError:
        return text


def play_scenario(arguments: argparse.Namespace) -> int:
    """Play a scenario file in a running demo."""
    try:
        return send(arguments.directory, read_raw(arguments.scenario))
    except ScenarioError as error:
        print(error, file=sys.stderr)
        return BAD_INPUT


def send(directory: Path, scenario: Mapping[str, Value]) -> int:
    """Have a running demo play a scenario, and say what came of it."""
    try:
        answer = asyncio.run(ask(directory / SOCKET, scenario))
    except NoDemo as error:
        answer = str(error)
    if answer == DONE:
        return RIGHT
    print(answer, file=sys.stderr)
    return WRONG


def list_words(_: argparse.Namespace) -> int:
    """Print the tables of verbs and events."""
    for title, table in (('do = "..."', VERBS), ('wait = "..." or never = "..."', EVENTS)):
        print(f"{title}")
        for name, words in table.items():
            print(f"  {name:<17} {words.means}{told(words)}")
        print()
    print("Every step may have at_s (seconds since the beginning); wait and never may have within_s.")
    return 0


def told(words: Words) -> str:
    """Put what stands beside a verb into words."""
    needs = ", ".join(words.needs)
    may = ", ".join(words.may)
    return f"  ({'; '.join(filter(None, (needs, f'optional: {may}' if may else '')))})" if needs or may else ""


if __name__ == "__main__":
    sys.exit(main())
