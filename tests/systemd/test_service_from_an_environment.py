import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from cli.goldens import golden

from gateway.cli.install_service import files
from gateway.cli.outcome import CommandFailed

REPOSITORY = Path(__file__).resolve().parents[2]
SYSTEMD = REPOSITORY / "systemd"


def carried() -> dict[str, str]:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())
    return dict(project["tool"]["hatch"]["build"]["targets"]["wheel"]["shared-data"])


@pytest.fixture
def prefix(tmp_path: Path) -> Path:
    """Make an environment as far as the wheel's data files go."""
    for source, target in carried().items():
        place = tmp_path / "venv" / target
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(REPOSITORY / source, place)
    return tmp_path / "venv"


def test_the_wheel_carries_all_that_the_service_needs(prefix: Path, tmp_path: Path) -> None:
    targets = {str(placed.target.relative_to(tmp_path)) for placed in files(prefix, tmp_path)}

    assert "etc/systemd/system/ocpi-gateway.service" in targets
    used_where_they_stand = {name for name in carried() if name.startswith("systemd/monitoring/") or "delay" in name}
    assert len(targets) == len(carried()) - len(used_where_they_stand)


def test_the_unit_is_the_packages_but_for_the_environments_place(prefix: Path, tmp_path: Path) -> None:
    unit = next(placed.content for placed in files(prefix, tmp_path) if placed.target.name == "ocpi-gateway.service")

    assert unit != (SYSTEMD / "ocpi-gateway.service").read_text()
    assert unit.replace(f"{prefix}/", "/opt/ocpi-gateway/") == (SYSTEMD / "ocpi-gateway.service").read_text()


def test_what_the_unit_runs_stands_in_the_environment(prefix: Path) -> None:
    unit = (SYSTEMD / "ocpi-gateway.service").read_text()
    programs = {line.partition("=")[2].split()[0].lstrip("+-") for line in unit.splitlines() if line.startswith("Exec")}

    ours = {program.removeprefix("/opt/ocpi-gateway/") for program in programs if program.startswith("/opt/")}
    assert programs - {f"/opt/ocpi-gateway/{program}" for program in ours} == {"/bin/sh", "/bin/rm"}
    assert ours == {"bin/ocpi-gateway", "share/ocpi-gateway/restart-delay"}
    assert (prefix / "share/ocpi-gateway/restart-delay").stat().st_mode & 0o111


def test_an_installation_without_the_files_is_told_with_its_remedy(tmp_path: Path) -> None:
    with pytest.raises(CommandFailed, match="install the wheel"):
        list(files(tmp_path, tmp_path))


@pytest.mark.slow
def test_what_it_puts_into_an_image_is_word_for_word_this(prefix: Path, tmp_path: Path) -> None:
    python = prefix / "bin" / "python"
    python.parent.mkdir()
    python.symlink_to(Path(sys.executable).resolve())
    (prefix / "pyvenv.cfg").write_text(f"home = {python.resolve().parent}\n")
    done = subprocess.run(  # noqa: S603 - ours
        [python, "-m", "gateway", "install-service", "--root", "image"],
        cwd=tmp_path,
        env={"PYTHONPATH": os.pathsep.join([str(REPOSITORY), *sys.path]), "LC_ALL": "C.UTF-8"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr, done.stdout) == (0, "", golden("install-service"))
    assert (tmp_path / "image/etc/systemd/system/ocpi-gateway.service").is_file()
