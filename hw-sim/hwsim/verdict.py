"""Whether a scenario ended right: every bill once, the same bytes everywhere, the energy that the meters counted."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from hwsim.mqtt_watch import MqttWatch
from hwsim.ocpi_peer import OcpiPeer
from hwsim.ocpi_peer_shelf import StoredCdr, StoredSession
from hwsim.site import SimulatedEvse

# A meter that shows 0.01 kWh may be one count off at either end.
DISPLAY_TOLERANCE_KWH = Decimal("0.01")
LISTED = 5


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that must be right, and what was found."""

    sentence: str
    is_right: bool


def displays(evses: Mapping[str, SimulatedEvse]) -> dict[str, Decimal]:
    """Read the energy off every meter's front, in kWh, and add what it has turned over.

    A display that shows dashes counts as nothing.
    """
    return {
        uid: (evse.meter.display()["energy_import"] or Decimal(0)) + Decimal(evse.meter.turned_wh) / 1000
        for uid, evse in evses.items()
    }


def judge(
    peer: OcpiPeer, watch: MqttWatch | None, bills: int, before: Mapping[str, Decimal], after: Mapping[str, Decimal]
) -> Iterator[Check]:
    """Hold what the backends have against what the scenario promised and the meters counted; without MQTT no watch."""
    cdrs = peer.shelf.cdrs
    yield Check(f"the OCPI peer has {len(cdrs)} CDR(s), {bills} expected", len(cdrs) == bills)
    forged = sum(stored.forgeries for stored in cdrs.values())
    replayed = sum(stored.replays for stored in cdrs.values())
    yield Check(f"no CDR came with changed bytes ({replayed} came again with the same)", forged == 0)
    for cdr_id, stored in cdrs.items():
        session = peer.shelf.sessions.get(str(stored.value.get("session_id")))
        status = session.value["status"] if session else "unknown"
        yield Check(f"CDR {cdr_id}: its Session is {status} at the peer", status == "COMPLETED")
        if watch is not None:
            yield from judge_mqtt(watch, cdr_id, stored, session)
    for uid, begin in before.items():
        billed = sum(
            (Decimal(stored.value["total_energy"]) for stored in cdrs.values() if evse_of(stored.value) == uid),
            start=Decimal(0),
        )
        counted = after[uid] - begin
        yield Check(
            f"{uid}: {billed} kWh billed, {counted} kWh on the meter's display",
            abs(billed - counted) <= DISPLAY_TOLERANCE_KWH,
        )
    findings = [f"{violation.request}: {violation.finding}" for violation in peer.violations]
    if watch is not None:
        findings += [f"MQTT {violation.topic}: {violation.finding}" for violation in watch.violations]
    told = f": {'; '.join(findings[:LISTED])}" if findings else ""
    yield Check(f"{len(findings)} violation(s) of OCPI 2.2.1 or the MQTT contract{told}", not findings)


def evse_of(cdr: Mapping[str, Mapping[str, str]]) -> str:
    """Find the EVSE that a CDR bills."""
    return cdr["cdr_location"]["evse_uid"]


def judge_mqtt(watch: MqttWatch, cdr_id: str, stored: StoredCdr, session: StoredSession | None) -> Iterator[Check]:
    """Hold what came by MQTT against what came by HTTPS."""
    bodies = watch.bodies("cdrs", cdr_id)
    same = bool(bodies) and all(body == stored.body for body in bodies)
    yield Check(f"CDR {cdr_id}: MQTT delivered it {len(bodies)} time(s), the same {len(stored.body)} bytes", same)
    newest = watch.bodies("sessions", str(stored.value.get("session_id")))[-1:]
    yield Check(
        f"CDR {cdr_id}: the Session's last state is the same over HTTPS and MQTT",
        session is not None and newest == [session.body],
    )


def judge_outbox(owed: Sequence[Mapping[str, object]]) -> Check:
    """Hold the gateway's own list of what is still owed against what it should be: nothing."""
    told = "; ".join(f"{line['kind']} {line['object_id']} for {line['backend']}" for line in owed[:LISTED])
    return Check(f"the gateway owes nobody anything{f', but says: {told}' if told else ''}", not owed)
