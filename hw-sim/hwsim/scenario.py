"""A scenario: a list of steps read from TOML, checked against the table of what the player can do."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from hwsim.bad_wire import Mode as WireMode
from hwsim.ocpi_peer_conduct import Mode as PeerMode

# A step's arguments after the check: the type stands in the table of its verb.
Value = Any
DEFAULT_DEADLINE_S = 10.0


class ScenarioError(Exception):
    """A scenario file that cannot be played; the message lists everything that is wrong with it."""


class Kind(StrEnum):
    """What a step is: something done, something that must happen in time, something that must not happen."""

    DO = "do"
    WAIT = "wait"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Words:
    """What may stand beside a verb or an event: keys with their type, or the closed set of their values."""

    needs: Mapping[str, type | frozenset[str]]
    may: Mapping[str, type | frozenset[str]]
    means: str


def words(means: str, needs: Mapping[str, type | frozenset[str]] | None = None, **may: type | frozenset[str]) -> Words:
    """Write a row of the tables below."""
    return Words(needs or {}, may, means)


ORDERS = frozenset({"START_SESSION", "STOP_SESSION"})
POWER = frozenset({"start", "stop", "kill"})
METER_MOODS = frozenset({"freeze", "thaw", "hide", "show", "jump", "run_back"})
VERBS: Mapping[str, Words] = {
    "say": words("print a remark", {"text": str}),
    "pause": words("let time pass", {"for_s": float}),
    "tap": words("hold a card to a reader for a moment", {"card": str, "reader": str}, hold_s=float),
    "insert": words("lay a card on a reader and leave it there", {"card": str, "reader": str}),
    "remove": words("take the card away", {"reader": str}),
    "plug": words("plug a car in", {"evse": str}, power_w=int, phases=int, battery_wh=int, rude=bool),
    "unplug": words("pull the cable", {"evse": str}),
    "car_power": words("let the plugged car want another power", {"evse": str, "power_w": int}),
    "meter": words("do something to a meter's register", {"meter": str, "what": METER_MOODS}, wh=int),
    "break_device": words(
        "spoil a device's replies",
        {"device": str, "mode": frozenset(WireMode)},
        probability=float,
        times=int,
        delay_s=float,
    ),
    "mend_device": words("let a device reply well again", {"device": str}),
    "break_wire": words("pull a bus' port or network away", {"bus": str}),
    "mend_wire": words("give it back", {"bus": str}),
    "weld": words("weld an EVSE's contactor", {"evse": str}),
    "repair": words("put a new contactor in", {"evse": str}),
    "peer": words("let the OCPI peer behave in a mode", {"mode": frozenset(PeerMode)}, times=int, subject=str),
    "mqtt_order": words("let the MQTT backend order", {"command": ORDERS}, evse=str),
    "broker": words("start, stop or kill the MQTT broker", {"what": POWER}),
    "daemon": words("start, stop or kill -9 the gateway", {"what": POWER}),
}
EVENTS: Mapping[str, Words] = {
    "contactor_closed": words("an EVSE's contactor closes", {"evse": str}),
    "contactor_opened": words("an EVSE's contactor opens", {"evse": str}),
    "energy": words("this much flows from now on", {"evse": str, "at_least_wh": int}),
    "session": words("the OCPI peer stores a Session", {}, status=str, evse=str),
    "cdr": words("the OCPI peer stores a CDR, or gets it again", {}, evse=str, replays=int),
    "mqtt_session": words("a Session comes by MQTT", {}, status=str),
    "mqtt_cdr": words("a CDR comes by MQTT"),
    "mqtt_result": words("the result of an order comes by MQTT", {}, result=str),
    "mqtt_status": words("the gateway's status on MQTT changes", {"status": str}),
    "violation": words("somebody breaks the specification"),
}
TIMES: Mapping[Kind, Mapping[str, type | frozenset[str]]] = {
    Kind.DO: {"at_s": float},
    Kind.WAIT: {"at_s": float, "within_s": float},
    Kind.NEVER: {"at_s": float, "within_s": float},
}


@dataclass(frozen=True, slots=True)
class Step:
    """One step. `at_s` counts from the scenario's beginning; `within_s` is the deadline of WAIT, the span of NEVER."""

    number: int
    kind: Kind
    what: str
    arguments: Mapping[str, Value]
    at_s: float | None = None
    within_s: float = DEFAULT_DEADLINE_S

    def __str__(self) -> str:
        told = ", ".join(f"{key} {value}" for key, value in self.arguments.items())
        return f"step {self.number}: {self.kind} {self.what}{f' ({told})' if told else ''}"


@dataclass(frozen=True, slots=True)
class Scenario:
    """A story: uids of cards by name, and steps in order; `bills` is how many CDRs it must end in."""

    name: str
    text: str
    bills: int
    cards: Mapping[str, str]
    steps: tuple[Step, ...]


def read_scenario(path: Path, site_cards: Mapping[str, str]) -> Scenario:
    """Read and check a scenario, whose cards come beside the site's; raises ScenarioError with all that is wrong."""
    return parse_scenario(read_raw(path), str(path), site_cards)


def read_raw(path: Path) -> dict[str, Any]:
    """Read a scenario file without judging what it says; raises ScenarioError."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ScenarioError(f"{path}: {error.strerror}") from error
    except tomllib.TOMLDecodeError as error:
        raise ScenarioError(f"{path}: not TOML: {error}") from error


def parse_scenario(raw: Mapping[str, object], where: str, site_cards: Mapping[str, str] | None = None) -> Scenario:
    """Check a decoded scenario; raises ScenarioError with all that is wrong."""
    cards = raw.get("cards", {})
    table = raw.get("step", [])
    if not isinstance(cards, dict) or not isinstance(table, list):
        raise ScenarioError(f"{where}: [cards] is a table and [[step]] a list of tables")
    known = {**(site_cards or {}), **cards}
    findings = [f"{key} is no key of a scenario" for key in raw.keys() - {"name", "text", "bills", "cards", "step"}]
    steps = []
    for number, row in enumerate(table, 1):
        wrong = list(judge_step(row, known))
        findings += [f"step {number}: {finding}" for finding in wrong]
        if not wrong:
            steps.append(read_step(number, row))
    bills = raw.get("bills", 1)
    if not isinstance(bills, int):
        findings.append("bills is how many CDRs there are at the end")
    if not table:
        findings.append("there is no [[step]]")
    if findings or not isinstance(bills, int):
        raise ScenarioError("\n".join(f"{where}: {finding}" for finding in findings))
    return Scenario(str(raw.get("name", where)), str(raw.get("text", "")), bills, known, tuple(steps))


def judge_step(row: Mapping[str, object], cards: Mapping[str, object]) -> Iterator[str]:
    """Tell all that is wrong with one step."""
    kinds = [kind for kind in Kind if kind.value in row]
    if len(kinds) != 1:
        yield f"needs exactly one of {', '.join(Kind)}"
        return
    what = row[kinds[0].value]
    table = VERBS if kinds[0] is Kind.DO else EVENTS
    if not isinstance(what, str) or what not in table:
        yield f"{what!r} is none of {', '.join(table)}"
        return
    legal = {**table[what].needs, **table[what].may, **TIMES[kinds[0]], kinds[0].value: str}
    for key in table[what].needs.keys() - row.keys():
        yield f"{what} needs {key}"
    for key, value in row.items():
        if key not in legal:
            yield f"{what} knows no {key}; it may have {', '.join(sorted(legal))}"
        elif not fits(value, legal[key]):
            yield f"{key} is {value!r} but should be {described(legal[key])}"
    card = row.get("card")
    if isinstance(card, str) and card not in cards:
        yield f"card {card!r} does not stand in [cards]"


def fits(value: object, wanted: type | frozenset[str]) -> bool:
    """Tell whether a value is of a type or in a set; a whole number may stand for a float, true is no number."""
    if isinstance(wanted, frozenset):
        return value in wanted
    if wanted is float:
        return isinstance(value, int | float) and not isinstance(value, bool)
    return type(value) is wanted


def described(wanted: type | frozenset[str]) -> str:
    """Say in words what should stand there."""
    return f"one of {', '.join(sorted(wanted))}" if isinstance(wanted, frozenset) else wanted.__name__


def read_step(number: int, row: Mapping[str, Value]) -> Step:
    """Turn a table that was found right into a step."""
    kind = next(kind for kind in Kind if kind.value in row)
    times = TIMES[kind]
    arguments = {key: value for key, value in row.items() if key not in times and key != kind.value}
    at_s = float(row["at_s"]) if "at_s" in row else None
    return Step(number, kind, str(row[kind.value]), arguments, at_s, float(row.get("within_s", DEFAULT_DEADLINE_S)))
