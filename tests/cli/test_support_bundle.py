"""A support bundle holds what a stranger needs, and not one secret or card uid of the site, wherever that stood."""

import base64
import json
import os
import sqlite3
import stat
import tarfile
from pathlib import Path

import pytest
from cli.checked_site import asked, open_session, put, write_site
from config.garage import GARAGE

from gateway.registry.opening import open_file

CARD = "04A1B2C3D4E580"  # of the session in the journal
LISTED = "04A2B3C4D5E680"  # of tokens.json
ROAMING = "7E1F2A3B"  # of a peer's driver
SECRETS = {
    "operator.token": "a-token-that-opens-the-operator",
    "credentials/broker.password": 'pa"ss with spaces, and ümläuts',
    "credentials/gateway.key": "-----BEGIN KEY-----\nMIGHAgEAMBMGByqGSM49AgEGCCqGSM49\n-----END KEY-----",
    "credentials/nobody-names-this.token": "left-behind-by-somebody",
}
INLINE = {
    'token = "in-the-config-by-mistake"': "in-the-config-by-mistake",
    'password = """\nover-three\nlines"""': "over-three",
    "secret = 'single-quoted'": "single-quoted",
}
TO_PEER = "token-that-we-send-to-the-peer"


def unpacked(bundle: Path) -> dict[str, bytes]:
    with tarfile.open(bundle) as archive:
        files = [(member, archive.extractfile(member)) for member in archive.getmembers()]
        assert {member.mode for member, _ in files} == {0o600}
        return {member.name: file.read() for member, file in files if file is not None}


def a_log_that_tells_everything(folder: Path) -> None:
    """Stand in for a journald whose service logged what it must not."""
    told = [*SECRETS.values(), TO_PEER, base64.b64encode(SECRETS["operator.token"].encode()).decode()]
    lines = [line for text in told for line in text.splitlines()]
    lines += [CARD, CARD.lower(), "04:A1:B2:C3:D4:E5:80", f"uid={LISTED}", f"x{LISTED}y", ROAMING, "7e 1f 2a 3b"]
    lines += [json.dumps(SECRETS["credentials/broker.password"])]
    lines += ["https://user:hunter2-in-url@broker/", "password=hunter2-in-logfmt", '{"token": "hunter2-in-json"}']
    script = put(folder, "bin/journalctl", "#!/bin/sh\ncat <<'END'\n" + "\n".join(lines) + "\nevent=ready\nEND\n")
    script.chmod(0o755)


async def a_site(folder: Path) -> Path:
    config = write_site(folder, GARAGE + "".join(f"[x{n}]\n{line}\n" for n, line in enumerate(INLINE)))
    for name, secret in SECRETS.items():
        put(folder, name, secret)
    put(folder, "conf.d/10-local.toml", 'broker_password = "in-a-drop-in"\n')
    await open_session(folder / "state")
    registry, _ = open_file(folder / "state" / "registry.sqlite")
    registry.execute(
        "INSERT INTO peer VALUES ('msp', 'registered', ?, NULL, NULL, ?, 'raw', '[]', '[]')",
        ("2026-01-01T00:00:00.000000Z", TO_PEER),
    )
    registry.execute(
        "INSERT INTO token VALUES ('DE', 'MSP', ?, 'RFID', '2026-01-01T00:00:00.000000Z', ?)",
        (ROAMING.lower(), json.dumps({"uid": ROAMING, "contract_id": "DE-MSP-C77"}).encode()),
    )
    registry.close()
    a_log_that_tells_everything(folder)
    return config


async def test_no_secret_and_no_uid_of_the_site_is_in_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = await a_site(tmp_path)
    monkeypatch.setenv("PATH", f"{tmp_path}/bin:{os.environ['PATH']}")
    bundle = tmp_path / "bundle.tar.gz"
    asked(config, "--only", "config,journal", "--support-bundle", str(bundle), "--json")
    files = unpacked(bundle)
    assert b"event=ready" in files["bundle/log.txt"]
    packed = b"\n".join(files.values()).decode().casefold()
    hidden = [line for text in SECRETS.values() for line in text.splitlines() if not line.startswith("-----")]
    hidden += [*INLINE.values(), TO_PEER, "in-a-drop-in", "hunter2", CARD, LISTED, ROAMING, "DE-MSP-C77", "SE-OPR-C1"]
    hidden += [
        "ss with spaces, and",
        "04:a1:b2",
        "7e 1f 2a",
        base64.b64encode(SECRETS["operator.token"].encode()).decode(),
    ]
    assert [text for text in hidden if text.casefold() in packed] == []


async def test_it_holds_what_a_stranger_needs_and_belongs_to_its_maker_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    config = await a_site(tmp_path)
    monkeypatch.setenv("PATH", f"{tmp_path}/bin:{os.environ['PATH']}")
    bundle = tmp_path / "site-7.tar.gz"
    asked(config, "--only", "config", "--support-bundle", str(bundle))
    assert stat.S_IMODE(bundle.stat().st_mode) == 0o600
    files = unpacked(bundle)
    names = {name.removeprefix("site-7/") for name in files}
    assert names >= {"README.txt", "doctor.json", "versions.json", "journal.json", "outbox.json", "log.txt"}
    assert names >= {"config/gateway.toml", "config/10-local.toml"}
    assert json.loads(files["site-7/doctor.json"])["checks"]
    assert "msgspec" in json.loads(files["site-7/versions.json"])["packages"]
    assert b'versions_url = "https://ocpi.example.com/versions"' in files["site-7/config/gateway.toml"]
    assert b'token_file = "operator.token"' in files["site-7/config/gateway.toml"]
    assert f"{bundle} holds {len(files)} files" in capsys.readouterr().out


def test_a_bundle_that_cannot_be_written_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = asked(write_site(tmp_path), "--only", "config", "--support-bundle", "/nowhere/b.tar.gz")
    said = capsys.readouterr().err
    assert (code, said) == (
        1,
        "ocpi-gateway: cannot write /nowhere/b.tar.gz: no such file or directory; choose another FILE\n",
    )


@pytest.mark.parametrize("kind", ["device", "link"])
def test_no_device_and_no_link_is_replaced_by_a_bundle(
    kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target, pointed_at = tmp_path / "out", put(tmp_path, "kept", "of somebody else")
    if kind == "device":
        os.mkfifo(target)
    else:
        target.symlink_to(pointed_at)
    before = target.lstat().st_mode
    code = asked(write_site(tmp_path), "--only", "config", "--support-bundle", str(target))
    refusal = f"ocpi-gateway: {target} is no regular file and is not replaced; choose another FILE\n"
    assert (code, capsys.readouterr().err) == (1, refusal)
    assert (target.lstat().st_mode, pointed_at.read_text()) == (before, "of somebody else")


@pytest.mark.parametrize("content", [b"", b"no database at all" * 300])
def test_a_broken_journal_keeps_no_bundle_from_being_made(content: bytes, tmp_path: Path) -> None:
    config = write_site(tmp_path)
    (tmp_path / "state" / "journal.sqlite").write_bytes(content)
    bundle = tmp_path / "b.tar.gz"
    asked(config, "--only", "journal", "--support-bundle", str(bundle))
    assert {"b/doctor.json", "b/journal.json"} <= unpacked(bundle).keys()


async def test_a_journal_without_its_tables_keeps_no_bundle_from_being_made(tmp_path: Path) -> None:
    config = write_site(tmp_path)
    await open_session(tmp_path / "state")
    connection = sqlite3.connect(tmp_path / "state" / "journal.sqlite", isolation_level=None)
    connection.execute("DROP TABLE outbox")
    connection.close()
    bundle = tmp_path / "b.tar.gz"
    asked(config, "--only", "journal", "--support-bundle", str(bundle))
    assert b"could not be had: " in unpacked(bundle)["b/outbox.json"]
