"""Modbus TCP: the transaction id names every reply's question, so late replies are simply passed over."""

import asyncio

from drivers.modbus.framing import Misfit, Request, Unfinished, judge_tcp, tcp_frame
from drivers.modbus.line import Exchanged, Silence
from drivers.modbus.wire import Wire


class TcpLine:
    """One connection to a device or gateway."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._transaction = 0
        self._stream = b""

    @property
    def name(self) -> str:
        """Host and port."""
        return self._wire.name

    async def exchange(self, request: Request, timeout_s: float) -> Exchanged:
        """Ask and wait for the reply that carries this transaction's id."""
        if await self._wire.open(timeout_s):
            self._stream = b""
        self._transaction = self._transaction % 0xFFFF + 1
        self._stream += self._wire.inbox.take()
        loop = asyncio.get_running_loop()
        sent_s = loop.time()
        self._wire.send(tcp_frame(request, self._transaction))
        while True:
            verdict, done = judge_tcp(request, self._transaction, self._stream)
            self._stream = self._stream[done:]
            if not isinstance(verdict, Unfinished):
                break
            if not await self._wire.inbox.more(sent_s + timeout_s):
                return Exchanged(Silence(), loop.time() - sent_s)
            self._stream += self._wire.inbox.take()
        if isinstance(verdict, Misfit) and not done:
            self.close()
        return Exchanged(verdict, loop.time() - sent_s)

    def close(self) -> None:
        """Drop the connection and what it left half said."""
        self._stream = b""
        self._wire.close()
