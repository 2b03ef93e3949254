"""Where the daemon's socket, its journal and the site's meter models are, read without judging all the rest."""

from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

from gateway.config.dropins import read_layers
from gateway.config.files import place_of
from gateway.config.findings import ConfigError, error
from gateway.settings import DEFAULT_SOCKET, DEFAULT_STATE_DIR

# Beside the configuration, where it names no other.
METERS_DIR = "meters"
# Commands that only ask the daemon must answer at once: no more than these two keys is looked at.
_DEFAULTS = {"socket": DEFAULT_SOCKET, "state_dir": DEFAULT_STATE_DIR}


@dataclass(frozen=True, slots=True)
class Places:
    """What a command needs to find the daemon and its journal; `time_zone` None where the site has none.

    `meters_dir` holds the site's own meter models and need not exist.
    """

    socket: Path
    state_dir: Path
    meters_dir: Path
    time_zone: ZoneInfo | None


def find_places(path: Path) -> Places:
    """Read only where the daemon's socket and the like are, so that a mistake elsewhere hides neither; ConfigError."""
    raw = read_layers(path).document
    places = {key: raw.get(key, default) for key, default in _DEFAULTS.items()}
    wrong = [error(key, "must be a file name in quotes", value) for key, value in places.items() if not _is_name(value)]
    if wrong:
        raise ConfigError(wrong)
    folder = path.absolute().parent
    socket, state_dir = (place_of(folder, str(places[key])) for key in _DEFAULTS)
    own = raw.get("meters_dir")
    meters_dir = place_of(folder, str(own)) if _is_name(own) else folder / METERS_DIR
    site = raw.get("site")
    return Places(
        socket, state_dir, meters_dir, _zone_or_none(site.get("time_zone") if isinstance(site, dict) else None)
    )


def _is_name(value: object) -> bool:
    return isinstance(value, str | Path) and str(value) != "" and "\0" not in str(value)


def _zone_or_none(name: object) -> ZoneInfo | None:
    try:
        return ZoneInfo(name) if isinstance(name, str) else None
    except (OSError, ValueError, KeyError):
        return None
