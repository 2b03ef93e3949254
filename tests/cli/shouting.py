"""A language that shouts: every word of a table stands in brackets, so that what no table has is seen."""

import re

from gateway.cli.language import Language, language, tables

_DATA = {
    *("EVSE", "AVAILABLE", "OUTOFORDER", "CONTACTOR", "DID", "NOT", "OPEN", "UNKNOWN", "TOKEN", "EUR", "VAT", "kWh"),
    *("front", "back", "ACS", "ACR", "backend", "ocpi", "hall", "eastron", "sdm", "abb", "energy", "import", "voltage"),
    *("power", "factor", "misfits", "session", "cdr", "HTTP", "Success", "total", "missing", "Wh", "min"),
    *("Europe", "Stockholm", "STANDARD", "DEMSPC"),
    *("config", "daemon", "readers", "meters", "journal", "outbox", "contactor", "tap", "disk", "clock"),
}


def shouting() -> Language:
    """Make a language that has its words in brackets; what fills a hole is outside, said as Swedish says it."""

    def bracketed(english: str, swedish: str) -> str:
        kinds = dict(re.findall(r"\{(\d)(:\w+)?\}", swedish))
        parts = english.replace("{", "{{").replace("}", "}}").split("{{}}")
        holes = [f"{{{number}{kinds.get(str(number), '')}}}" for number in range(len(parts) - 1)]
        return "".join(f"⟦{part}⟧{hole}" for part, hole in zip(parts, [*holes, ""], strict=True))

    return language("shouting", {english: bracketed(english, sv) for english, (sv, _) in tables()}, ",")


def outside_brackets(text: str) -> set[str]:
    """Return the words that no language put there; names of the test's site are as they are."""
    while (shorter := re.sub(r"⟦[^⟦⟧]*⟧", " ", text)) != text:
        text = shorter
    return set(re.findall(r"[A-Za-z]{3,}", text)) - _DATA
