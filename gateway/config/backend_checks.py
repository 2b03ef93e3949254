"""What must hold between a configuration's parts about backends and peers: one small function per rule."""

from collections.abc import Iterator
from urllib.parse import urlsplit

from gateway.config.convert import Entry
from gateway.config.draft import Draft
from gateway.config.findings import Finding, error, suggestion, under, warning
from gateway.settings import OcpiBackendSettings, PeerBackendSettings

# What an eMSP or hub takes from a CPO by push (OCPI 2.2.1).
_RECEIVERS = ("cdrs", "locations", "sessions", "tariffs")
_LOOPBACK = {"localhost", "127.0.0.1", "::1"}


def backends_are_consistent(draft: Draft) -> Iterator[Finding]:
    """Yield what does not fit together within a backend."""
    for backend in draft.backends:
        tls = backend.get("tls")
        if isinstance(tls, Entry):
            for one, other in (("cert_file", "key_file"), ("key_file", "cert_file")):
                if one in tls.written and other not in tls.written:
                    yield error(under(tls.path, other), f"missing; {one} needs its {other}")
        url = backend.get("versions_url")
        if url and urlsplit(url).scheme == "http" and urlsplit(url).hostname not in _LOOPBACK:
            yield warning(under(backend.path, "versions_url"), "sends the token unencrypted; use https://", url)
        if "password_file" in backend.written and "username" not in backend.written:
            yield error(under(backend.path, "username"), "missing; password_file needs a username")


def peers_can_come_in(draft: Draft) -> Iterator[Finding]:
    """Yield what keeps peers out, or lets them in where nobody wants that."""
    server = draft.ocpi_server
    if server is None:
        for backend in draft.backends:
            if backend.shape is PeerBackendSettings:
                problem = "peers are registered only where there is [ocpi_server]; add that section"
                yield error(under(backend.path, "peer"), problem, backend.get("peer"))
        return
    for one, other in (("cert_file", "key_file"), ("key_file", "cert_file")):
        if one in server.written and other not in server.written:
            yield error(under(server.path, other), f"missing; {one} needs its {other}")
    url = server.get("public_url")
    if url and urlsplit(url).scheme == "http" and urlsplit(url).hostname not in _LOOPBACK:
        yield warning(under(server.path, "public_url"), "lets tokens travel unencrypted; use https://", url)
    if url and ("?" in url or "#" in url):
        yield error(under(server.path, "public_url"), "must have neither ? nor #", url)
    for name in server.get("required_receivers") or ():
        if name not in _RECEIVERS:
            problem = f"is no module that takes pushes; {suggestion(name, _RECEIVERS, 'modules')}"
            yield error(under(server.path, "required_receivers"), problem, name)


def owner_is_meant(draft: Draft) -> Iterator[Finding]:
    """Warn where a backend hears of some drivers only, and nobody said so: it may be the operator's own platform."""
    own = (draft.site.get("country_code"), draft.site.get("party_id"))
    for backend in draft.backends:
        party = (backend.get("country_code"), backend.get("party_id"))
        is_said = "drivers" in backend.written or backend.shape is PeerBackendSettings
        if backend.shape is OcpiBackendSettings and not is_said and None not in party and party != own:
            problem = (
                f"missing, so only Sessions and CDRs of {party[0]}*{party[1]}'s own drivers go there; "
                'add drivers = "all" if it is your own platform, else drivers = "own"'
            )
            yield warning(under(backend.path, "drivers"), problem)
