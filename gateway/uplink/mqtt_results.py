"""Tells MQTT backends what came of their commands: one message each, while they still wait for it."""

import asyncio
from collections.abc import Callable
from typing import Protocol

import structlog

from gateway.clock import Clock
from gateway.core.command_book import CommandRecord, is_too_late, owed_results
from gateway.core.observations import CommandReplied
from gateway.core.site_state import SiteState
from gateway.ocpi.mqtt_order import Address, read_address, with_id
from gateway.ocpi.v2_2_1.command import encode_result
from gateway.uplink.mqtt_requests import RequestDesk

log = structlog.get_logger()

USUAL_TOPIC = "commands/result"
_RETRY_S = 1.0


class Orders(Protocol):
    """What is owed to those who gave orders, and where to tell that they have it."""

    @property
    def state(self) -> SiteState:
        """Everything that is on disk."""
        ...

    def on_change(self, wake: Callable[[], None], /) -> None:
        """Call `wake` whenever something was decided."""
        ...

    async def report(self, news: CommandReplied, /) -> None:
        """Tell the site what came of a result; on disk when it returns."""
        ...


class MqttResults:
    """One backend's results; `run` for as long as it is configured."""

    def __init__(self, backend: str, orders: Orders, requests: RequestDesk, clock: Clock) -> None:
        self._backend = backend
        self._orders = orders
        self._requests = requests
        self._clock = clock
        self._changed = asyncio.Event()
        orders.on_change(self._changed.set)

    async def run(self) -> None:
        """Send what is owed, again and again until cancelled; while there is no connection it is tried each second."""
        while True:
            self._changed.clear()
            left = [record for record in self._owed() if not await self._send(record)]
            if not left:
                await self._changed.wait()
                continue
            await asyncio.sleep(_RETRY_S)

    def _owed(self) -> list[CommandRecord]:
        return [each for each in owed_results(self._orders.state.commands) if each.taken.peer == self._backend]

    async def _send(self, record: CommandRecord) -> bool:
        """Send one result or give it up; False where it is to be tried again."""
        address = read_address(record.taken.reply_to)
        if address is None or record.finished is None:
            return True  # it came by another way, whose sender answers it
        if is_too_late(record, self._clock.now()):
            log.warning("result_not_delivered", peer=self._backend, command=record.taken.id, reason="too late")
            return await self._close(record, delivered=False, answer="not sent: the backend waits no more")
        said = encode_result(record.taken.command.kind, record.finished.result, record.finished.detail, None)
        try:
            await self._requests.send(
                Address(address.topic or USUAL_TOPIC, address.correlation), with_id(said, record.taken.id)
            )
        except ConnectionResetError:
            return False
        return await self._close(record, delivered=True, answer="the broker has it")

    async def _close(self, record: CommandRecord, *, delivered: bool, answer: str) -> bool:
        await self._orders.report(CommandReplied(record.taken.id, self._clock.now(), delivered, answer))
        return True
