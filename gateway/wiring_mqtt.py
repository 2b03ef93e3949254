"""What an MQTT backend may ask of us and send us: a topic each, and who answers there."""

from typing import TYPE_CHECKING, Protocol

from gateway.core.identifiers import BackendName, Party
from gateway.journal.errors import JournalUnwritable
from gateway.ocpi.inventory import encode_refusal, read_question
from gateway.ocpi.token_batch import encode_held, encode_taken, parties_of, read_batch
from gateway.reconciling import Reconciler
from gateway.settings import MqttBackendSettings

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from datetime import datetime

    from gateway.ocpi.v2_2_1.token_object import TokenObject
    from gateway.uplink.mqtt_requests import Respondent

TOKENS = "tokens"


class TokenShelf(Protocol):
    """Where drivers' tokens are kept."""

    async def keep_tokens(self, tokens: "Sequence[TokenObject]", /) -> None:
        """Keep tokens unless newer ones are there; on disk when it returns."""
        ...

    async def held(self, parties: "Sequence[Party]", /) -> "tuple[int, datetime | None]":
        """Return how many tokens of these parties there are, and the newest last_updated."""
        ...


def respondents(
    backend: MqttBackendSettings, us: Party, reconciler: Reconciler, shelf: TokenShelf | None
) -> "tuple[Respondent, ...]":
    """Return who answers what a backend may ask; what its `accepts` does not name is not even subscribed to."""
    from gateway.uplink.mqtt_requests import Respondent  # noqa: PLC0415 - aiomqtt and paho are for sites with a broker

    name = BackendName(backend.name)

    async def inventory(request: bytes) -> bytes:
        return await reconciler.answer(name, read_question(request))

    made = [Respondent("inventory/request", "inventory", _in_words(inventory))]
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
    return tuple(made)


def _in_words(answer: "Callable[[bytes], Awaitable[bytes]]") -> "Callable[[bytes], Awaitable[bytes]]":
    """Answer what cannot be done with the reason."""

    async def answered(request: bytes) -> bytes:
        try:
            return await answer(request)
        except (ValueError, JournalUnwritable) as problem:
            return encode_refusal(str(problem))

    return answered
