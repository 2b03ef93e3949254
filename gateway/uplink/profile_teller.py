"""Tells peers who have limited a session what it may draw, whenever that changes: PUT of an ActiveChargingProfile."""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from typing import Protocol
from urllib.parse import quote

import structlog

from gateway.clock import Clock
from gateway.core.charging_limit import active_profile
from gateway.core.commands import CommandKind, CommandResult
from gateway.core.delivery import Deferred, Rejected
from gateway.core.identifiers import EvseUid, Party, SessionId
from gateway.core.session_phase import OPEN
from gateway.core.session_record import Limited, SessionRecord
from gateway.core.site_state import SiteState
from gateway.ocpi.envelope import judge
from gateway.ocpi.headers import routing_headers
from gateway.ocpi.peer_call import PeerCall, PeerCaller, PeerSilent
from gateway.ocpi.v2_2_1.command import encode_active_profile
from gateway.uplink.access import Directory, registered_peer

log = structlog.get_logger()

_PAUSE_S = 10.0
_MOST_TRIES = 6


class Limits(Protocol):
    """Where sessions and orders are seen."""

    @property
    def state(self) -> SiteState:
        """Everything that is on disk."""
        ...

    def on_change(self, wake: Callable[[], None], /) -> None:
        """Call `wake` whenever something was decided."""
        ...


# A session, and a peer who once set a charging profile for it.
_Listener = tuple[SessionId, str]


class ProfileTeller:
    """Tells; `limits_a` is what each EVSE can give. Only the newest counts: what a peer missed is told over by it."""

    def __init__(  # noqa: PLR0913 - wired once, by name
        self,
        limits: Limits,
        directory: Directory,
        calls: PeerCaller,
        *,
        us: Party,
        clock: Clock,
        limits_a: Callable[[], Mapping[EvseUid, int]],
    ) -> None:
        self._limits = limits
        self._directory = directory
        self._calls = calls
        self._us = us
        self._clock = clock
        self._limits_a = limits_a
        self._changed = asyncio.Event()
        self._told: dict[_Listener, Limited | None] = {}
        self._tries: dict[_Listener, int] = {}
        limits.on_change(self._changed.set)

    async def run(self) -> None:
        """Tell whatever is new, until cancelled; a peer that is away is told again a few times."""
        while True:
            self._changed.clear()
            self._listen()
            done = await asyncio.gather(*(self._tell(*each) for each in self._news()))
            await (self._changed.wait() if all(done) else asyncio.sleep(_PAUSE_S))

    def _listen(self) -> None:
        """Note who set a profile; orders are forgotten long before a long session ends."""
        state = self._limits.state
        for record in state.commands.values():
            finished, session_id = record.finished, record.session_id
            is_set = record.taken.command.kind is CommandKind.SET_CHARGING_PROFILE
            if is_set and session_id is not None and finished is not None and finished.result is CommandResult.ACCEPTED:
                self._told.setdefault((session_id, record.taken.peer), None)
        for listener in [each for each in self._told if _open_session(state, each[0]) is None]:
            self._told.pop(listener)
            self._tries.pop(listener, None)

    def _news(self) -> Iterator[tuple[_Listener, SessionRecord]]:
        for listener, told in list(self._told.items()):
            session = _open_session(self._limits.state, listener[0])
            if session is not None and session.limited != told:
                yield listener, session

    async def _tell(self, listener: _Listener, session: SessionRecord) -> bool:
        """Tell one peer; False if it should be tried again."""
        peer = registered_peer(self._directory, listener[1])
        endpoint = None if peer is None else peer.endpoint("chargingprofiles", "SENDER")
        if peer is None or endpoint is None:
            self._told[listener] = session.limited
            return True
        profile = active_profile(session, self._clock.now(), self._limits_a().get(session.evse_uid, 0), None)
        call = PeerCall(
            "PUT",
            f"{endpoint.rstrip('/')}/{quote(session.id, safe='')}",
            peer.token or "",
            peer.form,
            encode_active_profile(profile),
            routing_headers(self._us, peer.roles[0].party) if peer.roles else {},
        )
        try:
            receipt = judge((await self._calls.send(call)).answer, (peer.token or "",))
        except PeerSilent as silence:
            receipt = Deferred(str(silence))
        self._tries[listener] = self._tries.get(listener, 0) + 1
        if isinstance(receipt, Deferred) and self._tries[listener] < _MOST_TRIES:
            return False
        if isinstance(receipt, Deferred | Rejected):
            log.warning("active_profile_not_taken", peer=peer.name, session=session.id, reason=receipt.reason)
        self._told[listener] = session.limited
        self._tries.pop(listener)
        return True


def _open_session(state: SiteState, session_id: SessionId) -> SessionRecord | None:
    session = state.session(session_id)
    return session if session is not None and session.phase in OPEN else None
