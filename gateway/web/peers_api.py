"""The local API's part for peers: what `ocpi-gateway peers` asks of the daemon.

GET /peers -> list[PeerLine] · POST /peers Invite | Register -> Invited | PeerLine ·
POST /peers/NAME/rotate -> PeerLine · POST /peers/NAME/forget -> Done.
"""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

import msgspec
from aiohttp import web

from gateway.ocpi.peer import Peer, TokenForm
from gateway.ocpi.quoting import quote
from gateway.ocpi.reading import Malformed, read
from gateway.web.shapes import Done, encode
from gateway.web.unusable import RegistrationFailed

if TYPE_CHECKING:
    from gateway.web.registration_desk import RegistrationDesk

Result = TypeVar("Result")

_NAME = r"[A-Za-z0-9_.-]{1,64}"


class Invite(msgspec.Struct, tag="invite", tag_field="do"):
    """Make a token for a peer that will call us."""

    name: str


class Register(msgspec.Struct, tag="register", tag_field="do"):
    """Call a peer that gave us a token."""

    url: str
    token: str
    name: str | None = None
    raw_token: bool = False


@dataclass(frozen=True, slots=True)
class Invited:
    """What our operator hands over; the token is shown this once."""

    name: str
    versions_url: str
    token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class PeerLine:
    """A peer without its tokens; `roles` like EMSP DE*MSP, `modules` like tokens SENDER."""

    name: str
    standing: str
    since: str
    versions_url: str | None
    version: str | None
    token_form: str
    roles: tuple[str, ...]
    modules: tuple[str, ...]


def encode_order(order: Invite | Register) -> bytes:
    """Return an order as the daemon reads it."""
    return msgspec.json.encode(order)


def peer_line(peer: Peer) -> PeerLine:
    """Return a peer as it is shown."""
    return PeerLine(
        name=peer.name,
        standing=peer.standing.value,
        since=f"{peer.since:%Y-%m-%dT%H:%M:%SZ}",
        versions_url=peer.versions_url,
        version=peer.version,
        token_form=peer.form.value,
        roles=tuple(f"{role.role} {role.party}" for role in peer.roles),
        modules=tuple(quote(f"{each.identifier} {each.role}") for each in peer.endpoints),  # a peer's own words
    )


def peer_routes(desk: "RegistrationDesk | None") -> tuple[web.RouteDef, ...]:
    """Return the local API's routes for peers; without a desk, every request is told how to get one."""
    api = _PeersApi(desk)
    return (
        web.get("/peers", api.show),
        web.post("/peers", api.begin),
        web.post(f"/peers/{{name:{_NAME}}}/rotate", api.rotate),
        web.post(f"/peers/{{name:{_NAME}}}/forget", api.forget),
    )


class _PeersApi:
    def __init__(self, desk: "RegistrationDesk | None") -> None:
        self._maybe_desk = desk

    @property
    def _desk(self) -> "RegistrationDesk":
        if self._maybe_desk is None:
            raise web.HTTPConflict(text="no peer can call in; add [ocpi_server] to the config and restart the daemon")
        return self._maybe_desk

    async def show(self, _request: web.Request) -> web.Response:
        return _answer(tuple(peer_line(peer) for peer in self._desk.peers()))

    async def begin(self, request: web.Request) -> web.Response:
        desk = self._desk
        try:
            wanted = read(await request.read(), Invite | Register)
        except Malformed as problem:
            raise web.HTTPBadRequest(text=f"malformed: {problem}") from None
        if not re.fullmatch(_NAME, wanted.name or "peer"):
            raise web.HTTPBadRequest(text="a peer's name is up to 64 letters, digits, -, _ and .; choose another name")
        if isinstance(wanted, Invite):
            invitation = await _told(lambda: desk.invite(wanted.name))
            return _answer(Invited(invitation.name, invitation.versions_url, invitation.token))
        form = TokenForm.RAW if wanted.raw_token else TokenForm.BASE64
        return _answer(peer_line(await _told(lambda: desk.register(wanted.url, wanted.token, wanted.name, form))))

    async def rotate(self, request: web.Request) -> web.Response:
        desk, name = self._desk, request.match_info["name"]
        return _answer(peer_line(await _told(lambda: desk.rotate(name))))

    async def forget(self, request: web.Request) -> web.Response:
        desk, name = self._desk, request.match_info["name"]
        return _answer(Done(f"{name} is forgotten; {await _told(lambda: desk.forget(name))}"))


async def _told(work: Callable[[], Awaitable[Result]]) -> Result:
    try:
        return await work()
    except RegistrationFailed as failure:
        raise web.HTTPConflict(text=str(failure)) from None


def _answer(shape: object) -> web.Response:
    return web.Response(body=encode(shape), content_type="application/json")
