"""Asks the owners of cards whether their driver may charge here, while that driver waits."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Protocol

import structlog

from gateway.clock import Clock
from gateway.core.facts_roaming import Outcome
from gateway.core.identifiers import InquiryId, Party
from gateway.core.inquiry import Inquiry
from gateway.core.observations import AuthorizationReported
from gateway.core.site_state import SiteState
from gateway.core.token import TokenType
from gateway.ocpi.headers import routing_headers
from gateway.ocpi.peer import Peer, PeerRecord, Standing
from gateway.ocpi.peer_call import PeerCall, PeerCaller, PeerSilent, PeerSlow
from gateway.ocpi.v2_2_1.authorization import Said, question_body, question_url, read_said

log = structlog.get_logger()


class Questions(Protocol):
    """What has to be asked, and where to tell the answer."""

    @property
    def state(self) -> SiteState:
        """Everything that is on disk."""
        ...

    def on_change(self, wake: Callable[[], None], /) -> None:
        """Call `wake` whenever something was decided."""
        ...

    async def report(self, news: AuthorizationReported, /) -> None:
        """Tell the site what was answered; on disk when it returns."""
        ...


class Directory(Protocol):
    """The registered peers."""

    def records(self) -> Sequence[PeerRecord]:
        """Return every peer."""
        ...


class CardQuestions:
    """Asks each question once. A card we know is its owner's; of a stranger every peer is asked that can be."""

    def __init__(  # noqa: PLR0913 - wired once, by name
        self,
        questions: Questions,
        directory: Directory,
        calls: PeerCaller,
        *,
        us: Party,
        clock: Clock,
        asks_of_strangers: bool,
    ) -> None:
        self._questions = questions
        self._directory = directory
        self._calls = calls
        self._us = us
        self._clock = clock
        self._asks_of_strangers = asks_of_strangers
        self._changed = asyncio.Event()
        self._asked = set[InquiryId]()
        questions.on_change(self._changed.set)

    async def work(self) -> None:
        """Ask one question after the other until cancelled; several at it at once keep no driver waiting."""
        while True:
            inquiries = self._questions.state.inquiries
            self._asked &= set(inquiries)
            mine = next((each for id_, each in inquiries.items() if id_ not in self._asked), None)
            if mine is None:
                self._changed.clear()
                await self._changed.wait()
                continue
            self._asked.add(mine.asked.id)
            await self._ask(mine)

    async def _ask(self, inquiry: Inquiry) -> None:
        asked = inquiry.asked
        peers = self._whom(inquiry)
        answers = await asyncio.gather(*(self._ask_peer(peer, inquiry) for peer in peers))
        peer, said = _best(list(zip(peers, answers, strict=True)))
        outcome = said.outcome or Outcome.OFFLINE
        log.info("card_asked_about", card=asked.uid, peers=len(peers), outcome=outcome.value)
        await self._questions.report(
            AuthorizationReported(
                asked.id,
                self._clock.now(),
                None if peer is None else peer.name,
                outcome,
                said.token,
                said.reference,
                said.info,
            )
        )

    def _whom(self, inquiry: Inquiry) -> list[Peer]:
        token = inquiry.asked.token
        peers = [
            record.peer
            for record in self._directory.records()
            if record.peer.standing is Standing.REGISTERED and record.peer.endpoint("tokens", "SENDER") is not None
        ]
        if token is None:
            return peers if self._asks_of_strangers else []
        return [peer for peer in peers if peer.owns(token.owner)]

    async def _ask_peer(self, peer: Peer, inquiry: Inquiry) -> Said:
        asked, adopted = inquiry.asked, self._questions.state.site
        endpoint = peer.endpoint("tokens", "SENDER")
        if endpoint is None or adopted is None or inquiry.evse_uid is None:
            return Said(None)
        kind = TokenType.RFID if asked.token is None else asked.token.type
        owner = asked.token.owner if asked.token is not None else _first_party(peer)
        call = PeerCall(
            "POST",
            question_url(endpoint, asked.uid, kind),
            peer.token or "",
            peer.form,
            question_body(adopted.site, inquiry.evse_uid),
            routing_headers(self._us, owner) if owner is not None else {},
        )
        try:
            answer = (await self._calls.send(call)).answer
        except PeerSlow:
            return Said(Outcome.TIMED_OUT)
        except PeerSilent as silence:
            log.warning("owner_out_of_reach", peer=peer.name, reason=str(silence))
            return Said(None)
        said = read_said(answer, adopted.site, inquiry.evse_uid, asked.uid)
        if said.outcome is Outcome.ALLOWED and asked.token is None and not _is_its_own(peer, said):
            return Said(Outcome.UNKNOWN)
        return (
            said if said.token is None or peer.owns(said.token.owner) else Said(Outcome.ALLOWED, None, said.reference)
        )


def _first_party(peer: Peer) -> Party | None:
    return peer.roles[0].party if peer.roles else None


def _is_its_own(peer: Peer, said: Said) -> bool:
    """Tell whether a stranger's card was described by the peer whose it is: otherwise nobody could be billed."""
    return said.token is not None and peer.owns(said.token.owner)


def _best(answers: list[tuple[Peer, Said]]) -> tuple[Peer | None, Said]:
    """Return the answer that counts: yes before no, no before silence, silence before "not mine"."""
    for wanted in (_says_yes, _says_no, _says_nothing):
        for peer, said in answers:
            if wanted(said):
                return peer, said
    return answers[0] if answers else (None, Said(None))


def _says_yes(said: Said) -> bool:
    return said.outcome is Outcome.ALLOWED


def _says_no(said: Said) -> bool:
    return said.outcome not in {None, Outcome.TIMED_OUT, Outcome.UNKNOWN}


def _says_nothing(said: Said) -> bool:
    return said.outcome in {None, Outcome.TIMED_OUT}
