"""Card readers: pcscd and who may use it, whether each reader is there, and a test tap."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import aclosing

from drivers.rfid import CardArrived, CardEvent, CardReader, CardUnreadable, ReaderFound, ReaderLost
from drivers.rfid.line import LineReader
from drivers.rfid.pcsc import PcscReader, ServiceLostError, reader_names
from gateway.cli.checkup.patient import Patient
from gateway.cli.checkup.verdict import Verdict, bad, doubtful, good, skipped, with_remedy
from gateway.settings import ReaderKind, ReaderSettings, UidOrder

_RULE = "50-ocpi-gateway.rules"
_RULE_FOLDERS = ("etc/polkit-1/rules.d", "usr/share/polkit-1/rules.d")
_FOUND_WITHIN_S = 3.0
_TAP_WITHIN_S = 20.0
_NOT_TO_BE_USED = "the configuration cannot be used"


def look_at_pcscd(patient: Patient) -> Iterator[Verdict]:
    """Judge the service, and whether polkit lets our user use it."""
    if not _of_kind(patient, ReaderKind.PCSC):
        yield skipped("", "no PC/SC reader is configured")
        return
    if _daemon_has_one(patient):
        yield good("", "the daemon has its readers through pcscd")
        return
    try:
        names = reader_names()
    except ServiceLostError as fault:
        yield with_remedy("", str(fault))
        return
    yield good("", f"pcscd knows {len(names)} readers" if len(names) != 1 else "pcscd knows 1 reader")
    if not any((patient.root / folder).is_dir() for folder in _RULE_FOLDERS):
        yield skipped("", "there is no polkit; pcscd lets everybody in")
    elif any((patient.root / folder / _RULE).exists() for folder in _RULE_FOLDERS):
        yield good("", "a polkit rule lets the service use pcscd")
    else:
        yield doubtful(
            "",
            "no polkit rule lets the service use pcscd; root may, and the service may not",
            f"install {_RULE} into /etc/polkit-1/rules.d (ocpi-gateway install-service does)",
        )


def look_at_readers(patient: Patient) -> Iterator[Verdict]:
    """Ask the daemon for its readers, or look for each where no daemon holds it."""
    if patient.status is not None:
        for seen in patient.status.readers:
            if seen.present:
                yield good(f"reader {seen.name}", f"{seen.device or seen.name} is there")
            else:
                yield with_remedy(f"reader {seen.name}", seen.trouble or "is missing; plug it in")
        if not patient.status.readers:
            yield skipped("", "no card reader is configured")
        return
    if patient.settings is None:
        yield skipped("", _NOT_TO_BE_USED)
    elif not patient.settings.readers:
        yield skipped("", "no card reader is configured")
    elif not patient.may_use_ports:
        yield skipped("", "the daemon hangs and may hold the readers")
    else:
        for reader in patient.settings.readers:
            yield asyncio.run(_found(reader))


def look_at_a_tap(patient: Patient) -> Iterator[Verdict]:
    """Have a card held to each reader, and tell its redacted uid."""
    if patient.human is None:
        yield skipped("", "needs somebody at the readers", "run ocpi-gateway doctor on a terminal")
        return
    if patient.settings is None:
        yield skipped("", _NOT_TO_BE_USED)
        return
    for reader in patient.settings.readers:
        subject = f"reader {reader.name}"
        if patient.is_daemon_up and reader.kind is ReaderKind.LINE:
            yield skipped(subject, "the daemon holds it", "tap a card, and see ocpi-gateway status")
            continue
        if patient.is_daemon_up:
            patient.human.tell("the daemon sees the card too: a card that it knows begins a session")
        if not patient.human.agrees(f"test reader {reader.name} with a card?"):
            yield skipped(subject, "not wanted")
            continue
        patient.human.tell(f"hold a card to reader {reader.name} within {_TAP_WITHIN_S:.0f} s")
        yield asyncio.run(_tapped(reader))


async def _found(reader: ReaderSettings) -> Verdict:
    subject = f"reader {reader.name}"
    for event in await _first(reader, (ReaderFound, ReaderLost), _FOUND_WITHIN_S):
        if isinstance(event, ReaderFound):
            return good(subject, f"{event.name} is there")
        if isinstance(event, ReaderLost):
            return with_remedy(subject, event.reason)
    return bad(subject, f"nothing was heard of it within {_FOUND_WITHIN_S:.0f} s", "restart pcscd")


async def _tapped(reader: ReaderSettings) -> Verdict:
    subject = f"reader {reader.name}"
    for event in await _first(reader, (CardArrived, CardUnreadable), _TAP_WITHIN_S):
        if isinstance(event, CardArrived):
            return good(subject, f"card {event.uid} was read")
        if isinstance(event, CardUnreadable):
            return with_remedy(subject, event.reason)
    return bad(
        subject,
        f"no card was seen within {_TAP_WITHIN_S:.0f} s",
        "try another card; then another cable, and away from metal",
    )


async def _first(reader: ReaderSettings, kinds: tuple[type, ...], within_s: float) -> Sequence[CardEvent]:
    """Return the first event of one of these kinds, nothing if none comes in time."""
    try:
        async with asyncio.timeout(within_s), aclosing(_driver(reader).events()) as events:
            async for event in events:
                if isinstance(event, kinds):
                    return (event,)
    except TimeoutError:
        pass
    return ()


def _driver(reader: ReaderSettings) -> CardReader:
    is_reversed = reader.uid_order is UidOrder.REVERSED
    if reader.kind is ReaderKind.PCSC:
        return PcscReader(reader.match, reversed_uid=is_reversed)
    return LineReader(reader.device or "", reversed_uid=is_reversed)


def _daemon_has_one(patient: Patient) -> bool:
    """Tell whether the service itself reaches a reader through pcscd; then all on that way is as it should be."""
    names = {reader.name for reader in _of_kind(patient, ReaderKind.PCSC)}
    return patient.status is not None and any(seen.present and seen.name in names for seen in patient.status.readers)


def _of_kind(patient: Patient, kind: ReaderKind) -> list[ReaderSettings]:
    return [one for one in patient.settings.readers if one.kind is kind] if patient.settings else []
