"""OCPI 2.3.0 CDR: 2.2.1's with other Prices and Tariffs.

CdrLocation is the same: a Location's address may have 255 characters there, but a CdrLocation's still has 45.
"""

from gateway.core.cdr import Cdr
from gateway.ocpi.v2_2_1.cdr import cdr_to_wire
from gateway.ocpi.v2_2_1.shapes import encode
from gateway.ocpi.v2_3_0.tariff import MANNER


def encode_cdr(cdr: Cdr) -> bytes:
    """Return the complete CDR object as JSON; rules and errors as 2.2.1's."""
    return encode(cdr_to_wire(cdr, MANNER))
