"""`ocpi-gateway status`: the site at a glance."""

import argparse

import msgspec

from gateway.cli import words
from gateway.cli.asking import add_json, places, print_json
from gateway.cli.client import get
from gateway.cli.language import say
from gateway.cli.outcome import Exit
from gateway.cli.table import Cell, Style, number, print_folded, show
from gateway.core.telemetry import BackendSnapshot, EvseSnapshot, ReaderSnapshot, StorageSnapshot
from gateway.web.shapes import Status

_SHORT = 8  # as many characters of a session's id as `sessions` shows
EXAMPLE = "ocpi-gateway status"
JSON = """\
  version, pid, now {utc, boot_ns, boot_id, clock}, meters_good, meters_total,
  evses [uid, status, session_id, phase, pilot, contactor_closed,
    wanted_closed, faults [kind, detail], last_refusal, waiting_cdrs,
    odd_readings, unattributed_wh, unattributed_alarm, counter_wh, rollover_wh,
    reserved_until, pending_orders],
  readers [name, present, device, trouble],
  backends [name, kind, owed, parked, connected, trouble, version],
  storage {measured_s, own_bytes_per_day, device_bytes_per_day,
    budget_bytes_per_day, life_years, projected_life_years, held_s, is_short}"""
MB = 1_000_000
MEASURED_FROM_H = 6


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say which arguments there are."""
    add_json(parser)


def run(arguments: argparse.Namespace) -> int:
    """Ask and print."""
    where = places(arguments)
    body = get(where.socket, "/status")
    if arguments.json:
        print_json(body)
        return Exit.OK
    status = msgspec.json.decode(body, type=Status)
    at = words.local(status.now.utc, where.time_zone)
    clock = status.now.clock.value.lower()
    print_folded(f"ocpi-gateway {status.version}, pid {status.pid}, {at}, clock {clock}")
    print_folded(f"{status.meters_good} of {status.meters_total} meters answer")
    waiting = [session_id for evse in status.evses for session_id in evse.waiting_cdrs]
    if waiting:
        shown = ", ".join(session_id[:_SHORT] for session_id in waiting)
        print_folded(
            f"{len(waiting)} CDRs wait until it is certain when their sessions were: {shown}; check `timedatectl`"
        )
    for evse in status.evses:
        if evse.unattributed_alarm:
            found = f"{evse.uid}: {words.kwh(evse.unattributed_wh)} are on nobody's account"
            print_folded(f"{found}; see ocpi-gateway ledger, then ocpi-gateway faults clear {evse.uid}")
    for evse in status.evses:
        if evse.reserved_until is not None:
            print_folded(f"{evse.uid}: reserved until {words.local(evse.reserved_until, where.time_zone)}")
        if evse.pending_orders:
            print_folded(f"{evse.uid}: orders of peers without an outcome yet: {evse.pending_orders}")
    print_folded(_storage(status.storage))
    print()
    show(("EVSE", "STATUS", "PLUG", "CONTACTOR", "SESSION OR TROUBLE"), [_evse(evse) for evse in status.evses])
    print()
    show(("READER", "STATE", "DEVICE OR TROUBLE"), [_reader(reader) for reader in status.readers])
    if status.backends:
        print()
        heads = ("BACKEND", "KIND", "STATE", "OWED", "PARKED", "TROUBLE")
        show(heads, [_backend(backend) for backend in status.backends])
    return Exit.OK


def _storage(storage: StorageSnapshot) -> str:
    """Say how the card wears; what all write to it counts, where this machine shows it."""
    per_day = storage.device_bytes_per_day or storage.own_bytes_per_day
    if per_day is None or storage.projected_life_years is None:
        return f"storage: the card's life is projected once {MEASURED_FROM_H} hours were measured"
    wear = f"storage: {per_day / MB:.1f} MB/day reach the card, which lives {storage.projected_life_years} years so"
    if storage.is_short:
        return f"{wear}: less than the {storage.life_years} wanted; see what writes to it, or use a larger one"
    return wear


def _evse(evse: EvseSnapshot) -> tuple[Cell | str, ...]:
    contactor = Cell(words.yes_no(evse.contactor_closed, "closed", "open"))
    if evse.wanted_closed is not None and evse.contactor_closed is not None:
        wrong = evse.wanted_closed != evse.contactor_closed
        contactor = Cell(contactor.text, Style.DOUBTFUL if wrong else None)
    return (evse.uid, words.evse_status(evse.status), evse.pilot or say("unknown"), contactor, _news(evse))


def _news(evse: EvseSnapshot) -> Cell:
    if evse.faults:
        return Cell("\n".join(f"{kind.value}: {say(detail)}" for kind, detail in evse.faults), Style.BAD)
    if evse.session_id is not None:
        return Cell(f"{evse.session_id} {say((evse.phase or '').lower())}".rstrip())
    if evse.last_refusal is not None:
        reason, _, why = evse.last_refusal.partition(": ")
        return Cell(say(f"last refused: {reason}: {why}"), Style.DIM)
    return Cell("")


def _reader(reader: ReaderSnapshot) -> tuple[Cell | str, ...]:
    state = Cell(say("present"), Style.GOOD) if reader.present else Cell(say("missing"), Style.BAD)
    return (reader.name, state, say(reader.trouble or "") or reader.device or "")


def _backend(backend: BackendSnapshot) -> tuple[Cell | str, ...]:
    state = Cell(say("connected"), Style.GOOD) if backend.connected else Cell(say("offline"), Style.DOUBTFUL)
    parked = number(str(backend.parked), Style.BAD if backend.parked else None)
    kind = backend.kind if backend.version is None else f"{backend.kind} {backend.version}"
    return (backend.name, kind, state, number(str(backend.owed)), parked, say(backend.trouble or ""))
