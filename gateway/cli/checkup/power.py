"""The Raspberry Pi's own word on its supply and its heat; nothing to see elsewhere."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from gateway.cli.checkup.patient import Patient
from gateway.cli.checkup.verdict import Verdict, bad, doubtful, good, skipped

_FILE = "sys/devices/platform/soc/soc:firmware/get_throttled"
_TOOL_S = 3.0
_SUPPLY = "use a supply of 5.1 V and 3 A or more with a short cable; a browned-out Pi loses its disk"
_COOL = "give the controller air, or a heat sink; what is hot now is hotter in summer"
# Firmware documentation of get_throttled: bit, whether it is so now, what it means, what to do.
_BITS = (
    (0, True, "the supply voltage is too low now", _SUPPLY),
    (16, False, "the supply voltage was too low since the start", _SUPPLY),
    (2, True, "the processor is slowed down now", _COOL),
    (18, False, "the processor was slowed down since the start", _COOL),
    (3, True, "the processor is near its heat limit now", _COOL),
    (19, False, "the processor was near its heat limit since the start", _COOL),
)


def look(patient: Patient) -> Iterator[Verdict]:
    """Read the flags; those of the past only warn."""
    try:
        word = _word(patient.root / _FILE)
        flags = None if word is None else int(word, 16)
    except (OSError, ValueError):
        yield skipped("", f"/{_FILE} cannot be read")
        return
    if flags is None:
        yield skipped("", "this machine does not watch its supply (no Raspberry Pi)")
        return
    told: set[str] = set()
    for bit, is_now, text, remedy in _BITS:
        if flags >> bit & 1 and remedy not in told:
            told.add(remedy)
            yield (bad if is_now else doubtful)("", text, remedy)
    if not told:
        yield good("", "the supply held its voltage since the start")


def _word(file: Path) -> str | None:
    """Return the flags as the kernel shows them, else as Raspberry Pi's own tool does; None where there is neither."""
    if file.exists():
        return file.read_text(encoding="ascii")
    tool = shutil.which("vcgencmd")
    if tool is None:
        return None
    try:
        said = subprocess.run((tool, "get_throttled"), check=False, capture_output=True, timeout=_TOOL_S)  # noqa: S603 - found on PATH
    except subprocess.TimeoutExpired:
        return None
    return said.stdout.decode("ascii", errors="replace").strip().rpartition("=")[2] or None
