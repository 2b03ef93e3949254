"""OCPI's pagination: which slice a request asks for, and what the answer says of the whole."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar
from urllib.parse import quote_plus

from gateway.ocpi.v2_2_1.rules import parse_moment

Item = TypeVar("Item")

_MOST_DIGITS = 15  # beyond any list there will be, and within SQLite's integers


@dataclass(frozen=True, slots=True)
class Page:
    """A slice of a list; `date_from` is included, `date_to` is not, both are about last_updated."""

    offset: int
    limit: int
    date_from: datetime | None = None
    date_to: datetime | None = None

    def covers(self, last_updated: datetime) -> bool:
        """Whether an object's last_updated passes the filters."""
        return (self.date_from is None or self.date_from <= last_updated) and (
            self.date_to is None or last_updated < self.date_to
        )

    def cut(self, items: Sequence[Item]) -> Sequence[Item]:
        """Return the slice of a whole list."""
        return items[self.offset : self.offset + self.limit]


def read_page(query: Mapping[str, str], highest: int, *, needs_date_from: bool = False) -> Page:
    """Return the page that a query asks for; ValueError names the parameter. `highest` is the largest page we give."""
    if needs_date_from and "date_from" not in query:
        raise ValueError("date_from: is required here, add it like date_from=2026-01-31T12:00:00Z")
    limit = _count(query, "limit", highest)
    if limit == 0:
        raise ValueError("limit: must be at least 1")
    return Page(
        offset=_count(query, "offset", 0),
        limit=min(limit, highest),
        date_from=_moment(query, "date_from"),
        date_to=_moment(query, "date_to"),
    )


def page_headers(url: str, query: Mapping[str, str], page: Page, total: int, highest: int) -> Mapping[str, str]:
    """Return X-Total-Count, X-Limit and, unless this is the last page, Link with every filter kept.

    `total` counts what passes the filters, whatever the offset; `url` is the list's own public URL.
    """
    headers = {"X-Total-Count": str(total), "X-Limit": str(highest)}
    following = page.offset + page.limit
    if following < total:
        kept = "".join(f"{name}={quote_plus(query[name])}&" for name in ("date_from", "date_to") if name in query)
        headers["Link"] = f'<{url}?{kept}offset={following}&limit={page.limit}>; rel="next"'
    return headers


def _count(query: Mapping[str, str], name: str, default: int) -> int:
    value = query.get(name)
    if value is None:
        return default
    if not (value.isascii() and value.isdecimal() and len(value) <= _MOST_DIGITS):
        raise ValueError(f"{name}: must be a whole number")
    return int(value)


def _moment(query: Mapping[str, str], name: str) -> datetime | None:
    value = query.get(name)
    if value is None:
        return None
    try:
        return parse_moment(value)
    except ValueError as problem:
        raise ValueError(f"{name}: {problem}") from None
