"""A site whose machine does not know the time yet, and what happens to it; for tests of what follows."""

from datetime import UTC, datetime, timedelta

from plant import MIDNIGHT, Plant

from gateway.core.instant import ClockQuality
from gateway.core.rows import CdrRow
from gateway.projection import project

UNKNOWN = datetime(1970, 1, 1, 0, 1, tzinfo=UTC)
TRUE = MIDNIGHT + timedelta(hours=12)


def box_without_a_clock(**changes: object) -> Plant:
    return Plant(wall=UNKNOWN, clock=ClockQuality.INFORMATIVE, **changes)  # type: ignore[arg-type]


def learn_time(plant: Plant, wall: datetime = TRUE) -> None:
    plant.wall, plant.clock = wall, ClockQuality.SYNCHRONISED
    plant.wait()


def end(plant: Plant) -> None:
    plant.tap()
    plant.wait(5)
    plant.unplug()
    plant.wait(2)


def cdr_rows(plant: Plant) -> list[CdrRow]:
    return [row for row in project(plant.facts) if isinstance(row, CdrRow)]
