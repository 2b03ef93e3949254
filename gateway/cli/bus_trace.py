"""`ocpi-gateway bus trace --pcap FILE`: every frame of the running gateway's buses, for Wireshark."""

import argparse
from collections.abc import Iterator
from contextlib import closing, suppress
from typing import BinaryIO
from urllib.parse import urlencode

import msgspec

from gateway.cli.asking import places
from gateway.cli.bus_pcap import file_header, packet
from gateway.cli.client import get, stream
from gateway.cli.language import say
from gateway.cli.outcome import CommandFailed, Exit, InputRefused
from gateway.web.bus_shapes import BusLines, TracedFrame, TraceEnd


def run(arguments: argparse.Namespace) -> int:
    """Write until the time is over or Ctrl-C; the file is whole whenever it ends."""
    socket = places(arguments).socket
    names = [bus.name for bus in msgspec.json.decode(get(socket, "/bus"), type=BusLines).buses]
    if arguments.bus is not None and arguments.bus not in names:
        raise InputRefused(f"there is no bus {arguments.bus}; known buses: {', '.join(names) or 'none'}")
    asked = {key: value for key, value in (("seconds", arguments.seconds), ("bus", arguments.bus)) if value is not None}
    trace = _Trace(names)
    lines = stream(socket, f"/bus/trace?{urlencode(asked)}")
    try:
        with arguments.pcap.open("wb") as file, closing(lines):
            file.write(file_header())
            with suppress(KeyboardInterrupt):
                trace.write(lines, file)
    except OSError as fault:
        raise CommandFailed(
            f"cannot write {arguments.pcap}: {(fault.strerror or str(fault)).lower()}; choose another FILE"
        ) from None
    seen = [name for name in names if name in trace.buses]
    print(say(f"{trace.frames} frames of {', '.join(seen) or 'no bus'} in {arguments.pcap}"))
    for number, name in enumerate(names, start=1):
        if name in trace.buses:
            print("  " + say(f"bus {name} is 127.0.1.{number} there, the gateway 127.0.0.1"))
    if trace.lost:
        print("  " + say(f"{trace.lost} frames came too fast and are missing; trace one --bus at a time"))
    return Exit.OK


class _Trace:
    """Writes frames, and counts what it wrote."""

    def __init__(self, names: list[str]) -> None:
        self._numbers = {name: number for number, name in enumerate(names, start=1)}
        self.frames = 0
        self.lost = 0
        self.buses: set[str] = set()

    def write(self, lines: Iterator[bytes], file: BinaryIO) -> None:
        for line in lines:
            frame = msgspec.json.decode(line)
            if "lost" in frame:
                self.lost = msgspec.convert(frame, TraceEnd).lost
                continue
            traced = msgspec.convert(frame, TracedFrame)
            file.write(packet(traced, self._numbers[traced.bus]))
            self.frames += 1
            self.buses.add(traced.bus)
