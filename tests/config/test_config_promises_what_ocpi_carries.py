"""Whatever the configuration lets through, a CDR can carry: no session ends in a bill that cannot be written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.config.limits import LIMITS
from gateway.config.shapes import EvseTable, LocationTable, SiteTable
from gateway.core.place import Connector
from gateway.ocpi.v2_2_1.rules import text_problem

FIELDS = {
    (SiteTable, "country_code"): "country_code",
    (SiteTable, "party_id"): "party_id",
    (SiteTable, "currency"): "currency",
    (LocationTable, "id"): "cdr_location.id",
    (LocationTable, "name"): "cdr_location.name",
    (LocationTable, "address"): "cdr_location.address",
    (LocationTable, "city"): "cdr_location.city",
    (LocationTable, "postal_code"): "cdr_location.postal_code",
    (LocationTable, "country"): "cdr_location.country",
    (LocationTable, "latitude"): "cdr_location.coordinates.latitude",
    (LocationTable, "longitude"): "cdr_location.coordinates.longitude",
    (EvseTable, "uid"): "cdr_location.evse_uid",
    (EvseTable, "evse_id"): "cdr_location.evse_id",
    (Connector, "id"): "cdr_location.connector_id",
    (Connector, "standard"): "cdr_location.connector_standard",
}
ANYTHING = st.one_of(
    st.text(max_size=60),
    st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=60),
    st.from_regex(r"-?[0-9]{1,4}\.[0-9]{3,9}", fullmatch=True),
    st.from_regex(r"[A-Z]{2}\*?[A-Z0-9]{2,4}\*?E[A-Z0-9*]{1,40}", fullmatch=True),
    st.from_regex(r"[A-Za-z]{2,4}", fullmatch=True),
)


@pytest.mark.parametrize(("place", "field"), FIELDS.items(), ids=FIELDS.values())
@given(value=ANYTHING)
def test_what_the_configuration_accepts_ocpi_carries(place: tuple[type, str], field: str, value: str) -> None:
    if LIMITS[place](value) is None:
        assert text_problem(field, value) is None
