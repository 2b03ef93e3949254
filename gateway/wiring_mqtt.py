"""What an MQTT backend may ask of us and send us: a topic each, and who answers there."""

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Protocol

from gateway.core.commands import OBJECTIONS, CommandKind, NotTaken
from gateway.core.identifiers import BackendName, Party
from gateway.journal.errors import JournalError
from gateway.ocpi.inventory import encode_refusal, read_question
from gateway.ocpi.mqtt_order import Address, read_order, with_id, write_address
from gateway.ocpi.token_batch import encode_held, encode_taken, parties_of, read_batch
from gateway.ocpi.v2_2_1.command import encode_response
from gateway.orders import OrderDesk
from gateway.reconciling import Reconciler
from gateway.settings import MqttBackendSettings
from gateway.tariffs import TariffDesk

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from datetime import datetime

    from gateway.ocpi.v2_2_1.token_object import TokenObject
    from gateway.uplink.mqtt_requests import OrderTaker, Respondent

TOKENS, COMMANDS, TARIFFS = "tokens", "commands", "tariffs"
_KINDS = (
    CommandKind.START_SESSION,
    CommandKind.STOP_SESSION,
    CommandKind.RESERVE_NOW,
    CommandKind.CANCEL_RESERVATION,
    CommandKind.UNLOCK_CONNECTOR,
)


class TokenShelf(Protocol):
    """Where drivers' tokens are kept."""

    async def keep_tokens(self, tokens: "Sequence[TokenObject]", /) -> None:
        """Keep tokens unless newer ones are there; on disk when it returns."""
        ...

    async def held(self, parties: "Sequence[Party]", /) -> "tuple[int, datetime | None]":
        """Return how many tokens of these parties there are, and the newest last_updated."""
        ...


@dataclass(frozen=True, slots=True)
class Answering:
    """Who knows what backends ask, and takes what they send; None where nobody may send it."""

    reconciler: Reconciler
    shelf: TokenShelf | None = None
    desk: OrderDesk | None = None
    tariffs: TariffDesk | None = None


def respondents(backend: MqttBackendSettings, us: Party, answering: Answering) -> "tuple[Respondent | OrderTaker, ...]":
    """Return who answers what a backend may ask; what its `accepts` does not name is not even subscribed to."""
    from gateway.uplink.mqtt_requests import Respondent  # noqa: PLC0415 - aiomqtt and paho are for sites with a broker

    name, shelf, desk = BackendName(backend.name), answering.shelf, answering.desk

    async def inventory(request: bytes) -> bytes:
        return await answering.reconciler.answer(name, read_question(request))

    made: list[Respondent | OrderTaker] = [Respondent("inventory/request", "inventory", _in_words(inventory))]
    if TOKENS in backend.accepts and shelf is not None:
        parties = parties_of(backend.parties) or (us,)

        async def put(request: bytes) -> bytes:
            batch = read_batch(request, parties)
            await shelf.keep_tokens(batch.tokens)
            return encode_taken(batch)

        async def held(_request: bytes) -> bytes:
            return encode_held(*await shelf.held(parties))

        made += [
            Respondent("tokens/put", "tokens/result", _in_words(put)),
            Respondent("tokens/held", "tokens/result", _in_words(held)),
        ]
    if COMMANDS in backend.accepts and desk is not None:
        made += _order_takers(backend, desk)
    if TARIFFS in backend.accepts and answering.tariffs is not None:
        made += [
            Respondent("tariffs/put", "tariffs/result", _in_words(partial(answering.tariffs.put, name))),
            Respondent("tariffs/withdraw", "tariffs/result", _in_words(partial(answering.tariffs.withdraw, name))),
        ]
    return tuple(made)


def _order_takers(backend: MqttBackendSettings, desk: OrderDesk) -> "list[Respondent | OrderTaker]":
    """Return who takes commands: they are decided on as those that come by HTTP, and answered with their ids."""
    from gateway.uplink.mqtt_requests import OrderTaker  # noqa: PLC0415 - as above

    speaks_for = parties_of(backend.parties) or None

    def taker(kind: CommandKind) -> OrderTaker:
        async def take(request: bytes, address: Address) -> bytes:
            try:
                command, key = read_order(kind.value, request, address)
            except ValueError as problem:
                return encode_refusal(str(problem))
            correlation = None if address.correlation is None else address.correlation.hex()
            record = await desk.take(
                command,
                peer=backend.name,
                on_behalf_of=speaks_for,
                key=key,
                correlation=correlation,
                reply_to=write_address(address),
            )
            if isinstance(record, NotTaken):
                return encode_refusal(record.value)
            taken = record.taken
            desk.answered(taken.id)  # a RequestDesk sends no result while it answers
            message = None if taken.objection is None else OBJECTIONS[taken.objection][1]
            return with_id(encode_response(taken.response, taken.timeout_s, message), taken.id)

        return OrderTaker(f"commands/{kind.value}", "commands/response", take)

    return [taker(kind) for kind in _KINDS]


def _in_words(answer: "Callable[[bytes], Awaitable[bytes]]") -> "Callable[[bytes], Awaitable[bytes]]":
    """Answer what cannot be done with the reason."""

    async def answered(request: bytes) -> bytes:
        try:
            return await answer(request)
        except (ValueError, JournalError) as problem:
            return encode_refusal(str(problem))

    return answered
