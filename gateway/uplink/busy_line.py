"""Has paho read and write many packets with one system call, where it would take three and one for each of them.

Like `broker`, whose part this is, it reaches into paho (2.2).
"""

from typing import Any, Final

from paho.mqtt.enums import MQTTErrorCode

_READ_AT_ONCE: Final = 16_384  # what a TLS record holds: none of it then waits where no selector sees it
_PUBLISH: Final = 0x30
_KIND: Final = 0xF0


class BusyLine:
    """One connection's; paho's client calls these instead of its own."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self._received = b""
        self._plain_receive = client._sock_recv  # noqa: SLF001 - see above
        self._plain_read = client.loop_read
        self._plain_write = client.loop_write
        client._sock_recv = self._receive  # noqa: SLF001 - see above
        client.loop_read = self._read
        client.loop_write = self._write

    def _receive(self, size: int) -> bytes:
        """Return some bytes that have come, none at the connection's end; BlockingIOError while there are none."""
        if not self._received:
            self._received = self._plain_receive(_READ_AT_ONCE)
        taken, self._received = self._received[:size], self._received[size:]
        return taken

    def _read(self, max_packets: int = 1) -> MQTTErrorCode:
        """Take in all that has come: the socket will not tell again of what was read from it already."""
        code: MQTTErrorCode = self._plain_read(max_packets)
        while self._received and code == MQTTErrorCode.MQTT_ERR_SUCCESS:
            code = self._plain_read(max_packets)
        return code

    def _write(self) -> MQTTErrorCode:
        """Write all that waits, messages that follow each other as one piece."""
        waiting = self._client._out_packet  # noqa: SLF001 - see above
        if len(waiting) > 1 and all(_is_message(packet) for packet in waiting):
            first = waiting[0]
            first["packet"] = b"".join(bytes(packet["packet"]) for packet in waiting)
            first["to_process"] = len(first["packet"])
            waiting.clear()
            waiting.append(first)
        code: MQTTErrorCode = self._plain_write()
        return code


def _is_message(packet: Any) -> bool:
    """Tell whether nothing of it is sent yet, and nothing is to be told when it is: its PUBACK does that."""
    return bool(packet["command"] & _KIND == _PUBLISH and packet["qos"] > 0 and packet["pos"] == 0)
