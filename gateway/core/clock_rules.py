"""What has to be written down about time: that it was learned, and that a bill need not wait for it any longer."""

from collections.abc import Iterator
from datetime import timedelta

from gateway.core.chronology import STEP, Chronology
from gateway.core.facts_time import CdrSealed, TimeLearned
from gateway.core.instant import ClockQuality, Instant
from gateway.core.scene import Scene
from gateway.core.session_record import SessionRecord

_MS = timedelta(milliseconds=1)
# A cabinet that is switched off every night, or flickers, may never be up for as long as a bill is to wait.
_BOOTS_WAITED = 10


def learn_time(chronology: Chronology, now: Instant) -> Iterator[TimeLearned]:
    """Note that the wall clock is synchronised for the first time in this boot, or has made a step since.

    A clock that lost its discipline, or was set by hand then, does not overrule one that had it in the same boot.
    """
    boot, moved = chronology.boot(now), chronology.moved(now)
    if boot is None or moved is None:
        return
    is_synchronised = now.clock is ClockQuality.SYNCHRONISED
    is_news = is_synchronised and not boot.is_trusted
    is_step = abs(moved) >= STEP and (is_synchronised or not boot.is_trusted)
    if is_news or is_step:
        yield TimeLearned(moved_ms=moved // _MS)


def is_trusted(chronology: Chronology, session: SessionRecord, end: Instant) -> bool:
    """Tell whether it is certain when a session started and ended."""
    return chronology.is_trusted(session.origin) and chronology.is_trusted(end)


def seal_waiting(scene: Scene) -> Iterator[tuple[SessionRecord, CdrSealed]]:
    """Seal each bill that waits, once its times are certain, can never become certain, or have been waited for."""
    for record in scene.record.waiting:
        trusted = record.ended is not None and is_trusted(scene.chronology, record, record.ended.end)
        if trusted or _is_hopeless(scene, record) or scene.lasted(record.touched_at, scene.rules.cdr_clock_wait_s):
            yield record, CdrSealed(is_time_trusted=trusted)


def _is_hopeless(scene: Scene, record: SessionRecord) -> bool:
    """Say of times of boots that are over that nobody will learn them any more.

    They are still put into the right era once this boot's time is known; for that it is waited, but not through boot
    after boot.
    """
    chronology = scene.chronology
    if record.ended is None:
        return False
    uncertain = [one for one in (record.origin, record.ended.end) if not chronology.is_trusted(one)]
    if any(one.boot_id == scene.now.boot_id for one in uncertain):
        return False
    return chronology.is_trusted(scene.now) or chronology.boots_since(record.ended.end) >= _BOOTS_WAITED
