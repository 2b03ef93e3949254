"""The specification's own example objects are read and written back, its known errors excepted by name."""

import json
from decimal import Decimal

import pytest
from ocpi.reference import examples

from gateway.core.identifiers import Party
from gateway.ocpi.dialects import DIALECTS
from gateway.ocpi.priced_cdr import read_cdr, read_tariffs
from gateway.ocpi.reading import decode
from gateway.ocpi.sameness import holds_same
from gateway.ocpi.tariff_list import TariffsInvalid

# E6 of the errata: it lacks last_updated.
INCOMPLETE = "tariff_put_example.json"


@pytest.mark.parametrize("version", list(DIALECTS))
def test_every_published_tariff_comes_back_as_it_was(version: str) -> None:
    dialect = DIALECTS[version]
    files = sorted(examples(version).glob("tariff*.json"))
    assert len(files) >= 20
    for file in files:
        if file.name == INCOMPLETE:
            continue
        published = file.read_bytes()
        owner = json.loads(published)

        [tariff] = dialect.parse_tariffs(b"[" + published + b"]")

        sent = dialect.encode_tariff(tariff, Party(owner["country_code"], owner["party_id"]))
        assert holds_same(published, sent), file.name
        assert holds_same(sent, published), file.name


@pytest.mark.parametrize("version", list(DIALECTS))
def test_the_incomplete_one_is_refused_as_ours_and_good_enough_to_price_with(version: str) -> None:
    published = (examples(version) / INCOMPLETE).read_bytes()

    with pytest.raises(TariffsInvalid, match="last_updated: is missing"):
        DIALECTS[version].parse_tariffs(b"[" + published + b"]")
    assert len(read_tariffs(decode(published), None)) == 1


@pytest.mark.parametrize("version", list(DIALECTS))
def test_the_published_cdr_is_read_with_the_words_of_its_version(version: str) -> None:
    cdr = read_cdr(decode((examples(version) / "cdr_example.json").read_bytes()))

    assert cdr.versions == {version}
    assert (cdr.totals["total_cost"].excl_vat, cdr.totals["total_cost"].incl_vat) == (4, Decimal("4.4"))
