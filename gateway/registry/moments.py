"""Moments as the registry keeps them: UTC text that sorts as time does."""

from datetime import UTC, datetime


def to_text(moment: datetime) -> str:
    """Return the moment with microseconds and Z, always of one length."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}Z".rjust(27, "0")


def from_text(text: str) -> datetime:
    """Return the moment that `to_text` wrote."""
    return datetime.fromisoformat(text)
