"""What a shipper needs around it: deliveries, an honest outbox in memory, an uplink that stumbles."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from gateway.core.delivery import Accepted, Delivery, ObjectKind, Receipt, Rejected
from gateway.core.identifiers import BackendName, Party, SessionId
from gateway.uplink.backoff import Backoff
from gateway.uplink.ports import LinkDown
from gateway.uplink.shipper import Shipper

BACKEND = BackendName("roaming")
OWNER = Party("NL", "EXA")
AT_ONCE = Backoff(base_s=0.0, cap_s=0.0)

ObjectKey = tuple[ObjectKind, str]


def a_session(name: str = "S1", seq: int = 1, kwh: str = "1.5") -> Delivery:
    """The state of a session as of fact `seq`."""
    body = f'{{"id":"{name}","kwh":{kwh},"cdr_token":{{"uid":"04A1B2C3","contract_id":"NL-EXA-C00000001"}}}}'
    return Delivery(BACKEND, ObjectKind.SESSION, name, OWNER, SessionId(name), seq, body.encode())


def a_cdr(session: str = "S1", seq: int = 2, remark: str = "CARD") -> Delivery:
    """The CDR of a session."""
    name = f"{session}-CDR"
    body = (
        f'{{"id":"{name}","total_energy":1.5,"remark":"{remark}","end_date_time":"2026-03-01T10:00:00Z",'
        '"cdr_token":{"uid":"04A1B2C3","contract_id":"NL-EXA-C00000001"}}'
    )
    return Delivery(BACKEND, ObjectKind.CDR, name, OWNER, SessionId(session), seq, body.encode())


def _place(row: Delivery) -> tuple[int, bool, str]:
    return row.up_to_seq, row.kind is ObjectKind.CDR, row.object_id


class MemoryOutbox:
    """Rows in memory: sessions replaced, CDRs added, parked ones kept back; `events` tells the order of things."""

    def __init__(self, *owed: Delivery) -> None:
        self.parked: dict[ObjectKey, str] = {}
        self.accepted: list[tuple[str, int]] = []
        self.reports = 0
        self._rows: dict[ObjectKey, Delivery] = {}
        self._is_waited_for = False
        self._news = asyncio.Event()
        self._settled = asyncio.Condition()
        for delivery in owed:
            self.owe(delivery)

    def owe(self, delivery: Delivery) -> None:
        self._rows[delivery.kind, delivery.object_id] = delivery
        self._news.set()

    async def due(
        self, backend: BackendName, limit: int, *, live_after: int = 0, beyond: Delivery | None = None
    ) -> Sequence[Delivery]:
        assert backend == BACKEND
        self._news.clear()
        rows = [row for key, row in self._rows.items() if key not in self.parked]
        rows.sort(key=_place)
        live = [row for row in rows if row.up_to_seq > live_after][:limit]
        rest = [row for row in rows if row not in live and (beyond is None or _place(row) > _place(beyond))]
        return [*live, *rest[:limit]]

    async def live(self, backend: BackendName, limit: int, *, live_after: int) -> Sequence[Delivery]:
        assert backend == BACKEND
        self._news.clear()
        rows = sorted((row for key, row in self._rows.items() if key not in self.parked), key=_place)
        return [row for row in rows if row.up_to_seq > live_after][:limit]

    async def backlog(self, backend: BackendName, limit: int, *, beyond: Delivery) -> Sequence[Delivery]:
        assert backend == BACKEND
        rows = sorted((row for key, row in self._rows.items() if key not in self.parked), key=_place)
        return [row for row in rows if _place(row) > _place(beyond)][:limit]

    async def horizon(self, backend: BackendName) -> int:
        assert backend == BACKEND
        return max((row.up_to_seq for key, row in self._rows.items() if key not in self.parked), default=0)

    def has_news(self, backend: BackendName) -> bool:
        assert backend == BACKEND
        return self._news.is_set()

    async def report(self, verdicts: Sequence[tuple[Delivery, Accepted | Rejected]]) -> None:
        self.reports += 1
        for delivery, receipt in verdicts:
            key = delivery.kind, delivery.object_id
            if isinstance(receipt, Rejected):
                self.parked[key] = receipt.reason
            else:
                self.accepted.append((delivery.object_id, delivery.up_to_seq))
                if self._rows[key].up_to_seq <= delivery.up_to_seq:
                    del self._rows[key]
        async with self._settled:
            self._settled.notify_all()

    async def wait(self, backend: BackendName) -> None:
        assert backend == BACKEND
        self._is_waited_for = True
        async with self._settled:
            self._settled.notify_all()
        try:
            await self._news.wait()
        finally:
            self._is_waited_for = False

    async def until_accepted(self, count: int = 1) -> None:
        """Return when so many verdicts of acceptance are booked."""
        async with self._settled:
            await self._settled.wait_for(lambda: len(self.accepted) >= count)

    async def until_empty(self) -> None:
        """Return when nothing but parked rows is left and the shipper waits for news."""
        async with self._settled:
            await self._settled.wait_for(lambda: self._is_waited_for and not self._rows.keys() - self.parked.keys())


Answering = Callable[[Delivery, int], Receipt]


@dataclass
class Stumbling:
    """An uplink in memory: refuses `connections_refused` times, then answers by rule; keeps what it was handed."""

    answer: Answering = lambda _delivery, _nth: Accepted("yes")
    connections_refused: int = 0
    handed: list[Delivery] = field(default_factory=list)
    sessions: int = 0
    in_flight: int = 0
    most_in_flight: int = 0
    links: asyncio.Queue["StumblingLink"] = field(default_factory=asyncio.Queue)

    @asynccontextmanager
    async def session(self) -> AsyncIterator["StumblingLink"]:
        self.sessions += 1
        if self.sessions <= self.connections_refused:
            raise LinkDown("nobody there: switch it on")
        link = StumblingLink(self)
        self.links.put_nowait(link)
        yield link

    @property
    def ids(self) -> list[str]:
        return [delivery.object_id for delivery in self.handed]


class StumblingLink:
    """One connection of it."""

    def __init__(self, uplink: Stumbling) -> None:
        self._uplink = uplink
        self._tries: dict[str, int] = defaultdict(int)
        self.lost: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    async def deliver(self, delivery: Delivery) -> Receipt:
        uplink = self._uplink
        uplink.handed.append(delivery)
        self._tries[delivery.object_id] += 1
        uplink.in_flight += 1
        uplink.most_in_flight = max(uplink.most_in_flight, uplink.in_flight)
        await asyncio.sleep(0)
        uplink.in_flight -= 1
        return uplink.answer(delivery, self._tries[delivery.object_id])


@asynccontextmanager
async def shipping(shipper: Shipper) -> AsyncIterator[None]:
    """Run a shipper beside the block; what it dies of comes out here."""
    async with asyncio.TaskGroup() as group:
        running = group.create_task(shipper.run())
        yield
        running.cancel()
