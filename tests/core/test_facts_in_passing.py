"""Verdicts on deliveries change nothing that is known of the site; thousands of them are folded in at once."""

import pytest
from journal.writing import fact, instant

from gateway.core.delivery import ObjectKind
from gateway.core.facts import DeliveryAccepted, DeliveryParked, Fact, FactBody, GatewayStarted
from gateway.core.identifiers import BackendName, SessionId
from gateway.core.session_phase import IllegalFactError
from gateway.core.site_state import fold, pass_by

START = fold([fact(1, GatewayStarted("1.0"))])
TAKEN = DeliveryAccepted(BackendName("roaming"), ObjectKind.CDR, "C1", 1, "HTTP 200", None)
REFUSED = DeliveryParked(BackendName("roaming"), ObjectKind.CDR, "C2", 1, "HTTP 400")


def of_no_evse(seq: int, body: FactBody) -> Fact:
    return Fact(seq, instant(seq), None, SessionId("S1"), body)


def test_what_passes_by_ends_in_the_same_state_as_one_by_one() -> None:
    facts = [of_no_evse(seq, REFUSED if seq % 3 else TAKEN) for seq in range(2, 40)]

    assert pass_by(START, facts) == fold(facts, START)


@pytest.mark.parametrize("wrong", [of_no_evse(4, TAKEN), of_no_evse(3, GatewayStarted("1.0")), fact(3, TAKEN)])
def test_nothing_else_passes_by(wrong: Fact) -> None:
    with pytest.raises(IllegalFactError):
        pass_by(START, [of_no_evse(2, TAKEN), wrong])
