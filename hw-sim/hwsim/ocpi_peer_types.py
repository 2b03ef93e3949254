"""OCPI 2.2.1's primitive types as checks: each takes a value and its path and tells what is wrong with it."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

Check = Callable[[object, str], Iterator[str]]

PRINTABLE_ASCII = re.compile(r"[\x20-\x7e]*")
CONTROL_CHARACTER = re.compile(r"[\x00-\x1f\x7f]")
# OCPI 2.2.1 16.3: RFC 3339, always UTC; at most 25 characters leave room for milliseconds. We send the Z.
DATE_TIME = re.compile(r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,3})?Z")
MAX_DECIMALS = 4
MAX_URL = 255


class NotJson(Exception):
    """The bytes are no JSON text."""


@dataclass(frozen=True, slots=True)
class Field:
    """A row of a class table in the specification: the type, and whether its cardinality begins at 1."""

    check: Check
    required: bool


Table = Mapping[str, Field]


def one(check: Check) -> Field:
    """Cardinality 1."""
    return Field(check, required=True)


def maybe(check: Check) -> Field:
    """Cardinality ?: absent or null, but never empty."""
    return Field(check, required=False)


def read_json(body: bytes) -> tuple[object, list[str]]:
    """Parse with exact numbers, and tell what is legal JSON for some but should never be sent.

    Raises NotJson.
    """
    findings: list[str] = []

    def read_number(text: str) -> Decimal:
        if "e" in text.lower():
            findings.append(f"number {text} is written with an exponent")
        return Decimal(text)

    def refuse_constant(text: str) -> None:
        raise ValueError(f"{text} is no JSON number")

    def read_object(pairs: list[tuple[str, object]]) -> dict[str, object]:
        names = [name for name, _ in pairs]
        findings.extend(
            f"{name} stands twice in one object" for name in sorted({n for n in names if names.count(n) > 1})
        )
        return dict(pairs)

    try:
        value = json.loads(
            body.decode("utf-8"), parse_float=read_number, parse_constant=refuse_constant, object_pairs_hook=read_object
        )
    except ValueError as error:
        raise NotJson(f"the body is not JSON: {error}") from error
    return value, findings


def text(max_length: int) -> Check:
    """Require a string(n): UTF-8 without control characters."""

    def check(value: object, path: str) -> Iterator[str]:
        if not isinstance(value, str):
            yield f"{path} is {type(value).__name__}, not a string"
            return
        if not value:
            yield f"{path} is an empty string"
        if len(value) > max_length:
            yield f"{path} has {len(value)} characters, at most {max_length} are allowed"
        if CONTROL_CHARACTER.search(value):
            yield f"{path} contains a control character"

    return check


def ci_text(max_length: int) -> Check:
    """Require a CiString(n): printable ASCII."""
    plain = text(max_length)

    def check(value: object, path: str) -> Iterator[str]:
        yield from plain(value, path)
        if isinstance(value, str) and not PRINTABLE_ASCII.fullmatch(value):
            yield f"{path} is not printable ASCII"

    return check


def matching(pattern: str, what: str) -> Check:
    """Require a string of a given form; `what` is how the specification calls it."""
    form = re.compile(pattern)

    def check(value: object, path: str) -> Iterator[str]:
        if not isinstance(value, str) or not form.fullmatch(value):
            yield f"{path} is {value!r}, not {what}"

    return check


def choice(*values: str) -> Check:
    """Require a closed enumeration."""

    def check(value: object, path: str) -> Iterator[str]:
        if value not in values:
            yield f"{path} is {value!r}, not one of {', '.join(values)}"

    return check


def number(value: object, path: str) -> Iterator[str]:
    """Require a JSON number with at most four decimals."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        yield f"{path} is {type(value).__name__}, not a number"
        return
    decimals = -int(Decimal(value).as_tuple().exponent)
    if decimals > MAX_DECIMALS:
        yield f"{path} is {value}, with {decimals} decimals instead of at most {MAX_DECIMALS}"


def whole(value: object, path: str) -> Iterator[str]:
    """Require an int."""
    if isinstance(value, bool) or not isinstance(value, int):
        yield f"{path} is {value!r}, not an int"


def boolean(value: object, path: str) -> Iterator[str]:
    """Require true or false."""
    if not isinstance(value, bool):
        yield f"{path} is {value!r}, not a boolean"


date_time = matching(DATE_TIME.pattern, "a DateTime in UTC such as 2026-01-31T12:00:00Z")
url = matching(rf"https?://\S{{1,{MAX_URL - 8}}}", f"a URL of at most {MAX_URL} characters")


def obj(table: Table) -> Check:
    """Require an object with the fields of a table and no others."""

    def check(value: object, path: str) -> Iterator[str]:
        if not isinstance(value, dict):
            yield f"{path or 'the body'} is {type(value).__name__}, not an object"
            return
        prefix = f"{path}." if path else ""
        for name, row in table.items():
            if value.get(name) is None:
                if row.required:
                    yield f"{prefix}{name} is missing"
            else:
                yield from row.check(value[name], f"{prefix}{name}")
        for name in value.keys() - table.keys():
            yield f"{prefix}{name} is not a field of OCPI 2.2.1"

    return check


def many(check_item: Check, at_least: int = 0) -> Check:
    """Require a list, every item of one type."""

    def check(value: object, path: str) -> Iterator[str]:
        if not isinstance(value, list):
            yield f"{path} is {type(value).__name__}, not a list"
            return
        if len(value) < at_least:
            yield f"{path} is empty, at least {at_least} is required"
        for index, item in enumerate(value):
            yield from check_item(item, f"{path}[{index}]")

    return check
