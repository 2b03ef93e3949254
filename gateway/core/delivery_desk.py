"""Books what became of deliveries: a backend's verdict, and a human's or backend's wish to have something again."""

from typing import assert_never

from gateway.core.delivery import Accepted, ObjectKind, Rejected
from gateway.core.facts import DeliveryAccepted, DeliveryParked, DeliveryReleased, DeliveryRequested, FactBody
from gateway.core.observations import CdrsWanted, DeliveryAnswered, DeliveryRetried
from gateway.core.page import Page


def book_delivery(page: Page, news: DeliveryAnswered | DeliveryRetried | CdrsWanted) -> None:
    """Write down what a backend answered, or what is to be sent again."""
    if isinstance(news, CdrsWanted):
        for number, cdr_id in news.cdrs:
            page.write(DeliveryRequested(news.backend, ObjectKind.CDR, cdr_id, number))
        return
    delivery = news.delivery
    key = (delivery.backend, delivery.kind, delivery.object_id)
    if isinstance(news, DeliveryRetried):
        page.write(DeliveryReleased(*key), session_id=delivery.session_id or None)
        return
    match news.receipt:
        case Accepted(answer, location):
            body: FactBody = DeliveryAccepted(*key, delivery.up_to_seq, answer, location)
        case Rejected(reason):
            body = DeliveryParked(*key, delivery.up_to_seq, reason)
        case _:
            assert_never(news.receipt)
    page.write(body, session_id=delivery.session_id or None)
