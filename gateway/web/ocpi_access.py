"""Who may call our OCPI endpoints: tokens compared in constant time, wrong ones counted and slowed down."""

import hmac
import math
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Protocol

from gateway.ocpi.peer import Caller, Peer, PeerRecord, Purpose
from gateway.ocpi.presented import digest, presented_tokens
from gateway.ocpi.reply import Code, Reply, refuse

_WINDOW_S = 60.0
_MOST_RIGHT = 64  # headers; each peer has one
_MOST_REMEMBERED = 4096  # addresses; the one that was wrong longest ago is forgotten first


class Directory(Protocol):
    """The peers and their tokens."""

    def records(self) -> Sequence[PeerRecord]:
        """Return every peer."""
        ...


@dataclass(slots=True)
class _Misses:
    since: float
    count: int


class Gatekeeper:
    """Knows callers by their token. What a header meant is kept if it was right; whether it still is, is asked anew.

    A right token is always let in, however many wrong ones came from its address: peers share addresses, and ours
    have 256 random bits, so counting guards the log and the processor and not the secret.
    """

    def __init__(self, directory: Directory, wrong_tokens_per_minute: int, monotonic: Callable[[], float]) -> None:
        self._directory = directory
        self._allowed = wrong_tokens_per_minute
        self._monotonic = monotonic
        self._misses: OrderedDict[str, _Misses] = OrderedDict()
        self._right: dict[str | None, tuple[Caller, bytes]] = {}

    def admit(self, header: str | None, address: Callable[[], str]) -> Caller | Reply:
        """Return who calls, or the refusal: 401, or 429 to an address that was wrong too often within a minute."""
        caller = self._identify(header)
        return caller if caller is not None else self._refuse(address())

    def _identify(self, header: str | None) -> Caller | None:
        before = self._right.get(header)
        if before is not None:
            caller, presented = before
            if self._known(presented) == (caller.peer, caller.purpose):
                return caller
            del self._right[header]
        for form, token in presented_tokens(header):
            presented = digest(token)
            found = self._known(presented)
            if found is not None:
                peer, purpose = found
                caller = Caller(peer, purpose, form, token)
                self._right[header] = caller, presented
                if len(self._right) > _MOST_RIGHT:
                    del self._right[next(iter(self._right))]
                return caller
        return None

    def _known(self, presented: bytes) -> tuple[Peer, Purpose] | None:
        """Return whose token has this digest; each one that there is is looked at, also behind the right one."""
        found = None
        for record in self._directory.records():
            for inbound in record.inbound:
                if hmac.compare_digest(inbound.digest, presented):
                    found = record.peer, inbound.purpose
        return found

    def _refuse(self, address: str) -> Reply:
        now = self._monotonic()
        misses = self._misses.pop(address, None)
        if misses is None or now - misses.since >= _WINDOW_S:
            misses = _Misses(now, 0)
        misses.count += 1
        self._misses[address] = misses
        if len(self._misses) > _MOST_REMEMBERED:
            self._misses.popitem(last=False)
        if misses.count <= self._allowed:
            return Reply(
                status=HTTPStatus.UNAUTHORIZED,
                code=Code.CLIENT_ERROR,
                message="no known credentials token: send it as Authorization: Token <base64 of the token>",
                headers={"WWW-Authenticate": "Token"},
            )
        wait_s = max(1, math.ceil(misses.since + _WINDOW_S - now))
        refusal = refuse(Code.CLIENT_ERROR, "too many wrong tokens: wait", HTTPStatus.TOO_MANY_REQUESTS)
        return Reply(
            status=refusal.status,
            code=refusal.code,
            message=refusal.message,
            headers={"Retry-After": str(wait_s)},
        )
