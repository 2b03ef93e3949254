"""A small CDR to price, and the command that prices it."""

import json
from pathlib import Path
from typing import Any

import pytest

from gateway.cli.main import main

TARIFF: dict[str, Any] = {
    "country_code": "DE",
    "party_id": "ABC",
    "id": "T1",
    "currency": "EUR",
    "elements": [
        {
            "price_components": [
                {"type": "FLAT", "price": 0.5, "vat": 20, "step_size": 1},
                {"type": "ENERGY", "price": 0.25, "vat": 10, "step_size": 1},
            ]
        },
        {"price_components": [{"type": "PARKING_TIME", "price": 3, "vat": 20, "step_size": 60}]},
    ],
    "last_updated": "2026-01-01T00:00:00Z",
}
CDR: dict[str, Any] = {
    "id": "CDR-1",
    "end_date_time": "2026-03-01T12:00:00Z",
    "currency": "EUR",
    "tariffs": [TARIFF],
    "charging_periods": [
        {
            "start_date_time": "2026-03-01T10:00:00Z",
            "dimensions": [{"type": "ENERGY", "volume": 20}, {"type": "TIME", "volume": 1.5}],
            "tariff_id": "T1",
        },
        {
            "start_date_time": "2026-03-01T11:30:00Z",
            "dimensions": [{"type": "PARKING_TIME", "volume": 0.5}],
            "tariff_id": "T1",
        },
    ],
}


def cdr(**changes: Any) -> dict[str, Any]:
    return {name: value for name, value in (CDR | changes).items() if value is not ...}


def tariff(**changes: Any) -> dict[str, Any]:
    return {name: value for name, value in (TARIFF | changes).items() if value is not ...}


def without_tariff_id(*indices: int) -> list[dict[str, Any]]:
    return [
        {name: value for name, value in period.items() if index not in indices or name != "tariff_id"}
        for index, period in enumerate(CDR["charging_periods"])
    ]


class Command:
    """`ocpi-gateway price` in a folder of its own."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self._capsys = capsys

    def file(self, name: str, content: object) -> str:
        path = self.folder / name
        path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
        return str(path)

    def __call__(self, *words: str) -> tuple[int, str, str]:
        code = main(["price", *words])
        said = self._capsys.readouterr()
        return code, said.out, said.err

    def priced(self, content: object, *words: str) -> dict[str, Any]:
        code, out, err = self(self.file("cdr.json", content), "--json", *words)
        assert (code, err) == (0, "")
        answer: dict[str, Any] = json.loads(out)
        return answer

    def refused(self, content: object, *words: str) -> str:
        code, out, err = self(self.file("cdr.json", content), *words)
        assert (code, out) == (2, "")
        assert err.count("\n") == 1
        return err.removeprefix(f"ocpi-gateway: {self.folder}/").rstrip("\n")
