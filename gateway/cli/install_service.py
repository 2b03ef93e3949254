"""`ocpi-gateway install-service`: the service from a virtual environment, where the Debian package is not the road."""

import argparse
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from gateway.cli.language import say
from gateway.cli.outcome import CommandFailed, Exit, InputRefused

EXAMPLE = "ocpi-gateway install-service"

# Where the unit has the environment; it is rewritten for another one.
_PACKAGED_PREFIX = "/opt/ocpi-gateway"
_UNIT = "ocpi-gateway.service"
_PACKAGED_UNITS = (Path("/lib/systemd/system") / _UNIT, Path("/usr/lib/systemd/system") / _UNIT)
_FILES = {
    _UNIT: f"etc/systemd/system/{_UNIT}",
    "ocpi-gateway.sysusers": "etc/sysusers.d/ocpi-gateway.conf",
    "ocpi-gateway.tmpfiles": "etc/tmpfiles.d/ocpi-gateway.conf",
    "ocpi-gateway.modules-load": "etc/modules-load.d/ocpi-gateway.conf",
    "61-ocpi-gateway.rules": "etc/udev/rules.d/61-ocpi-gateway.rules",
    "50-ocpi-gateway.polkit.rules": "etc/polkit-1/rules.d/50-ocpi-gateway.rules",
    "gateway.example.toml": "etc/ocpi-gateway/gateway.example.toml",
    "tokens.example.json": "etc/ocpi-gateway/tokens.example.json",
    "tariffs.example.json": "etc/ocpi-gateway/tariffs.example.json",
}
# Whether it must work, and the command. Drivers and udev may be missing where the site has no adapters.
_COMMANDS = (
    (True, ("systemd-sysusers", "ocpi-gateway.conf")),
    (True, ("systemd-tmpfiles", "--create", "ocpi-gateway.conf")),
    (False, ("modprobe", "--all", "--quiet", "usbserial", "cdc_acm")),
    (False, ("udevadm", "control", "--reload")),
    (False, ("udevadm", "trigger", "--subsystem-match=tty", "--action=change")),
    (True, ("systemctl", "daemon-reload")),
    (True, ("systemctl", "enable", _UNIT)),
)


@dataclass(frozen=True, slots=True)
class Placed:
    """A file to write: where, and what; modes are those of any configuration file."""

    target: Path
    content: str


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say which arguments there are."""
    parser.add_argument(
        "--root", type=Path, metavar="DIR", help="only put the files below DIR, as for an image; run nothing"
    )


def run(arguments: argparse.Namespace) -> int:
    """Put the files into place, make the user and enable the service."""
    prefix = Path(sys.prefix)
    root: Path | None = arguments.root
    if root is None:
        _refuse_unless_possible(prefix)
    for placed in files(prefix, root or Path("/")):
        placed.target.parent.mkdir(parents=True, exist_ok=True)
        placed.target.write_text(placed.content, encoding="utf-8")
        print(say(f"wrote {placed.target}"))
    if root is None:
        for must_work, command in _COMMANDS:
            _do(command, must_work=must_work)
        print(f"{say('the service is enabled and waits for its configuration')}:")
        print(f"  cd /etc/ocpi-gateway && cp gateway.example.toml gateway.toml    {say('and change it')}")
        print(f"  {prefix / 'bin' / 'ocpi-gateway'} check-config")
        print("  systemctl start ocpi-gateway")
    return Exit.OK


def files(prefix: Path, root: Path) -> Iterator[Placed]:
    """Yield every file of the service for the environment at `prefix`; CommandFailed where it lacks them."""
    folder = prefix / "share" / "ocpi-gateway"
    for name, target in _FILES.items():
        try:
            content = (folder / name).read_text(encoding="utf-8")
        except OSError:
            raise CommandFailed(
                f"{folder / name} cannot be read; an editable installation does not carry it, so install the wheel: "
                f"{prefix}/bin/pip install ."
            ) from None
        yield Placed(root / target, content.replace(f"{_PACKAGED_PREFIX}/", f"{prefix}/"))


def _refuse_unless_possible(prefix: Path) -> None:
    """Say what stands in the way before anything is touched."""
    if os.geteuid() != 0:
        raise InputRefused("only root can install a service; say sudo before it")
    if any(unit.exists() for unit in _PACKAGED_UNITS):
        raise InputRefused("the Debian package has installed the service already; there is nothing to do")
    if sys.prefix == sys.base_prefix:
        raise InputRefused(f"this is not a virtual environment; make one: python3 -m venv {_PACKAGED_PREFIX}")
    if prefix.is_relative_to("/home") or prefix.is_relative_to("/root") or prefix.is_relative_to("/tmp"):  # noqa: S108 - named, not used
        raise InputRefused(f"the service does not see {prefix}; make the environment at {_PACKAGED_PREFIX}")
    if shutil.which("systemctl") is None:
        raise CommandFailed("there is no systemctl; this command is for machines that run systemd")
    if not any(Path(folder, "pcscd.socket").exists() for folder in ("/lib/systemd/system", "/usr/lib/systemd/system")):
        print(say("pcscd is not installed; card readers need it: apt-get install pcscd libccid"), file=sys.stderr)


def _do(command: tuple[str, ...], *, must_work: bool) -> None:
    try:
        done = subprocess.run(command, check=False, capture_output=not must_work)  # noqa: S603 - the words above
    except FileNotFoundError:
        if must_work:
            raise CommandFailed(f"{command[0]} is missing; this command is for machines that run systemd") from None
        return
    if must_work and done.returncode != 0:
        raise CommandFailed(f"{' '.join(command)} failed, see above; mend that and run this again")
