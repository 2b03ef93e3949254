"""A tariff that is not valid makes charging free; whoever configures it is told."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from config.garage import TARIFFS, Garage

from gateway.cli.meter_models import KnownModels
from gateway.config.loading import load

FREE = 'evses.1.tariff = "STANDARD": '


@pytest.mark.parametrize(
    ("validity", "problem"),
    [
        (
            {"end_date_time": "2026-01-31T23:00:00Z"},
            "has expired, 2026-01-31 23:00 UTC: charging is free here; give it a later end_date_time",
        ),
        (
            {"start_date_time": "2999-01-01T00:00:00Z"},
            "is not valid before 2999-01-01 00:00 UTC: until then charging is free here",
        ),
        ({"start_date_time": "2026-01-01T00:00:00Z", "end_date_time": "2999-01-01T00:00:00Z"}, None),
    ],
)
def test_a_tariff_that_is_not_valid_now_is_a_warning(
    garage: Garage, validity: dict[str, Any], problem: str | None
) -> None:
    tariffs = [{**tariff, **validity} for tariff in json.loads(TARIFFS)]
    (garage.folder / "tariffs.json").write_text(json.dumps(tariffs))
    loaded = load(garage.path, KnownModels(), datetime(2026, 3, 2, tzinfo=UTC))
    assert [finding.line for finding in loaded.warnings] == ([FREE + problem] if problem is not None else [])
