"""An EVSE that is kept for somebody: who may charge, how it ends, and what it costs."""

from dataclasses import replace
from decimal import Decimal

import pytest
from ordering import APP, OTHER, Provider
from plant import EVSE, MIDNIGHT, Outlet, Plant, policy, site, token

from gateway.core.billing import is_billed, to_cdr, to_session
from gateway.core.charging_periods import DimensionType
from gateway.core.commands import CommandResponse, CommandResult, Objection
from gateway.core.facts import SessionAuthorized
from gateway.core.facts_roaming import ReservationEnd, SessionReserved
from gateway.core.identifiers import EvseUid
from gateway.core.outputs import status_of, wants_energy
from gateway.core.reasons import FaultKind, Refusal
from gateway.core.session import SessionStatus
from gateway.core.session_phase import Phase
from gateway.core.tariff import (
    ComponentType,
    Price,
    PriceComponent,
    ReservationRestriction,
    Restrictions,
    Tariff,
    TariffElement,
)
from gateway.core.telemetry import EvseStatus

CARD, SIBLING, STRANGER = "04A1B2C3D4E580", "04FFEEDDCCBBAA", "04000000000001"
TWO = (EvseUid("EVSE-1"), EvseUid("EVSE-2"))


def price(kind: ComponentType, amount: str) -> PriceComponent:
    return PriceComponent(kind, Decimal(amount), 1, Decimal(20))


def restricted(kind: ReservationRestriction, *prices: PriceComponent) -> TariffElement:
    return TariffElement(prices, Restrictions(reservation=kind))


TARIFF = Tariff(
    "T",
    "EUR",
    (
        restricted(ReservationRestriction.RESERVATION, price(ComponentType.TIME, "5")),
        restricted(
            ReservationRestriction.RESERVATION_EXPIRES, price(ComponentType.FLAT, "4"), price(ComponentType.TIME, "6")
        ),
        TariffElement((price(ComponentType.ENERGY, "0.5"),)),
    ),
    MIDNIGHT,
)


def garage(tariff: Tariff | None = TARIFF) -> Plant:
    tariff_id = None if tariff is None else tariff.id
    plant = Plant(
        policy=policy(tariff_id=tariff_id),
        site=site(tariff_id=tariff_id),
        tariffs=() if tariff is None else (tariff,),
        tokens=(token(CARD, group_id="FAMILY"), token(SIBLING, group_id="FAMILY"), token(STRANGER)),
    )
    plant.wait()
    return plant


def status(plant: Plant) -> EvseStatus:
    return status_of(plant.world.state, EVSE, seen=True)


def test_r_70_a_reserved_evse_says_so_and_lets_nobody_else_charge() -> None:
    plant = garage()
    msp = Provider(plant)
    order = msp.reserve()
    assert (msp.response(order), msp.results(order)) == (CommandResponse.ACCEPTED, [CommandResult.ACCEPTED])
    assert status(plant) is EvseStatus.RESERVED
    assert to_session(plant.session()).status is SessionStatus.RESERVATION
    plant.plug()
    plant.wait(2)
    plant.tap(STRANGER)
    assert plant.refusals() == [Refusal.EVSE_RESERVED]
    assert msp.record(msp.start(token("APP-0002"))).taken.objection is Objection.EVSE_RESERVED
    plant.wait(60)
    assert wants_energy(plant.world.state, EVSE) is False


def test_r_70_whom_it_is_reserved_for_charges_in_the_same_session_and_pays_for_the_time_it_was_kept() -> None:
    plant = garage()
    msp = Provider(plant)
    msp.reserve(token(CARD, group_id="FAMILY"), authorization_reference="REF-1")
    session_id = plant.session().id
    plant.wait(599)
    plant.plug()
    plant.wait(1)
    plant.tap(CARD)
    plant.wait(3600)
    plant.tap(CARD)
    plant.wait(5)
    session = plant.session()
    assert (session.id, session.phase) == (session_id, Phase.COMPLETED)
    cdr = to_cdr(session)
    reserved, *charging = cdr.periods
    assert [each.type for each in reserved.dimensions] == [DimensionType.RESERVATION_TIME]
    assert abs(reserved.dimensions[0].volume - Decimal(600) / 3600) < Decimal("0.0005")
    assert charging[0].start == session.course.marks[0].at  # type: ignore[union-attr]
    assert cdr.costs.reservation is not None
    seconds = (charging[0].start - cdr.start).seconds
    assert cdr.costs.reservation.excl_vat == (Decimal(seconds) * 5 / 3600).quantize(Decimal("0.0001"))
    assert cdr.costs.energy is not None
    assert cdr.costs.total.excl_vat == cdr.costs.reservation.excl_vat + cdr.costs.energy.excl_vat
    assert cdr.total_hours == sum(
        each.volume
        for period in charging
        for each in period.dimensions
        if each.type in {DimensionType.TIME, DimensionType.PARKING_TIME}
    )
    assert cdr.authorization_reference == "REF-1"


def test_a_card_of_the_same_group_may_use_it_and_the_bill_stays_with_the_one_who_reserved() -> None:
    plant = garage()
    Provider(plant).reserve(token(CARD, group_id="FAMILY"))
    plant.plug()
    plant.wait()
    plant.tap(SIBLING)
    plant.wait(3)
    assert plant.session().phase is Phase.CHARGING
    assert plant.session().authorized.token.uid.value == CARD


def test_the_provider_may_start_what_it_reserved_with_a_newer_reference() -> None:
    plant = garage()
    msp = Provider(plant)
    msp.reserve(authorization_reference="REF-1")
    order = msp.start(authorization_reference="REF-2")
    plant.plug()
    plant.wait(3)
    assert plant.session().phase is Phase.CHARGING
    assert msp.results(order) == [CommandResult.ACCEPTED]
    assert plant.session().authorized.authorization_reference == "REF-2"
    assert not plant.bodies(SessionAuthorized)


def test_who_comes_and_does_not_plug_in_finds_it_reserved_still() -> None:
    plant = garage()
    Provider(plant).reserve(token(CARD))
    plant.tap(CARD)
    assert plant.session().phase is Phase.CLAIMED
    plant.wait(121)
    assert plant.session().phase is Phase.RESERVED
    assert status(plant) is EvseStatus.RESERVED


def test_r_70_nobody_comes_and_the_tariff_has_its_price_for_that() -> None:
    plant = garage()
    Provider(plant).reserve(minutes=30)
    plant.wait(1799)
    assert plant.session().phase is Phase.RESERVED
    plant.wait(2)
    session = plant.session()
    assert (session.phase, status(plant)) == (Phase.LAPSED, EvseStatus.AVAILABLE)
    assert to_session(session).status is SessionStatus.COMPLETED
    cdr = to_cdr(session)
    assert cdr.costs.total.excl_vat == Decimal(4) + Decimal("0.5") * 6
    assert (cdr.energy_wh, cdr.total_hours) == (0, 0)
    assert to_session(session).total_cost == cdr.costs.total


def test_without_a_price_for_reservations_nobody_is_billed_for_not_coming() -> None:
    plant = garage(tariff=None)
    Provider(plant).reserve(minutes=1)
    plant.wait(61)
    assert plant.session().phase is Phase.LAPSED
    assert not is_billed(plant.session())


def test_an_expiry_while_the_gateway_was_down_ends_at_its_own_time() -> None:
    plant = garage()
    Provider(plant).reserve(minutes=30)
    expires = plant.session().reservation.expires  # type: ignore[union-attr]
    plant.cut_power(3600)
    plant.wait(2)
    assert to_cdr(plant.session()).end == expires.replace(microsecond=0)


def test_r_70_a_cancelled_reservation_costs_nothing_and_frees_the_evse() -> None:
    plant = garage()
    msp = Provider(plant)
    msp.reserve()
    plant.wait(60)
    order = msp.cancel()
    assert msp.results(order) == [CommandResult.ACCEPTED]
    assert not is_billed(plant.session())
    assert to_session(plant.session()).total_cost == Price(Decimal(0), Decimal(0))
    assert status(plant) is EvseStatus.AVAILABLE
    plant.charge(5)
    assert plant.session().phase is Phase.CHARGING


def test_r_70_each_provider_has_reservation_ids_of_its_own() -> None:
    plant = garage()
    msp, other = Provider(plant), Provider(plant, OTHER, "tnm")
    msp.reserve(id_="R-1")
    assert other.record(other.cancel("R-1")).taken.objection is Objection.UNKNOWN_RESERVATION
    assert other.response(other.cancel("R-1")) is CommandResponse.REJECTED
    assert plant.session().phase is Phase.RESERVED


def test_r_70_the_same_id_moves_the_expiry_and_another_token_takes_its_place() -> None:
    plant = garage()
    msp = Provider(plant)
    msp.reserve(minutes=10)
    msp.reserve(minutes=60)
    plant.wait(601)
    assert plant.session().phase is Phase.RESERVED
    assert len(plant.bodies(SessionReserved)) == 1
    first = plant.session().id
    msp.reserve(token(CARD), minutes=60)
    assert plant.session().id != first
    assert plant.session().authorized.token.uid.value == CARD
    assert [getattr(body, "reason", None) for body in plant.bodies() if hasattr(body, "reason")] == [
        ReservationEnd.REPLACED
    ]


def test_an_expiry_in_the_past_or_far_ahead_or_beside_a_parked_vehicle_is_refused() -> None:
    plant = garage()
    msp = Provider(plant)
    assert msp.record(msp.reserve(minutes=-1)).taken.objection is Objection.EXPIRED
    assert msp.record(msp.reserve(minutes=60 * 24)).taken.objection is Objection.TOO_LONG
    plant.plug()
    plant.wait()
    assert msp.record(msp.reserve()).taken.objection is Objection.EVSE_OCCUPIED


def test_r_70_a_reservation_that_cannot_be_kept_is_given_up_and_its_provider_is_told() -> None:
    plant = garage()
    msp = Provider(plant)
    order = msp.reserve()
    msp.hear(order)
    plant.outlet.welded = True
    plant.plug()
    plant.wait(20)
    assert FaultKind.CONTACTOR_DID_NOT_OPEN in plant.world.state.evse(EVSE).faults
    assert msp.results(order) == [CommandResult.ACCEPTED, CommandResult.CANCELED_RESERVATION]
    assert not is_billed(plant.session())
    plant.wait(30)
    assert len(msp.results(order)) == 2


def test_a_reservation_outlives_a_kill() -> None:
    plant = garage()
    Provider(plant).reserve()
    plant.kill(10)
    plant.wait(2)
    assert status(plant) is EvseStatus.RESERVED
    plant.plug()
    plant.wait()
    plant.tap(STRANGER)
    assert plant.refusals() == [Refusal.EVSE_RESERVED]


def test_r_36_of_two_evses_the_free_one_is_reserved_and_the_other_stays_open_to_all() -> None:
    plant = Plant(policy=policy(*TWO), site=site(*TWO), outlets={uid: Outlet() for uid in TWO}, tokens=(token(CARD),))
    plant.wait()
    plant.plug(uid=TWO[0])
    plant.wait()
    Provider(plant).reserve(APP)
    assert plant.session(TWO[1]).phase is Phase.RESERVED
    plant.tap(CARD)
    plant.wait(3)
    assert plant.session(TWO[0]).phase is Phase.CHARGING


@pytest.mark.parametrize(("blocked", "told"), [("after", [Refusal.BLOCKED_TOKEN]), ("before", [])])
def test_a_card_blocked_after_it_was_reserved_for_may_not_charge_one_named_though_blocked_may(
    blocked: str, told: list[Refusal]
) -> None:
    plant = Plant(tokens=(token(CARD),))
    plant.wait()
    Provider(plant).reserve(token(CARD))
    plant.wait(10)
    when = plant.now.utc if blocked == "after" else MIDNIGHT
    book = {known.uid: known for known in (token(CARD, valid=False, last_updated=when),)}
    plant.world = replace(plant.world, tokens=book)
    plant.tap()
    assert plant.refusals() == told
