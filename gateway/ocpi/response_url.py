"""Where results may be sent: a peer names the address, and must not have us knock at doors of our own network."""

from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import urlsplit

LONGEST_URL = 255  # OCPI's type URL


def url_problem(url: str, *, allows_http: bool, allows_private: bool) -> str | None:
    """Return what is wrong with a response_url as far as its text tells; its name is looked up when connecting."""
    if len(url) > LONGEST_URL or any(character <= " " or character > "~" for character in url):
        return f"must be a URL of at most {LONGEST_URL} characters"
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return "is no URL"
    schemes = {"https", "http"} if allows_http else {"https"}
    if parts.scheme not in schemes or not host or port == 0 or parts.username is not None:
        return "must be an https URL without a user name"
    return None if allows_private or not _is_private(host) else "must not lead into a private network"


def _is_private(host: str) -> bool:
    """Tell whether a host is one of a private network, as far as it can be told without asking anybody."""
    if host.rstrip(".").rpartition(".")[2] in {"localhost", "local", "internal"}:
        return True
    try:
        return not is_public(ip_address(host))
    except ValueError:
        return False


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Tell whether an address is one of the public Internet, also if it is wrapped in another."""
    if isinstance(address, IPv6Address):
        inner = address.ipv4_mapped or _embedded(address)
        if inner is not None:
            return is_public(inner)
        if (
            address.teredo is not None
            or address.sixtofour is not None
            or address.scope_id is not None
            or address.is_site_local
        ):
            return False
    return address.is_global and not address.is_multicast and not address.is_reserved


def _embedded(address: IPv6Address) -> IPv4Address | None:
    """Return the IPv4 address in one of NAT64 (64:ff9b::/96) or of the old IPv4-compatible form (::/96)."""
    high, low = int(address) >> 32, int(address) & 0xFFFFFFFF
    if high == 0x0064_FF9B << 64 or (high == 0 and low > 1):
        return IPv4Address(low)
    return None
