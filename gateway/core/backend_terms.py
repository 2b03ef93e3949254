"""What was agreed with a backend: OCPI version, whose drivers it hears of, which modules of ours it takes by push."""

from dataclasses import dataclass

from gateway.core.identifiers import BackendName, Party

# What a backend speaks before anything was agreed, and what every journal from before there were terms was written in.
FIRST_VERSION = "2.2.1"


@dataclass(frozen=True, slots=True)
class Terms:
    """`drivers_of` None: Sessions and CDRs of all drivers. `takes` are the modules beside sessions and cdrs."""

    version: str = FIRST_VERSION
    drivers_of: tuple[Party, ...] | None = None
    takes: tuple[str, ...] = ()

    def may_hear_of(self, owner: Party) -> bool:
        """Whether this backend gets what concerns a driver whose token has this owner."""
        return self.drivers_of is None or folded(owner) in {folded(party) for party in self.drivers_of}


@dataclass(frozen=True, slots=True)
class Offer:
    """Terms as far as they are known; None leaves what was agreed before as it is."""

    backend: BackendName
    version: str | None = None
    drivers_of: tuple[Party, ...] | None = None
    takes: tuple[str, ...] | None = None

    def on_top_of(self, agreed: Terms) -> Terms:
        """Return the terms that hold with this offer. Whose drivers are meant is always said."""
        return Terms(
            version=agreed.version if self.version is None else self.version,
            drivers_of=self.drivers_of,
            takes=agreed.takes if self.takes is None else self.takes,
        )


def folded(party: Party) -> Party:
    """Return the party as it compares: OCPI's ids are case-insensitive."""
    return Party(party.country_code.upper(), party.party_id.upper())
