"""What has to be written down of the counter's turns, and of energy that is nobody's and adds up."""

from collections.abc import Iterator

from gateway.core.facts import FactBody
from gateway.core.facts_energy import CounterRolledOver, UnattributedEnergyFound
from gateway.core.scene import Scene


def note_rollover(scene: Scene) -> Iterator[FactBody]:
    """Note that the counter began at 0 again; the registers on record go on."""
    rollover_wh, known, seen = scene.limits.rollover_wh, scene.record.register, scene.seen.believed
    if rollover_wh is None or known is None or seen is None:
        return
    turns = seen.energy_wh // rollover_wh
    if turns > max(scene.record.books.turns, known.energy_wh // rollover_wh):
        yield CounterRolledOver(rollover_wh, turns)


def find_unattributed(scene: Scene) -> Iterator[FactBody]:
    """Raise an alarm when too much energy is on nobody's account, however slowly it got there."""
    found_wh = scene.record.books.unexplained
    if not scene.record.books.alarmed and found_wh >= scene.rules.unattributed_alarm_wh:
        yield UnattributedEnergyFound(found_wh)
