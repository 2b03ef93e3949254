"""A session told from its facts: who tapped, what was decided and why, what was measured, what it costs."""

from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import replace
from typing import Protocol

from gateway.core.billing import is_billed, to_cdr, to_session
from gateway.core.delivery import Delivery, ObjectKind
from gateway.core.facts import DeliveryAccepted, DeliveryParked, EnergySampled, Fact, FactBody, SessionAuthorized
from gateway.core.facts_roaming import SessionReserved
from gateway.core.facts_time import CdrSealed
from gateway.core.identifiers import SessionId
from gateway.core.instant import ClockQuality
from gateway.core.pricing import CostLine
from gateway.core.reservation_record import grant_of
from gateway.core.rows import SessionRow
from gateway.core.session_phase import STEPS
from gateway.core.session_record import SessionRecord
from gateway.core.site_state import SiteState, evolve
from gateway.core.tariff import ComponentType, Price
from gateway.web.shapes import Story, StoryCost, StoryDelivery, StoryEvent
from gateway.web.story_words import tell

_UNITS = {
    ComponentType.ENERGY: "kWh",
    ComponentType.FLAT: "",
    ComponentType.PARKING_TIME: "h",
    ComponentType.TIME: "h",
}


class Shelf(Protocol):
    """Where facts stand."""

    async def facts_of(self, session_id: SessionId) -> Sequence[Fact]:
        """Return every fact of one session in order."""
        ...

    def facts(self, from_seq: int) -> AsyncIterator[Fact]:
        """Read facts in order."""
        ...

    async def facts_of_time(self, session: Sequence[Fact], /) -> Sequence[Fact]:
        """Return what is known of the time of a session's facts: the boot they begin in, and what came after."""
        ...


async def background_of(shelf: Shelf, facts: Sequence[Fact]) -> tuple[SiteState, Sequence[Fact]]:
    """Return what `tell_story` needs beside a session's facts: what was adopted, and what is known of the time."""
    authorized = authorization_of(facts)
    site = await anext(shelf.facts(authorized.site_seq))
    tariff_seq = authorized.tariff_seq
    tariff = await anext(shelf.facts(tariff_seq)) if tariff_seq is not None else None
    return adopted_by(authorized, site, tariff), await shelf.facts_of_time(facts)


async def find_record(shelf: Shelf, facts: Sequence[Fact]) -> SessionRecord:
    """Return what the facts of a session come to; ValueError where they are none."""
    return _record(facts, *await background_of(shelf, facts))


def authorization_of(facts: Sequence[Fact]) -> SessionAuthorized:
    """Return what a session began with; it names the facts that `tell_story` needs as `adopted`."""
    begun = next(fact.body for fact in facts if isinstance(fact.body, SessionAuthorized | SessionReserved))
    return grant_of(begun) if isinstance(begun, SessionReserved) else begun


def complete_id(beginning: str, rows: Iterable[SessionRow]) -> SessionId:
    """Return the one session whose id begins so; LookupError, with the remedy, where there is none or more than one."""
    found = [row.session_id for row in rows if row.session_id.startswith(beginning)]
    if not found or not beginning:
        raise LookupError(f"there is no session {beginning}; run ocpi-gateway sessions to see them")
    if len(found) > 1:
        raise LookupError(f"{len(found)} sessions begin with {beginning}; give more of the id")
    return found[0]


def tell_story(
    facts: Sequence[Fact], adopted: SiteState, owed: Iterable[Delivery], of_time: Iterable[Fact] = ()
) -> Story:
    """Tell a session from its own facts in order, the site and tariff it was authorised under, and what is still owed.

    `of_time` are the facts from which it follows what the clock was worth, from the beginning of that boot on.
    ValueError where the facts do not begin with the session's authorisation.
    """
    record = _record(facts, adopted, of_time)
    events = tuple(event for fact in facts for event in _events(fact, record))
    session = to_session(record)
    lines: tuple[CostLine, ...] = ()
    total: Price | None = session.total_cost
    if record.tariff is not None and is_billed(record):
        costs = to_cdr(record).costs
        lines, total = costs.lines, costs.total
    return Story(
        session_id=record.id,
        evse_uid=record.evse_uid,
        phase=record.phase.value,
        card=str(record.authorized.token.uid),
        contract_id=record.authorized.token.contract_id,
        time_zone=record.site.time_zone,
        start=session.start,
        end=session.end,
        energy_wh=session.energy_wh,
        tariff_id=record.tariff.id if record.tariff is not None else None,
        currency=record.tariff.currency if record.tariff is not None else record.site.currency,
        events=events,
        costs=tuple(_cost(line) for line in lines),
        total_excl_vat=total.excl_vat if total is not None else None,
        total_incl_vat=total.incl_vat if total is not None else None,
        deliveries=_deliveries(facts, owed),
        cdr_waits=record.ended is not None and record.sealed_at is None,
    )


def adopted_by(authorized: SessionAuthorized, site: Fact, tariff: Fact | None) -> SiteState:
    """Return the site and tariff that an authorisation names, from the facts that adopted them."""
    state = SiteState(last_seq=site.seq - 1)
    state = evolve(state, site)
    if tariff is not None:
        state = evolve(replace(state, last_seq=tariff.seq - 1), tariff)
    if state.site is None or state.site.seq != authorized.site_seq:
        raise ValueError(f"fact {authorized.site_seq} does not adopt a site; run ocpi-gateway replay")
    return state


def _record(facts: Sequence[Fact], adopted: SiteState, of_time: Iterable[Fact]) -> SessionRecord:
    state = adopted
    moving = [*of_time, *(fact for fact in facts if type(fact.body) in {*STEPS, CdrSealed})]
    for fact in sorted(moving, key=lambda fact: fact.seq):
        state = evolve(replace(state, last_seq=fact.seq - 1), fact)
    for evse in state.evses.values():
        if evse.session is not None:
            return evse.session
    raise ValueError("these facts are no session; run ocpi-gateway sessions to see which there are")


def _events(fact: Fact, record: SessionRecord) -> Iterable[StoryEvent]:
    for topic, text, register in tell(fact.body):
        used = (
            register.energy_wh - record.start.energy_wh if register is not None and record.start is not None else None
        )
        known = record.chronology
        clock = ClockQuality.SYNCHRONISED if known.is_trusted(fact.at) else fact.at.clock
        yield StoryEvent(fact.seq, known.place(fact.at), clock, topic, text, used, _is_routine(fact.body))


def _is_routine(body: FactBody) -> bool:
    """Say of samples, and of backends that took the session in between, that there are many like them."""
    is_update = isinstance(body, DeliveryAccepted) and body.object is ObjectKind.SESSION
    return is_update or isinstance(body, EnergySampled)


def _cost(line: CostLine) -> StoryCost:
    name = line.type.value.lower().replace("_", " ")
    return StoryCost(
        what=f"{name} while reserved" if line.reservation else name,
        volume=line.volume,
        billed_volume=line.billed_volume,
        unit=_UNITS[line.type],
        price=line.price,
        cost=line.cost.excl_vat,
        vat_percent=line.vat_percent,
    )


def _deliveries(facts: Sequence[Fact], owed: Iterable[Delivery]) -> tuple[StoryDelivery, ...]:
    """Return the newest word on each object and backend: accepted, parked, or still owed."""
    newest: dict[tuple[str, str, str], StoryDelivery] = {}
    for fact in facts:
        body = fact.body
        if isinstance(body, DeliveryAccepted | DeliveryParked):
            accepted = isinstance(body, DeliveryAccepted)
            newest[body.backend, body.object, body.object_id] = StoryDelivery(
                backend=body.backend,
                kind=body.object.value,
                object_id=body.object_id,
                up_to_seq=body.up_to_seq,
                state="accepted" if accepted else "parked",
                answer=body.answer if isinstance(body, DeliveryAccepted) else body.reason,
            )
    for delivery in owed:
        key = (delivery.backend, delivery.kind, delivery.object_id)
        known = newest.get(key)
        if known is None or known.up_to_seq < delivery.up_to_seq:
            newest[key] = StoryDelivery(
                delivery.backend, delivery.kind.value, delivery.object_id, delivery.up_to_seq, "owed", ""
            )
    return tuple(newest.values())
