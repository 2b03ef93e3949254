"""What must hold between EVSEs and tariffs, and what the calendar says: without a valid tariff charging is free."""

from collections.abc import Iterator
from datetime import datetime

from gateway.config.convert import Entry
from gateway.config.findings import Finding, error, suggestion, under, warning
from gateway.core.chronology import NOT_BEFORE
from gateway.core.tariff import Tariff


def check_tariffs(
    evses: tuple[Entry, ...],
    tariffs: tuple[Tariff, ...] | None,
    currency: str | None,
    now: datetime | None,
    *,
    others_come: bool = False,
) -> Iterator[Finding]:
    """Yield what is wrong with the EVSEs' tariffs; `tariffs` is None where their file could not be read.

    `others_come` says that a backend may send more of them.
    """
    if tariffs is None:
        return
    known = {tariff.id: tariff for tariff in tariffs}
    for evse in evses:
        name, path = evse.get("tariff"), under(evse.path, "tariff")
        if name is None:
            continue
        if name not in known and others_come:
            yield warning(
                path, "not in tariffs_file: until a backend has sent it over MQTT charging is free here", name
            )
        elif name not in known:
            yield error(path, f"no such tariff in tariffs_file; {suggestion(name, known, 'tariffs')}", name)
        elif currency is not None and known[name].currency != currency:
            problem = f"this tariff is in {known[name].currency}, the site in {currency}; use one currency"
            yield error(path, problem, name)
        elif now is not None and now >= NOT_BEFORE:  # before that the machine does not know the time yet
            yield from _is_valid_now(path, known[name], now)


def _is_valid_now(path: str, tariff: Tariff, now: datetime) -> Iterator[Finding]:
    if tariff.end is not None and tariff.end <= now:
        problem = f"has expired, {tariff.end:%Y-%m-%d %H:%M} UTC: charging is free here; give it a later end_date_time"
        yield warning(path, problem, tariff.id)
    elif tariff.start is not None and tariff.start > now:
        problem = f"is not valid before {tariff.start:%Y-%m-%d %H:%M} UTC: until then charging is free here"
        yield warning(path, problem, tariff.id)
