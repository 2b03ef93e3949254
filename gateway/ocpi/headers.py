"""OCPI's request headers: who asks, what belongs together, and between which parties."""

import base64
from collections.abc import Mapping

from gateway.core.delivery import Delivery
from gateway.core.identifiers import Party
from gateway.ocpi.peer import TokenForm
from gateway.ocpi.uuid_text import named_uuid


def authorization(token: str, form: TokenForm = TokenForm.BASE64) -> str:
    """Return the Authorization value for a credentials token: RFC 4648 base64 of it, padded and without newline.

    Some peers want the token as it stands.
    """
    if form is TokenForm.RAW:
        return f"Token {token}"
    return f"Token {base64.b64encode(token.encode()).decode('ascii')}"


def check_credentials_token(token: str) -> str:
    """Return the token without surrounding white space; ValueError if OCPI allows no such credentials token."""
    token = token.strip()
    if not token or len(token) > 64 or not all("!" <= character <= "~" for character in token):  # noqa: PLR2004 - OCPI string(64)
        raise ValueError("holds no credentials token: write 1 to 64 printable ASCII characters without spaces into it")
    return token


def correlation_id(delivery: Delivery) -> str:
    """Return the id that all tries of one state of one object share, over restarts too; a UUID made from its names."""
    owner = delivery.owner
    name = f"{owner.country_code}/{owner.party_id}/{delivery.kind}/{delivery.object_id}/{delivery.up_to_seq}"
    return named_uuid(f"ocpi-gateway:{name}")


def identity_headers(token: str, correlation: str, form: TokenForm = TokenForm.BASE64) -> Mapping[str, str]:
    """Return what every request carries besides X-Request-ID, which is a new one for each request on the wire."""
    return {"Authorization": authorization(token, form), "X-Correlation-ID": correlation}


def routing_headers(sender: Party, receiver: Party) -> Mapping[str, str]:
    """Return what requests to functional modules carry in addition; never for versions and credentials."""
    return {
        "OCPI-from-country-code": sender.country_code,
        "OCPI-from-party-id": sender.party_id,
        "OCPI-to-country-code": receiver.country_code,
        "OCPI-to-party-id": receiver.party_id,
    }


def chain_headers(delivery: Delivery) -> Mapping[str, str]:
    """Return a CDR's place in the chain of what its backend gets; nothing for a Session, which has none."""
    if delivery.link is None:
        return {}
    return {
        "CDR-Number": str(delivery.link.number),
        "CDR-Digest": delivery.link.digest,
        "CDR-Previous-Digest": delivery.link.previous,
    }
