"""`ocpi-gateway init`: from what hangs on the wires and what a technician says to a usable configuration."""

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from drivers.meters.scan_unit import Find
from drivers.rfid.pcsc import ServiceLostError, reader_names
from gateway.cli import init_ask
from gateway.cli.bus import parse_units
from gateway.cli.bus_search import Wanted, held_by_the_daemon, known_models, search
from gateway.cli.init_plan import Plan, make_plan, with_controller
from gateway.cli.init_text import config_text
from gateway.cli.init_write import put_into_place, refuse_if_there
from gateway.cli.language import say
from gateway.cli.outcome import CommandFailed, Exit, InputRefused
from gateway.cli.question import Technician
from gateway.cli.table import Style, is_coloured, paint, print_folded, show, terminal_width, wrapped

EXAMPLE = """\
ocpi-gateway init
  ocpi-gateway init --port /dev/ttyUSB0 --country-code SE --party-id ABC \\
    --address "Street 1" --city Lund --latitude 55.7 --longitude 13.19"""

_BY_ID = Path("/dev/serial/by-id")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say which arguments there are."""
    parser.add_argument("--force", action="store_true", help="replace a configuration; the old one is kept beside it")
    parser.add_argument("--unattended", action="store_true", help="ask nothing; the flags must say it all")
    parser.add_argument(
        "--port",
        action="append",
        default=[],
        metavar="PORT",
        help="search this serial port or host[:port], again for more (every USB adapter)",
    )
    parser.add_argument("--units", type=parse_units, metavar="1-16", help="search only these unit ids")
    parser.add_argument(
        "--quick", action="store_true", help="search only the unit ids that devices leave the factory with"
    )
    init_ask.add_arguments(parser)


def run(arguments: argparse.Namespace) -> int:
    """Search, plan, ask, write; nothing is written before everything is known and judged."""
    refuse_if_there(arguments.config, force=arguments.force)
    is_asking = sys.stdin.isatty() and sys.stdout.isatty() and not arguments.unattended
    technician = Technician() if is_asking else None
    if technician is None:
        init_ask.gather(arguments, None)  # what is missing is told before a search of minutes
    plan = make_plan(_search(arguments), _readers())
    if not plan.evses:
        _tell(plan)
        raise CommandFailed(
            "no meter with a controller was found, so there is no EVSE to configure; check the wiring with bus scan"
        )
    _tell(plan)
    if technician is not None:
        plan = _confirmed(plan, technician)
    answers = init_ask.gather(arguments, technician)
    text = config_text(plan, answers.site, tuple(answers.backends))
    warnings = put_into_place(arguments.config, text, answers.secrets)
    for finding in warnings:
        line = "\n".join(wrapped(f"{say('warning')}: {finding.path}: {say(finding.problem)}", terminal_width(), "  "))
        print(paint(line, Style.DOUBTFUL, coloured=is_coloured()))
    _conclude(arguments.config, has_secrets=bool(answers.secrets))
    return Exit.OK


def _search(arguments: argparse.Namespace) -> list[Sequence[Find]]:
    """Search every port; one that cannot be searched is told and left out."""
    ports = arguments.port or _usb_adapters()
    if not ports:
        raise InputRefused("there is no USB serial adapter; plug it in, or name a port or host with --port")
    held, models = held_by_the_daemon(arguments), known_models(arguments.config)
    wanted = Wanted(arguments.units, None, arguments.quick)
    finds: list[Sequence[Find]] = []
    for port in ports:
        print(say(f"searching {port}; Ctrl-C goes on with what was found"), flush=True)
        try:
            finds.append(search(port, wanted, models, held, quiet=False).finds)
        except CommandFailed as fault:
            print(f"  {say(str(fault))}", file=sys.stderr)
    return finds


def _usb_adapters() -> list[str]:
    """Return the adapters by their stable names; without udev by what they are called now."""
    try:
        return sorted(str(link) for link in _BY_ID.iterdir())
    except OSError:
        return sorted(str(port) for pattern in ("ttyUSB*", "ttyACM*") for port in Path("/dev").glob(pattern))


def _readers() -> list[str]:
    try:
        return reader_names()
    except ServiceLostError as fault:
        print(say(f"card readers were not looked for: {fault}"), file=sys.stderr)
        return []


def _tell(plan: Plan) -> None:
    """Explain what was found, what goes together, and what was assumed."""
    meters = {meter.name: meter for meter in plan.meters}
    controllers = {one.name: one for one in plan.controllers}
    print()
    if plan.evses:
        rows = [
            (
                evse.uid,
                f"{evse.meter}, {meters[evse.meter].bus} {meters[evse.meter].unit}",
                f"{evse.controller}, {controllers[evse.controller].bus} {controllers[evse.controller].unit}",
                meters[evse.meter].title,
                ", ".join(evse.readers) or "-",
            )
            for evse in plan.evses
        ]
        show(("EVSE", "METER, UNIT", "CONTROLLER, UNIT", "MODEL", "READERS"), rows)
    for remark in plan.remarks:
        print("\n".join(wrapped(f"- {say(remark)}", terminal_width(), "  ")))
    print()


def _confirmed(plan: Plan, technician: Technician) -> Plan:
    """Let the technician put other controllers to the meters, until it is right."""
    names = [one.name for one in plan.controllers]
    while not technician.agrees("does each meter count behind its controller?"):
        uid = technician.ask("which EVSE is wrong", plan.evses[0].uid, _one_of([evse.uid for evse in plan.evses]))
        name = technician.ask("its controller", None, _one_of(names))
        plan = with_controller(plan, uid, name)
        _tell(plan)
    return plan


def _one_of(known: Sequence[str]) -> Callable[[str], str | None]:
    return lambda answer: None if answer in known else f"known are {', '.join(known)}"


def _conclude(config: Path, *, has_secrets: bool) -> None:
    print(say(f"wrote {config}"))
    if has_secrets:
        print_folded(f"secrets stand in {config.absolute().parent}/credentials, for root alone")
    print(say("next:"))
    for line in (
        "put the cards that may charge into tokens.json; gateway.toml(5) says how",
        "ocpi-gateway doctor checks the site; systemctl start ocpi-gateway starts it",
    ):
        print(f"  {say(line)}")
