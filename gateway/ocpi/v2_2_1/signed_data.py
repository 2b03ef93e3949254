"""OCPI SignedData: what the meter signed, character by character, or nothing at all.

A value that OCPI's fields cannot hold is left out whole: a shortened signature proves nothing.
"""

from collections.abc import Sequence
from typing import Final

import msgspec

from gateway.core.facts_proof import MeterSigned, SignedReading

# SignedValue's strings as the corrected 2.2.1 and 2.3.0 have them; SignedData's key and URL.
_LONGEST_VALUE: Final = 5000
_LONGEST_KEY: Final = 512
_LONGEST_URL: Final = 512
_LONGEST_METHOD: Final = 36


class SignedValueWire(msgspec.Struct, frozen=True):
    """OCPI SignedValue."""

    nature: str
    plain_data: str
    signed_data: str


class SignedDataWire(msgspec.Struct, omit_defaults=True, frozen=True, kw_only=True):
    """OCPI SignedData."""

    encoding_method: str
    encoding_method_version: int | None = None
    public_key: str | None = None
    signed_values: tuple[SignedValueWire, ...]
    url: str | None = None


def signed_to_wire(signed: Sequence[MeterSigned]) -> SignedDataWire | None:
    """Return the SignedData of a session's signed values; None where there are none, or not of one key and kind."""
    if not signed or not all(_fits(each.reading) for each in signed):
        return None
    first = signed[0].reading
    if any(_frame(each.reading) != _frame(first) for each in signed):
        return None
    return SignedDataWire(
        encoding_method=first.encoding_method,
        encoding_method_version=first.encoding_method_version,
        public_key=first.public_key,
        signed_values=tuple(
            SignedValueWire(each.nature, each.reading.plain_data, each.reading.signed_data) for each in signed
        ),
        url=first.url,
    )


def _frame(reading: SignedReading) -> tuple[str, int | None, str | None, str | None]:
    return reading.encoding_method, reading.encoding_method_version, reading.public_key, reading.url


def _fits(reading: SignedReading) -> bool:
    return (
        0 < len(reading.encoding_method) <= _LONGEST_METHOD
        and 0 < len(reading.plain_data) <= _LONGEST_VALUE
        and 0 < len(reading.signed_data) <= _LONGEST_VALUE
        and len(reading.public_key or "") <= _LONGEST_KEY
        and len(reading.url or "") <= _LONGEST_URL
    )
