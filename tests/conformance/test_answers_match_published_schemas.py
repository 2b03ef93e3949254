"""What our endpoints really answer, against published JSON Schemas of OCPI 2.2.1, where they are at hand."""

import json

import pytest
from ocpi.test_against_published_schemas import schema
from roaming import Cpo, Emsp, a_token, befriend

ANSWERS = {
    "/versions": "versions.response",
    "/2.2.1": "version_details.response",
    "/2.2.1/credentials": "credentials.response",
    "/2.2.1/locations": "locations.response",
    "/2.2.1/locations/LOC1": "location.response",
    "/2.2.1/locations/LOC1/EVSE-1": "evse.response",
    "/2.2.1/locations/LOC1/EVSE-1/1": "connector.response",
    "/2.2.1/sessions?date_from=2020-01-01T00:00:00Z": "sessions.response",
    "/2.2.1/cdrs": "cdrs.response",
    "/2.2.1/tariffs": "tariffs.response",
    "/2.2.1/tokens/DE/MSP/04A1B2C3D4E580": "token.response",
}


@pytest.mark.parametrize("path", ANSWERS)
async def test_r_07_answers_are_valid_as_they_are_sent(cpo: Cpo, emsp: Emsp, path: str) -> None:
    token = await befriend(cpo, emsp)
    await cpo.ask("PUT", "/2.2.1/tokens/DE/MSP/04A1B2C3D4E580", token, a_token())
    got = await cpo.get(path, token)
    assert got.status == 200
    answer = json.loads(got.body)
    if path == "/versions":  # published before there was a 2.3.0
        answer["data"] = [line for line in answer["data"] if line["version"] != "2.3.0"]
    assert schema(ANSWERS[path]).violations(answer) == []
