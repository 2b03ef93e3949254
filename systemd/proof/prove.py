"""Installs the package on a freshly booted machine and lives with it: sessions, kills, hangs, an upgrade, removal.

    prove.py FOLDER

FOLDER holds the package, the same one with a higher version in `newer/`, one that never becomes READY in `broken/`, and
the wheels of the other road. Run by
systemd/test-install inside its container; it changes the machine it runs on and must never run on another. The commands
of the README's chapters are taken from there, so that what stands there is what was tried.
"""

import asyncio
import sys
import time
from pathlib import Path

import judgements
from hwsim.demo import BILLS_ARRIVE_WITHIN_S
from hwsim.player import ScenarioFailed
from hwsim.verdict import displays, judge, judge_outbox
from machine import CONFIG, CommandFailed, Service, Tally, ask, commands_of, follow, headline, run, state
from site_around import CAR_COMES, CAR_GOES, Site, set_up_site
from upgrading import upgrades

REPOSITORY = Path(__file__).resolve().parents[2]
README = REPOSITORY / "systemd" / "README.md"
ONE_SESSION = REPOSITORY / "hw-sim" / "scenarios" / "one-session.toml"
WATCHDOG_S = 30.0
RESTARTED_WITHIN_S = 15.0


async def install(tally: Tally, folder: Path) -> None:
    """Follow the README up to where the configuration is to be written."""
    headline("install, as systemd/README.md says")
    typed = [len(commands_of(README, chapter)) for chapter in ("The Debian package", "Without the package")]
    tally.check("the chapters have as many blocks of commands as are typed here", typed == [4, 1], typed)
    began = time.monotonic()
    said = await follow(commands_of(README, "The Debian package")[0], folder)
    print(f"  installed in {time.monotonic() - began:.1f} s", flush=True)
    tally.check("apt asked for nothing and complained of nothing", "rror" not in said and "arning" not in said, said)
    now = await state()
    tally.check("the service is enabled and waits for a configuration", now["UnitFileState"] == "enabled", now)
    tally.check("without one it is not failed", now["ActiveState"] == "inactive" and now["Result"] == "success", now)
    await follow(commands_of(README, "The Debian package")[1], folder)
    said_of_example = await ask("ocpi-gateway check-config")
    # Of the example only the operator's token is missing.
    tally.check("the example is a configuration but for the secret", said_of_example.status in {0, 2}, said_of_example)
    print("  " + said_of_example.text.replace("\n", "\n  "), flush=True)
    started = await ask("systemctl start ocpi-gateway")
    now = await state()
    tally.check("a wrong configuration fails loudly", started.status != 0 and now["ActiveState"] == "failed", now)
    tally.check("and is not tried again", now["ExecMainStatus"] == "2" and now["NRestarts"] == "0", now)


async def start(tally: Tally, service: Service) -> None:
    """Check the site's configuration and start, as the README says."""
    headline("start, as systemd/README.md says")
    began = time.monotonic()
    said = await follow(commands_of(README, "The Debian package")[2], Path("/"))
    print(f"  checked, started and READY in {time.monotonic() - began:.1f} s", flush=True)
    tally.check("check-config finds nothing wrong", ": ok" in said, said)
    now = await state()
    tally.check("the service is active", now["ActiveState"] == "active", f"{now}\n{await service.last_words()}")
    took_s = await restart(service)
    print(f"  systemctl restart to READY: {took_s:.2f} s", flush=True)
    size = await run("du -sm --apparent-size /opt/ocpi-gateway | cut -f1")
    resident = await run(f"sed -n 's/^VmRSS:[^0-9]*\\([0-9]*\\).*/\\1/p' /proc/{await service.pid()}/status")
    print(f"  {size} MB in /opt/ocpi-gateway, {int(resident) // 1024} MB resident", flush=True)


async def reload(tally: Tally, service: Service) -> None:
    """Reload as the README says: a right configuration, then a broken one, which must change nothing."""
    headline("reload, as systemd/README.md says")
    pid, right = await service.pid(), CONFIG.read()
    CONFIG.change(("baud = 9600", "baud = 19200"), ("sample_interval_s = 5", "sample_interval_s = 6"))
    await follow(commands_of(README, "The Debian package")[3], Path("/"))
    said = await service.says("event=reloaded")
    tally.check("it is the same process", await service.pid() == pid)
    tally.check("what holds now is told", "event=reload_applied item=rules.sample_interval_s" in said, said)
    tally.check("what waits is told", "event=reload_needs_restart item=buses.hall.baud" in said, said)
    shown = (await state())["StatusText"]
    tally.check("and stands in systemctl status", "restart needed for buses.hall.baud" in shown, shown)
    CONFIG.change(("[rules]", "[rulez]"))
    refused = await ask("systemctl reload ocpi-gateway")
    tally.check("a broken configuration fails the command", refused.status != 0, refused.text)
    said = await service.last_words()
    tally.check("and is told in the log with its remedy", "rulez" in said and "did you mean" in said, said)
    now = await state()
    tally.check("and changed nothing", int(now["MainPID"]) == pid and now["ActiveState"] == "active", now)
    CONFIG.write(right)
    await run("systemctl reload ocpi-gateway")


async def restart(service: Service) -> float:
    """Restart in good order; return the seconds until READY."""
    began = time.monotonic()
    await service.stop()
    await service.start()
    return time.monotonic() - began


async def sessions(tally: Tally, site: Site, service: Service, folder: Path) -> None:
    """Charge through good and bad days; every session must end in one bill."""
    headline("a session")
    await site.play(ONE_SESSION)
    tally.check("a session was played", found=True)
    await judgements.judge_service(tally, service)

    headline("kill -9 in the middle of a session")
    await site.steps("before the kill", {"bills": 0, "step": CAR_COMES})
    pid = await service.pid()
    await service.kill()
    took_s = await service.another_than(pid, RESTARTED_WITHIN_S)
    tally.check(f"systemd had it back after {took_s:.1f} s", took_s < RESTARTED_WITHIN_S)
    counted = await ask("cat /run/ocpi-gateway/failures")
    tally.check("the failure is counted, so that the next ones wait longer", counted.text == "1", counted.text)
    await site.steps("after the kill", {"bills": 1, "step": CAR_GOES})

    headline("a hang in the middle of a session (SIGSTOP)")
    await site.steps("before the hang", {"bills": 0, "step": CAR_COMES})
    pid = await service.pid()
    await service.hang()
    took_s = await service.another_than(pid, WATCHDOG_S + RESTARTED_WITHIN_S)
    tally.check(f"the watchdog ended it, and it was back after {took_s:.1f} s", took_s > RESTARTED_WITHIN_S / 2)
    tally.check("systemd says that it was the watchdog", "watchdog" in (await service.last_words()).lower())
    await site.steps("after the hang", {"bills": 1, "step": CAR_GOES})

    await upgrades(tally, site, service, folder)


async def judge_bills(tally: Tally, site: Site) -> None:
    """Hold every bill against the meters, the brokers and the journal."""
    headline("the bills")
    deadline = time.monotonic() + BILLS_ARRIVE_WITHIN_S
    while True:
        owed = judge_outbox(await judgements.answer("outbox"))
        if owed.is_right or time.monotonic() > deadline:
            break
        await asyncio.sleep(1)
    checks = [*judge(site.peer, site.post.watch, site.bills, site.before, displays(site.simulated.evses)), owed]
    for check in checks:
        tally.check(check.sentence, check.is_right)
    said = await ask("ocpi-gateway replay")
    tally.check("the journal replays to what is there", said.status == 0, said.text)
    doubtful = [fact for fact in judgements.clock_words() if fact == "UNKNOWN"]
    tally.check(
        "how good the clock was is known of every recorded fact",
        not doubtful,
        f"{len(doubtful)} facts with clock UNKNOWN",
    )
    synchronised = await run("timedatectl show --property=NTPSynchronized --value")
    word = {"yes": "SYNCHRONISED", "no": "INFORMATIVE"}[synchronised]
    words = judgements.clock_words()
    tally.check(f"and is what the kernel says, {word}", words[-1] == word, words[-5:])


async def prove(folder: Path) -> int:
    """Do everything; return the exit status."""
    tally, service = Tally(), Service()
    await install(tally, folder)
    async with set_up_site(REPOSITORY / "hw-sim" / "site.toml", Path("/srv/hw-sim"), service) as site:
        await start(tally, service)
        await reload(tally, service)
        await sessions(tally, site, service, folder)
        await judge_bills(tally, site)
        headline("what stands on the machine")
        await judgements.judge_files(tally)
        await judgements.judge_security(tally)
        await judgements.judge_polkit(tally)
        headline("remove, install again, purge, the other road")
        await judgements.judge_removal(tally, service, folder)
        await judgements.judge_other_road(tally, service, README, folder)
    print(f"\n{tally.count - len(tally.wrong)} of {tally.count} checks right", flush=True)
    for sentence in tally.wrong:
        print(f"WRONG: {sentence}", flush=True)
    return 1 if tally.wrong else 0


async def main() -> int:
    """Prove it, and say what stopped it."""
    try:
        return await prove(Path(sys.argv[1]))
    except (CommandFailed, ScenarioFailed, OSError) as failure:
        print(f"\nWRONG, and the end: {failure}\n{await Service().last_words()}", flush=True)
        return 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
