"""Looks on while the chain is verified: whether the signed roots fit it, and whether there is one for every day."""

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec

from gateway.core.facts_proof import RootSigned, signed_text
from gateway.core.instant import ClockQuality
from gateway.notary.device_key import is_signed

_REMEMBERED: Final = 20_000  # hashes: a root stands close behind the fact that it covers
_LONGEST_UNSIGNED: Final = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class RootReport:
    """Roots that fit, day and last fact of the newest of them, by which key; `breach` says what does not fit."""

    roots: int
    day: str | None
    up_to_seq: int
    key: str | None
    breach: str | None


class Witness:
    """Sees every row of the chain in order. `key` is the public key that is trusted; without one the first root's."""

    def __init__(self, key: str | None) -> None:
        self._key = key
        self._is_expected = key is not None
        self._hashes: OrderedDict[int, bytes] = OrderedDict()
        self._newest: RootSigned | None = None
        self._count = 0
        self._breach: str | None = None
        self._unsigned_since: tuple[int, datetime] | None = None
        self._seen = 0

    def see(self, row: tuple[Any, ...]) -> None:
        """Take one row as it stands in the journal."""
        seq, at, clock, kind, body, sealed = row[0], row[1], row[4], row[7], row[8], row[-1]
        self._seen += 1
        self._hashes[seq] = sealed
        if len(self._hashes) > _REMEMBERED:
            self._hashes.popitem(last=False)
        if self._breach is not None:
            return
        if kind == "root_signed":
            self._look_at(msgspec.json.decode(body, type=RootSigned))
        elif kind == "gateway_started":
            self._unsigned_since = None  # it may have been down for days; a root follows every start
        elif clock == ClockQuality.SYNCHRONISED and self._newest is not None:
            self._look_at_time(seq, datetime.fromisoformat(at))

    def report(self) -> RootReport:
        """Say what was seen."""
        newest, breach = self._newest, self._breach
        if breach is None and newest is None and self._is_expected and self._seen:
            breach = "this device signs a root each day, and there is none: they were removed"
        day, up_to_seq = (newest.day, newest.up_to_seq) if newest is not None else (None, 0)
        return RootReport(self._count, day, up_to_seq, self._key, breach)

    def _look_at(self, root: RootSigned) -> None:
        covered = self._newest.up_to_seq if self._newest is not None else 0
        self._key = self._key or root.key
        if root.key != self._key:
            self._breach = f"the root of {root.day} was signed with another key than this device's"
        elif not is_signed(root.key, signed_text(root.day, root.up_to_seq, root.head), root.signature):
            self._breach = f"the root of {root.day} bears no signature of this device: it was changed"
        elif self._hashes.get(root.up_to_seq, b"").hex() != root.head:
            self._breach = (
                f"facts {covered + 1} to {root.up_to_seq} are not those that this device signed on {root.day}:"
                " the chain was forged anew"
            )
        else:
            self._newest, self._unsigned_since = root, None
            self._count += 1

    def _look_at_time(self, seq: int, at: datetime) -> None:
        first, since = self._unsigned_since or (seq, at)
        self._unsigned_since = first, since
        if at - since > _LONGEST_UNSIGNED:
            self._breach = (
                f"facts {first} to {seq} are of more than two days and under no root: roots were removed, or signing"
                " failed (root_not_signed in the log)"
            )
