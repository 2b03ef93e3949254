"""The laws of design and house style that can be read off the source text, as tables."""

from dataclasses import dataclass

# --- Who may import whom ----------------------------------------------------------------------------------------------

# Computation and vocabulary: nothing here reads a clock, a file, a socket or the environment. (zoneinfo reads the
# time-zone database, which is data that belongs to the values.)
PURE = (
    *("__future__", "abc", "bisect", "collections", "copy", "dataclasses", "datetime", "decimal", "enum", "fractions"),
    *("functools", "hashlib", "heapq", "itertools", "math", "operator", "re", "string", "types", "typing", "zoneinfo"),
    *("ipaddress", "uuid.UUID", "uuid.uuid5"),  # named by content; the other uuids draw from the machine
)
WIRE = ("base64", "email.utils", "http.HTTPStatus", "json", "msgspec", "urllib.parse", "uuid")


@dataclass(frozen=True)
class Allowance:
    """Modules under `where` import nothing but what starts with one of `allowed`."""

    name: str
    where: str
    allowed: tuple[str, ...]
    remedy: str


ALLOWANCES = (
    Allowance(
        "the core is pure",
        "gateway/core/",
        (*PURE, "gateway.core"),
        "the core decides over values; let a room outside it do the I/O and hand the value in",
    ),
    Allowance(
        "the wire shapes are pure",
        "gateway/ocpi/",
        (*PURE, *WIRE, "gateway.core", "gateway.ocpi"),
        "gateway/ocpi turns core values into bytes and back; sending them is the business of uplink and web",
    ),
)

# Which parts of gateway/ each part of it may import. A part is a folder or a file directly under gateway/.
_VALUES = ("core", "ocpi", "clock", "settings")
ARROWS: dict[str, tuple[str, ...]] = {
    "core": (),
    "ocpi": ("core",),
    "clock": ("core",),
    "settings": ("core",),
    "journald": (),
    "log": ("core", "journald"),
    "notify": (),
    "watchdog": ("notify",),
    "version": (),
    "lean": (),
    "config": ("core", "ocpi", "settings"),
    "inbox": ("core",),
    "patience": ("core",),
    "flash": ("core", "clock", "patience"),
    "projection": ("core", "ocpi"),
    "news": ("core",),
    "outbox": (*_VALUES, "inbox", "patience"),
    "reconciling": (*_VALUES, "inbox"),
    "notary": _VALUES,
    "orders": _VALUES,
    "tariffs": _VALUES,
    "site": (*_VALUES, "inbox", "patience", "news", "outbox", "projection"),
    "field": _VALUES,
    "journal": _VALUES,
    # It borrows the journal's thread, and how a file is opened.
    "registry": (*_VALUES, "journal"),
    "uplink": _VALUES,
    "web": _VALUES,
    # The composition root: wiring makes the parts, daemon runs them.
    "wiring": (
        *(*_VALUES, "flash", "reconciling", "orders", "tariffs", "site"),
        *("field", "journal", "registry", "uplink", "web"),
    ),
    "daemon": (
        *(*_VALUES, "config", "log", "notify", "lean", "watchdog", "version", "inbox", "projection"),
        *(
            *("reconciling", "notary", "orders", "tariffs", "site", "flash"),
            *("field", "journal", "registry", "uplink", "web", "wiring"),
        ),
    ),
    "cli": (
        *_VALUES,
        "lean",
        "config",
        "log",
        "version",
        "projection",
        "daemon",
        "field",
        "journal",
        "notary",
        "registry",
        "uplink",
        "web",
    ),
    "__main__": ("cli",),
    "__init__": (),
}

# --- What may stand only in one place ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Ban:
    """Names (shell patterns) that modules under `where` do not import or use, except in `only_in`."""

    name: str
    where: tuple[str, ...]
    names: tuple[str, ...]
    remedy: str
    only_in: tuple[str, ...] = ()


_OURS = ("gateway/", "drivers/")


def _library(package: str) -> tuple[str, ...]:
    return (package, f"{package}.*")


BANS = (
    Ban(
        "drivers know no gateway",
        ("drivers/",),
        (*_library("gateway"), *_library("hwsim")),
        "drivers/ is a hardware library of its own; let gateway/field bring the two together",
    ),
    Ban(
        "drivers enter through the field",
        ("gateway/",),
        _library("drivers"),
        "declare a Protocol, and let daemon.py hand the device in",
        only_in=("gateway/field/", "gateway/wiring.py", "gateway/config", "gateway/cli/"),
    ),
    Ban(
        "no gateway in hw-sim",
        ("hw-sim/hwsim/",),
        _library("gateway"),
        "the simulated site is written from the standards; start the daemon as a process",
    ),
    Ban(
        "no simulator in the gateway",
        ("gateway/",),
        _library("hwsim"),
        "the gateway must not know whether its site is simulated",
    ),
    Ban(
        "hw-sim encodes by itself",
        ("hw-sim/hwsim/",),
        ("drivers", "drivers.[!m]*", "drivers.modbus", "drivers.modbus.*"),
        "take from drivers.meters where a model keeps its numbers, and nothing else; only a bench measures drivers",
        only_in=("hw-sim/hwsim/bench",),
    ),
    Ban(
        "tasks start in the daemon",
        _OURS,
        ("*.create_task", "*.ensure_future", "asyncio.TaskGroup"),
        "write a coroutine that runs until cancelled, and let daemon.py run it in its TaskGroup",
        only_in=("gateway/daemon.py",),
    ),
    Ban(
        "threads have two homes",
        _OURS,
        (
            *_library("threading"),
            *_library("concurrent.futures"),
            *_library("multiprocessing"),
            *("*.to_thread", "*.run_in_executor", "*.run_coroutine_threadsafe"),
        ),
        "only SQLite and PC/SC block, each in the one file that owns its thread",
        only_in=("gateway/journal/sqlite.py", "drivers/rfid/pcsc.py"),
    ),
    Ban(
        "one clock",
        _OURS,
        (
            *("datetime.datetime.now", "datetime.datetime.utcnow", "datetime.datetime.today", "datetime.date.today"),
            *("time.time", "time.time_ns", "time.localtime", "time.gmtime", "time.ctime", "time.clock_gettime*"),
        ),
        "take an Instant as a parameter, or a Clock from gateway/clock.py; time.monotonic serves deadlines",
        only_in=("gateway/clock.py",),
    ),
    Ban(
        "nothing blocks the loop",
        _OURS,
        ("time.sleep", *_library("subprocess"), *_library("requests"), *_library("urllib.request")),
        "await asyncio's own instead",
        only_in=("gateway/cli/", "drivers/rfid/pcsc.py"),
    ),
    Ban(
        "no locks, for nothing is shared",
        ("gateway/",),
        ("asyncio.Lock", "asyncio.Semaphore", "asyncio.BoundedSemaphore", "asyncio.Condition"),
        "give the thing one owner, and send it what it should do",
    ),
    Ban(
        "pure rooms touch nothing",
        ("gateway/core/", "gateway/ocpi/"),
        tuple(f"builtins.{name}" for name in ("open", "print", "input", "eval", "exec", "__import__")),
        "return the value, and let a room with I/O do it",
    ),
    Ban(
        "floats stop at drivers",
        ("gateway/core/", "gateway/ocpi/"),
        ("builtins.float",),
        "energy is int Wh, money and prices are Decimal",
    ),
    Ban(
        "drivers, core and ocpi do not log",
        ("drivers/", "gateway/core/", "gateway/ocpi/"),
        (*_library("logging"), *_library("structlog"), "builtins.print"),
        "raise, count or return it; the loop that owns the device logs",
    ),
    Ban(
        "one log",
        ("gateway/",),
        _library("logging"),
        "log through structlog as gateway/log.py sets it up",
        only_in=("gateway/log.py",),
    ),
    Ban(
        "pyscard has one door",
        _OURS,
        _library("smartcard"),
        "only drivers/rfid/pcsc.py speaks to pcscd",
        only_in=("drivers/rfid/pcsc.py",),
    ),
    Ban(
        "ports belong to the bus",
        _OURS,
        (*_library("serial"), *_library("pymodbus")),
        "ask the bus in drivers/modbus for the registers",
        only_in=("drivers/modbus/",),
    ),
    Ban(
        "SQLite belongs to the journal",
        _OURS,
        _library("sqlite3"),
        "declare a port, and let gateway/journal or gateway/registry serve it",
        only_in=("gateway/journal/", "gateway/registry/"),
    ),
    Ban(
        "MQTT belongs to the uplink",
        _OURS,
        (*_library("aiomqtt"), *_library("paho")),
        "hand a Delivery to gateway/uplink",
        only_in=("gateway/uplink/",),
    ),
    Ban(
        "HTTP belongs to uplink, web and cli",
        _OURS,
        _library("aiohttp"),
        "only these three speak HTTP",
        only_in=("gateway/uplink/", "gateway/web/", "gateway/cli/", "gateway/daemon.py"),
    ),
    Ban(
        "rich is for people",
        _OURS,
        _library("rich"),
        "the daemon stays small: only gateway/cli draws tables",
        only_in=("gateway/cli/",),
    ),
    Ban(
        "the daemon holds no key",
        _OURS,
        _library("cryptography"),
        "a process of its own signs, see gateway/notary; the ssl module serves TLS",
        only_in=("gateway/notary/device_key.py",),
    ),
    Ban(
        "nothing is left open",
        (*_OURS, "hw-sim/hwsim/"),
        ("builtins.NotImplementedError",),
        "build it, or leave it out",
    ),
    Ban(
        "tests meet real things",
        ("tests/",),
        (*_library("unittest.mock"), "mock", "mock.*", "~monkeypatch.setattr", "time.sleep"),
        "use the real component or an honest small implementation, and wait for an event",
    ),
)
