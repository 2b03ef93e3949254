"""The commands module as RECEIVER: what a provider orders is answered at once, and its result comes later."""

from collections.abc import Callable
from functools import partial
from http import HTTPStatus
from typing import Protocol

from gateway.core.backend_terms import folded
from gateway.core.command_book import CommandRecord
from gateway.core.commands import OBJECTIONS, Command, CommandResponse, NotTaken, Objection
from gateway.core.identifiers import CommandId, Party
from gateway.ocpi.reply import Code, Reply, echoed_ids, refuse
from gateway.ocpi.v2_2_1.command import UnknownCommand, encode_response, key_of, read_command
from gateway.web.ocpi_lists import visible_parties
from gateway.web.ocpi_module import Asked, not_found

# Says what is wrong with a response_url, None if nothing is.
CheckUrl = Callable[[str], str | None]


class Orders(Protocol):
    """Whoever decides on orders."""

    async def take(  # noqa: PLR0913 - an order has that many sides
        self,
        command: Command,
        *,
        peer: str,
        on_behalf_of: tuple[Party, ...] | None,
        key: str,
        correlation: str | None,
        reply_to: str,
    ) -> CommandRecord | NotTaken:
        """Have an order decided on; returns what is on disk of it then, or why nothing is."""
        ...

    def answered(self, command_id: CommandId, /) -> None:
        """Let the result go out: whoever ordered has been answered."""
        ...


class CommandReceiver:
    """POST of `/{command}`."""

    role = "RECEIVER"
    methods = frozenset({"POST"})

    def __init__(self, orders: Orders, us: Party, check_url: CheckUrl, timeout_s: Callable[[], int]) -> None:
        self._orders = orders
        self._us = us
        self._check_url = check_url
        self._timeout_s = timeout_s

    async def answer(self, asked: Asked) -> Reply:
        """Answer with a CommandResponse."""
        if len(asked.path) != 1:
            return not_found("no such resource: the path is the name of a command")
        (name,) = asked.path
        try:
            command, response_url = read_command(name, asked.body)
        except UnknownCommand:
            said = encode_response(CommandResponse.NOT_SUPPORTED, self._timeout_s(), "there is no such command here")
            return Reply(said)
        except ValueError as problem:
            return refuse(Code.INVALID_PARAMETERS, str(problem))
        taken = await take_order(self._orders, asked, (command, response_url), self._us, self._check_url)
        if isinstance(taken, Reply):
            return taken
        objection = taken.taken.objection
        message = None if objection is None else OBJECTIONS[objection][1]
        said = encode_response(taken.taken.response, taken.taken.timeout_s, message)
        code = Code.UNKNOWN_LOCATION if objection is Objection.UNKNOWN_LOCATION else Code.SUCCESS
        written = partial(self._orders.answered, taken.taken.id)
        return Reply(said, code=code, message=message if code is not Code.SUCCESS else None, written=written)


async def take_order(
    orders: Orders, asked: Asked, order: tuple[Command, str], us: Party, check_url: CheckUrl
) -> CommandRecord | Reply:
    """Have an order decided on whose result goes to its response_url, or say why it cannot be."""
    command, response_url = order
    problem = check_url(response_url)
    if problem is not None:
        return refuse(Code.INVALID_PARAMETERS, f"response_url: {problem}")
    try:
        key = key_of("/".join((asked.method, asked.url, *asked.path)), asked.query, asked.body)
    except ValueError as problem:
        return refuse(Code.INVALID_PARAMETERS, str(problem))
    record = await orders.take(
        command,
        peer=asked.caller.peer.name,
        on_behalf_of=spoken_for(asked, us),
        key=key,
        correlation=echoed_ids(asked.headers).get("X-Correlation-ID"),
        reply_to=response_url,
    )
    match record:
        case NotTaken.TOO_MANY:
            return refuse(Code.CLIENT_ERROR, record.value)
        case NotTaken.DISK_ILL:
            return refuse(Code.SERVER_ERROR, record.value, HTTPStatus.SERVICE_UNAVAILABLE)
        case _:
            return record


def spoken_for(asked: Asked, us: Party) -> tuple[Party, ...] | None:
    """Return whose drivers a caller may order for: None, everybody's, where it is our own party."""
    parties = visible_parties(asked, lambda peer: peer.owns(us))
    return None if parties is None else tuple(map(folded, parties))
