"""How an eMSP's list of tokens is read: which page comes first, which next, and how far we are."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlencode

from gateway.ocpi.v2_2_1.rules import moment
from gateway.ocpi.versions import join

_PAGE = 500
_OVERLAP = timedelta(minutes=10)  # asked for again each time: our clock and the peer's differ
_NEXT = re.compile(r'<([^>]*)>\s*;[^,]*\brel="?next"?', re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class SyncMark:
    """How far a peer's list was read. `complete_up_to` is when the last reading began that reached the end.

    `next_url` is the page that comes next in a reading that `began` then; None where none is under way.
    """

    began: datetime | None = None
    next_url: str | None = None
    complete_up_to: datetime | None = None


def first_page(url: str, complete_up_to: datetime | None) -> str:
    """Return where a reading begins: everything at first, later what changed since the last one began."""
    query = {"offset": "0", "limit": str(_PAGE)}
    if complete_up_to is not None:
        since = (complete_up_to - _OVERLAP).replace(microsecond=0)
        query = {"date_from": moment("date_from", since), **query}
    return f"{url}{'&' if '?' in url else '?'}{urlencode(query)}"


def next_page(link: str | None, url: str) -> str | None:
    """Return what a Link header names as the next page, None on the last one, or where it names the same again."""
    match = _NEXT.search(link or "")
    onward = join(url, match[1]) or None if match else None
    return None if onward == url else onward
