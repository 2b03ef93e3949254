"""Upgrades in the middle of sessions: one that migrates the journal, some that are refused, cut off, or fail."""

import asyncio
import os
import signal
import sqlite3
from contextlib import closing, suppress
from pathlib import Path

from machine import CONFIG, LOOK_S, CommandFailed, Service, Tally, ask, headline, run, state
from site_around import CAR_COMES, CAR_GOES, Site

STATE = Path("/var/lib/ocpi-gateway")
JOURNAL = STATE / "journal.sqlite"
INSTALL = "apt-get install --yes --allow-downgrades"
# As years of archive: found by its name, of no meaning to the journal that is here.
ARCHIVE = STATE / "journal-archive-000900000001"
KEPT = Path("/opt/ocpi-gateway.previous")
# So large that comparing its copy takes a while, and no room on the disk.
SLOW = "truncate --size=12G /var/lib/ocpi-gateway/slow"


def schema_of(journal: Path) -> int:
    """Return the schema that a journal file has."""
    with closing(sqlite3.connect(f"file:{journal}?mode=ro", uri=True)) as database:
        return int(database.execute("PRAGMA user_version").fetchone()[0])


def process_of(command: str) -> int | None:
    """Return the id of the process that runs a command line beginning so."""
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if (process / "cmdline").read_bytes().replace(b"\0", b" ").startswith(command.encode()):
                return int(process.name)
    return None


async def upgrades(tally: Tally, site: Site, service: Service, folder: Path) -> None:
    """Upgrade, try to go back, fail to upgrade, and install what works."""
    before = schema_of(JOURNAL)
    await run(f"echo of old days >{ARCHIVE} && chown ocpi-gateway:ocpi-gateway {ARCHIVE}")
    await _mount_point(tally, service, folder)
    await _upgrade(tally, site, service, folder, before)
    await _downgrade(tally, service, folder, before + 1)
    await _cut_off(tally, service, folder)
    await _failed_upgrade(tally, site, service, folder, before + 1)
    await _failures_after_a_failure(tally, service, folder)


async def _mount_point(tally: Tally, service: Service, folder: Path) -> None:
    headline("an upgrade from which there would be no way back")
    pid = await service.pid()
    await run(f"mount --bind {STATE} {STATE}")
    refused = await ask(f"{INSTALL} ./newer/ocpi-gateway_*.deb </dev/null", folder=folder)
    await run(f"umount --lazy {STATE}")
    tally.check("apt refuses it where the journal is a mount point", "is a mount point" in refused.text, refused.text)
    tally.check("and the version before runs on, untouched", refused.status != 0 and await service.pid() == pid)
    right = CONFIG.read()
    CONFIG.write(f'state_dir = "/mnt/away/state"\n{right}')
    said = await ask("sh /var/lib/dpkg/info/ocpi-gateway.preinst install")
    CONFIG.write(right)
    tally.check("a journal whose disk is away is no reason to refuse a package", said.status == 0, said.text)


async def _upgrade(tally: Tally, site: Site, service: Service, folder: Path, before: int) -> None:
    headline("an upgrade with a migration, in the middle of a session")
    await site.steps("before the upgrade", {"bills": 0, "step": CAR_COMES})
    pid, closed = await service.pid(), len(site.coil_moves)
    config = await run("sha256sum /etc/ocpi-gateway/gateway.toml")
    said = await run(f"{INSTALL} ./newer/ocpi-gateway_*.deb </dev/null", folder=folder)
    tally.check("dpkg asked nothing", "conffile" not in said.lower() and "configuration file" not in said.lower(), said)
    tally.check("the service runs anew, and was never left stopped", await service.pid() not in {0, pid})
    tally.check("gateway.toml is as it was", await run("sha256sum /etc/ocpi-gateway/gateway.toml") == config)
    tally.check("the journal has the next schema", schema_of(JOURNAL) == before + 1)
    copy = JOURNAL.with_name(f"{JOURNAL.name}.schema-{before}")
    tally.check("a copy of before the migration stands beside it", copy.exists() and schema_of(copy) == before)
    ahead = await run(f"stat -c '%U %a' {JOURNAL}.ahead")
    tally.check("the facts were folded ahead, by the service's user", ahead == "ocpi-gateway 600", ahead)
    owner = await run(f"stat -c '%U %a' {copy}")
    tally.check("it is the service's own and nobody else's", owner == "ocpi-gateway 600", owner)
    await run("systemctl restart ocpi-gateway")
    migrations = await run("journalctl --unit=ocpi-gateway --output=cat | grep -c event=migration_begins")
    tally.check("the migration happened once", migrations == "1", migrations)
    tally.check("no contactor moved for all that", len(site.coil_moves) == closed, site.coil_moves)
    await site.steps("after the upgrade", {"bills": 1, "step": CAR_GOES})


async def _downgrade(tally: Tally, service: Service, folder: Path, schema: int) -> None:
    headline("a downgrade over a journal that the older version does not know")
    pid = await service.pid()
    refused = await ask(f"{INSTALL} ./ocpi-gateway_*.deb </dev/null", folder=folder)
    tally.check("apt refuses it", refused.status != 0, refused.text)
    tally.check("with the command that helps", "apt-get install --allow-downgrades ./ocpi-gateway_" in refused.text)
    tally.check("the newer version runs on, untouched", await service.pid() == pid, await state())
    tally.check("and so does its journal", schema_of(JOURNAL) == schema)
    installed = await run("dpkg-query --show --showformat='${db:Status-Status} ${Version}' ocpi-gateway")
    tally.check("dpkg has the newer one", installed.startswith("installed ") and installed.endswith("+1"), installed)


async def _cut_off(tally: Tally, service: Service, folder: Path) -> None:
    headline("an upgrade whose line drops while the service is stopped")
    pid = await service.pid()
    await run(SLOW)
    installing = asyncio.create_task(
        ask("setsid --wait dpkg --install ./newer/ocpi-gateway_*.deb </dev/null", folder=folder)
    )
    while (comparing := process_of(f"diff -rq {STATE}")) is None:
        if installing.done():
            raise CommandFailed(f"it was over before anything was compared:\n{installing.result().text}")
        await asyncio.sleep(LOOK_S)
    tally.check("the service was stopped", await service.pid() == 0)
    os.killpg(os.getpgid(comparing), signal.SIGHUP)
    said = await installing
    tally.check("dpkg was cut off", said.status != 0, said.text)
    took_s = await service.another_than(pid, 15.0)
    tally.check(f"the service was back after {took_s:.1f} s", found=True)
    tally.check("READY, the new version has no way back", not (KEPT / "ran").exists())
    await run("rm /var/lib/ocpi-gateway/slow")
    said = await ask("dpkg --configure --pending </dev/null")
    tally.check("configuring again ends it", said.status == 0, said.text)
    tally.check("and it runs", (await state())["ActiveState"] == "active", await state())
    await _check_that_nothing_is_left(tally)


async def _check_that_nothing_is_left(tally: Tally) -> None:
    left = await run("find /opt /var/lib -maxdepth 2 -name '*.previous*' -o -maxdepth 2 -name rolled-back-from")
    tally.check("and nothing of the way back is left lying about", not left, left)


async def _failed_upgrade(tally: Tally, site: Site, service: Service, folder: Path, before: int) -> None:
    headline("an upgrade that migrates the journal and then fails, in the middle of a session")
    await site.steps("before the failed upgrade", {"bills": 0, "step": CAR_COMES})
    closed = len(site.coil_moves)
    said = await ask(f"{INSTALL} ./broken/ocpi-gateway_*.deb </dev/null", folder=folder)
    tally.check("apt reports the failure", said.status != 0, said.text)
    tally.check("and says what happened and what now", "runs again, with its journal" in said.text, said.text)
    tally.check(
        "the version before serves again", (await state())["ActiveState"] == "active", await service.last_words()
    )
    tally.check("its journal is back", schema_of(JOURNAL) == before, schema_of(JOURNAL))
    failed = STATE.with_name("ocpi-gateway.failed") / JOURNAL.name
    tally.check("the migrated one is kept to look at", failed.exists() and schema_of(failed) == before + 1)
    tally.check("a journal of its own", failed.stat().st_ino != JOURNAL.stat().st_ino)
    same = failed.with_name(ARCHIVE.name).stat().st_ino == ARCHIVE.stat().st_ino
    tally.check("archive files were not copied", same and ARCHIVE.read_text() == "of old days\n")
    tally.check("no contactor moved for all that", len(site.coil_moves) == closed, site.coil_moves)
    await site.steps("after the failed upgrade", {"bills": 1, "step": CAR_GOES})
    said = await ask("dpkg --configure --pending")
    tally.check("configuring again does not pretend", "was rolled back" in said.text, said.text)


async def _failures_after_a_failure(tally: Tally, service: Service, folder: Path) -> None:
    headline("more trouble after a failed upgrade")
    await run("head --bytes=-1000000 newer/ocpi-gateway_*.deb >/run/cut.deb", folder=folder)
    said = await ask("dpkg --install /run/cut.deb </dev/null")
    tally.check("a package that is cut off is not unpacked", said.status != 0, said.text)
    await service.stop()
    await service.start()
    tally.check("and takes nothing away", (await state())["ActiveState"] == "active", await service.last_words())
    said = await ask("dpkg --install ./broken/ocpi-gateway_*.deb </dev/null", folder=folder)
    tally.check(
        "a second failure says which version runs again", "+1 runs again, with its journal" in said.text, said.text
    )
    tally.check("and it does", (await state())["ActiveState"] == "active", await service.last_words())
    await run(f"{INSTALL} ./newer/ocpi-gateway_*.deb", folder=folder)
    tally.check("a version that works installs over it", (await state())["ActiveState"] == "active", await state())
    await _check_that_nothing_is_left(tally)
    await run(f"rm {ARCHIVE}")
