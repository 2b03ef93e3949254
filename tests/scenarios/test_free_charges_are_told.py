"""A charge that costs nothing though its EVSE has a tariff: the operator hears of it while it begins."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from plant import EVSE, MIDNIGHT
from scenarios.box import running_box
from structlog.testing import capture_logs
from web.garage_day import TARIFF

from gateway.core.tariff import Tariff


@pytest.mark.parametrize(
    ("tariffs", "is_told"),
    [
        ((TARIFF,), False),
        ((replace(TARIFF, end=MIDNIGHT - timedelta(days=1)),), True),
        ((replace(TARIFF, start=MIDNIGHT + timedelta(days=1)),), True),
        ((), False),
    ],
    ids=["valid", "expired", "not valid yet", "free by intention"],
)
async def test_a_tariff_that_is_not_valid_is_told_with_the_session_it_is_missing_in(
    tmp_path: Path, tariffs: tuple[Tariff, ...], *, is_told: bool
) -> None:
    async with running_box(tmp_path / "journal.sqlite", tariffs=tariffs) as box:
        with capture_logs() as lines:
            await box.charge(20)
        told = [line for line in lines if line["event"] == "charging_is_free"]
        assert [(line["evse"], line["tariff"]) for line in told] == ([(EVSE, TARIFF.id)] if is_told else [])
