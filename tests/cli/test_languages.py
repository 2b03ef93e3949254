"""Swedish and German: no sentence of the covered rooms is missing, and none reaches a reader untranslated."""

import re
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path

import pytest
from cli.checked_site import write_site
from cli.evening import Evening, unfolded
from cli.sentences import said_in
from cli.shouting import outside_brackets, shouting
from config.garage import GARAGE
from web.garage_day import session_id

from gateway.cli.language import ENGLISH, Language, language_of, load, speak, tables
from gateway.cli.main import main

GATEWAY = Path(__file__).parents[2] / "gateway"
COVERED = (
    *("cli/status", "cli/meters", "cli/explain", "cli/doctor", "cli/init", "cli/init_ask", "cli/init_plan"),
    *("cli/init_write", "cli/check_config", "cli/client", "cli/asking", "cli/records", "cli/question", "cli/progress"),
    *(f"cli/checkup/{file.stem}" for file in sorted((GATEWAY / "cli/checkup").glob("*.py"))),
    *("web/story", "web/story_words", "web/local_api"),
    *(f"config/{file.stem}" for file in sorted((GATEWAY / "config").glob("*.py")) if file.stem != "vocabulary"),
    *("cli/sessions", "cli/cdrs", "cli/outbox", "cli/faults", "cli/ledger", "cli/meter_exchanged", "cli/replay"),
    *("cli/verify", "cli/bus_search", "cli/bus_port", "web/story_words_peers", "journal/errors", "journal/verify"),
    *("field/line_health", "field/reader_loop", "uplink/tls", "uplink/peer_calls"),
    *(
        "cli/inventory",
        "cli/cdr",
        "cli/config",
        "cli/ending",
        "cli/install_service",
        "web/credit_api",
        "web/inventory_api",
        "ocpi/credit",
        "core/authorization",
        "core/correction",
    ),
    *("cli/bus_stats", "cli/bus_scan", "cli/bus_config", "cli/bus_trace", "web/bus_api"),
    *("cli/peers", "web/peers_api", "web/registration_desk", "ocpi/envelope", "ocpi/handshake"),
    *("cli/price", "cli/price_words", "cli/repricing", "ocpi/priced_cdr", "ocpi/priced_tariff", "ocpi/reading"),
    *(
        str(file.relative_to(GATEWAY.parent).with_suffix(""))
        for file in sorted((GATEWAY.parent / "drivers").rglob("*.py"))
    ),
)
# Not for people, or composed of what is known by itself.
NO_SENTENCES = {
    *("%m-%d %H:%M:%S", "sys/dev/block/{}:{}", "/inventory/{}?from={}", "pcsc stop {}"),
    "{} {} HTTP/1.0\r\nHost: localhost\r\nContent-Length: {}\r\n\r\n",
    "AT BE BG CY DE EE ES FI FR GR HR IE IT LT LU LV MT NL PT SI SK",
    *("did you", "must be {}", "a file name in quotes", "a number, without quotes", "a whole number, without quotes"),
    *("text in quotes", "true or false", "must be one of ", ", {} with VAT", ", group {}", "no EVSE"),
    *("{}; not usable", "{}, reference {}", "{} is there{}", " and the daemon holds it", "the user {} may not open it"),
    *("the chain of {}, {} certificates,", "our certificate {}", "{} ends in {} days", "{} has ended {} days ago"),
    *("the certificate of {} {}", "the name of /dev/serial/by-path, as it has no serial number", "street and number"),
    *("name of the location", "postal code"),  # of --help
    *("is cut off", "holds no PEM certificate", "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"),
    *(
        "EVSE {}",
        "signed roots that fit: {}, {}",
        "the newest of {} covers facts 1 to {}",
        "{} line {}",
        "pcsc {}",
        "head {}:{}",
        "ocpi-gateway: left out: {}",
        "{} {} from {} s",
        'model = "{}"',
    ),
    *(
        "CDR {} was taken back: {}{}",
        "; {} takes its place",
        "fact {} is",
        "facts {} to {} are",
        "{} not there any more",
    ),
    *("reading not believed: the counter {}{}", "allowed: valid token of {}{}, by {}"),
    *("{}: refuses function {}{} with exception {} ({}); correct its `model` or `unit`", " at address {} (0x{})"),
    *("a meter unknown here that reads like {}{} ({})", " with the words swapped", "; it says that it is {}"),
    *("; reply {} ms", "; {} of {} replies were spoilt", "{} … ({} bytes)", "a list of tables, [[{}{}]]"),
    (
        "the tariff depends on the {}, which {} of {} periods do not tell ({}): its elements that ask for it do not"
        " apply there"
    ),
    *(
        "{} is {} {}, but the periods add up to {} {}",
        "{}: expected {}, a JSON object",
        "a CDR",
        "a Tariff",
        "without id",
    ),
    *("HTTP {} ({})", "HTTP {}, OCPI {}", "not exist", "n't exist", "{} (RECEIVER)", "JSON is malformed: "),
    *("Register | None", "RegistrationDesk | None"),
    "replaces {}: {}",  # of a CDR, to whoever gets it
    *("; go on with --from {}", "{} was owed {} in all{}", "{} and replaced by {}"),
    *("ocpi-gateway: {}", "this is a bug: {}: {}{}; report it with ocpi-gateway doctor --support-bundle FILE"),
    *("  cd /etc/ocpi-gateway && cp gateway.example.toml gateway.toml    {}", "  {} check-config"),
    "  systemctl start ocpi-gateway",
    # Bugs of the caller.
    *("bus kind {} needs device (rtu), host and port (rtu_over_tcp) or host (tcp)", "no JSON value is a {}"),
    *("a register holds 0..65535, not {}", "{} fills {} registers, got {}"),
}
# To be pasted into a configuration.
OF_CONFIGURATION = re.compile(r"^# |^\w+ = ")
# What a sentence is put behind where it is made.
BEFORE = ("the certificate of {} ", "{}: ")
# What stands before a finding and is as it was written.
PATH = re.compile(r"^(\$|url|--\S+|\S*[.\[]\S*)$")
# What argparse says of arguments is English, as --help is.
OF_ARGUMENTS = re.compile(r"^\{\} is (not a|no counter)|^there is no check|^limit must be|^must be (SEQ:HASH|64 hex)")


@pytest.fixture(autouse=True)
def _english_again() -> Iterator[None]:
    yield
    speak(ENGLISH)


def known_keys() -> dict[str, tuple[str, str]]:
    return {re.sub(r"\{\w*\}", "{}", english): translated for english, translated in tables()}


def is_known(sentence: str, keys: dict[str, tuple[str, str]]) -> bool:
    """Tell whether `say` finds a sentence as it is, or in the parts that it takes it apart into."""
    sentence = re.sub(r"\{\w*\}", "{}", sentence).strip()
    if sentence in keys or sentence[:1].lower() + sentence[1:] in keys or sentence == "{}" or PATH.match(sentence):
        return True
    return any(
        is_known(sentence[: found.start()], keys) and is_known(sentence[found.end() :], keys)
        for found in re.finditer(r"\n|; |: ", sentence)
    )


@pytest.mark.parametrize("module", COVERED)
def test_every_sentence_of_a_covered_room_is_known_in_every_language(module: str) -> None:
    keys = known_keys()
    unknown = {
        sentence
        for sentence in said_in(module) - NO_SENTENCES
        if not is_known(sentence, keys)
        and not any(is_known(f"{before}{sentence}", keys) for before in BEFORE)
        and not OF_ARGUMENTS.search(sentence)
        and not OF_CONFIGURATION.search(sentence)
    }
    assert unknown == set(), f"add them to gateway/cli/languages: {unknown}"


def test_no_sentence_stands_in_two_tables() -> None:
    english = [key for key, _ in tables()]
    assert len(english) == len(set(english))


def test_every_translation_fills_the_holes_of_its_sentence_and_says_something() -> None:
    for english, translated in tables():
        holes = set(range(english.count("{}")))
        for text in translated:
            assert text.strip() == text != "", english
            assert {int(number) for number in re.findall(r"\{(\d)", text)} == holes, f"{english}: {text}"


@pytest.mark.parametrize(
    ("environment", "name"),
    [
        ({}, "en"),
        ({"LANG": "sv_SE.UTF-8"}, "sv"),
        ({"LANG": "de_AT.UTF-8@euro"}, "de"),
        ({"LANG": "sv_SE.UTF-8", "LC_ALL": "C.UTF-8"}, "en"),
        ({"LANG": "de_DE.UTF-8", "LC_MESSAGES": "sv_SE.UTF-8"}, "sv"),
        ({"LANG": "fi_FI.UTF-8", "LANGUAGE": "fi:sv:en"}, "sv"),
        ({"LANG": "C", "LANGUAGE": "sv"}, "en"),
        ({"LANG": "fr_FR.UTF-8"}, "en"),
        ({"LANG": "en_GB.UTF-8", "LANGUAGE": ""}, "en"),
    ],
)
def test_the_language_is_what_the_locale_asks_for(environment: dict[str, str], name: str) -> None:
    assert language_of(environment).name == name


def test_a_sentence_is_recognised_whoever_filled_it_in() -> None:
    swedish = load("sv")
    speak(swedish)
    assert swedish.say("1 of 3 meters answer") == "1 av 3 mätare svarar"
    assert swedish.say("final reading 1002.000 kWh, after the contactor was open") == (
        "slutvärde 1002,000 kWh, efter att kontaktorn var öppen"
    )
    assert swedish.say("bus /dev/x unit 3: no reply began within 0.5 s; use sudo") == (
        "buss /dev/x adress 3: inget svar började inom 0,5 s; använd sudo"
    )
    assert swedish.say("remark: has 300 characters, OCPI allows at most 255, shorten it") == (
        "remark: har 300 tecken, OCPI tillåter högst 255, korta av"
    )
    assert swedish.say("what nobody ever said") == "what nobody ever said"


async def test_no_sentence_of_a_covered_command_reaches_a_reader_untranslated(served: Evening) -> None:
    loud = shouting()
    for words in (("status",), ("meters",), ("explain", "ec222c62", "--all")):
        said = await served.ask(*words, language=loud)
        assert outside_brackets(said.out) == set(), words
    said = await served.ask("doctor", "--only", "daemon,readers,meters,journal,outbox", language=loud)
    assert outside_brackets(said.out) == set()


def run(*words: str, spoken: Language) -> tuple[str, str]:
    out, err = StringIO(), StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        main(words, spoken)
    return out.getvalue(), err.getvalue()


def test_no_finding_of_check_config_reaches_a_reader_untranslated(tmp_path: Path) -> None:
    wrong = (Path(__file__).parents[1] / "config" / "mistakes.toml").read_text(encoding="utf-8")
    (tmp_path / "gateway.toml").write_text(wrong, encoding="utf-8")
    out, _ = run("check-config", "--config", str(tmp_path / "gateway.toml"), spoken=shouting())
    plain = [line for line in unfolded(out).splitlines() if not re.search(r": ⟦.*⟧\.?$", line)]
    assert plain == []


@pytest.mark.parametrize(
    ("words", "swedish", "german"),
    [
        (("status",), "tjänsten är inte igång: ingen svarar på", "der Dienst läuft nicht: niemand antwortet an"),
        (("init", "--unattended"), "finns redan och lämnas som den är", "ist schon da und bleibt"),
        (("explain", "x"), "det finns ingen journal i", "es gibt kein Journal unter"),
    ],
)
def test_errors_keep_their_remedy_in_every_language(
    words: tuple[str, ...], swedish: str, german: str, tmp_path: Path
) -> None:
    config = str(write_site(tmp_path))
    for name, sentence in (("sv", swedish), ("de", german)):
        _, err = run(*words, "--config", config, spoken=load(name))
        assert sentence in err
        assert err.count("\n") == 1


def test_json_is_english_in_every_locale(tmp_path: Path) -> None:
    config = str(write_site(tmp_path, GARAGE + "plug_timeout = 3\n"))
    for words in (("check-config", "--json"), ("doctor", "--json", "--only", "config,serial,outbox")):
        english, _ = run(*words, "--config", config, spoken=ENGLISH)
        swedish, _ = run(*words, "--config", config, spoken=load("sv"))
        assert re.sub(r'"at": "[^"]*"', "", swedish) == re.sub(r'"at": "[^"]*"', "", english)


@pytest.mark.parametrize("name", ["sv", "de"])
async def test_every_golden_command_fits_80_columns_in_every_language(name: str, served: Evening) -> None:
    for words in (
        ("status",),
        ("meters",),
        ("sessions",),
        ("explain", "ec222c62"),
        ("cdrs",),
        ("cdrs", "inventory", "backend"),
        ("outbox",),
        ("outbox", "retry", session_id(served.plant)),
        ("meter-exchanged", "EVSE-1", "--old-wh", "1002000", "--new-wh", "7"),
        ("faults", "clear", "EVSE-2"),
        ("ledger",),
        ("replay",),
        ("verify",),
        ("doctor", "--only", "daemon,meters,contactor"),
    ):
        said = await served.ask(*words, language=load(name))
        assert max(len(line) for line in said.out.splitlines()) <= 80, words
