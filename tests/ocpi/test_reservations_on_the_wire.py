"""A reservation as a backend sees it, from the order to the CDR: judged by rules that are not ours."""

from decimal import Decimal

from hwsim.ocpi_peer_shelf import Shelf
from ordering import APP, Provider
from plant import MIDNIGHT, PARTY, Plant, policy, site, token

from gateway.core.delivery import Delivery, ObjectKind
from gateway.core.rows import Owe
from gateway.core.tariff import (
    ComponentType,
    PriceComponent,
    ReservationRestriction,
    Restrictions,
    Tariff,
    TariffElement,
)
from gateway.projection import project

TARIFF = Tariff(
    "T",
    "EUR",
    (
        TariffElement(
            (PriceComponent(ComponentType.TIME, Decimal(6), 1),),
            Restrictions(reservation=ReservationRestriction.RESERVATION),
        ),
        TariffElement(
            (PriceComponent(ComponentType.FLAT, Decimal(3), 1),),
            Restrictions(reservation=ReservationRestriction.RESERVATION_EXPIRES),
        ),
        TariffElement((PriceComponent(ComponentType.ENERGY, Decimal("0.5"), 1),)),
    ),
    MIDNIGHT,
)


def garage() -> Plant:
    plant = Plant(policy=policy(tariff_id="T"), site=site(tariff_id="T"), tariffs=(TARIFF,), tokens=(token("04AA"),))
    plant.wait()
    return plant


def delivered(plant: Plant) -> tuple[Shelf, list[str]]:
    """Hand over all that a backend was ever owed, in its order."""
    shelf, complaints = Shelf(), list[str]()
    owner = (PARTY.country_code, PARTY.party_id)
    for delivery in (change.delivery for change in project(plant.facts) if isinstance(change, Owe)):
        _hand_over(shelf, owner, delivery, complaints)
    return shelf, complaints


def _hand_over(shelf: Shelf, owner: tuple[str, str], delivery: Delivery, complaints: list[str]) -> None:
    if delivery.kind is ObjectKind.SESSION:
        shelf.put_session(owner, delivery.object_id, delivery.body, complaints.append)
    elif delivery.kind is ObjectKind.CDR:
        shelf.post_cdr(owner, delivery.body, complaints.append)


def test_a_reservation_that_is_used_is_one_session_and_one_bill_without_fault() -> None:
    plant = garage()
    msp = Provider(plant)
    msp.reserve(token("04AA"))
    plant.wait(300)
    plant.plug()
    plant.wait(2)
    plant.tap("04AA")
    plant.wait(900)
    plant.tap("04AA")
    plant.wait(5)
    shelf, complaints = delivered(plant)
    assert complaints == []
    (session,), (cdr,) = shelf.sessions.values(), shelf.cdrs.values()
    assert session.value["status"] == "COMPLETED"
    first = cdr.value["charging_periods"][0]
    assert [each["type"] for each in first["dimensions"]] == ["RESERVATION_TIME"]
    assert cdr.value["total_reservation_cost"]["excl_vat"] > 0
    assert cdr.value["auth_method"] == "COMMAND"


def test_a_reservation_in_vain_ends_as_completed_with_a_bill_for_not_coming() -> None:
    plant = garage()
    Provider(plant).reserve(APP, minutes=10)
    plant.wait(605)
    shelf, complaints = delivered(plant)
    assert complaints == []
    (session,), (cdr,) = shelf.sessions.values(), shelf.cdrs.values()
    assert (session.value["status"], session.value["kwh"]) == ("COMPLETED", 0)
    assert (cdr.value["total_cost"]["excl_vat"], cdr.value["total_energy"]) == (4, 0)


def test_a_cancelled_reservation_has_no_bill() -> None:
    plant = garage()
    msp = Provider(plant)
    msp.reserve()
    plant.wait(60)
    msp.cancel()
    shelf, complaints = delivered(plant)
    assert complaints == []
    assert not shelf.cdrs
    assert [each.value["status"] for each in shelf.sessions.values()] == ["COMPLETED"]
