"""Every test of simulated energy has a clock of its own."""

import pytest
from stopwatch import Stopwatch


@pytest.fixture
def time() -> Stopwatch:
    """Stands still until the test turns it."""
    return Stopwatch()
