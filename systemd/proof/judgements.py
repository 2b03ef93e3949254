"""What must be true of an installed gateway: its process, its files, its rights, and what removal leaves."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from machine import UNIT, CommandFailed, Service, Tally, ask, commands_of, follow, run, state

HIGHEST_EXPOSURE = 1.5
ACTION = "org.debian.pcsc-lite.access_pcsc"
JOURNAL = "/var/lib/ocpi-gateway"
# Path: mode, owner, group.
OWNERS = {
    "/etc/ocpi-gateway": "750 root ocpi-gateway",
    "/etc/ocpi-gateway/gateway.example.toml": "644 root root",
    "/etc/ocpi-gateway/credentials": "700 root root",
    "/etc/ocpi-gateway/credentials/emsp.token": "600 root root",
    "/opt/ocpi-gateway/bin/ocpi-gateway": "755 root root",
    JOURNAL: "750 ocpi-gateway ocpi-gateway",
    "/run/ocpi-gateway": "750 ocpi-gateway ocpi-gateway",
    "/run/ocpi-gateway/gateway.sock": "660 ocpi-gateway ocpi-gateway",
}


async def answer(command: str) -> Any:
    """Ask the gateway with --json."""
    return json.loads(await run(f"ocpi-gateway {command} --json"))


def clock_words() -> list[str]:
    """Return how far the clock could be trusted, fact by fact, out of the journal itself."""
    with closing(sqlite3.connect(f"file:{JOURNAL}/journal.sqlite?mode=ro", uri=True)) as journal:
        return [str(row[0]) for row in journal.execute("SELECT clock FROM fact")]


async def judge_service(tally: Tally, service: Service) -> None:
    """Look at the running process through systemd's eyes."""
    pid = await service.pid()
    user = await run(f"stat -c %U /proc/{pid}")
    tally.check("it runs as ocpi-gateway", user == "ocpi-gateway", user)
    groups = await run(f"sed -n 's/^Groups:[[:space:]]*//p' /proc/{pid}/status")
    own_and_dialout = await run("getent group ocpi-gateway dialout | cut -d: -f3")
    tally.check("in its own group and dialout, no other", set(groups.split()) == set(own_and_dialout.split()), groups)
    capabilities = await run(f"sed -n 's/^Cap[A-Z][a-z]*:[[:space:]]*//p' /proc/{pid}/status | sort -u")
    tally.check("without a single capability", set(capabilities.split()) == {"0000000000000000"}, capabilities)
    secret = await ask("runuser -u ocpi-gateway -- cat /etc/ocpi-gateway/credentials/emsp.token")
    tally.check("its user cannot read the secrets on disk", secret.status != 0)
    tally.check("systemctl status tells what it serves", "EVSE" in (await state())["StatusText"], await state())
    log = await service.last_words()
    tally.check("no warning stands in its log", "Traceback" not in log, log)


async def judge_files(tally: Tally) -> None:
    """Look at owners, pages and completion."""
    for path, wanted in OWNERS.items():
        found = await ask(f"stat -c '%a %U %G' {path}")
        tally.check(f"{path} is {wanted}", found.text == wanted, found.text)
    facts = await ask(f"find {JOURNAL} -type f -perm /077")
    tally.check("nobody else reads the journal", facts.text == "", facts.text)
    for page, word in (("man1/ocpi-gateway.1", "ocpi-gateway explain"), ("man5/gateway.toml.5", "token_file")):
        told = await ask(f"man -l /usr/share/man/{page}.gz | cat")
        tally.check(f"{page} tells of {word}", word in told.text, told.text[:200])
        complaints = await ask(f"man --warnings -l /usr/share/man/{page}.gz 2>&1 >/dev/null")
        tally.check(f"{page} is without fault", complaints.text == "", complaints.text)
    completed = await ask(
        "source /usr/share/bash-completion/completions/ocpi-gateway; COMP_WORDS=(ocpi-gateway che); COMP_CWORD=1; "
        '_ocpi_gateway; echo "${COMPREPLY[*]}"'
    )
    tally.check("bash completes `che` to check-config", completed.text == "check-config", completed.text)
    altered = await ask("dpkg --verify ocpi-gateway")
    tally.check("every file is as the package brought it", altered.text == "", altered.text)
    rules = await ask("udevadm test --action=add /sys/class/tty/tty0 2>&1 | grep ocpi-gateway")
    spoken = [line for line in rules.text.splitlines() if "Reading rules file" not in line]
    tally.check("udev has nothing to say against the rules", not spoken, spoken)


async def judge_security(tally: Tally) -> None:
    """Ask systemd-analyze."""
    said = await run(f"systemd-analyze security {UNIT} --no-pager")
    score = float(said.rpartition("exposure level for ocpi-gateway.service:")[2].split()[0])
    tally.check(f"systemd-analyze security says {score} (at most {HIGHEST_EXPOSURE})", score <= HIGHEST_EXPOSURE)
    verified = await ask(f"systemd-analyze verify {UNIT}")
    tally.check("systemd-analyze verify has nothing to say", verified.text == "", verified.text)


def declare_action() -> None:
    """Tell polkit of the action, as a pcscd does that was built for polkit."""
    Path("/usr/share/polkit-1/actions/test.policy").write_text(
        f'<?xml version="1.0"?><policyconfig><action id="{ACTION}"><defaults><allow_any>no</allow_any>'
        "<allow_inactive>no</allow_inactive><allow_active>no</allow_active></defaults></action></policyconfig>"
    )


async def judge_polkit(tally: Tally) -> None:
    """Ask polkit itself; Debian 12's pcscd does not, later ones do."""
    declare_action()
    await run("systemctl restart polkit")
    pid = await Service().pid()
    allowed = await ask(f"pkcheck --action-id {ACTION} --process {pid}")
    tally.check("polkit lets the service at card readers", allowed.status == 0, allowed.text)
    refused = await ask(f"runuser -u nobody -- bash -c 'pkcheck --action-id {ACTION} --process $$'")
    tally.check("and nobody else", refused.status != 0, refused.text)


async def judge_removal(tally: Tally, service: Service, folder: Path) -> None:
    """Remove, which keeps what bills are made of; install again, which finds it; purge, which keeps nothing."""
    before = clock_words()
    await run("apt-get remove --yes ocpi-gateway")
    tally.check("removed: no process is left", await service.pid() == 0)
    left = await ask(f"ls -d /opt/ocpi-gateway /usr/bin/ocpi-gateway /lib/systemd/system/{UNIT} 2>/dev/null")
    tally.check("removed: no program is left", left.text == "", left.text)
    kept = await ask("ls /etc/ocpi-gateway/gateway.toml /etc/ocpi-gateway/credentials/emsp.token")
    tally.check("removed: configuration and secrets are kept", kept.status == 0, kept.text)
    # What waited for company on its way to the disk was written at the stop.
    tally.check("removed: the journal is kept, fact by fact", clock_words()[: len(before)] == before)
    await run("apt-get install --yes ./newer/ocpi-gateway_*.deb", folder=folder)
    tally.check("installed again: it runs at once", (await state())["ActiveState"] == "active", await state())
    tally.check("installed again: it knows the old bills", len(await answer("cdrs")) > 0)
    await run("cp -r /etc/ocpi-gateway /srv/kept-configuration")
    await run("apt-get purge --yes ocpi-gateway")
    left = await ask("find / -xdev -name '*ocpi-gateway*' 2>/dev/null")
    elsewhere = (str(folder), "/var/lib/dpkg", "/var/cache", "/var/log")
    found = [path for path in left.text.splitlines() if not path.startswith(elsewhere)]
    tally.check("purged: nothing is left", not found, found)
    tally.check("purged: systemd has forgotten the unit", (await state())["LoadState"] == "not-found", await state())
    tally.check("purged: its user stays, as is Debian's custom", (await ask("id ocpi-gateway")).status == 0)


async def judge_other_road(tally: Tally, service: Service, readme: Path, folder: Path) -> None:
    """Follow the README's other chapter, from wheels that lie here because there is no network."""
    offline = f"export PIP_NO_INDEX=1 PIP_FIND_LINKS={folder}/wheels"
    try:
        await follow([offline, *commands_of(readme, "Without the package")[0]], folder)
    except CommandFailed as failure:
        tally.check("the other road can be gone", found=False, told=failure)
        return
    same = await ask(f"diff {folder}/{UNIT} /etc/systemd/system/{UNIT}")
    tally.check("the other road ends in the same unit", same.text == "" and same.status == 0, same.text)
    tally.check("the other road: enabled, waits for its configuration", (await state())["UnitFileState"] == "enabled")
    writable = await ask("runuser -u ocpi-gateway -- find /opt/ocpi-gateway -writable ! -type l")
    tally.check("the other road: its user cannot write what it runs", writable.text == "", writable.text[:200])
    await run("cp -r /srv/kept-configuration/. /etc/ocpi-gateway/")
    await service.start()
    status = await ask("/opt/ocpi-gateway/bin/ocpi-gateway status")
    tally.check("the other road: it serves", status.status == 0 and "EVSE-1" in status.text, status.text)
