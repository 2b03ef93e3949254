"""Sentences."""

TABLE: dict[str, tuple[str, str]] = {}
