"""The tokens module as RECEIVER: eMSPs put their drivers' tokens here."""

from http import HTTPStatus
from typing import Protocol

from gateway.ocpi.reply import Code, Reply, refuse
from gateway.ocpi.v2_2_1.token_object import TokenKey, TokenObject, patch_token, read_key, read_token
from gateway.web.ocpi_module import Asked, not_found


class TokenShelf(Protocol):
    """Where tokens are kept."""

    async def token(self, key: TokenKey) -> TokenObject | None:
        """Return a token as its owner wrote it."""
        ...

    async def keep_token(self, token: TokenObject) -> None:
        """Keep a token unless a newer one is there; on disk when it returns."""
        ...


class TokenReceiver:
    """GET, PUT and PATCH of `/{country_code}/{party_id}/{token_uid}?type=`."""

    role = "RECEIVER"
    methods = frozenset({"GET", "PUT", "PATCH"})

    def __init__(self, shelf: TokenShelf) -> None:
        self._shelf = shelf

    async def answer(self, asked: Asked) -> Reply:
        """Answer; only a party's own platform may speak of its tokens."""
        try:
            country_code, party_id, uid = asked.path
        except ValueError:
            return not_found("no such resource: the path is country_code/party_id/token_uid")
        try:
            key = read_key(country_code, party_id, uid, asked.query.get("type"))
        except ValueError as problem:
            return refuse(Code.INVALID_PARAMETERS, str(problem))
        if not asked.caller.peer.owns(key.owner):
            return not_found("this party is none of your roles")
        stored = await self._shelf.token(key)
        if asked.method == "PUT":
            return await self._put(asked, key, stored)
        if stored is None:
            return not_found("this token is not known here", Code.UNKNOWN_TOKEN)
        return await self._patch(asked, stored) if asked.method == "PATCH" else Reply(stored.body)

    async def _put(self, asked: Asked, key: TokenKey, stored: TokenObject | None) -> Reply:
        try:
            token = read_token(asked.body, key)
        except ValueError as problem:
            return refuse(Code.INVALID_PARAMETERS, str(problem))
        await self._shelf.keep_token(token)
        return Reply(status=HTTPStatus.CREATED if stored is None else HTTPStatus.OK)

    async def _patch(self, asked: Asked, stored: TokenObject) -> Reply:
        try:
            token = patch_token(stored, asked.body)
        except ValueError as problem:
            return refuse(Code.INVALID_PARAMETERS, str(problem))
        await self._shelf.keep_token(token)
        return Reply()
