"""The device's own key, and what it vouches for: a root of the journal each day, so that a forged chain shows."""
