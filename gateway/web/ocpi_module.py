"""What a module of our OCPI server is: it gets a request that is authenticated and read, and returns a reply."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Protocol

from gateway.core.backend_terms import FIRST_VERSION
from gateway.ocpi.peer import Caller
from gateway.ocpi.reply import Code, Reply, refuse


@dataclass(frozen=True, slots=True)
class Asked:
    """A request in a version: `path` stands below the module's endpoint, decoded; `url` is its public URL."""

    method: str
    path: tuple[str, ...]
    query: Mapping[str, str]
    headers: Mapping[str, str]
    caller: Caller
    url: str
    body: bytes = field(default=b"", repr=False)
    version: str = FIRST_VERSION


class Module(Protocol):
    """One OCPI module in one role."""

    @property
    def role(self) -> str:
        """SENDER or RECEIVER."""
        ...

    @property
    def methods(self) -> frozenset[str]:
        """The HTTP methods that it knows at all."""
        ...

    async def answer(self, asked: Asked) -> Reply:
        """Answer a request whose body, where its method has one, is well-formed JSON."""
        ...


def not_found(message: str, code: Code = Code.INVALID_PARAMETERS) -> Reply:
    """Return HTTP 404."""
    return refuse(code, message, HTTPStatus.NOT_FOUND)


def not_allowed(message: str, allowed: frozenset[str]) -> Reply:
    """Return HTTP 405 with what would be allowed."""
    return Reply(
        status=HTTPStatus.METHOD_NOT_ALLOWED,
        code=Code.CLIENT_ERROR,
        message=message,
        headers={"Allow": ", ".join(sorted(allowed))},
    )
