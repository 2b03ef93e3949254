"""R-26 and R-39: our Sessions, CDRs and Tokens against published OCPI 2.2.1 JSON Schemas, where they are at hand."""

import json
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest
from ocpi.examples import PERIODS, SITE, at, cdr, session, token

from gateway.core.session import SessionStatus
from gateway.ocpi.v2_2_1.cdr import encode_cdr
from gateway.ocpi.v2_2_1.session import encode_session
from gateway.ocpi.v2_2_1.token import to_wire

SCHEMAS = Path(__file__).resolve().parents[3] / "shared" / "data" / "ocpi-schema"
KINDS = {"object": dict, "array": list, "string": str, "number": (int, float), "integer": int, "boolean": bool}


class Schema:
    """The part of JSON Schema (draft 7) that these files use; an unknown word in them is an error, not a pass."""

    WORDS = frozenset(
        {
            "$ref",
            "definitions",
            "$schema",
            "type",
            "properties",
            "required",
            "additionalProperties",
            "items",
            "minItems",
        }
        | {"anyOf", "not", "enum", "pattern", "format", "minLength", "maxLength", "minimum", "maximum", "multipleOf"}
    )

    def __init__(self, root: dict[str, Any]) -> None:
        self._root = root

    def violations(self, value: object, schema: dict[str, Any] | None = None, path: str = "$") -> list[str]:
        schema = self._root if schema is None else schema
        assert schema.keys() <= self.WORDS, schema.keys() - self.WORDS
        if "$ref" in schema:
            return self.violations(value, self._resolve(schema["$ref"]), path)
        if "anyOf" in schema:
            tried = [self.violations(value, option, path) for option in schema["anyOf"]]
            return [] if [] in tried else min(tried, key=len)
        kind = schema.get("type")
        if kind == "null":
            return [] if value is None else [f"{path}: not null"]
        if kind is not None and (not isinstance(value, KINDS[kind]) or (isinstance(value, bool) and kind != "boolean")):
            return [f"{path}: not of type {kind}"]
        if "enum" in schema and value not in schema["enum"]:
            return [f"{path}: {value!r} is none of {schema['enum']}"]
        return [*self._inside(value, schema, path), *self._limits(value, schema, path)]

    def _inside(self, value: object, schema: dict[str, Any], path: str) -> list[str]:
        found: list[str] = []
        if isinstance(value, dict):
            known = schema.get("properties", {})
            found += [f"{path}.{name}: missing" for name in schema.get("required", []) if name not in value]
            found += [f"{path}.{name}: not in the schema" for name in value if name not in known]
            for name in value.keys() & known.keys():
                found += self.violations(value[name], known[name], f"{path}.{name}")
        if isinstance(value, list):
            if len(value) < schema.get("minItems", 0):
                found.append(f"{path}: too few items")
            for index, item in enumerate(value):
                found += self.violations(item, schema["items"], f"{path}[{index}]")
        return found

    def _limits(self, value: object, schema: dict[str, Any], path: str) -> list[str]:
        found: list[str] = []
        if "not" in schema and not self.violations(value, schema["not"], path):
            found.append(f"{path}: {value!r} is just what it must not be")
        if isinstance(value, str):
            if not schema.get("minLength", 0) <= len(value) <= schema.get("maxLength", len(value)):
                found.append(f"{path}: {len(value)} characters")
            if "pattern" in schema and not re.search(schema["pattern"], value):
                found.append(f"{path}: {value!r} does not match {schema['pattern']}")
            if schema.get("format") == "date-time" and not re.fullmatch(
                r"\d{4}(-\d\d){2}T\d\d(:\d\d){2}(\.\d{1,3})?Z", value
            ):
                found.append(f"{path}: {value!r} is no date-time")
        elif isinstance(value, int | float):
            if not schema.get("minimum", value) <= value <= schema.get("maximum", value):
                found.append(f"{path}: {value} out of range")
            if "multipleOf" in schema and Decimal(str(value)) % Decimal(str(schema["multipleOf"])):
                found.append(f"{path}: {value} is no multiple of {schema['multipleOf']}")
        return found

    def _resolve(self, reference: str) -> dict[str, Any]:
        node: Any = self._root
        for name in reference.removeprefix("#/").split("/"):
            node = node[int(name)] if isinstance(node, list) else node[name]
        resolved: dict[str, Any] = node
        return resolved


def schema(name: str) -> Schema:
    file = SCHEMAS / f"ocpi.2_2_1.{name}.json"
    if not file.exists():
        pytest.skip(
            "the reference data (shared/data/ocpi-schema beside the checkout) is absent: nothing to check against"
        )
    return Schema(json.loads(file.read_bytes()))


@pytest.mark.parametrize("status", list(SessionStatus))
def test_r26_sessions_are_valid(status: SessionStatus) -> None:
    sent = json.loads(encode_session(session(status=status, end=at(12), authorization_reference="AR"), SITE))

    assert schema("session").violations(sent) == []


def test_r26_the_smallest_session_is_valid() -> None:
    sent = json.loads(encode_session(session(periods=(), meter_id="", energy_wh=0), SITE))

    assert schema("session").violations(sent) == []


def test_r39_cdrs_are_valid() -> None:
    assert schema("cdr").violations(json.loads(encode_cdr(cdr()))) == []


def test_r39_the_smallest_cdr_is_valid() -> None:
    sent = json.loads(encode_cdr(cdr(meter_id="", remark=None, periods=PERIODS[:1])))

    assert schema("cdr").violations(sent) == []


def test_tokens_are_valid() -> None:
    wire = to_wire(token(visual_number="1", group_id="G", language="nl"))

    assert schema("token").violations(json.loads(msgspec.json.encode(wire))) == []


def test_the_schema_check_can_fail() -> None:
    sent = json.loads(encode_session(session(), SITE))
    del sent["kwh"]
    sent["status"] = "DONE"
    sent["surprise"] = 1
    sent["cdr_token"]["uid"] = "x" * 37

    assert len(schema("session").violations(sent)) == 4
