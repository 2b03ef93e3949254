"""Books what became of deliveries: a backend's verdicts, and a human's or backend's wish to have something again."""

from gateway.core.delivery import Accepted, ObjectKind, Verdict
from gateway.core.facts import DeliveryAccepted, DeliveryParked, DeliveryReleased, DeliveryRequested, FactBody
from gateway.core.observations import CdrsWanted, DeliveriesAnswered, DeliveryRetried
from gateway.core.page import Page


def book_delivery(page: Page, news: DeliveriesAnswered | DeliveryRetried | CdrsWanted) -> None:
    """Write down what a backend answered, or what is to be sent again."""
    match news:
        case CdrsWanted():
            for number, cdr_id in news.cdrs:
                page.write(DeliveryRequested(news.backend, ObjectKind.CDR, cdr_id, number))
        case DeliveryRetried(delivery):
            released = DeliveryReleased(delivery.backend, delivery.kind, delivery.object_id)
            page.write(released, session_id=delivery.session_id or None)
        case DeliveriesAnswered(verdicts):
            page.write_in_passing((_booked(verdict), verdict[0].session_id or None) for verdict in verdicts)


def _booked(verdict: Verdict) -> FactBody:
    delivery, receipt = verdict
    key = (delivery.backend, delivery.kind, delivery.object_id, delivery.up_to_seq)
    if isinstance(receipt, Accepted):
        return DeliveryAccepted(*key, receipt.answer, receipt.location)
    return DeliveryParked(*key, receipt.reason)
