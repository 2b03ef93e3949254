"""`ocpi-gateway bus scan|stats|trace`: what hangs on a Modbus line, how it answers, and every frame that passes."""

import argparse
from importlib import import_module
from pathlib import Path

from gateway.cli.asking import add_json

EXAMPLE = """\
ocpi-gateway bus scan /dev/ttyUSB0
  ocpi-gateway bus stats
  ocpi-gateway bus trace --pcap line.pcap --seconds 10"""
JSON = """\
  of scan: complete, found [unit, what, collision, models, controller,
    setting {kind, device, baud, parity, stop_bits, host, port}, reply_ms,
    reads_like [model, swapped]]
  of stats: now {utc, boot_ns, boot_id, clock}, buses [name, kind, place,
    settings, latency_timer_ms, hints [cause, device, text],
    pace {cycles, overruns, last_cycle_ms}, devices [name, what, unit, requests,
      replies, timeouts, misfits, crc_errors, refusals, late_frames,
      reply_p50_ms, reply_p99_ms, utilisation]]"""

_LAST_UNIT = 247
_MOST_BAUD = 921_600
_LONGEST_TRACE_S = 86_400


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say which arguments there are."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="scan|stats|trace")
    _add_scan(_action(actions, "scan", "search a port: which devices, with which settings; reads only"))
    _add_stats(
        _action(actions, "stats", "how the devices of the running gateway answer, and what their errors hint at")
    )
    _add_trace(_action(actions, "trace", "write every frame of the running gateway's buses into a file for Wireshark"))


def run(arguments: argparse.Namespace) -> int:
    """Hand over to the action's own module."""
    module = import_module(f"gateway.cli.bus_{arguments.action}")
    code: int = module.run(arguments)
    return code


def _action(
    actions: "argparse._SubParsersAction[argparse.ArgumentParser]", name: str, what: str
) -> argparse.ArgumentParser:
    example = next(line.strip() for line in EXAMPLE.splitlines() if f" bus {name} " in f"{line} ")
    parser = actions.add_parser(
        name,
        help=what,
        description=f"{what[:1].upper()}{what[1:]}.",
        epilog=f"example:\n  {example}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--config", type=Path, default=argparse.SUPPRESS, metavar="FILE", help="as before the action")
    return parser


def _add_scan(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("port", metavar="PORT", help="serial port (/dev/ttyUSB0) or host[:port]")
    parser.add_argument(
        "--units", type=parse_units, metavar="1-16", help="only these unit ids, at every setting: 5, 1-16, 1,2,33"
    )
    parser.add_argument("--baud", type=_baud, metavar="RATE", help="only this rate, with every parity")
    parser.add_argument("--quick", action="store_true", help="only the unit ids that devices leave the factory with")
    add_json(parser)


def _add_stats(parser: argparse.ArgumentParser) -> None:
    add_json(parser)
    parser.epilog = f"""{parser.epilog}

since the gateway's start, for each unit id:
  ASKED, LOST   questions, and those without an answer in time
  CRC, BAD      answers that only the checksum betrayed, that could not be it
  LATE          frames that came when nobody waited for them any more
  DENIED        exception replies, "busy" among them; not those of a converter
                that got no answer itself (10, 11), which are LOST
  P50, P99      reply times in ms that half of the newest replies, all but a
                hundredth, stayed below
  BUSY          its share of the line's time"""


def _add_trace(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--pcap", type=Path, required=True, metavar="FILE", help="where to write; Wireshark opens it")
    parser.add_argument("--seconds", type=_trace_s, metavar="N", help="end after so long (else at Ctrl-C)")
    parser.add_argument("--bus", metavar="NAME", help="only this bus of the configuration")


def parse_units(text: str) -> tuple[int, ...]:
    """Return the unit ids of a list like 1,2,10-16."""
    units: list[int] = []
    for part in text.split(","):
        first, _, last = part.partition("-")
        try:
            span = range(int(first), int(last or first) + 1)
        except ValueError:
            span = range(0)
        if not span or span[0] < 1 or span[-1] > _LAST_UNIT:
            raise argparse.ArgumentTypeError(f"{part!r} is no unit id from 1 to {_LAST_UNIT}, and no range of them")
        units += span
    return tuple(dict.fromkeys(units))


def _baud(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and 300 <= int(text) <= _MOST_BAUD):  # noqa: PLR2004 - said below
        raise argparse.ArgumentTypeError(f"{text!r} is no baud rate from 300 to {_MOST_BAUD}")
    return int(text)


def _trace_s(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds <= _LONGEST_TRACE_S:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of seconds up to {_LONGEST_TRACE_S}")
    return seconds
