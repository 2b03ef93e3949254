"""What a check has to say: pass, warn, fail or skipped, of what, in one sentence, and what would mend it."""

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """How it stands; SKIPPED could not or need not be looked at."""

    PASS = "pass"
    WARN = "warn"
    FAIL = "fail"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Verdict:
    """One line of the doctor's; `subject` is the part of the site that it is about, empty for the whole machine."""

    state: State
    subject: str
    text: str
    remedy: str | None = None


def good(subject: str, text: str) -> Verdict:
    """Say that something is as it should be."""
    return Verdict(State.PASS, subject, text)


def doubtful(subject: str, text: str, remedy: str) -> Verdict:
    """Say that something works and will not for ever, or not well."""
    return Verdict(State.WARN, subject, text, remedy)


def bad(subject: str, text: str, remedy: str) -> Verdict:
    """Say that something keeps the site from doing its work."""
    return Verdict(State.FAIL, subject, text, remedy)


def skipped(subject: str, text: str, remedy: str | None = None) -> Verdict:
    """Say why something was not looked at."""
    return Verdict(State.SKIPPED, subject, text, remedy)


def with_remedy(subject: str, sentence: str) -> Verdict:
    """Make a FAIL of a line that ends with its remedy behind a semicolon or colon, as those of the daemon do."""
    for mark in ("; ", ": "):
        text, found, remedy = sentence.rpartition(mark)
        if found:
            return bad(subject, text, remedy)
    return bad(subject, sentence, "see journalctl -u ocpi-gateway")
