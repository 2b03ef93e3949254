"""aiomqtt's client with what it keeps to itself: the reason code of a PUBACK, the end of a connection, size limits.

The only file, with `busy_line`, that reaches into aiomqtt (2.5) and, through it, paho.
"""

import asyncio
import contextlib
import ssl
from collections.abc import Awaitable
from typing import Any, Self, TypeVar

import aiomqtt
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from gateway.uplink.busy_line import MOST_IN_FLIGHT, BusyLine
from gateway.uplink.in_flight import InFlight

_Result = TypeVar("_Result")
_UNSPECIFIED = 0x80  # what paho makes of a connection that ended without a DISCONNECT from the broker
_PUBLISH_HEADER = 512  # fixed and variable header with our properties, generously, when comparing with a size limit


class _TidySocket(ssl.SSLSocket):
    """Closes itself when the handshake fails; paho forgets it then."""

    def do_handshake(self, block: bool = False) -> None:  # noqa: FBT001, FBT002 - the standard library's signature
        try:
            super().do_handshake(block)
        except OSError:
            self.close()
            raise


class Broker(aiomqtt.Client):
    """A connection to a broker that says how each message fared; one object is one connection."""

    def __init__(self, *args: Any, tls_context: ssl.SSLContext | None = None, **options: Any) -> None:
        if tls_context is not None:
            tls_context.sslsocket_class = _TidySocket
        super().__init__(*args, tls_context=tls_context, **options)
        self._in_flight = InFlight(self.timeout, self._give_up_waiting)
        is_mqtt_5 = options.get("protocol") is aiomqtt.ProtocolVersion.V5
        self._line = BusyLine(self._client, self._in_flight, is_mqtt_5=is_mqtt_5)
        # A broker that refuses us may end the connection before anybody waits for its end.
        self._disconnected.add_done_callback(_look_at)
        self._lost: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._longest_packet: int | None = None

    @property
    def lost(self) -> asyncio.Future[str]:
        """Done, with the reason, when the connection is gone."""
        return self._lost

    @property
    def longest_payload(self) -> int | None:
        """The most bytes of payload the broker takes, None where it did not say (MQTT 3.1.1 never does)."""
        return None if self._longest_packet is None else self._longest_packet - _PUBLISH_HEADER

    def publish_acknowledged(
        self, topic: str, payload: bytes, *, retain: bool = False, properties: bytes | None = None
    ) -> asyncio.Future[int]:
        """Publish with QoS 1; what comes back is done with the PUBACK's reason code (MQTT 3.1.1: always 0).

        ConnectionResetError, here or there, when the connection goes before the PUBACK comes; so does it when that does
        not come in time.
        """
        if self._lost.done():
            raise ConnectionResetError(self._lost.result())
        return self._line.publish(topic, payload, properties, retain=retain)

    def give_up(self, reason: str) -> None:
        """Treat the connection as gone: it is there, but nothing comes back."""
        if not self._lost.done():
            self._lost.set_result(reason)
        self._in_flight.fail(reason)

    def _give_up_waiting(self) -> None:
        self.give_up(f"the broker has not acknowledged within {self.timeout:g} s: check the line and its log")

    async def __aenter__(self) -> Self:
        """Connect; MqttError if the broker is out of reach, silent or unwilling."""
        try:
            await super().__aenter__()
        except asyncio.CancelledError:
            self._abandon()
            raise
        self._disconnected.add_done_callback(self._note_disconnection)
        return self

    def hang_up(self) -> None:
        """Close the socket of a connection that never came about; aiomqtt leaves it open."""
        with contextlib.suppress(OSError):
            self._client.disconnect()

    def _abandon(self) -> None:
        """Let go of a connection that is still coming about in aiomqtt's thread: it must not call a loop that ends."""
        client = self._client
        client.on_socket_open = client.on_socket_close = None
        client.on_socket_register_write = client.on_socket_unregister_write = None
        if (sock := client.socket()) is not None:
            self._loop.remove_reader(sock.fileno())
            self._loop.remove_writer(sock.fileno())
        if self._misc_task is not None:
            self._misc_task.cancel()

    async def _wait_for(self, fut: Awaitable[_Result], timeout: float | None) -> _Result:  # noqa: ASYNC109 - aiomqtt's
        """Wait as aiomqtt does; but Python 3.11's wait_for loses a cancellation that comes together with the result."""
        try:
            async with asyncio.timeout(self.timeout if timeout is None else timeout):
                return await fut
        except TimeoutError:
            raise aiomqtt.MqttError("Operation timed out") from None

    def _note_disconnection(self, disconnected: asyncio.Future[None]) -> None:
        reason = getattr(disconnected.exception(), "rc", None)
        is_told = isinstance(reason, ReasonCode) and reason.value != _UNSPECIFIED
        seen = f"the broker ended the connection ({reason})" if is_told else "the connection to the broker broke"
        self.give_up(f"{seen}: check the line, that the broker runs, and that no other client has our client_id")

    def _on_connect(
        self, client: Any, userdata: Any, flags: Any, reason_code: ReasonCode, properties: Properties | None = None
    ) -> None:
        self._longest_packet = getattr(properties, "MaximumPacketSize", None)
        self._line.most_in_flight = min(MOST_IN_FLIGHT, getattr(properties, "ReceiveMaximum", MOST_IN_FLIGHT))
        super()._on_connect(client, userdata, flags, reason_code, properties)

    def _on_message(self, client: Any, userdata: Any, message: Any) -> None:
        with contextlib.suppress(ValueError):  # a topic that is none: nobody could be answered
            super()._on_message(client, userdata, message)

    def _on_socket_register_write(self, _client: Any, _userdata: Any, sock: Any) -> None:
        """Do what aiomqtt does, unless the socket is closed by then: its number may be that of another."""

        def register() -> None:
            if sock.fileno() >= 0:
                self._loop.add_writer(sock.fileno(), self._write)

        self._loop.call_soon_threadsafe(register)

    def _write(self) -> None:
        try:
            self._client.loop_write()
        except (OSError, ValueError) as fault:
            if not self._disconnected.done():
                self._disconnected.set_exception(fault)

    def _on_subscribe(self, client: Any, userdata: Any, mid: int, *granted: Any) -> None:
        if mid in self._pending_subscribes:  # else we stopped waiting; aiomqtt would log that with a traceback
            super()._on_subscribe(client, userdata, mid, *granted)


def _look_at(disconnected: asyncio.Future[None]) -> None:
    """Take note of how a connection ended, so that asyncio does not complain that nobody did."""
    if not disconnected.cancelled():
        disconnected.exception()
