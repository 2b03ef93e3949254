"""What a meter signs goes from its driver to the CDR character by character, or not at all."""

import json
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from plant import EVSE, Plant
from web.garage_day import CARD

from drivers.errors import DeviceUnavailable
from drivers.meters.signing import SignedRecord, SigningMeter
from gateway.core.facts_proof import MeterSigned, SignedReading
from gateway.core.observations import MeterReading, Observation
from gateway.core.rows import CdrRow, Owe
from gateway.core.telemetry import DeviceCounters
from gateway.field.device_health import DeviceHealth
from gateway.field.posts import MeterPost
from gateway.field.signatures import read_signature
from gateway.ocpi.v2_2_1.signed_data import signed_to_wire
from gateway.projection import project

# As no parser of ours would write it: a tab, an umlaut, numbers with trailing zeros.
PLAIN = 'OCMF|{"FV":"1.0","GI":"Zähler\\t1","RD":[{"RV":%s.000,"RU":"kWh"}]}'


@dataclass
class CountingSigner:
    """An honest small signing meter: it signs the counter that it shows, and can be silent or have nothing to say."""

    energy_wh: int = 0
    is_silent: bool = False
    has_none: bool = False

    async def read_signed(self) -> SignedRecord | None:
        if self.is_silent:
            raise DeviceUnavailable("no reply from unit 1")
        return None if self.has_none else record(self.energy_wh)


def record(energy_wh: int) -> SignedRecord:
    return SignedRecord("OCMF", PLAIN % energy_wh, f"MEUC{energy_wh}==", "MFkwEwYH", 1, "https://example.com/verify")


def post(signer: SigningMeter | None) -> MeterPost:
    plant = Plant()
    return MeterPost("main", "m", 1, EVSE, None, DeviceCounters, DeviceHealth(well_at=plant.now), signer=signer)  # type: ignore[arg-type]


async def test_the_port_hands_on_what_the_meter_said_field_by_field() -> None:
    said = await read_signature(post(CountingSigner(1234)))
    assert said == SignedReading("OCMF", PLAIN % 1234, "MEUC1234==", "MFkwEwYH", 1, "https://example.com/verify")


async def test_a_meter_that_does_not_sign_or_has_nothing_now_is_none() -> None:
    assert await read_signature(post(None)) is None
    assert await read_signature(post(CountingSigner(has_none=True))) is None


async def test_a_silent_signer_is_a_device_that_is_silent() -> None:
    with pytest.raises(DeviceUnavailable):
        await read_signature(post(CountingSigner(is_silent=True)))


@dataclass
class SigningPlant(Plant):
    """A plant whose meter signs every value."""

    encoding: str = "OCMF"
    longest: int = 0
    signs: bool = field(default=True)

    def observe(self, observation: Observation) -> Any:
        if isinstance(observation, MeterReading) and observation.energy_wh is not None and self.signs:
            plain = PLAIN % observation.energy_wh + "x" * self.longest
            signed = SignedReading(self.encoding, plain, f"MEUC{observation.energy_wh}==", "MFkwEwYH", 1)
            observation = replace(observation, signed=signed)
        return super().observe(observation)


def charge(plant: Plant) -> dict[str, Any]:
    plant.charge(60)
    plant.tap(CARD)
    plant.wait(5)
    cdr: dict[str, Any] = json.loads(next(row.body for row in project(plant.facts) if isinstance(row, CdrRow)))
    return cdr


def test_r_49_the_signed_start_and_end_stand_in_the_cdr_as_the_meter_wrote_them() -> None:
    plant = SigningPlant()
    cdr = charge(plant)
    record = plant.world.state.evse(EVSE).session
    assert record is not None
    assert record.start is not None
    assert record.ended is not None
    values = [("Start", record.start.energy_wh), ("End", record.ended.stop.energy_wh)]
    assert cdr["signed_data"] == {
        "encoding_method": "OCMF",
        "encoding_method_version": 1,
        "public_key": "MFkwEwYH",
        "signed_values": [
            {"nature": nature, "plain_data": PLAIN % energy_wh, "signed_data": f"MEUC{energy_wh}=="}
            for nature, energy_wh in values
        ],
    }


def test_r_49_every_backend_gets_the_same_signed_data_in_its_version() -> None:
    plant = SigningPlant()
    cdr = charge(plant)
    owed = [row.delivery for row in project(plant.facts) if isinstance(row, Owe)]
    assert json.loads(owed[-1].body)["signed_data"] == cdr["signed_data"]


def test_a_meter_that_does_not_sign_has_no_signed_data() -> None:
    plant = SigningPlant(signs=False)
    assert "signed_data" not in charge(plant)
    assert not [fact for fact in plant.facts if isinstance(fact.body, MeterSigned)]


def test_r_49_a_signature_that_ocpi_cannot_hold_is_left_out_whole_and_the_bill_goes_out() -> None:
    cdr = charge(SigningPlant(longest=5000))
    assert "signed_data" not in cdr
    assert cdr["total_energy"] > 0


def test_values_of_two_keys_are_no_signed_data() -> None:
    one = SignedReading("OCMF", "a", "b", "KEY1")
    signed = (MeterSigned("Start", one), MeterSigned("End", replace(one, public_key="KEY2")))
    assert signed_to_wire(signed) is None
    assert signed_to_wire(()) is None
