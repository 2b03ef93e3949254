"""How long a USB serial adapter may hold bytes back before it hands them on."""

from pathlib import Path

_DEVICES = Path("/sys/bus/usb-serial/devices")


def latency_timer_ms(device: str, devices: Path = _DEVICES) -> int | None:
    """Return the adapter's latency timer in ms; None where the port has none (other chips, built-in ports, ptys)."""
    try:
        return int((devices / Path(device).resolve().name / "latency_timer").read_text(encoding="ascii"))
    except (OSError, ValueError):
        return None
