"""A hardware library: registers, quantities, cards. Knows nothing of sessions or OCPI."""
