"""Each of the specification's example files is read by whatever would be sent it, its known errors excepted by name."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from ocpi.reference import examples

from gateway.core.session import SessionStatus
from gateway.ocpi.dialects import DIALECTS
from gateway.ocpi.envelope import parse_envelope
from gateway.ocpi.priced_cdr import read_cdr, read_tariffs
from gateway.ocpi.reading import decode
from gateway.ocpi.v2_2_1 import shapes
from gateway.ocpi.v2_2_1.credentials import parse_credentials
from gateway.ocpi.v2_2_1.location import EvseWire, LocationWire
from gateway.ocpi.v2_2_1.session import SessionWire
from gateway.ocpi.v2_2_1.token_object import patch_token, read_token, read_tokens
from gateway.ocpi.versions import VersionDetails, details_url

# E5 of the errata: connectors without required fields.
NOT_WHOLE = {"location_put_example_add_evse.json"}
PRICES = {"2.2.1": {"excl_vat", "incl_vat"}, "2.3.0": {"before_taxes", "taxes"}}
ENVELOPED = re.compile(r"transport_and_format_")


def read_cdr_of(version: str, data: bytes) -> None:
    assert read_cdr(decode(data)).versions == {version}


def read_session(version: str, data: bytes) -> None:
    session = msgspec.json.decode(data, type=SessionWire[dict[str, Any]])  # type: ignore[type-var]
    assert SessionStatus(session.status)
    assert session.total_cost is None or session.total_cost.keys() <= PRICES[version]  # type: ignore[attr-defined]


def read_session_change(version: str, data: bytes) -> None:
    change = msgspec.json.decode(data, type=dict[str, Any])
    assert "last_updated" in change
    assert change["total_cost"].keys() <= PRICES[version]
    msgspec.json.decode(msgspec.json.encode(change.get("charging_periods", [])), type=list[shapes.ChargingPeriodWire])


def read_location(_version: str, data: bytes) -> None:
    assert msgspec.json.decode(data, type=LocationWire).coordinates.latitude


def read_location_change(_version: str, data: bytes) -> None:
    assert "last_updated" in msgspec.json.decode(data, type=dict[str, msgspec.Raw])


def read_evse(_version: str, data: bytes) -> None:
    msgspec.json.decode(data, type=EvseWire)


def read_part(_version: str, data: bytes) -> None:
    """Read a part of an object that we do not write."""
    assert decode(data)


def read_tariff(_version: str, data: bytes) -> None:
    assert len(read_tariffs(decode(data), None)) == 1


def read_one_token(_version: str, data: bytes) -> None:
    assert read_token(data).token.uid.value


def read_token_change(version: str, data: bytes) -> None:
    stored = read_token((examples(version) / "token_put_example.json").read_bytes())
    assert patch_token(stored, data).token.valid is False


def read_token_list(_version: str, data: bytes) -> None:
    items = msgspec.json.decode(data, type=list[msgspec.Raw])
    tokens, bad = read_tokens([bytes(item) for item in items])
    assert (len(tokens), bad) == (len(items), 0)


def read_credentials(_version: str, data: bytes) -> None:
    assert parse_credentials(data).roles


def read_versions(_version: str, data: bytes) -> None:
    url = "https://example.com/ocpi/versions"
    offered = {line["version"] for line in json.loads(data)}
    for name in offered:
        assert details_url(data, url, (name,))[0] == name


def read_details(_version: str, data: bytes) -> None:
    assert msgspec.json.decode(data, type=VersionDetails).endpoints


READERS: dict[str, Callable[[str, bytes], None]] = {
    r"cdr_example": read_cdr_of,
    r"credentials_example\d*": read_credentials,
    r"location_example.*": read_location,
    r"location_(energymix|hours|regularhours)_?.*": read_part,
    r"location_patch_.*": read_location_change,
    r"location_put_.*": read_evse,
    r"session_example_.*": read_session,
    r"session_patch_.*": read_session_change,
    r"tariff(restriction)?_.*": read_tariff,
    r"token_(example|put).*": read_one_token,
    r"token_patch_example": read_token_change,
    r"transport_and_format_get_token_example": read_one_token,
    r"transport_and_format_get_token_list_example": read_token_list,
    r"transport_and_format_version_details_example": read_details,
    r"transport_and_format_version_info_example": read_versions,
    r"type_displaytext_example": read_part,
    r"version_details_example\d*": read_details,
    r"versions_info_example": read_versions,
}


def inside(file: Path) -> bytes:
    """Return what a file holds, without its envelope where it has one."""
    data = file.read_bytes()
    if not ENVELOPED.match(file.name):
        return data
    envelope = parse_envelope(data)
    assert envelope is not None
    assert envelope.code == 1000
    return bytes(envelope.data)


@pytest.mark.parametrize("version", list(DIALECTS))
def test_every_published_example_is_read(version: str) -> None:
    files = sorted(examples(version).glob("*.json"))
    assert len(files) > 50
    for file in files:
        (read,) = [reader for name, reader in READERS.items() if re.fullmatch(name, file.stem)]
        if file.name in NOT_WHOLE:
            with pytest.raises(ValueError, match="missing required field"):
                read(version, inside(file))
        else:
            read(version, inside(file))
