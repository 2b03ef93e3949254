"""The versions of OCPI that we write: which functions turn core values into a version's objects, and tariffs back."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from gateway.core.cdr import Cdr
from gateway.core.identifiers import Party
from gateway.core.place import Site
from gateway.core.session import Session
from gateway.core.tariff import Tariff
from gateway.ocpi.tariff_list import read_tariff, read_tariffs
from gateway.ocpi.tariff_shapes import TariffWritten
from gateway.ocpi.v2_2_1 import cdr as cdr_2_2_1
from gateway.ocpi.v2_2_1 import session as session_2_2_1
from gateway.ocpi.v2_2_1 import tariff as tariff_2_2_1
from gateway.ocpi.v2_2_1.shapes import encode
from gateway.ocpi.v2_2_1.tariff_list import TariffWritten221
from gateway.ocpi.v2_3_0 import cdr as cdr_2_3_0
from gateway.ocpi.v2_3_0 import session as session_2_3_0
from gateway.ocpi.v2_3_0 import tariff as tariff_2_3_0
from gateway.ocpi.v2_3_0.tariff import TariffWritten230


@dataclass(frozen=True, slots=True)
class Dialect:
    """How one version writes our objects: complete JSON, the same bytes for the same values.

    ValueError names a field that OCPI would not carry; `parse_tariffs` raises TariffsInvalid with every finding.
    """

    encode_session: Callable[[Session, Site], bytes]
    encode_cdr: Callable[[Cdr], bytes]
    encode_tariff: Callable[[Tariff, Party], bytes]
    parse_tariffs: Callable[[bytes], tuple[Tariff, ...]]


DIALECTS: Final[Mapping[str, Dialect]] = {
    "2.2.1": Dialect(
        session_2_2_1.encode_session,
        cdr_2_2_1.encode_cdr,
        lambda tariff, party: encode(tariff_2_2_1.to_wire(tariff, party)),
        tariff_2_2_1.parse_tariffs,
    ),
    "2.3.0": Dialect(
        session_2_3_0.encode_session,
        cdr_2_3_0.encode_cdr,
        lambda tariff, party: encode(tariff_2_3_0.to_wire(tariff, party)),
        tariff_2_3_0.parse_tariffs,
    ),
}


def parse_site_tariffs(data: bytes) -> tuple[Tariff, ...]:
    """Return a site's own tariffs, each in the shape of whichever version it is; TariffsInvalid as ever.

    A tariff that says `tax_included` is 2.3.0's, where it must; 2.2.1 does not know the word.
    """
    return read_tariffs(data, _shape_of)


def read_site_tariff(item: Any) -> Tariff:
    """Return one decoded tariff of the site, likewise."""
    return read_tariff("$", item, _shape_of(item))


def _shape_of(item: Any) -> type[TariffWritten]:
    return TariffWritten230 if isinstance(item, dict) and "tax_included" in item else TariffWritten221
