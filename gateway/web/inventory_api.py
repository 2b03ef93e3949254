"""The local API's part for CDRs that a backend lost: GET /inventory/BACKEND?from=N&to=N, POST /inventory/BACKEND.

Both answer with what the backend itself would get, see gateway/ocpi/inventory.py.
"""

from collections.abc import Callable, Collection
from typing import Protocol

from aiohttp import web

from gateway.core.identifiers import BackendName
from gateway.ocpi.inventory import Question, question_of, read_question


class Reconciling(Protocol):
    """Who knows what backends were owed."""

    async def answer(self, backend: BackendName, asked: Question, *, is_bounded: bool = True) -> bytes:
        """Return the answer as JSON; what is to be sent again is owed and on disk. ValueError in a line."""
        ...


def inventory_routes(reconciler: Reconciling, backends: Callable[[], Collection[BackendName]]) -> list[web.RouteDef]:
    """Return the routes; a technician may have sent again as much as they like."""

    async def handle(request: web.Request) -> web.Response:
        backend = BackendName(request.match_info["backend"])
        known_backends = backends()
        if backend not in known_backends:
            known = ", ".join(sorted(known_backends)) or "none"
            raise web.HTTPNotFound(text=f"no backend {backend} is configured; there are: {known}")
        try:
            asked = question_of(request.query) if request.method == "GET" else read_question(await request.read())
        except ValueError as problem:
            raise web.HTTPBadRequest(text=str(problem)) from None
        body = await reconciler.answer(backend, asked, is_bounded=False)
        return web.Response(body=body, content_type="application/json")

    return [web.get("/inventory/{backend}", handle), web.post("/inventory/{backend}", handle)]
