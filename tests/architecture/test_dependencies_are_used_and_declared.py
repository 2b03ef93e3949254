import re
import sys
import tomllib
from pathlib import Path

from architecture.source_text import imports, modules

# What is imported under another name than it is installed by.
IMPORTED_AS = {"paho-mqtt": "paho", "pyscard": "smartcard", "pyserial": "serial"}
# Installed for what it holds; the standard library finds it by itself.
DATA_ONLY = {"tzdata"}
# Part of another's interface: aiohttp takes and hands out yarl's URL and multidict's headers.
SPOKEN_BY = {"yarl": "aiohttp", "multidict": "aiohttp"}


def _project(repository: Path) -> dict:
    return tomllib.loads((repository / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def _import_names(requirements: list[str]) -> set[str]:
    names = {re.match(r"[A-Za-z0-9._-]+", requirement)[0] for requirement in requirements}
    return {IMPORTED_AS.get(name, name.replace("-", "_")) for name in names - DATA_ONLY}


def _third_party(repository: Path, *folders: str) -> dict[str, str]:
    """Top-level package → one place that imports it."""
    found = {}
    for module in modules(repository, *folders):
        for use in imports(module):
            package = use.name.partition(".")[0]
            package = SPOKEN_BY.get(package, package)
            if package not in sys.stdlib_module_names | {"gateway", "drivers", "hwsim"}:
                found.setdefault(package, f"{module.path}:{use.line}")
    return found


def test_every_dependency_is_imported_somewhere(repository: Path) -> None:
    declared = _import_names(_project(repository)["dependencies"])
    unused = declared - _third_party(repository, "gateway", "drivers").keys()
    assert not unused, f"pyproject.toml names {sorted(unused)}, which nothing imports: remove it, then run tests/lock"


def test_the_daemon_imports_nothing_that_its_wheel_does_not_ask_for(repository: Path) -> None:
    declared = _import_names(_project(repository)["dependencies"])
    imported = _third_party(repository, "gateway", "drivers")
    undeclared = {package: place for package, place in imported.items() if package not in declared}
    assert not undeclared, f"not among [project] dependencies: {undeclared}: use what is there, or add it with a reason"


def test_hw_sim_imports_nothing_beyond_the_daemon_and_its_extra(repository: Path) -> None:
    project = _project(repository)
    declared = _import_names([*project["dependencies"], *project["optional-dependencies"]["sim"]])
    imported = _third_party(repository, "hw-sim/hwsim")
    undeclared = {package: place for package, place in imported.items() if package not in declared}
    assert not undeclared, f"not in the sim extra: {undeclared}: use what is there, or add it with a reason"


def test_the_lock_files_hold_every_dependency_with_its_hash(repository: Path) -> None:
    project = _project(repository)
    extras = project["optional-dependencies"]
    for lock, requirements in {
        "systemd/requirements.txt": project["dependencies"],
        "hw-sim/requirements.txt": [*project["dependencies"], *extras["sim"]],
        "tests/requirements.txt": [*project["dependencies"], *extras["sim"], *extras["dev"]],
    }.items():
        text = (repository / lock).read_text(encoding="utf-8")
        locked = {name.lower() for name in re.findall(r"^([\w.-]+)==\S.*\\\n +--hash=sha256:", text, re.MULTILINE)}
        missing = {re.match(r"[\w.-]+", requirement)[0] for requirement in requirements} - locked
        assert not missing, f"{lock} lacks {sorted(missing)}: run tests/lock"
