"""The table of peers and of the tokens by which they are let in."""

import sqlite3

import msgspec

from gateway.core.identifiers import Party
from gateway.ocpi.peer import Endpoint, InboundToken, Peer, PeerRecord, Purpose, Role, Standing, TokenForm
from gateway.registry.moments import from_text, to_text

_PUT = """
INSERT INTO peer (name, standing, since, versions_url, version, token, form, roles, endpoints)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (name) DO UPDATE SET
    standing = excluded.standing, since = excluded.since, versions_url = excluded.versions_url,
    version = excluded.version, token = excluded.token, form = excluded.form,
    roles = excluded.roles, endpoints = excluded.endpoints"""
_PEERS = "SELECT name, standing, since, versions_url, version, token, form, roles, endpoints FROM peer ORDER BY name"


class _RoleRow(msgspec.Struct, array_like=True):
    role: str
    country_code: str
    party_id: str
    name: str
    website: str | None = None


def load(connection: sqlite3.Connection) -> tuple[PeerRecord, ...]:
    """Return every peer with its tokens."""
    inbound: dict[str, list[InboundToken]] = {}
    for digest, peer, purpose in connection.execute("SELECT digest, peer, purpose FROM inbound"):
        inbound.setdefault(peer, []).append(InboundToken(digest, Purpose(purpose)))
    rows = connection.execute(_PEERS)
    return tuple(PeerRecord(peer := _peer(*row), tuple(inbound.get(peer.name, ()))) for row in rows)


def keep(connection: sqlite3.Connection, record: PeerRecord) -> None:
    """Replace everything known of a peer, inside the caller's transaction."""
    peer = record.peer
    roles = [
        _RoleRow(role.role, role.party.country_code, role.party.party_id, role.name, role.website)
        for role in peer.roles
    ]
    connection.execute(
        _PUT,
        (
            peer.name,
            peer.standing.value,
            to_text(peer.since),
            peer.versions_url,
            peer.version,
            peer.token,
            peer.form.value,
            msgspec.json.encode(roles).decode(),
            msgspec.json.encode([(each.identifier, each.role, each.url) for each in peer.endpoints]).decode(),
        ),
    )
    connection.execute("DELETE FROM inbound WHERE peer = ?", (peer.name,))
    connection.executemany(
        "INSERT INTO inbound (digest, peer, purpose) VALUES (?, ?, ?)",
        [(each.digest, peer.name, each.purpose.value) for each in record.inbound],
    )


def forget(connection: sqlite3.Connection, name: str) -> None:
    """Remove a peer and the tokens by which it was let in, inside the caller's transaction."""
    connection.execute("DELETE FROM peer WHERE name = ?", (name,))


def _peer(  # noqa: PLR0913, PLR0917 - one parameter per column
    name: str,
    standing: str,
    since: str,
    versions_url: str | None,
    version: str | None,
    token: str | None,
    form: str,
    roles: str,
    endpoints: str,
) -> Peer:
    return Peer(
        name,
        Standing(standing),
        from_text(since),
        versions_url=versions_url,
        version=version,
        token=token,
        form=TokenForm(form),
        roles=tuple(
            Role(row.role, Party(row.country_code, row.party_id), row.name, row.website)
            for row in msgspec.json.decode(roles, type=list[_RoleRow])
        ),
        endpoints=tuple(Endpoint(*row) for row in msgspec.json.decode(endpoints, type=list[tuple[str, str, str]])),
    )
