"""How many examples a property is tried on where the profile's own number (see conftest.py) does not fit."""

from hypothesis import settings

_THOROUGH = 100  # the full run's, in conftest.py


def examples(thorough: int) -> int:
    """Return so many for the full run, and their share for the inner loop."""
    return max(3, thorough * settings.default.max_examples // _THOROUGH) if settings.default else thorough
