"""What a technician's word makes true: faults mended, another meter, energy looked into."""

from collections.abc import Iterator, Sequence

from gateway.core.facts import FactBody, FaultMended, MeterExchanged
from gateway.core.facts_energy import UnattributedEnergyAccepted
from gateway.core.metering import count_on
from gateway.core.observations import FaultCleared, MeterReplaced
from gateway.core.reasons import FaultKind
from gateway.core.scene import Scene
from gateway.core.site_state import LATCHED


def take_word(scene: Scene, word: FaultCleared | MeterReplaced) -> Iterator[FactBody]:
    """Take a technician's word that the EVSE is mended; what can be seen to be wrong still is."""
    record, mended = scene.record, LATCHED | {FaultKind.METER_IMPLAUSIBLE}
    if isinstance(word, MeterReplaced):
        known_wh = record.register.energy_wh if record.register is not None else None
        old_wh = count_on(known_wh, word.old_wh, scene.limits.rollover_wh)
        if record.open_session is not None or (known_wh is not None and old_wh < known_wh):
            return  # a bill begun on one counter cannot end on another, and no meter counts less than it was seen to
        yield MeterExchanged(old_wh, word.new_wh)
        mended = frozenset({FaultKind.METER_IMPLAUSIBLE})
    elif record.books.alarmed:
        yield UnattributedEnergyAccepted(record.books.unexplained)
    for kind in record.faults:
        if kind in mended:
            yield FaultMended(kind, by_technician=isinstance(word, FaultCleared))


def forgets_counter(bodies: Sequence[FactBody]) -> bool:
    """Tell whether the counter's next value is believed whatever it is: another meter, or one that was looked into."""
    return any(
        isinstance(body, MeterExchanged) or (isinstance(body, FaultMended) and body.kind is FaultKind.METER_IMPLAUSIBLE)
        for body in bodies
    )
