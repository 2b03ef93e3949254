"""What no wire tells: site, connectors and backends, from flags, from the machine, or from the technician."""

import argparse
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from gateway.cli.init_text import PlannedBackend, SiteAnswers
from gateway.cli.init_write import CREDENTIALS
from gateway.cli.outcome import InputRefused
from gateway.cli.question import Technician
from gateway.cli.secret_file import read_secret
from gateway.config.limits import LIMITS
from gateway.config.shapes import LocationTable, SiteTable
from gateway.config.vocabulary import ALPHA_2_TO_3
from gateway.settings import MqttBackendSettings, OcpiBackendSettings

_EURO = frozenset("AT BE BG CY DE EE ES FI FR GR HR IE IT LT LU LV MT NL PT SI SK".split())  # noqa: SIM905 - a list is longer
_MONEY = {"SE": "SEK", "NO": "NOK", "DK": "DKK", "IS": "ISK", "GB": "GBP", "CH": "CHF", "PL": "PLN", "CZ": "CZK"}
_ZONE_FILES = (Path("/etc/timezone"),)
_ZONE_LINK = Path("/etc/localtime")
_MQTTS = 8883


@dataclass(frozen=True, slots=True)
class Field:
    """A key of the configuration that somebody must say; `flag` is its option."""

    flag: str
    key: str
    shape: type
    question: str
    default: Callable[[Mapping[str, str]], str | None] = lambda _known: None

    @property
    def attribute(self) -> str:
        """The option's name in the parsed arguments."""
        return self.flag.removeprefix("--").replace("-", "_")


def _money(known: Mapping[str, str]) -> str | None:
    country = known.get("--country-code", "")
    return "EUR" if country in _EURO else _MONEY.get(country)


def _time_zone(_known: Mapping[str, str]) -> str | None:
    for file in _ZONE_FILES:
        try:
            return file.read_text(encoding="ascii").strip() or None
        except (OSError, ValueError):
            continue
    target = str(_ZONE_LINK.resolve())
    return target.partition("/zoneinfo/")[2] or None


SITE = (
    Field("--country-code", "country_code", SiteTable, "country of the operator, two letters (SE)"),
    Field("--party-id", "party_id", SiteTable, "party id of the operator, three characters (ABC)"),
    Field("--currency", "currency", SiteTable, "currency of the tariffs (SEK)", _money),
    Field("--time-zone", "time_zone", SiteTable, "time zone of the site (Europe/Stockholm)", _time_zone),
)
LOCATION = (
    Field("--location-id", "id", LocationTable, "id of the location in OCPI; it never changes", lambda _known: "LOC1"),
    Field("--address", "address", LocationTable, "street and number"),
    Field("--city", "city", LocationTable, "city"),
    Field(
        "--country",
        "country",
        LocationTable,
        "country of the site, three letters (SWE)",
        lambda known: ALPHA_2_TO_3.get(known.get("--country-code", "")),
    ),
    Field("--latitude", "latitude", LocationTable, "latitude in degrees (59.33740)"),
    Field("--longitude", "longitude", LocationTable, "longitude in degrees (18.06324)"),
)
# What has a default that is right wherever nobody says otherwise; never asked.
OPTIONAL = (
    Field("--name", "name", LocationTable, "name of the location"),
    Field("--postal-code", "postal_code", LocationTable, "postal code"),
)
_DEGREES = frozenset({"latitude", "longitude"})
_LEAST_DECIMALS = 5


@dataclass(slots=True)
class Answers:
    """Everything said, and the secrets that go into files of their own."""

    site: SiteAnswers
    backends: list[PlannedBackend] = field(default_factory=list)
    secrets: dict[str, str] = field(default_factory=dict)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Offer an option for every field."""
    for each in (*SITE, *LOCATION, *OPTIONAL):
        parser.add_argument(each.flag, metavar="X", help=each.question)
    parser.add_argument("--max-current-a", type=int, metavar="A", help="what each connector can deliver (16)")
    parser.add_argument("--phases", type=int, choices=(1, 3), help="phases of each connector (3)")
    parser.add_argument("--cable", action="store_true", help="the connectors are cables, not sockets")
    parser.add_argument("--ocpi-url", metavar="URL", help="versions URL of an OCPI peer that gets the bills")
    parser.add_argument("--ocpi-token-file", type=Path, metavar="F", help="its credentials token; it is copied")
    parser.add_argument("--ocpi-party", metavar="CC-XXX", help="its country and party id, as SE-OPR")
    parser.add_argument(
        "--ocpi-all-drivers", action="store_true", help="it is your own: it gets the bills of all drivers"
    )
    parser.add_argument("--mqtt-host", metavar="HOST", help="a broker that gets the bills")
    parser.add_argument("--mqtt-port", type=int, default=_MQTTS, metavar="PORT", help=f"its port ({_MQTTS})")
    parser.add_argument("--mqtt-prefix", metavar="TOPIC", help="topics begin with this (ocpi/ID of the location)")
    parser.add_argument("--mqtt-username", metavar="NAME", help="how we log in there")
    parser.add_argument("--mqtt-password-file", type=Path, metavar="F", help="with this password; it is copied")
    parser.add_argument("--mqtt-ca-file", type=Path, metavar="F", help="a CA to trust beside the system's")
    parser.add_argument("--mqtt-plain", action="store_true", help="without TLS")


def gather(arguments: argparse.Namespace, technician: Technician | None) -> Answers:
    """Take what the flags say, ask for the rest where there is somebody; InputRefused names all that is missing."""
    said: dict[str, str] = {}
    missing: list[str] = []
    for each in (*SITE, *LOCATION):
        value = _value(each, arguments, said, technician)
        if value is None:
            missing.append(each.flag)
        else:
            said[each.flag] = value
    if missing:
        raise InputRefused(f"nobody is there to be asked: say {', '.join(missing)}")
    location = {each.key: said[each.flag] for each in LOCATION}
    location |= {each.key: given for each in OPTIONAL if (given := getattr(arguments, each.attribute)) is not None}
    current, phases = _connector(arguments, technician)
    answers = Answers(
        SiteAnswers({each.key: said[each.flag] for each in SITE}, location, current, phases, arguments.cable)
    )
    _add_ocpi(answers, arguments, technician)
    _add_mqtt(answers, arguments, technician)
    return answers


def _value(
    each: Field, arguments: argparse.Namespace, said: Mapping[str, str], technician: Technician | None
) -> str | None:
    given: str | None = getattr(arguments, each.attribute)
    default = each.default(said)
    if given is None and technician is not None:
        given = technician.ask(each.question, default, lambda answer: _problem(each, _tidy(each, answer)))
    given = default if given is None else given
    if given is None:
        return None
    value = _tidy(each, given)
    problem = _problem(each, value)
    if problem is not None:
        raise InputRefused(f"{each.flag} {given}: {problem}")
    return value


def _tidy(each: Field, text: str) -> str:
    """Take degrees as people type them: with a comma, with as many decimals as they have."""
    if each.key not in _DEGREES:
        return text
    whole, _, decimals = text.replace(",", ".").partition(".")
    return f"{whole}.{decimals.ljust(_LEAST_DECIMALS, '0')}"


def _problem(each: Field, value: str) -> str | None:
    return LIMITS[each.shape, each.key](value)


def _connector(arguments: argparse.Namespace, technician: Technician | None) -> tuple[int, int]:
    current, phases = arguments.max_current_a, arguments.phases
    if technician is not None:
        current = current or int(technician.ask("current of each connector in A", "16", _no_current))
        phases = phases or int(technician.ask("phases of each connector, 1 or 3", "3", _no_phases))
    current = 16 if current is None else current
    problem = _no_current(str(current))
    if problem is not None:
        raise InputRefused(f"--max-current-a {current}: {problem}")
    return current, 3 if phases is None else phases


def _no_current(text: str) -> str | None:
    is_good = text.isascii() and text.isdecimal() and 6 <= int(text) <= 1000  # noqa: PLR2004 - as the configuration has it
    return None if is_good else "must be a whole number from 6 to 1000"


def _no_phases(text: str) -> str | None:
    return None if text in {"1", "3"} else "must be 1 or 3"


def _add_ocpi(answers: Answers, arguments: argparse.Namespace, technician: Technician | None) -> None:
    url, party = arguments.ocpi_url, arguments.ocpi_party
    asks = technician is not None and url is None and technician.agrees("send bills to an OCPI peer?")
    if technician is not None and asks:
        url = technician.ask("its versions URL", None, LIMITS[OcpiBackendSettings, "versions_url"])
    if url is None:
        return
    if technician is not None and party is None:
        party = technician.ask("its country and party id, as SE-OPR", None, _no_party)
    if party is None or _no_party(party) is not None:
        raise InputRefused("--ocpi-url needs --ocpi-party with the peer's country and party id, as SE-OPR")
    country, _, party_id = party.partition("-")
    secret = _secret(arguments.ocpi_token_file, "--ocpi-token-file", "its credentials token", technician)
    if secret is None:
        raise InputRefused("--ocpi-url needs --ocpi-token-file with the token that the peer gave out")
    keys = {"kind": "ocpi", "versions_url": url, "token_file": f"{CREDENTIALS}/operator.token"}
    keys |= {"country_code": country, "party_id": party_id}
    if arguments.ocpi_all_drivers:
        keys["drivers"] = "all"
    elif technician is not None:
        is_ours = technician.agrees("is it your own platform, which gets the bills of all drivers?")
        keys["drivers"] = "all" if is_ours else "own"
    answers.backends.append(PlannedBackend("operator", keys))
    answers.secrets["operator.token"] = secret


def _no_party(text: str) -> str | None:
    country, _, party_id = text.partition("-")
    return LIMITS[OcpiBackendSettings, "country_code"](country) or LIMITS[OcpiBackendSettings, "party_id"](party_id)


def _add_mqtt(answers: Answers, arguments: argparse.Namespace, technician: Technician | None) -> None:
    host, user = arguments.mqtt_host, arguments.mqtt_username
    if technician is not None and host is None and technician.agrees("send bills to an MQTT broker?"):
        host = technician.ask("its host name", None, LIMITS[MqttBackendSettings, "host"])
        user = user or technician.ask("how we log in there (- for without)", "-")
        user = None if user == "-" else user
    if host is None:
        return
    location = answers.site.location["id"]
    keys: dict[str, str | int] = {"kind": "mqtt", "host": host, "port": arguments.mqtt_port}
    keys |= {"prefix": arguments.mqtt_prefix or f"ocpi/{location}", "client_id": location}
    if user is not None:
        secret = _secret(arguments.mqtt_password_file, "--mqtt-password-file", "its password", technician)
        keys["username"] = user
        if secret is not None:
            keys["password_file"] = f"{CREDENTIALS}/broker.password"
            answers.secrets["broker.password"] = secret
    ca_file = {} if arguments.mqtt_ca_file is None else {"ca_file": str(arguments.mqtt_ca_file.absolute())}
    answers.backends.append(PlannedBackend("broker", keys, None if arguments.mqtt_plain else ca_file))


def _secret(file: Path | None, flag: str, question: str, technician: Technician | None) -> str | None:
    if file is None:
        return None if technician is None else technician.ask_secret(question)
    secret = read_secret(file, flag)
    if not secret:
        raise InputRefused(f"{file} is empty; write the secret into it")
    return secret
