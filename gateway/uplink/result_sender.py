"""Tells peers what came of their orders: one POST to the address they named, while they still wait for it."""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from typing import Protocol

import structlog

from gateway.clock import Clock
from gateway.core.charging_limit import active_profile
from gateway.core.command_book import CommandRecord, is_too_late, owed_results
from gateway.core.commands import ChargingProfile, CommandKind
from gateway.core.delivery import Accepted, Deferred, Rejected
from gateway.core.identifiers import CommandId, EvseUid, Party
from gateway.core.observations import CommandReplied
from gateway.core.site_state import SiteState
from gateway.ocpi.envelope import judge
from gateway.ocpi.headers import routing_headers
from gateway.ocpi.peer import Peer
from gateway.ocpi.peer_call import PeerCall, PeerCaller, PeerSilent, PeerSlow
from gateway.ocpi.v2_2_1.command import encode_result
from gateway.uplink.access import Directory, registered_peer

log = structlog.get_logger()

_SCHEMES = ("https://", "http://")  # an order that came another way is answered by whoever took it
_PAUSES_S = (1.0, 2.0, 4.0, 8.0)


class Orders(Protocol):
    """What is owed to peers, and where to tell that they have it."""

    @property
    def state(self) -> SiteState:
        """Everything that is on disk."""
        ...

    def on_change(self, wake: Callable[[], None], /) -> None:
        """Call `wake` whenever something was decided."""
        ...

    def is_answered(self, command_id: CommandId, /) -> bool:
        """Tell whether the order itself has been answered; its result comes after that."""
        ...

    async def report(self, news: CommandReplied, /) -> None:
        """Tell the site what came of a result; on disk when it returns."""
        ...


class ResultSender:
    """Sends what is owed; `limits_a` is what each EVSE can give, for those who ask what a session may have."""

    def __init__(  # noqa: PLR0913 - wired once, by name
        self,
        orders: Orders,
        directory: Directory,
        calls: PeerCaller,
        *,
        us: Party,
        clock: Clock,
        limits_a: Callable[[], Mapping[EvseUid, int]],
    ) -> None:
        self._orders = orders
        self._directory = directory
        self._calls = calls
        self._us = us
        self._clock = clock
        self._limits_a = limits_a
        self._changed = asyncio.Event()
        self._tries: dict[CommandId, int] = {}
        orders.on_change(self._changed.set)

    async def run(self) -> None:
        """Send whatever is owed, again and again until cancelled; a peer that is away is asked anew after a pause."""
        while True:
            self._changed.clear()
            owed = [record for record in owed_results(self._orders.state.commands) if self._may_go(record)]
            self._tries = {each.taken.id: self._tries.get(each.taken.id, 0) for each in owed}
            await asyncio.gather(*(self._try(record) for record in owed))
            await self._pause(owed)

    async def _pause(self, tried: Iterable[CommandRecord]) -> None:
        state = self._orders.state
        waiting = [each for each in tried if _is_owed(state, each)]
        if not waiting:
            await self._changed.wait()
            return
        least = min(self._tries.get(each.taken.id, 0) for each in waiting)
        await asyncio.sleep(_PAUSES_S[min(max(least - 1, 0), len(_PAUSES_S) - 1)])

    async def _try(self, record: CommandRecord) -> None:
        finished = record.finished
        if finished is None:
            return
        if is_too_late(record, self._clock.now()):
            await self._close(record, delivered=False, answer="not sent: the peer waits no more")
            return
        peer = registered_peer(self._directory, record.taken.peer)
        if peer is None:
            await self._close(record, delivered=False, answer="not sent: the peer is not registered any more")
            return
        body = encode_result(record.taken.command.kind, finished.result, finished.detail, self._profile(record))
        routing = routing_headers(self._us, _addressee(record, peer))
        call = PeerCall("POST", record.taken.reply_to, peer.token or "", peer.form, body, routing)
        self._tries[record.taken.id] += 1
        try:
            receipt = judge((await self._calls.send(call)).answer, (peer.token or "",))
        except PeerSlow as slow:
            await self._close(record, delivered=False, answer=f"sent, and not acknowledged: {slow}")
            return
        except PeerSilent as silence:
            receipt = Deferred(str(silence))
        match receipt:
            case Accepted(answer):
                await self._close(record, delivered=True, answer=answer)
            case Rejected(reason):
                await self._close(record, delivered=False, answer=reason)
            case Deferred(reason):
                log.info("result_not_taken_yet", peer=peer.name, reason=reason)

    async def _close(self, record: CommandRecord, *, delivered: bool, answer: str) -> None:
        if not delivered:
            log.warning("result_not_delivered", peer=record.taken.peer, command=record.taken.id, reason=answer)
        await self._orders.report(CommandReplied(record.taken.id, self._clock.now(), delivered, answer))

    def _may_go(self, record: CommandRecord) -> bool:
        """Tell whether a result is ours to send, now: peers look for it once they have the answer to their order."""
        return record.taken.reply_to.startswith(_SCHEMES) and self._orders.is_answered(record.taken.id)

    def _profile(self, record: CommandRecord) -> ChargingProfile | None:
        if record.taken.command.kind is not CommandKind.GET_CHARGING_PROFILE or record.session_id is None:
            return None
        session = self._orders.state.session(record.session_id)
        if session is None:
            return None
        limit_a = self._limits_a().get(session.evse_uid, 0)
        return active_profile(session, self._clock.now(), limit_a, record.taken.command.duration_s)


def _is_owed(state: SiteState, record: CommandRecord) -> bool:
    known = state.commands.get(record.taken.id)
    return known is not None and known.owed_at is not None


def _addressee(record: CommandRecord, peer: Peer) -> Party:
    token = record.taken.command.token
    if token is not None:
        return token.owner
    return peer.roles[0].party if peer.roles else Party("", "")
