"""What keeps the daemon small and quick to start, beside importing nothing that the site does not use."""

import ctypes
import gc
import os
from collections.abc import Iterator
from contextlib import contextmanager

# mallopt(3). Each thread would get an arena of its own; ours wait for a disk or a card reader most of the time.
_M_ARENA_MAX = -8


@contextmanager
def importing() -> Iterator[None]:
    """Import in here: nothing becomes garbage, and no library reads all public CAs for a context that nobody uses.

    aiohttp makes such a context when it is imported; ours are made in uplink/tls.py, each from its own settings.
    """
    before = os.environ.get("SSL_CERT_FILE")
    os.environ["SSL_CERT_FILE"] = os.devnull
    gc.disable()
    try:
        yield
    finally:
        gc.collect()
        gc.enable()
        # What was imported stays: it need not be looked through again and again.
        gc.freeze()
        del os.environ["SSL_CERT_FILE"]
        if before is not None:
            os.environ["SSL_CERT_FILE"] = before


def one_arena() -> None:
    """Have all threads allocate from one place; to be called before there are any."""
    ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 1)


def give_back() -> None:
    """Return to the system what only the start needed."""
    gc.collect()
    gc.freeze()
    ctypes.CDLL(None).malloc_trim(0)
