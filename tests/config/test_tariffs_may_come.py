"""An EVSE may name a tariff that a backend will send, where one may; its operator is told what holds until then."""

import json
from datetime import UTC, datetime

from config.garage import TARIFFS, Garage

from gateway.cli.meter_models import KnownModels
from gateway.config.loading import load


def test_a_tariff_that_may_come_is_a_warning(garage: Garage) -> None:
    others = [{**tariff, "id": "OTHER"} for tariff in json.loads(TARIFFS)]
    (garage.folder / "tariffs.json").write_text(json.dumps(others))
    garage.change('client_id = "garage"\n', 'client_id = "garage"\naccepts = ["tariffs"]\n')
    loaded = load(garage.path, KnownModels(), datetime(2026, 3, 2, tzinfo=UTC))
    said = "not in tariffs_file: until a backend has sent it over MQTT charging is free here"
    assert f'evses.1.tariff = "STANDARD": {said}' in [finding.line for finding in loaded.warnings]
