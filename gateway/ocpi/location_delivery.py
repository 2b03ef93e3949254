"""What backends are told of our Location: the whole of it, or the status of one EVSE, from the stamps of its parts."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from urllib.parse import quote

import msgspec

from gateway.core.facts_backends import PartStamp
from gateway.ocpi.v2_2_1.location import Path, Stamp, compose
from gateway.ocpi.v2_2_1.rules import moment
from gateway.ocpi.v2_2_1.shapes import encode


class _StatusWire(msgspec.Struct, frozen=True):
    """What a PATCH of an EVSE changes."""

    status: str
    last_updated: str


def stamps_of(parts: Iterable[PartStamp]) -> dict[Path, Stamp]:
    """Return the parts as `compose` and `restamp` know them."""
    return {part.path: Stamp(part.last_updated, part.body.encode()) for part in parts}


def parts_of(stamps: dict[Path, Stamp]) -> tuple[PartStamp, ...]:
    """Return stamps as facts keep them."""
    return tuple(PartStamp(path, stamp.last_updated, stamp.body.decode()) for path, stamp in stamps.items())


def whole_location(parts: Sequence[PartStamp]) -> tuple[str, bytes]:
    """Return the Location's id and the complete object."""
    location = compose(stamps_of(parts))
    return location.id, encode(location)


def evse_path(location_id: str, uid: str) -> str:
    """Return by which name an EVSE's status is owed: its place in URLs and topics, quoted."""
    return f"{quote(location_id, safe='')}/{quote(uid, safe='')}"


def status_changes(before: Sequence[PartStamp], changed: Sequence[PartStamp]) -> Iterator[tuple[str, bytes]] | None:
    """Yield uid and PATCH of each EVSE; None where anything but the status of known EVSEs has changed."""
    known = {part.path: part for part in before}
    if any(len(part.path) != 1 or not _differ_in_status(known.get(part.path), part) for part in changed):
        return None
    return ((part.path[0], _patch(part.body, part.last_updated)) for part in changed)


def _differ_in_status(old: PartStamp | None, new: PartStamp) -> bool:
    if old is None:
        return False
    one, other = (msgspec.json.decode(part.body, type=dict[str, msgspec.Raw]) for part in (old, new))
    return {**one, "status": b""} == {**other, "status": b""}


def _patch(body: str, at: datetime) -> bytes:
    status: str = msgspec.json.decode(body)["status"]
    return encode(_StatusWire(status, moment("last_updated", at)))
