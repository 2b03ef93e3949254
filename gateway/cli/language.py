"""The language of the terminal: sentences are written in English, and recognised when they are shown.

Law: only what a person reads goes through `say`. JSON, logs, and what is written into files stay English.

A sentence is looked up as it is, else as one of the templates in gateway/cli/languages whose fixed words it has; what
stands between those is taken over. So rooms that know nothing of languages are translated too, the daemon included.
"""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import import_module

_NAMES = ("sv", "de")
# One module each in gateway/cli/languages; every sentence with its translations in the order of _NAMES.
SUBJECTS = (
    "config",
    "config_values",
    "config_limits",
    "devices",
    "tls",
    "doctor",
    "doctor_machine",
    "doctor_site",
    "doctor_wires",
    "drivers",
    "errors",
    "explain",
    "reasons",
    "init",
    "judgements",
    "lines",
    "buses",
    "cdrs",
    "meter_models",
    "peers",
    "price",
    "price_refusals",
    "records",
    "installing",
    "status",
    "story_peers",
    "words",
    "headings",
)
_DECIMAL_COMMA = frozenset(_NAMES)
_HOLE = "{}"
_CLAUSE_MARKS = ("; ", ": ")
_REMEMBERED = 4096

Table = Mapping[str, tuple[str, str]]
"""English with {} where something is filled in, to Swedish and German with {0}, {1}; see _Value for {0:say}."""


@dataclass(frozen=True, slots=True)
class _Template:
    """The fixed parts of a sentence, around and between what is filled in."""

    parts: tuple[str, ...]
    translation: str

    def values_in(self, text: str) -> list[str] | None:
        """Return what fills the holes of this template to make `text`; None where its fixed parts are not there."""
        first, *middle, last = self.parts
        if not (text.startswith(first) and text.endswith(last) and len(text) >= len(first) + len(last)):
            return None
        at, end, values = len(first), len(text) - len(last), []
        for part in middle:
            found = text.find(part, at, end)
            if found < 0:
                return None
            values.append(text[at:found])
            at = found + len(part)
        return [*values, text[at:end]]


@dataclass(frozen=True, slots=True, eq=False)
class Language:
    """The sentences of one language, and how it writes numbers; `templates` are the sentences with holes."""

    name: str
    sentences: Mapping[str, str] = field(default_factory=dict)
    templates: tuple[_Template, ...] = ()
    decimal_mark: str = "."

    def say(self, text: str) -> str:
        """Return the text in this language, as far as it is known."""
        return _known(self, text) or self._partly(text)

    def filled_in(self, text: str, *, whole: bool) -> str | None:
        """Return what a template makes of it; unless `whole`, only where no clause was swallowed by a hole.

        What stands before a template that begins with a hole is never swallowed: of that it knows nothing.
        """
        for template in self.templates:
            values = template.values_in(text)
            if values is None:
                continue
            judged = values if not whole else values[:1] if not template.parts[0] else []
            if not any(mark in value for value in judged for mark in _CLAUSE_MARKS):
                return template.translation.format(*(_Value(value) for value in values))
        return None

    def _partly(self, text: str) -> str:
        for mark in _CLAUSE_MARKS:
            head, found, tail = text.rpartition(mark)
            if found:
                return f"{self.say(head)}{mark}{self.say(tail)}"
        return text


@lru_cache(maxsize=_REMEMBERED)
def _known(language: Language, text: str) -> str | None:
    """Return a sentence, or what is wrong and what to do about it put together as in many places; None if new.

    Remembered, because the clauses of a long list of findings are met again in each way to take the list apart.
    """
    if text in language.sentences:
        return language.sentences[text].format()
    return language.filled_in(text, whole=False) or _by_clauses(language, text) or language.filled_in(text, whole=True)


def _by_clauses(language: Language, text: str) -> str | None:
    for mark in _CLAUSE_MARKS:
        at = text.find(mark)
        while at >= 0:
            head = _known(language, text[:at])
            tail = None if head is None else _known(language, text[at + len(mark) :])
            if head is not None and tail is not None:
                return f"{head}{mark}{tail}"
            at = text.find(mark, at + 1)
    return None


class _Value(str):
    """What filled a hole; the format `say` has it translated in its turn, `num` writes it as a number is written."""

    __slots__ = ()

    def __format__(self, spec: str) -> str:
        match spec:
            case "say":
                return say(self)
            case "num":
                return self.replace(".", decimal_mark())
        return format(str(self), spec)


ENGLISH = Language("en")
_spoken = [ENGLISH]


def speak(language: Language) -> None:
    """Say everything in this language from now on."""
    _spoken[0] = language


def say(text: str) -> str:
    """Return an English sentence in the language of the terminal; sentences joined by line ends one by one."""
    language = _spoken[0]
    if language is ENGLISH or not text:
        return text
    return "\n".join(language.say(line) for line in text.split("\n"))


def decimal_mark() -> str:
    """Return what stands between whole and decimals."""
    return _spoken[0].decimal_mark


def language_of(environment: Mapping[str, str] = os.environ) -> Language:
    """Return the language that the locale asks for (as gettext(3) reads it), English where we have none."""
    locale = next((environment[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if environment.get(name)), "C")
    if locale.partition(".")[0] in {"C", "POSIX"}:
        return ENGLISH
    for wish in [*environment.get("LANGUAGE", "").split(":"), locale]:
        name = wish[:2].lower()
        if name == ENGLISH.name:
            return ENGLISH
        if name in _NAMES:
            return load(name)
    return ENGLISH


def load(name: str) -> Language:
    """Return one of our languages with all its sentences."""
    column = _NAMES.index(name)
    mark = "," if name in _DECIMAL_COMMA else "."
    return language(name, {english: translated[column] for english, translated in tables()}, mark)


def language(name: str, sentences: Mapping[str, str], mark: str) -> Language:
    """Make a language of sentences; of those with holes the one with the most fixed words is tried first."""
    with_holes = sorted((one for one in sentences if _HOLE in one), key=lambda one: -len(one.replace(_HOLE, "")))
    templates = tuple(_Template(tuple(one.split(_HOLE)), sentences[one]) for one in with_holes)
    return Language(name, sentences, templates, mark)


def tables() -> Iterator[tuple[str, tuple[str, str]]]:
    """Yield every sentence with its translations."""
    for subject in SUBJECTS:
        table: Table = import_module(f"gateway.cli.languages.{subject}").TABLE
        yield from table.items()
