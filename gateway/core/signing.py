"""Signed meter values: which of them belong to a session, and carried untouched from the meter to the CDR.

Law: nothing here reads, checks or shortens what a meter has signed; who doubts a bill checks it, with the meter's key.
"""

from collections.abc import Callable, Iterator
from typing import Final

from gateway.core.facts import FactBody, SessionEnded
from gateway.core.facts_proof import MeterSigned
from gateway.core.scene import Scene

START: Final = "Start"
END: Final = "End"


def sign_start(scene: Scene) -> Iterator[FactBody]:
    """Keep the signature of the value that the bill begins with."""
    start, reading = scene.session.start, scene.seen.reading
    if start is None or reading is None or reading.signed is None or scene.session.signed:
        return
    if reading.at == start.at:
        yield MeterSigned(START, reading.signed)


def signing_end(end_session: Callable[[Scene], Iterator[FactBody]]) -> Callable[[Scene], Iterator[FactBody]]:
    """Keep the signature of the value that the bill ends with, before that seals it."""

    def end_signed(scene: Scene) -> Iterator[FactBody]:
        bodies = tuple(end_session(scene))
        ended = next((body for body in bodies if isinstance(body, SessionEnded)), None)
        reading = scene.seen.reading
        if ended is not None and reading is not None and reading.signed is not None and reading.at == ended.stop.at:
            yield MeterSigned(END, reading.signed)
        yield from bodies

    return end_signed
