"""OCPI 2.3.0 Session: 2.2.1's with another Price."""

from gateway.core.place import Site
from gateway.core.session import Session
from gateway.ocpi.v2_2_1.session import session_to_wire
from gateway.ocpi.v2_2_1.shapes import encode
from gateway.ocpi.v2_3_0.tariff import MANNER


def encode_session(session: Session, site: Site) -> bytes:
    """Return the complete Session object as JSON; rules and errors as 2.2.1's."""
    return encode(session_to_wire(session, site, MANNER))
