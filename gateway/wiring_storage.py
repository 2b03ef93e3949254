"""From settings to what looks after the disk: the journal's upkeep, and the flash budget."""

from datetime import timedelta

from gateway.clock import Clock
from gateway.flash import FlashBudget
from gateway.journal.journal import Journal
from gateway.journal.replay import Project
from gateway.journal.upkeep import Upkeep
from gateway.settings import STOPS_FILE, Settings
from gateway.site import Site
from gateway.site_stops import StopNote

TERABYTE = 10**12


def make_upkeep(settings: Settings, journal: Journal, project: Project, site: Site, clock: Clock) -> Upkeep:
    """Make what archives and checks the journal."""
    days = settings.storage.keep_days
    return Upkeep(journal, project, site, clock, keep=timedelta(days=days) if days else None)


def make_stop_note(settings: Settings) -> StopNote | None:
    """Make what keeps decided stops beside the socket; None where that is the journal's own disk, as ill as it is."""
    beside = settings.socket.parent
    try:
        is_apart = beside.stat().st_dev != settings.state_dir.stat().st_dev
    except OSError:
        return None
    return StopNote(beside / STOPS_FILE) if is_apart else None


def make_flash_budget(settings: Settings, site: Site, clock: Clock) -> FlashBudget:
    """Make what keeps the site's writing within what the card bears."""
    storage = settings.storage
    return FlashBudget(
        site.patience,
        clock,
        settings.state_dir,
        life_years=storage.life_years,
        endurance_bytes=storage.endurance_tb * TERABYTE,
    )
