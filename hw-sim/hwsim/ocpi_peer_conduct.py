"""How the simulated OCPI peer behaves: well, or in one of the ways in which real ones fail."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from enum import StrEnum


class Mode(StrEnum):
    """What the peer does with a request."""

    ACCEPT = "accept"
    # Says no in HTTP's words: 422.
    REFUSE_HTTP = "refuse_http"
    # Says no in OCPI's words: HTTP 200 with status_code 2001.
    REFUSE_OCPI = "refuse_ocpi"
    # Breaks down: HTTP 503.
    STUMBLE = "stumble"
    # Breaks down inside: HTTP 200 with status_code 3000.
    STUMBLE_OCPI = "stumble_ocpi"
    # Asks for patience: HTTP 429 with Retry-After.
    THROTTLE = "throttle"
    # Takes the request and never answers.
    HANG = "hang"
    # A proxy's page instead of JSON: HTTP 200 and text/html.
    HTML = "html"
    # Stores, then drops the connection before answering.
    LOSE_REPLY = "lose_reply"
    # Nobody listens on the port.
    OFFLINE = "offline"


@dataclass(frozen=True, slots=True)
class Conduct:
    """A mode; for one object only where `subject` is its id, for one module where it is sessions or cdrs.

    `times` limits it to the next so many requests that it is for.
    """

    mode: Mode = Mode.ACCEPT
    subject: str | None = None
    times: int | None = None
    retry_after_s: int = 1

    def mode_for(self, subjects: Collection[str]) -> Mode:
        """Tell what a request meets that is about these: its module, and its object's id."""
        return self.mode if self.subject is None or self.subject in subjects else Mode.ACCEPT

    def after_one(self) -> "Conduct":
        """Give the conduct once a request has met it."""
        if self.times is None:
            return self
        return replace(self, times=self.times - 1) if self.times > 1 else Conduct()
