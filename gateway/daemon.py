"""The composition root and the one TaskGroup: the only place that knows everyone, and where every task is born."""

import asyncio
import signal
from collections.abc import Callable
from contextlib import AsyncExitStack
from functools import partial
from typing import TYPE_CHECKING

import structlog

from gateway import lean, version
from gateway.clock import Clock, SystemClock
from gateway.clock_service import ClockWatch
from gateway.core.authorization import TokenBook
from gateway.core.facts import JournalRepaired
from gateway.core.identifiers import BackendName
from gateway.core.observations import Started
from gateway.core.token import Token
from gateway.daemon_backends import RunningBackends
from gateway.daemon_parts import Parts
from gateway.daemon_reload import Current, Reloader
from gateway.field.last_wish import LastWish
from gateway.journal.errors import JournalError, JournalUnwritable
from gateway.journal.journal import Journal, open_journal
from gateway.notary.notary import Notary
from gateway.notify import Notifier
from gateway.ocpi.v2_2_1.token import parse_tokens
from gateway.orders import OrderDesk
from gateway.projection import project
from gateway.reconciling import Reconciler
from gateway.settings import JOURNAL_FILE, KEY_FILE, REGISTRY_FILE, OnStop, Settings
from gateway.site import Site
from gateway.tariffs import TariffDesk
from gateway.uplink.access import NoPeers
from gateway.watchdog import STOPPING_S, Thread, Watchdog, while_reading, while_starting
from gateway.web.credit_api import CreditDesk
from gateway.web.inventory_api import inventory_routes
from gateway.web.local_api import serve
from gateway.web.monitoring import Monitoring, MonitoringUnusable
from gateway.web.peers_api import peer_routes
from gateway.web.unix_socket import SocketUnusable
from gateway.web.unusable import ServerUnusable
from gateway.wiring import make_buses, make_policy, make_reader_loops
from gateway.wiring_backends import follow_peers, keeps_tokens, make_backend, offers
from gateway.wiring_location import LocationShelf, make_locations, watch
from gateway.wiring_mqtt import Answering
from gateway.wiring_storage import make_flash_budget, make_stop_note, make_upkeep

if TYPE_CHECKING:
    from gateway.registry.registry import Registry

log = structlog.get_logger()


def run_daemon(settings: Settings, reread: Callable[[], Settings]) -> int:
    """Run until a signal comes; returns the exit code. Faults that end the daemon are one line in the log.

    `reread` reads and judges the configuration anew for a reload (ConfigError).
    """
    exit_code = 0
    try:
        lean.one_arena()
        asyncio.run(_run(settings, reread))
    except* (JournalError, SocketUnusable, ServerUnusable, MonitoringUnusable) as faults:
        exit_code = 1
        for fault in faults.exceptions:
            log.critical("cannot_go_on", reason=str(fault))
    return exit_code


async def _run(settings: Settings, reread: Callable[[], Settings]) -> None:
    clock, notifier = SystemClock(), Notifier()
    clock_watch = ClockWatch(clock)
    async with AsyncExitStack() as stack:
        started = stack.enter_context(while_starting(notifier))
        # Asked while the journal is opened in its thread.
        opening = stack.enter_async_context(open_journal(settings.state_dir / JOURNAL_FILE, project))
        journal, _ = await asyncio.gather(opening, clock_watch.look())
        if journal.quarantined is not None:
            log.error("journal_quarantined", reason=str(journal.quarantined))
        journal.going = while_reading(notifier)
        registry = None
        if keeps_tokens(settings):
            from gateway.registry.registry import open_registry  # noqa: PLC0415 - for sites that are sent tokens

            registry = await stack.enter_async_context(open_registry(settings.state_dir / REGISTRY_FILE, journal))
            if registry.aside is not None:
                log.error("registry_quarantined", kept_at=str(registry.aside), remedy="register all peers anew")
        current = Current(settings, parse_tokens(settings.tokens_file.read_bytes()))
        parts = await _assemble(current, journal, registry, clock, notifier)
        locations = make_locations(lambda: current.settings, LocationShelf(parts.site, clock), parts.site, clock)
        ocpi = None
        if settings.ocpi_server is not None and registry is not None:
            from gateway.wiring_ocpi import make_ocpi  # noqa: PLC0415 - likewise

            ocpi = make_ocpi(
                lambda: current.settings,
                settings.ocpi_server,
                registry,
                locations,
                clock,
                reconciler=parts.reconciler,
                desk=OrderDesk(parts.site, clock, settings.ocpi_server.orders_per_minute),
                tariffs=parts.tariffs.in_force,
            )
        journal.is_answered = parts.site.outbox.is_answered
        upkeep = make_upkeep(settings, journal, project, parts.site, clock)
        monitoring = Monitoring(parts, journal, parts.lines, version=version.VERSION, faults=(JournalError,))
        stopping, reloading = asyncio.Event(), asyncio.Event()
        _listen_to_signals(stopping, reloading)
        async with asyncio.TaskGroup() as tasks:
            replace_backends = partial(parts.running.become, spawn=tasks.create_task)
            await replace_backends(settings.backends)
            reloader = Reloader(
                current,
                reread=reread,
                inbox=parts.site.inbox,
                clock=clock,
                make_book=partial(_book, registry=registry),
                make_offers=partial(offers, directory=registry or NoPeers()),
                replace_backends=replace_backends,
            )
            on_wires = [tasks.create_task(bus.run(), name="bus") for bus in parts.buses]
            running = [
                tasks.create_task(_reload_when_told(reloader, reloading, notifier, parts), name="reload"),
                tasks.create_task(parts.site.run(), name="site"),
                tasks.create_task(parts.site.tick(), name="tick"),
                tasks.create_task(upkeep.run(), name="upkeep"),
                tasks.create_task(parts.flash.run(), name="flash"),
                tasks.create_task(parts.watchdog.run(), name="watchdog"),
                tasks.create_task(clock_watch.run(), name="clock"),
                tasks.create_task(parts.notary.run(), name="notary"),
                tasks.create_task(watch(locations), name="location"),
                *(tasks.create_task(line.run(), name="line") for line in parts.lines),
                *(tasks.create_task(reader.run(), name="reader") for reader in parts.card_readers),
                *(tasks.create_task(work, name=name) for name, work in (ocpi.tasks() if ocpi is not None else ())),
                tasks.create_task(
                    serve(
                        settings.socket,
                        parts,
                        journal,
                        parts.site.inbox,
                        parts.lines,
                        version=version.VERSION,
                        faults=(JournalError,),
                        routes=(
                            *monitoring.routes(),
                            *peer_routes(None if ocpi is None else ocpi.desk),
                            *inventory_routes(parts.reconciler, parts.running.names),
                            *CreditDesk(journal, parts.site.inbox, clock.now, parts.tariffs.in_force).routes(),
                        ),
                    ),
                    name="local api",
                ),
            ]
            if settings.monitoring is not None:
                running.append(tasks.create_task(monitoring.serve(settings.monitoring), name="monitoring"))
            started()
            notifier.ready(_serving(parts))
            log.info("ready", version=version.VERSION, evses=len(parts.evses()), backends=len(settings.backends))
            lean.give_back()
            await stopping.wait()
            notifier.stopping()
            log.info("stopping")
            parts.running.stop()
            for task in running:
                task.cancel()
            if current.settings.on_stop is OnStop.OPEN:
                await parts.last_wish.open_all(parts.buses)
            for task in on_wires:
                task.cancel()
        await parts.site.finish()
        await upkeep.finish()


async def _assemble(
    current: Current, journal: Journal, registry: "Registry | None", clock: Clock, notifier: Notifier
) -> Parts:
    settings = current.settings
    book, stops = _book(current.local_tokens, registry), make_stop_note(settings)
    site = Site(make_policy(settings), book, journal, clock, (JournalUnwritable,), stops)
    names = tuple(BackendName(backend.name) for backend in settings.backends)
    known = (version.VERSION, settings.site, settings.tariffs, names)
    directory = registry or NoPeers()
    if registry is not None:
        follow_peers(registry, lambda: current.settings, site, clock)
    await site.start(Started(clock.now(), *known, _repaired(journal), offers(settings, directory)))
    last_wish = LastWish(site)
    buses = make_buses(settings, site, last_wish, clock)
    notary = Notary(settings.state_dir / KEY_FILE, journal.head, site.inbox, clock, (JournalError,))
    reconciler = Reconciler(journal, site.inbox, clock, get_root=lambda: notary.root, has_taken=site.outbox.has_taken)
    us = settings.site.party
    tariffs = TariffDesk(site, clock, lambda: current.settings)
    answering = Answering(reconciler, registry, OrderDesk(site, clock), tariffs)
    card_readers = make_reader_loops(settings, site, clock)
    # Where the disk hangs, running sessions end safely first.
    writing = Thread("the journal", journal.busy_s, settings.rules.storage_lost_stop_s + STOPPING_S)
    threads = [writing, *(Thread("a card reader", it.busy_s) for it in card_readers)]
    return Parts(
        site=site,
        clock=clock,
        buses=buses.loops,
        lines=buses.watches,
        card_readers=card_readers,
        running=RunningBackends(
            partial(make_backend, us=us, site=site, directory=directory, clock=clock, answering=answering)
        ),
        last_wish=last_wish,
        reconciler=reconciler,
        notary=notary,
        flash=make_flash_budget(settings, site, clock),
        tariffs=tariffs,
        watchdog=Watchdog(site, notifier, threads),
    )


def _book(local: tuple[Token, ...], registry: "Registry | None") -> TokenBook:
    return {token.uid: token for token in local} if registry is None else registry.cards(local)


def _serving(parts: Parts) -> str:
    return f"{len(parts.evses())} EVSEs"


def _repaired(journal: Journal) -> JournalRepaired | None:
    damaged = journal.quarantined
    if damaged is None:
        return None
    return JournalRepaired(damaged.kept_up_to_seq, damaged.is_whole, str(damaged.path), damaged.reason)


def _listen_to_signals(stopping: asyncio.Event, reloading: asyncio.Event) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    loop.add_signal_handler(signal.SIGHUP, reloading.set)


async def _reload_when_told(reloader: Reloader, told: asyncio.Event, notifier: Notifier, parts: Parts) -> None:
    """Reload at each SIGHUP; several that come during one are one."""
    while True:
        await told.wait()
        told.clear()
        notifier.reloading()
        outcome = await reloader.reload()
        notifier.ready(f"{_serving(parts)}; {outcome}" if outcome else _serving(parts))
