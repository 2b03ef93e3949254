"""A reload: reads the configuration again, takes over what can be taken over, says what cannot; or changes nothing."""

import asyncio
import os
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import structlog

from gateway.clock import Clock
from gateway.config.findings import ConfigError, Severity
from gateway.core.authorization import TokenBook
from gateway.core.backend_terms import Offer
from gateway.core.identifiers import BackendName
from gateway.core.observations import Observation, Reconfigured
from gateway.core.token import Token
from gateway.daemon_backends import Stamp, stamp_of
from gateway.log import set_level
from gateway.ocpi.v2_2_1.token import parse_tokens
from gateway.settings import BackendSettings, Settings
from gateway.settings_change import merge
from gateway.wiring import make_policy

log = structlog.get_logger()

_RESTART = "systemctl restart ocpi-gateway; charging goes on"
# A disk that is ill takes facts later; until then the new configuration holds in memory, as every decision does.
_PATIENCE_S = 5.0


class Inbox(Protocol):
    """The way in to the site's writer."""

    async def put_and_wait(self, observation: Observation, /) -> None:
        """Hand an observation in and return once what follows from it is on disk."""
        ...


@dataclass(slots=True)
class Current:
    """What holds now: the settings, and the tokens of the site's own list."""

    settings: Settings
    local_tokens: tuple[Token, ...]


class Reloader:
    """Takes `current` further. `reread` reads and judges the configuration anew (ConfigError)."""

    def __init__(  # noqa: PLR0913 - what a reload touches, each by its name
        self,
        current: Current,
        *,
        reread: Callable[[], Settings],
        inbox: Inbox,
        clock: Clock,
        make_book: Callable[[tuple[Token, ...]], TokenBook],
        make_offers: Callable[[Settings], tuple[Offer, ...]],
        replace_backends: Callable[[Sequence[BackendSettings]], Awaitable[tuple[str, ...]]],
        environment: Mapping[str, str] = os.environ,
    ) -> None:
        self._current = current
        self._reread = reread
        self._inbox = inbox
        self._clock = clock
        self._make_book = make_book
        self._make_offers = make_offers
        self._replace_backends = replace_backends
        self._stamps = _stamps_of_fixed_files(current.settings)
        self._credentials = environment.get("CREDENTIALS_DIRECTORY")

    async def reload(self) -> str:
        """Do it; return in one line what is still to be done. Every detail is a line in the log."""
        wanted, problems = self._read()
        if wanted is None:
            for problem in problems:
                log.error("reload_refused", problem=problem)
            return "the configuration on disk is wrong and was not taken over, ask ocpi-gateway check-config"
        change = merge(self._current.settings, wanted.settings)
        waiting = [*change.waiting, *self._changed_files()]
        applied = list(change.applied)
        if wanted.local_tokens != self._current.local_tokens and "tokens_file" not in applied:
            applied.append("tokens_file")
        self._current.settings, self._current.local_tokens = change.settings, wanted.local_tokens
        await self._tell_site(self._current)
        applied += await self._replace_backends(change.settings.backends)
        set_level(change.settings.log_level)
        for item in applied:
            log.info("reload_applied", item=item)
        for item in waiting:
            log.warning("reload_needs_restart", item=item, remedy=_RESTART)
        if self._credentials is not None:
            reason = "systemd hands secrets over when the service starts"
            log.info("reload_left_out", item="credentials/", reason=reason, remedy=_RESTART)
        log.info("reloaded", applied=len(applied), need_restart=len(waiting))
        return f"restart needed for {', '.join(waiting)}" if waiting else ""

    def _changed_files(self) -> list[str]:
        """Return what is read at a start alone, and was written since the last one."""
        now = _stamps_of_fixed_files(self._current.settings)
        return [key for key in sorted({**self._stamps, **now}) if self._stamps.get(key) != now.get(key)]

    def _read(self) -> tuple[Current | None, Sequence[str]]:
        """Return what stands on disk now, or all that is wrong with it."""
        try:
            settings = self._reread()
            return Current(settings, parse_tokens(settings.tokens_file.read_bytes())), ()
        except ConfigError as mistakes:
            return None, [finding.line for finding in mistakes.findings if finding.severity is Severity.ERROR]
        except (OSError, ValueError) as fault:
            return None, [f"tokens_file changed while it was read, reload again: {fault}"]

    async def _tell_site(self, current: Current) -> None:
        settings = current.settings
        news = Reconfigured(
            at=self._clock.now(),
            policy=make_policy(settings),
            tokens=self._make_book(current.local_tokens),
            site=settings.site,
            tariffs=settings.tariffs,
            backends=tuple(BackendName(backend.name) for backend in settings.backends),
            offers=self._make_offers(settings),
        )
        try:
            async with asyncio.timeout(_PATIENCE_S):
                await self._inbox.put_and_wait(news)
        except TimeoutError:
            log.warning("reload_not_written", reason="the disk takes no facts; they are written when it does")


def _stamps_of_fixed_files(settings: Settings) -> Mapping[str, Stamp]:
    stamps = {f"meters_dir: {path.name}": stamp_of(path) for path in settings.meters_dir.glob("*.toml")}
    server = settings.ocpi_server
    if server is not None:
        files = {"cert_file": server.cert_file, "key_file": server.key_file, "ca_file": server.ca_file}
        stamps |= {f"ocpi_server.{key}": stamp_of(path) for key, path in files.items() if path is not None}
    return stamps
