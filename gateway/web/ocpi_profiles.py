"""The chargingprofiles module as RECEIVER, and what a driver prefers: as far as a charge controller can follow."""

from collections.abc import Callable
from functools import partial
from typing import Protocol

import msgspec

from gateway.core.backend_terms import folded
from gateway.core.commands import Command, CommandKind
from gateway.core.identifiers import EvseUid, Party, SessionId
from gateway.core.instant import Instant
from gateway.core.limit_rules import PreferencesResponse, judge_preferences
from gateway.core.observations import PreferencesReceived
from gateway.core.session_record import SessionRecord
from gateway.core.site_state import SiteState
from gateway.ocpi.reading import Number, decode, shaped, without_nulls
from gateway.ocpi.reply import Code, Reply, refuse
from gateway.ocpi.v2_2_1.command import encode_profile_response, read_profile
from gateway.ocpi.v2_2_1.rules import parse_moment, text
from gateway.web.ocpi_commands import CheckUrl, Orders, spoken_for, take_order
from gateway.web.ocpi_module import Asked, Module, not_allowed, not_found

_PREFERENCES = "charging_preferences"
_MOST_DIGITS = 8  # of seconds: three years
_WH_PER_KWH = 1000


class ProfileReceiver:
    """GET, PUT and DELETE of `/{session_id}`."""

    role = "RECEIVER"
    methods = frozenset({"GET", "PUT", "DELETE"})

    def __init__(self, orders: Orders, us: Party, check_url: CheckUrl) -> None:
        self._orders = orders
        self._us = us
        self._check_url = check_url

    async def answer(self, asked: Asked) -> Reply:
        """Answer with a ChargingProfileResponse."""
        if len(asked.path) != 1:
            return not_found("no such resource: the path is a session's id")
        try:
            command, response_url = _read(asked)
        except ValueError as problem:
            return refuse(Code.INVALID_PARAMETERS, str(problem))
        taken = await take_order(self._orders, asked, (command, response_url), self._us, self._check_url)
        if isinstance(taken, Reply):
            return taken
        said = encode_profile_response(taken.taken.response, taken.taken.timeout_s)
        return Reply(said, written=partial(self._orders.answered, taken.taken.id))


def _read(asked: Asked) -> tuple[Command, str]:
    session_id = text("session_id", asked.path[0])
    if asked.method == "PUT":
        return read_profile(session_id, asked.body)
    response_url = asked.query.get("response_url")
    if not response_url:
        raise ValueError("response_url: is missing")
    if asked.method == "DELETE":
        return Command(CommandKind.CLEAR_CHARGING_PROFILE, session_id=session_id), response_url
    duration = asked.query.get("duration", "")
    if not (duration.isdecimal() and len(duration) <= _MOST_DIGITS and int(duration) > 0):
        raise ValueError("duration: must be a number of seconds")
    return Command(CommandKind.GET_CHARGING_PROFILE, session_id=session_id, duration_s=int(duration)), response_url


class Wishes(Protocol):
    """Where sessions are looked up, and wishes written down."""

    @property
    def state(self) -> SiteState:
        """Everything that is on disk."""
        ...

    async def prefer(self, wish: PreferencesReceived, peer: str, /) -> bool:
        """Write down what a driver prefers; False if the disk does not take it in time, or the peer wants too much."""
        ...


class _PreferencesWire(msgspec.Struct, frozen=True):
    profile_type: str
    departure_time: str | None = None
    energy_need: Number | None = None


class SessionSender:
    """The list of sessions, and PUT of `/{session_id}/charging_preferences`."""

    role = "SENDER"
    methods = frozenset({"GET", "PUT"})

    def __init__(
        self,
        listed: Module,
        wishes: Wishes,
        us: Party,
        now: Callable[[], Instant],
        can_limit: Callable[[EvseUid], bool],
    ) -> None:
        self._listed = listed
        self._wishes = wishes
        self._us = us
        self._now = now
        self._can_limit = can_limit

    async def answer(self, asked: Asked) -> Reply:
        """Answer with the list, or take preferences."""
        if asked.method == "GET":
            return await self._listed.answer(asked)
        if len(asked.path) != 2 or asked.path[1] != _PREFERENCES:  # noqa: PLR2004 - session and charging_preferences
            return not_allowed("no such method here", frozenset({"GET"}))
        session = self._wishes.state.session(SessionId(asked.path[0]))
        if session is None or not _may_speak_of(session, asked, self._us):
            return not_found("this session is not known here")
        if not self._can_limit(session.evse_uid):
            return not_found("the EVSE of this session takes no charging preferences")
        try:
            wish = _read_wish(asked.body, session.id, self._now())
        except ValueError as problem:
            return refuse(Code.INVALID_PARAMETERS, str(problem))
        response = judge_preferences(session, wish.profile_type)
        if response is PreferencesResponse.ACCEPTED and not await self._wishes.prefer(wish, asked.caller.peer.name):
            response = PreferencesResponse.NOT_POSSIBLE
        return Reply(msgspec.json.encode(response.value))


def _may_speak_of(session: SessionRecord, asked: Asked, us: Party) -> bool:
    allowed = spoken_for(asked, us)
    return allowed is None or folded(session.authorized.token.owner) in allowed


def _read_wish(body: bytes, session_id: SessionId, at: Instant) -> PreferencesReceived:
    wire = shaped("$", without_nulls(decode(body)), _PreferencesWire)
    departure = None if wire.departure_time is None else parse_moment(wire.departure_time)
    need_wh = None if wire.energy_need is None else int(wire.energy_need * _WH_PER_KWH)
    if wire.profile_type not in {"CHEAP", "FAST", "GREEN", "REGULAR"}:
        raise ValueError("profile_type: must be one of CHEAP, FAST, GREEN, REGULAR")
    return PreferencesReceived(session_id, at, wire.profile_type, departure, need_wh)
