"""How far the flash below the journal is used up, as far as it says so itself: eMMC does, SD cards do not."""

import os
from collections.abc import Iterator
from pathlib import Path

from gateway.cli.checkup.disk import nearest_existing
from gateway.cli.checkup.patient import Patient
from gateway.cli.checkup.verdict import Verdict, bad, doubtful, good, skipped

_REPLACE = "back up the state directory and replace the controller's flash at the next visit"
# JESD84-B51, EXT_CSD 267..269: life time in steps of 10 %, and what is left of the spare blocks.
_WORN, _USED_UP = 9, 11
_SPARE = {2: "80 % of the spare blocks are used", 3: "90 % of the spare blocks are used"}


def look(patient: Patient) -> Iterator[Verdict]:
    """Find the device that the state directory lies on, and read what it says."""
    if patient.places is None:
        yield skipped("", "the configuration does not say where the journal lies")
        return
    device = _device(nearest_existing(patient.places.state_dir), patient.root)
    if device is None:
        yield skipped("", "the journal lies on no disk of this machine's own")
        return
    kind = _word(device / "device/type")
    name = device.name
    life = [int(step, 16) for step in _word(device / "device/life_time").split() if step.startswith("0x")]
    if not life:
        if kind == "SD":
            yield skipped(name, "an SD card does not tell its wear", "prefer eMMC or an industrial card; keep a spare")
        else:
            yield skipped(name, "this disk does not tell its wear here", "smartctl -a from smartmontools may")
        return
    spare = _SPARE.get(int(_word(device / "device/pre_eol_info") or "0", 16))
    worst = max(life)
    if worst >= _USED_UP:
        yield bad(name, "the flash has lived longer than its maker promised", _REPLACE)
    elif spare is not None:
        yield doubtful(name, spare, _REPLACE)
    elif worst >= _WORN:
        yield doubtful(name, f"{worst * 10 - 10} to {worst * 10} % of the flash's life are over", _REPLACE)
    else:
        yield good(name, f"{max(0, worst * 10 - 10)} to {worst * 10} % of the flash's life are over")


def _device(folder: Path, root: Path) -> Path | None:
    """Return the whole disk below a folder in /sys, None where there is none (overlay, network, memory)."""
    number = folder.stat().st_dev
    block = root / f"sys/dev/block/{os.major(number)}:{os.minor(number)}"
    try:
        block = block.resolve(strict=True)
    except OSError:
        return None
    return block.parent if (block / "partition").exists() else block


def _word(file: Path) -> str:
    try:
        return file.read_text(encoding="ascii", errors="replace").strip()
    except OSError:
        return ""
