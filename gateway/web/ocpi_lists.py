"""The modules that a CPO lends out as SENDER in lists: sessions, cdrs and tariffs, the very bytes that are pushed."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Protocol

from gateway.core.identifiers import Party
from gateway.core.tariff import Tariff
from gateway.ocpi.dialects import DIALECTS
from gateway.ocpi.paging import Page, page_headers, read_page
from gateway.ocpi.peer import Peer
from gateway.ocpi.reply import Code, Reply, list_of, refuse
from gateway.web.ocpi_module import Asked, not_found

_HUB = "HUB"


class PulledPage(Protocol):
    """A page of objects, and how many pass the filters in all."""

    @property
    def data(self) -> bytes:
        """The objects as a JSON list."""
        ...

    @property
    def total(self) -> int:
        """How many there are, on whatever page."""
        ...


# Returns a page of the objects of these parties' drivers, of all where that is None, in a version; oldest first.
PullObjects = Callable[[Sequence[Party] | None, Page, str], Awaitable[PulledPage]]
# Tells whether a peer sees the objects of all drivers.
SeesAll = Callable[[Peer], bool]


class ObjectSender:
    """GET of a list of sessions or CDRs: those whose token belongs to the caller."""

    role = "SENDER"
    methods = frozenset({"GET"})

    def __init__(self, pull: PullObjects, sees_all: SeesAll, highest: int, *, needs_date_from: bool) -> None:
        self._pull = pull
        self._sees_all = sees_all
        self._highest = highest
        self._needs_date_from = needs_date_from

    async def answer(self, asked: Asked) -> Reply:
        """Answer with a page."""
        if asked.path:
            return not_found("no such resource: there is only the list")
        try:
            page = read_page(asked.query, self._highest, needs_date_from=self._needs_date_from)
        except ValueError as problem:
            return refuse(Code.INVALID_PARAMETERS, str(problem))
        pulled = await self._pull(visible_parties(asked, self._sees_all), page, asked.version)
        headers = page_headers(asked.url, asked.query, page, pulled.total, self._highest)
        return Reply(pulled.data, headers=headers)


class TariffSender:
    """GET of the list of tariffs; prices are no secret between peers."""

    role = "SENDER"
    methods = frozenset({"GET"})

    def __init__(self, tariffs: Callable[[], Sequence[Tariff]], us: Party, highest: int) -> None:
        self._tariffs = tariffs
        self._us = us
        self._highest = highest

    async def answer(self, asked: Asked) -> Reply:
        """Answer with a page."""
        if asked.path:
            return not_found("no such resource: there is only the list")
        ordered = sorted(self._tariffs(), key=lambda tariff: (tariff.last_updated, tariff.id))
        bodies = [(tariff.last_updated, DIALECTS[asked.version].encode_tariff(tariff, self._us)) for tariff in ordered]
        return answer_page(asked, bodies, self._highest)


def answer_page(asked: Asked, objects: Sequence[tuple[datetime, bytes]], highest: int) -> Reply:
    """Answer with a page of objects in memory, given as pairs of last_updated and JSON."""
    try:
        page = read_page(asked.query, highest)
    except ValueError as problem:
        return refuse(Code.INVALID_PARAMETERS, str(problem))
    found = [body for last_updated, body in objects if page.covers(last_updated)]
    headers = page_headers(asked.url, asked.query, page, len(found), highest)
    return Reply(list_of(page.cut(found)), headers=headers)


def visible_parties(asked: Asked, sees_all: SeesAll) -> Sequence[Party] | None:
    """Return whose drivers' objects the caller may see: its own parties', or None for those of all.

    A hub sees those of the party on whose behalf it asks, as the OCPI-from headers say.
    """
    peer = asked.caller.peer
    if sees_all(peer):
        return None
    parties = []
    for role in peer.roles:
        if role.role == _HUB:
            country, party = (asked.headers.get(f"OCPI-from-{name}") for name in ("country-code", "party-id"))
            if country and party and (country + party).isascii():
                return (Party(country, party),)
        parties.append(role.party)
    return parties
