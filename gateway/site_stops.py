"""Stops that are decided and not on disk yet, noted where neither an ill disk nor the process' end reaches them."""

from collections.abc import Iterable
from pathlib import Path
from typing import Final, Protocol

import msgspec
import structlog

from gateway.core.facts import Fact, StopRequested
from gateway.core.observations_storage import DecidedStop

log = structlog.get_logger()

_NOTED: Final = msgspec.json.Decoder(tuple[DecidedStop, ...])


class Stops(Protocol):
    """Where decided stops outlive the process; nothing of this raises or waits."""

    def keep(self, stops: tuple[DecidedStop, ...], /) -> None:
        """Keep these, and no others any more."""
        ...

    def recall(self) -> tuple[DecidedStop, ...]:
        """Return what the process before this one kept last."""
        ...


def stops_in(facts: Iterable[Fact]) -> tuple[DecidedStop, ...]:
    """Return the stops among facts, each with when it was decided."""
    return tuple(
        DecidedStop(fact.session_id, fact.body.reason, fact.body.decided_at or fact.at)
        for fact in facts
        if isinstance(fact.body, StopRequested) and fact.session_id is not None
    )


class Nowhere:
    """Keeps nothing."""

    def keep(self, stops: tuple[DecidedStop, ...]) -> None:
        """Forget them."""

    def recall(self) -> tuple[DecidedStop, ...]:
        """Return nothing."""
        return ()


class StopNote:
    """One file, in memory (/run): written at once, and gone with the power, which opens contactors too."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._kept: tuple[DecidedStop, ...] | None = None

    def keep(self, stops: tuple[DecidedStop, ...]) -> None:
        """Keep these, and no others any more."""
        if stops == self._kept:
            return
        self._kept = stops
        try:
            if stops:
                part = self._file.with_suffix(".part")
                part.write_bytes(msgspec.json.encode(stops))
                part.replace(self._file)
            else:
                self._file.unlink(missing_ok=True)
        except OSError as fault:
            log.warning("stops_not_noted", file=str(self._file), reason=fault.strerror)

    def recall(self) -> tuple[DecidedStop, ...]:
        """Return what the process before this one kept last; nothing where there is no note, or none that is whole."""
        try:
            return _NOTED.decode(self._file.read_bytes())
        except (OSError, msgspec.DecodeError, RecursionError):
            return ()
