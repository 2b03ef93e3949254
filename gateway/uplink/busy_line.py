"""Carries our own messages and their acknowledgements past paho, many with one system call; the rest is paho's.

Like `broker`, whose part this is, it reaches into paho (2.2), which connects, pings, subscribes and hears messages.
"""

import asyncio
from contextlib import suppress
from typing import Any, Final

from paho.mqtt.enums import MQTTErrorCode

from gateway.uplink.in_flight import InFlight
from gateway.uplink.packets import PUBLISH, acknowledged, acknowledgements, publish

_READ_AT_ONCE: Final = 16_384  # what a TLS record holds: none of it then waits where no selector sees it
MOST_IN_FLIGHT: Final = 20  # as paho has it; a broker may want fewer


class BusyLine:
    """One connection's; paho's client calls these instead of its own.

    `most_in_flight` is how many messages may wait for their PUBACK, the others wait here.
    """

    def __init__(self, client: Any, in_flight: InFlight, *, is_mqtt_5: bool) -> None:
        self._client = client
        self._loop = asyncio.get_running_loop()
        self._in_flight = in_flight
        self._is_mqtt_5 = is_mqtt_5
        self.most_in_flight = MOST_IN_FLIGHT
        self._received = b""
        self._outgoing: list[bytes] = []
        self._is_flush_due = False
        self._plain_receive = client._sock_recv  # noqa: SLF001 - see above
        self._plain_read = client.loop_read
        self._plain_acknowledge = client._handle_pubackcomp  # noqa: SLF001 - see above
        client._sock_recv = self._receive  # noqa: SLF001 - see above
        client.loop_read = self._read
        client._handle_pubackcomp = self._acknowledge  # noqa: SLF001 - see above

    def publish(self, topic: str, payload: bytes, properties: bytes | None, *, retain: bool) -> asyncio.Future[int]:
        """Publish with QoS 1; what comes back is done with the PUBACK's reason code."""
        while (packet_id := self._client._mid_generate()) in self._in_flight:  # noqa: SLF001 - see above
            pass
        packed = (properties or b"\0") if self._is_mqtt_5 else b""
        self._outgoing.append(publish(topic, payload, packet_id, packed, retain=retain))
        self._flush_soon()
        return self._in_flight.add(packet_id)

    def _flush_soon(self) -> None:
        if not self._is_flush_due:
            self._is_flush_due = True
            self._loop.call_soon(self._flush)

    def _flush(self) -> None:
        """Send what waits as one piece, as far as the broker takes more."""
        self._is_flush_due = False
        room = self.most_in_flight - (len(self._in_flight) - len(self._outgoing))
        going, self._outgoing = self._outgoing[:room], self._outgoing[room:]
        if going:
            piece = b"".join(going)
            packet = {
                "command": PUBLISH,
                "mid": 0,
                "qos": 1,
                "pos": 0,
                "to_process": len(piece),
                "packet": piece,
                "info": None,
            }
            self._client._out_packet.append(packet)  # noqa: SLF001 - see above
            self._client.loop_write()

    def _receive(self, size: int) -> bytes:
        """Return some bytes that have come, none at the connection's end; BlockingIOError while there are none."""
        if not self._received:
            self._received = self._plain_receive(_READ_AT_ONCE)
        taken, self._received = self._received[:size], self._received[size:]
        return taken

    def _read(self, max_packets: int = 1) -> MQTTErrorCode:
        """Take in all that has come: the socket will not tell again of what was read from it already."""
        if not self._received:
            with suppress(OSError):  # paho meets it too, and knows what to do
                self._received = self._plain_receive(_READ_AT_ONCE)
        while not self._takes_acknowledgements():
            code: MQTTErrorCode = self._plain_read(max_packets)
            if not self._received or code != MQTTErrorCode.MQTT_ERR_SUCCESS:
                return code
        return MQTTErrorCode.MQTT_ERR_SUCCESS

    def _takes_acknowledgements(self) -> bool:
        """Take PUBACKs off the front of what has come; tell whether that was all there was."""
        if self._client._in_packet["command"]:  # noqa: SLF001 - paho is in the middle of a packet
            return False
        found, length = acknowledgements(self._received, has_codes=self._is_mqtt_5)
        if not found:
            return False
        for packet_id, code in found:
            self._in_flight.acknowledge(packet_id, code)
        self._received = self._received[length:]
        self._client._last_bytes_received = self._loop.time()  # noqa: SLF001 - keepalive; both clocks are monotonic
        self._flush_soon()  # behind those who were waiting: what they publish now goes with one call
        return not self._received

    def _acknowledge(self, command: str) -> MQTTErrorCode:
        """Take a PUBACK that paho has read, as it came in parts or is long."""
        packet = self._client._in_packet["packet"]  # noqa: SLF001 - see above
        found = acknowledged(packet, has_codes=self._is_mqtt_5) if command == "PUBACK" else None
        if found is None:
            code: MQTTErrorCode = self._plain_acknowledge(command)
            return code
        self._in_flight.acknowledge(*found)
        self._flush_soon()
        return MQTTErrorCode.MQTT_ERR_SUCCESS
