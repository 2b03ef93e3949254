"""Facts about backends and bills: what was agreed, what was taken back. Kinds like those of facts.py, same law."""

from dataclasses import dataclass

from gateway.core.backend_terms import Terms
from gateway.core.cdr import Cdr
from gateway.core.identifiers import BackendName


@dataclass(frozen=True, slots=True)
class BackendTermsAgreed:
    """What a backend is owed from here on follows these terms; what it is owed already is put into their words."""

    backend: BackendName
    terms: Terms


@dataclass(frozen=True, slots=True)
class CdrCredited:
    """A human takes a CDR back: a credit CDR goes out, and `replacement` after it where there is one.

    `cdr` is what was sealed, whole, so that the credit follows from this fact alone.
    """

    cdr: Cdr
    reason: str
    replacement: Cdr | None = None
