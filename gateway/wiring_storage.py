"""From settings to what looks after the disk: the journal's upkeep."""

from datetime import timedelta

from gateway.clock import Clock
from gateway.journal.journal import Journal
from gateway.journal.replay import Project
from gateway.journal.upkeep import Upkeep
from gateway.settings import Settings
from gateway.site import Site


def make_upkeep(settings: Settings, journal: Journal, project: Project, site: Site, clock: Clock) -> Upkeep:
    """Make what archives and checks the journal."""
    days = settings.storage.keep_days
    return Upkeep(journal, project, site, clock, keep=timedelta(days=days) if days else None)
