"""The Raspberry Pi's own word on its supply and its heat; nothing to see elsewhere."""

from collections.abc import Iterator

from gateway.cli.checkup.patient import Patient
from gateway.cli.checkup.verdict import Verdict, bad, doubtful, good, skipped

_FILE = "sys/devices/platform/soc/soc:firmware/get_throttled"
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
        flags = int((patient.root / _FILE).read_text(encoding="ascii"), 16)
    except FileNotFoundError:
        yield skipped("", "this machine does not watch its supply (no Raspberry Pi)")
        return
    except (OSError, ValueError):
        yield skipped("", f"/{_FILE} cannot be read")
        return
    told: set[str] = set()
    for bit, is_now, text, remedy in _BITS:
        if flags >> bit & 1 and remedy not in told:
            told.add(remedy)
            yield (bad if is_now else doubtful)("", text, remedy)
    if not told:
        yield good("", "the supply held its voltage since the start")
