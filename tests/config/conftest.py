"""Every test here starts from a garage whose configuration is right."""

from pathlib import Path

import pytest
from config.garage import Garage


@pytest.fixture
def garage(tmp_path: Path) -> Garage:
    return Garage(tmp_path)
