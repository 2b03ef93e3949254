"""Material to check against that is not ours to carry: it stands beside the checkout, or a test says it is absent."""

import json
from pathlib import Path
from typing import Any

import pytest

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"


def reference(*names: str) -> Path:
    path = DATA.joinpath(*names)
    if not path.exists():
        pytest.skip(f"the reference data is absent: no shared/data/{'/'.join(names)} beside the checkout")
    return path


def examples(version: str) -> Path:
    folders = {"2.2.1": "2.2.1-bugfixes", "2.3.0": "2.3.0-core"}
    return reference("ocpi-examples", folders[version], "examples")


def example(version: str, name: str) -> dict[str, Any]:
    value: dict[str, Any] = json.loads((examples(version) / name).read_bytes())
    return value
