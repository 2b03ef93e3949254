"""Facts about backends: what was agreed with them. Kinds like those of facts.py, under the same law."""

from dataclasses import dataclass

from gateway.core.backend_terms import Terms
from gateway.core.identifiers import BackendName


@dataclass(frozen=True, slots=True)
class BackendTermsAgreed:
    """What a backend is owed from here on follows these terms; what it is owed already is put into their words."""

    backend: BackendName
    terms: Terms
