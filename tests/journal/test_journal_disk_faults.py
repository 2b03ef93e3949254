"""A disk that refuses costs nothing but time: nothing half written, one clear line, and the same append works later."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from journal.writing import project

from gateway.journal.replay import replay

FILL = Path("tests") / "journal" / "fill_the_disk.py"

# A private mount in a user namespace needs no root and is gone with the process.
ON_A_FULL_DISK = """
set -e
mount -t tmpfs -o size=1m tmpfs "$1"
head -c 400000 /dev/zero > "$1/ballast"
"$2" "$3" "$1/journal.db" ballast "$1/ballast"
"$2" -c 'import sqlite3, sys; print(sqlite3.connect(sys.argv[1]).execute("PRAGMA integrity_check").fetchone()[0])' \
  "$1/journal.db"
"""
ON_A_READ_ONLY_DISK = """
set -e
mount -t tmpfs -o ro tmpfs "$1"
exec "$2" "$3" "$1/journal.db" limit 1000000
"""


def run(repository: Path, *command: str) -> subprocess.CompletedProcess[str]:
    environment = {"PYTHONPATH": str(repository / "tests"), "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}
    return subprocess.run(  # noqa: S603 - our own programs
        command, cwd=repository, env=environment, capture_output=True, text=True, check=False, timeout=50
    )


def run_with_own_mounts(
    repository: Path, script: str, directory: Path, *arguments: str
) -> subprocess.CompletedProcess[str]:
    if shutil.which("unshare") is None:
        pytest.fail("unshare is not there; install the package util-linux")
    unshare = ("unshare", "--user", "--map-root-user", "--mount", "sh", "-c", script, "sh")
    return run(repository, *unshare, str(directory), sys.executable, str(FILL), *arguments)


def test_a_write_error_rolls_back_and_the_same_append_works_when_it_is_gone(repository: Path, tmp_path: Path) -> None:
    path = tmp_path / "journal.db"

    done = run(repository, sys.executable, str(FILL), str(path), "limit", "300000")

    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["refusal"].startswith(f"cannot use journal {path}: the disk reports an input/output error; check free ")
    assert told["kept"] == told["acknowledged"] > 0
    assert told["owed"] == told["acknowledged"] // 7 * 3
    assert told["after"] == told["acknowledged"] + 7
    report = replay(path, project)
    assert report.is_equal
    assert report.facts == told["after"]


@pytest.mark.slow
def test_a_full_disk_rolls_back_and_the_same_append_works_when_there_is_room(repository: Path, tmp_path: Path) -> None:
    done = run_with_own_mounts(repository, ON_A_FULL_DISK, tmp_path)

    assert done.returncode == 0, done.stderr
    story, integrity = done.stdout.splitlines()
    told = json.loads(story)
    assert told["refusal"] == (
        f"cannot use journal {tmp_path}/journal.db: the disk is full; free space on its file system"
    )
    assert told["kept"] == told["acknowledged"] > 0
    assert told["after"] == told["acknowledged"] + 7
    assert integrity == "ok"


@pytest.mark.slow
def test_a_read_only_disk_is_named_when_the_journal_is_opened(repository: Path, tmp_path: Path) -> None:
    done = run_with_own_mounts(repository, ON_A_READ_ONLY_DISK, tmp_path)

    assert done.returncode != 0
    last_line = done.stderr.splitlines()[-1]
    assert last_line.startswith("gateway.journal.errors.JournalUnwritable: cannot use journal")
    assert "Read-only file system; check owner and rights" in last_line
