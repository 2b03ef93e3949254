"""What keeps the daemon small and quick to start, beside importing nothing that the site does not use."""

import ctypes
import gc
import os
from collections.abc import Iterator
from contextlib import contextmanager

# mallopt(3). Each thread would get an arena of its own; ours wait for a disk or a card reader most of the time.
_M_ARENA_MAX = -8


# What libraries look at when they are imported. aiohttp makes a TLS context of all public CAs that nobody uses: ours
# are made in uplink/tls.py, each from its own settings. frozenlist's compiled half is alone in wanting the C++ library,
# which is 1 MB, for lists that are made once.
_WHILE_IMPORTING = {"SSL_CERT_FILE": os.devnull, "FROZENLIST_NO_EXTENSIONS": "1"}


@contextmanager
def importing() -> Iterator[None]:
    """Import in here: nothing becomes garbage, and no library loads what we do not use."""
    before = {name: os.environ.get(name) for name in _WHILE_IMPORTING}
    os.environ.update(_WHILE_IMPORTING)
    gc.disable()
    try:
        yield
    finally:
        gc.collect()
        gc.enable()
        # What was imported stays: it need not be looked through again and again.
        gc.freeze()
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def one_arena() -> None:
    """Have all threads allocate from one place; to be called before there are any."""
    ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 1)


def give_back() -> None:
    """Return to the system what only the start needed."""
    gc.collect()
    gc.freeze()
    ctypes.CDLL(None).malloc_trim(0)
