"""The local API's part for taking CDRs back: POST /cdrs/ID/credit with {"reason": …, "replace": {…} or null}."""

from collections.abc import Callable, Sequence
from typing import Protocol

import msgspec
from aiohttp import web

from gateway.core.billing import to_cdr
from gateway.core.cdr import Cdr
from gateway.core.correction import corrected, most_wh
from gateway.core.facts import Fact
from gateway.core.facts_backends import CdrCredited
from gateway.core.identifiers import CdrId, SessionId
from gateway.core.instant import Instant
from gateway.core.observations import CdrDisputed
from gateway.core.rows import CdrRow
from gateway.core.tariff import Tariff
from gateway.ocpi.credit import credit_id
from gateway.ocpi.reading import read
from gateway.ocpi.v2_2_1.rules import text
from gateway.web.shapes import Done, encode
from gateway.web.story import Shelf, find_record


class Correction(msgspec.Struct, forbid_unknown_fields=True):
    """What the replacement has in place of what was billed; None stays as it was."""

    tariff: str | None = None
    energy_wh: int | None = None


class Order(msgspec.Struct, forbid_unknown_fields=True):
    """What a human wants; without `replace` nothing is billed in the CDR's place."""

    reason: str
    replace: Correction | None = None


class Records(Shelf, Protocol):
    """What is written down."""

    async def cdr(self, cdr_id: CdrId, /) -> CdrRow | None:
        """Return one CDR."""
        ...


class Commands(Protocol):
    """Where a human's word goes."""

    async def put_and_wait(self, observation: CdrDisputed, /) -> None:
        """Return once what follows from it is on disk."""
        ...


class CreditDesk:
    """Takes orders one by one for each CDR, so that none is taken back twice."""

    def __init__(
        self,
        records: Records,
        commands: Commands,
        now: Callable[[], Instant],
        tariffs: Callable[[], Sequence[Tariff]],
    ) -> None:
        self._records = records
        self._commands = commands
        self._now = now
        self._tariffs = tariffs
        self._busy: set[SessionId] = set()

    def routes(self) -> list[web.RouteDef]:
        """Return the routes."""
        return [web.post("/cdrs/{cdr_id}/credit", self._credit)]

    async def _credit(self, request: web.Request) -> web.Response:
        cdr_id = CdrId(request.match_info["cdr_id"])
        row = await self._records.cdr(cdr_id)
        if row is None:
            raise web.HTTPNotFound(text=f"there is no CDR {cdr_id}; run ocpi-gateway cdrs to see them")
        if row.session_id in self._busy:
            raise web.HTTPConflict(text=f"{cdr_id} is being credited already")
        self._busy.add(row.session_id)
        try:
            words = await self._take_back(row, read(await request.read(), Order))
        except ValueError as problem:
            raise web.HTTPConflict(text=str(problem)) from None
        finally:
            self._busy.discard(row.session_id)
        return web.Response(body=encode(Done(words)), content_type="application/json")

    async def _take_back(self, row: CdrRow, order: Order) -> str:
        text("remark", order.reason.strip())
        facts = await self._records.facts_of(row.session_id)
        credited = [fact.body for fact in facts if isinstance(fact.body, CdrCredited)]
        for known in credited:
            if row.cdr_id == known.cdr.id:
                raise ValueError(f"{row.cdr_id} is credited already, by {credit_id(known.cdr.id)}: {known.reason}")
            if row.cdr_id == credit_id(known.cdr.id):
                raise ValueError(f"{row.cdr_id} is a credit CDR; it takes {known.cdr.id} back and cannot be taken back")
        cdr = await self._sealed(row, facts, credited)
        replacement = None if order.replace is None else self._replacement(cdr, order.reason, order.replace)
        await self._commands.put_and_wait(CdrDisputed(self._now(), cdr, order.reason, replacement))
        words = f"{cdr.id} is credited by {credit_id(cdr.id)}"
        return words if replacement is None else f"{words} and replaced by {replacement.id}"

    async def _sealed(self, row: CdrRow, facts: Sequence[Fact], credited: Sequence[CdrCredited]) -> Cdr:
        """Return what was sealed: by the session itself, or in place of another CDR."""
        for known in credited:
            if known.replacement is not None and known.replacement.id == row.cdr_id:
                return known.replacement
        return to_cdr(await find_record(self._records, facts))

    def _replacement(self, cdr: Cdr, reason: str, wanted: Correction) -> Cdr:
        if wanted.tariff is None and wanted.energy_wh is None:
            raise ValueError("a replacement needs another tariff, other energy, or both: --tariff ID, --energy-wh N")
        if wanted.energy_wh is not None and not 0 <= wanted.energy_wh <= most_wh(cdr):
            raise ValueError(f"{wanted.energy_wh} Wh cannot have been charged; give 0 to {most_wh(cdr)}")
        known = {tariff.id: tariff for tariff in self._tariffs()}
        if wanted.tariff is not None and wanted.tariff not in known:
            listed = ", ".join(known) or "none"
            raise ValueError(f"there is no tariff {wanted.tariff} in tariffs_file; there are: {listed}")
        tariff = None if wanted.tariff is None else known[wanted.tariff]
        at = self._now().utc
        return corrected(cdr, tariff=tariff, energy_wh=wanted.energy_wh, at=at, reason=reason)
