"""One running shipper per configured backend: replaced when its settings or its files change, alone and at once."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from gateway.core.identifiers import BackendName
from gateway.settings import BackendSettings, MqttBackendSettings, OcpiBackendSettings, PeerBackendSettings, TlsSettings
from gateway.wiring_backends import Backend

# What changes about a file when it is written or replaced; None for one that is not there.
Stamp = tuple[int, int, int] | None


class Spawn(Protocol):
    """Makes a task of a coroutine in the daemon's TaskGroup."""

    def __call__(self, work: Coroutine[Any, Any, None], /, *, name: str) -> "asyncio.Task[None]":
        """Start it."""
        ...


@dataclass(frozen=True, slots=True)
class _Running:
    settings: BackendSettings
    stamps: Mapping[str, Stamp]
    backend: Backend
    tasks: "tuple[asyncio.Task[None], ...]"


class RunningBackends:
    """Which backends run now; `make` makes the shipper of one, connected to nothing."""

    def __init__(self, make: Callable[[BackendSettings], Backend]) -> None:
        self._make = make
        self._running: dict[str, _Running] = {}

    def all(self) -> Sequence[Backend]:
        """Return those that run, in the order of the configuration."""
        return [each.backend for each in self._running.values()]

    def names(self) -> Sequence[BackendName]:
        """Return their names."""
        return [backend.name for backend in self.all()]

    async def become(self, wanted: Sequence[BackendSettings], spawn: Spawn) -> tuple[str, ...]:
        """Run exactly these; return the keys whose files are others than before.

        A delivery that is cut off is made again, as after any break of the line.
        """
        before = self._running
        kept: dict[str, _Running] = {}
        files: list[str] = []
        for settings in wanted:
            known, stamps = before.get(settings.name), stamps_of(settings)
            if known is not None and known.settings == settings:
                files += [key for key, stamp in stamps.items() if stamp != known.stamps[key]]
                if stamps == known.stamps:
                    kept[settings.name] = known
        gone = [task for name, each in before.items() if name not in kept for task in each.tasks]
        for task in gone:
            task.cancel()
        await asyncio.gather(*gone, return_exceptions=True)
        self._running = {settings.name: kept.get(settings.name) or self._start(settings, spawn) for settings in wanted}
        return tuple(files)

    def stop(self) -> None:
        """Cancel all of them."""
        for each in self._running.values():
            for task in each.tasks:
                task.cancel()

    def _start(self, settings: BackendSettings, spawn: Spawn) -> _Running:
        backend = self._make(settings)
        tasks = [spawn(backend.shipper.run(), name="shipper")]
        if backend.requests is not None:
            tasks.append(spawn(backend.requests.run(), name="requests"))
        if backend.results is not None:
            tasks.append(spawn(backend.results.run(), name="results"))
        return _Running(settings, stamps_of(settings), backend, tuple(tasks))


def stamps_of(settings: BackendSettings) -> Mapping[str, Stamp]:
    """Return what each file of a backend looks like now, by its key in the configuration."""
    return {f"backends.{settings.name}.{key}": stamp_of(path) for key, path in _files(settings)}


def _files(settings: BackendSettings) -> Iterator[tuple[str, Path]]:
    match settings:
        case OcpiBackendSettings():
            yield "token_file", settings.token_file
        case MqttBackendSettings():
            if settings.password_file is not None:
                yield "password_file", settings.password_file
        case PeerBackendSettings():
            pass
    tls = settings.tls or TlsSettings()
    for key, path in (("ca_file", tls.ca_file), ("cert_file", tls.cert_file), ("key_file", tls.key_file)):
        if path is not None:
            yield f"tls.{key}", path


def stamp_of(path: Path) -> Stamp:
    """Return what a file looks like."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino
