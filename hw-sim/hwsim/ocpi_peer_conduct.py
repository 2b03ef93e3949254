"""How the simulated OCPI peer behaves: well, or in one of the ways in which real ones fail."""

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
    """A mode; for one object only where `object_id` says so, and for the next `times` requests where set."""

    mode: Mode = Mode.ACCEPT
    object_id: str | None = None
    times: int | None = None
    retry_after_s: int = 1

    def mode_for(self, object_id: str | None) -> Mode:
        """Tell what a request about this object meets."""
        if self.object_id is not None and self.object_id != object_id:
            return Mode.ACCEPT
        return self.mode

    def after_one(self) -> "Conduct":
        """Give the conduct once a request has met it."""
        if self.times is None:
            return self
        return replace(self, times=self.times - 1) if self.times > 1 else Conduct()
