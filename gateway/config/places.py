"""Where the daemon's socket and journal are, read without judging the rest of the configuration."""

from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

from gateway.config.convert import Converter
from gateway.config.dropins import read_layers
from gateway.config.findings import ConfigError
from gateway.config.shapes import RootTable
from gateway.settings import DEFAULT_SOCKET, DEFAULT_STATE_DIR


@dataclass(frozen=True, slots=True)
class Places:
    """What a command needs to find the daemon and its journal; `time_zone` None where the site has none."""

    socket: Path
    state_dir: Path
    time_zone: ZoneInfo | None


def find_places(path: Path) -> Places:
    """Read only where the daemon's socket and state are, so that a mistake elsewhere hides neither; ConfigError."""
    raw = read_layers(path).document
    converter = Converter(path.absolute().parent)
    places = {key: raw[key] for key in ("socket", "state_dir") if key in raw}
    root = converter.table(places, RootTable, "", {"tokens_file": path})
    if converter.findings:
        raise ConfigError(converter.findings)
    site = raw.get("site")
    zone = site.get("time_zone") if isinstance(site, dict) else None
    return Places(root.get("socket") or DEFAULT_SOCKET, root.get("state_dir") or DEFAULT_STATE_DIR, _zone_or_none(zone))


def _zone_or_none(name: object) -> ZoneInfo | None:
    try:
        return ZoneInfo(name) if isinstance(name, str) else None
    except (OSError, ValueError, KeyError):
        return None
