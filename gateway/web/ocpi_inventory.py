"""The inventory for registered peers that are backends of ours: beside OCPI's modules, with their envelope and tokens.

GET {public_url}/inventory/cdrs?from=N&to=N shows, POST {public_url}/inventory/cdrs has sent again.
"""

from collections.abc import Callable, Mapping

from gateway.core.identifiers import BackendName
from gateway.ocpi.inventory import question_of, read_question
from gateway.ocpi.reply import Code, Reply, refuse
from gateway.web.inventory_api import Reconciling
from gateway.web.ocpi_module import Asked, not_found


class InventorySender:
    """Answers a peer about the CDRs of its own backend; `backends` says by a peer's name which that is."""

    role = "SENDER"
    methods = frozenset({"GET", "POST"})

    def __init__(self, reconciler: Reconciling, backends: Callable[[], Mapping[str, BackendName]]) -> None:
        self._reconciler = reconciler
        self._backends = backends

    async def answer(self, asked: Asked) -> Reply:
        """Answer with a part of the inventory, or have sent again what is missing."""
        backend = self._backends().get(asked.caller.peer.name)
        if asked.path != ("cdrs",) or backend is None:
            return not_found("no such resource: this peer is no backend that gets CDRs from here")
        try:
            question = question_of(asked.query) if asked.method == "GET" else read_question(asked.body)
            return Reply(await self._reconciler.answer(backend, question))
        except ValueError as problem:
            return refuse(Code.INVALID_PARAMETERS, str(problem))
