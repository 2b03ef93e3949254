"""Frames as a capture file that Wireshark decodes as Modbus without being told how. Pure.

A classic pcap with link type 252 (Wireshark upper PDU): each packet names its own dissector, "mbrtu" or "mbtcp", and
who spoke to whom, so that queries, replies and their reply times are told apart. The addresses are made up: the
gateway is 127.0.0.1, its first bus 127.0.1.1, the second 127.0.1.2, on Modbus' port 502.
"""

import struct
from datetime import UTC, datetime

from gateway.web.bus_shapes import TracedFrame

LINKTYPE_WIRESHARK_UPPER_PDU = 252
_MAGIC_MICROSECONDS = 0xA1B2C3D4
_VERSION = (2, 4)
_LONGEST_PACKET = 65535

# Tags of Wireshark's exported PDUs (epan/exported_pdu.h).
_TAG_END = 0
_TAG_DISSECTOR = 12
_TAG_IPV4_SOURCE = 20
_TAG_IPV4_DESTINATION = 21
_TAG_PORT_TYPE = 24
_TAG_SOURCE_PORT = 25
_TAG_DESTINATION_PORT = 26
_PORT_TYPE_TCP = 2

_GATEWAY = bytes((127, 0, 0, 1))
_GATEWAY_PORT = 49152
_MODBUS_PORT = 502
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def file_header() -> bytes:
    """Return the beginning of the file."""
    return struct.pack("<IHHiIII", _MAGIC_MICROSECONDS, *_VERSION, 0, 0, _LONGEST_PACKET, LINKTYPE_WIRESHARK_UPPER_PDU)


def packet(frame: TracedFrame, bus_number: int) -> bytes:
    """Return one frame as a packet with its microsecond stamp; `bus_number` counts the buses from 1."""
    bus = bytes((127, 0, 1, bus_number))
    ends = ((_GATEWAY, _GATEWAY_PORT), (bus, _MODBUS_PORT))
    (source, source_port), (destination, destination_port) = ends if frame.is_sent else ends[::-1]
    body = (
        _tag(_TAG_DISSECTOR, b"mbtcp" if frame.is_tcp else b"mbrtu")
        + _tag(_TAG_IPV4_SOURCE, source)
        + _tag(_TAG_IPV4_DESTINATION, destination)
        + _tag(_TAG_PORT_TYPE, struct.pack(">I", _PORT_TYPE_TCP))
        + _tag(_TAG_SOURCE_PORT, struct.pack(">I", source_port))
        + _tag(_TAG_DESTINATION_PORT, struct.pack(">I", destination_port))
        + _tag(_TAG_END, b"")
        + bytes.fromhex(frame.data)
    )
    since = frame.at - _EPOCH
    seconds = since.days * 86_400 + since.seconds
    return struct.pack("<IIII", seconds, since.microseconds, len(body), len(body)) + body


def _tag(number: int, value: bytes) -> bytes:
    """Return number and length, then the value filled up to whole words of four bytes."""
    filled = value + b"\0" * (-len(value) % 4)
    return struct.pack(">HH", number, len(filled)) + filled
