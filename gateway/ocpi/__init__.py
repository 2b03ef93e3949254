"""Core values to and from the wire of each OCPI version: pure functions, no I/O."""
