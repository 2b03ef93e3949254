"""`ocpi-gateway explain SESSION`: one session as a timeline, with its bill and what the backends answered."""

import argparse
from collections.abc import Iterator, Sequence
from itertools import groupby
from zoneinfo import ZoneInfo

import msgspec

from gateway.cli import records, words
from gateway.cli.asking import add_json, places, print_json
from gateway.cli.language import say
from gateway.cli.outcome import Exit
from gateway.cli.table import Cell, Style, is_coloured, number, render, terminal_width
from gateway.core.identifiers import SessionId
from gateway.core.instant import ClockQuality
from gateway.web.shapes import Story, StoryCost, StoryDelivery, StoryEvent, Topic

EXAMPLE = "ocpi-gateway explain 7c6050a7"
JSON = """\
  session_id, evse_uid, phase, card, contract_id, time_zone, start, end,
  energy_wh, tariff_id, currency, total_excl_vat, total_incl_vat, cdr_waits,
  events [seq, at, clock, topic, text, energy_wh, is_routine],
  costs [what, volume, billed_volume, unit, price, cost, vat_percent],
  deliveries [backend, kind, object_id, up_to_seq, state, answer]"""

_ROW_OF_ROUTINE = 4
_STYLES = {Topic.FAULT: Style.BAD, Topic.DECISION: Style.HEAD, Topic.BACKEND: Style.DIM}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say which arguments there are."""
    parser.add_argument("session", metavar="SESSION", help="a session's id as `sessions` shows it, or all of it")
    parser.add_argument("--all", action="store_true", help="show also what repeats itself")
    add_json(parser)


def run(arguments: argparse.Namespace) -> int:
    """Ask and print."""
    body = records.story(places(arguments), SessionId(arguments.session))
    if arguments.json:
        print_json(body)
    else:
        story = msgspec.json.decode(body, type=Story)
        shown = story if arguments.all else shortened(story)
        print("\n".join(story_lines(shown, width=terminal_width(), coloured=is_coloured())))
    return Exit.OK


def story_lines(story: Story, *, width: int, coloured: bool) -> list[str]:
    """Return the story as lines of text, its times in the site's zone."""
    zone = ZoneInfo(story.time_zone)
    end = words.local(story.end, zone) if story.end else say("now")
    waits = f"; {say('its CDR waits until it is certain when that was')}" if story.cdr_waits else ""
    lines = [
        say(f"session {story.session_id}"),
        say(f"EVSE {story.evse_uid}, card {story.card} ({story.contract_id}), {story.phase.lower()}") + waits,
        say(f"{words.local(story.start, zone)} to {end} ({story.time_zone}), {words.kwh(story.energy_wh)}"),
        "",
        *render((), _timeline(story.events, zone), width=width, coloured=coloured),
        "",
        *_clock_legend(story.events),
        *_bill(story, width=width, coloured=coloured),
    ]
    if story.deliveries:
        rows = [_delivery(each) for each in story.deliveries]
        lines += ["", *render(("BACKEND", "OBJECT", "STATE", "ANSWER"), rows, width=width, coloured=coloured)]
    return lines


def shortened(story: Story) -> Story:
    """Return the story without most of what repeats itself."""
    return msgspec.structs.replace(story, events=tuple(_thinned(story.events)))


def _thinned(events: Sequence[StoryEvent]) -> Iterator[StoryEvent]:
    """Keep of each long row of routine events the first and the last, readings before answers of backends."""
    for is_routine, group in groupby(events, key=lambda event: event.is_routine):
        row = list(group)
        if not is_routine or len(row) <= _ROW_OF_ROUTINE:
            yield from row
            continue
        readings = [event for event in row if event.topic is Topic.READING]
        first, *_, last = readings if len(readings) > 1 else row
        yield first
        yield msgspec.structs.replace(
            row[1], topic=Topic.GATEWAY, text=f"… {len(row) - 2} more like this; see --all", energy_wh=None
        )
        yield last


def _timeline(events: Sequence[StoryEvent], zone: ZoneInfo) -> list[tuple[Cell | str, ...]]:
    days = {event.at.astimezone(zone).date() for event in events}
    return [_event(event, zone, "%H:%M:%S" if len(days) == 1 else "%m-%d %H:%M:%S") for event in events]


def _event(event: StoryEvent, zone: ZoneInfo, time_format: str) -> tuple[Cell | str, ...]:
    # A clock that nobody disciplined gets a mark; the time may be wrong, the order is not.
    mark = "" if event.clock is ClockQuality.SYNCHRONISED else "?"
    used = "" if event.energy_wh is None else f"+{words.kwh(event.energy_wh)}"
    return (
        f"{event.at.astimezone(zone):{time_format}}{mark}",
        say(event.topic.value),
        number(used),
        Cell(say(event.text), _STYLES.get(event.topic)),
    )


def _clock_legend(events: Sequence[StoryEvent]) -> list[str]:
    if all(event.clock is ClockQuality.SYNCHRONISED for event in events):
        return []
    return [say("? by a clock that was not synchronised; durations are right all the same"), ""]


def _bill(story: Story, *, width: int, coloured: bool) -> list[str]:
    if story.tariff_id is None:
        return [say("no tariff: this session has no price")]
    lines = render(
        ("COST", "USED", "BILLED", f"{say('PRICE')} {story.currency}", "VAT", f"{say('EXCL. VAT')} {story.currency}"),
        [_cost(line) for line in story.costs],
        width=width,
        coloured=coloured,
    )
    if story.total_excl_vat is not None:
        total = f"total by tariff {story.tariff_id}: {words.money(story.total_excl_vat, story.currency)} without VAT"
        if story.total_incl_vat is not None:
            total += f", {words.money(story.total_incl_vat, story.currency)} with VAT"
        lines.append(say(total))
    return lines


def _cost(line: StoryCost) -> tuple[Cell | str, ...]:
    vat = "-" if line.vat_percent is None else f"{words.plain(line.vat_percent)} %"
    return (
        say(line.what),
        number(f"{words.plain(line.volume)} {line.unit}".rstrip()),
        number(f"{words.plain(line.billed_volume)} {line.unit}".rstrip()),
        number(words.plain(line.price, 2)),
        number(vat),
        number(words.plain(line.cost, 2)),
    )


def _delivery(delivery: StoryDelivery) -> tuple[Cell | str, ...]:
    styles = {"accepted": Style.GOOD, "parked": Style.BAD}
    state = Cell(say(delivery.state), styles.get(delivery.state))
    return (delivery.backend, delivery.kind, state, say(delivery.answer))
