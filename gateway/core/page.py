"""What the site's writer holds, and the page it is writing on."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from uuid import UUID, uuid5

from gateway.core.authorization import TokenBook
from gateway.core.facts import Fact, FactBody, SessionAuthorized
from gateway.core.facts_roaming import SessionReserved
from gateway.core.identifiers import EvseUid, SessionId
from gateway.core.instant import Instant
from gateway.core.rules import EvseRules, Policy
from gateway.core.scene import Scene, set_scene
from gateway.core.sight import Sight
from gateway.core.site_state import SiteState, evolve, pass_by

# A session's id follows from where and when it was authorised, so that minting one needs no dice.
_SESSION_IDS = UUID("6f1c3d52-0a2b-5d1e-9a57-3f6f7c2b8f10")


@dataclass(frozen=True, slots=True)
class World:
    """All that the site's writer holds: the rules, the token list, what is certain, what is seen."""

    policy: Policy
    tokens: TokenBook
    state: SiteState = field(default_factory=SiteState)
    sight: Sight = field(default_factory=Sight)


class Page:
    """The page being written: every fact takes effect on the world at once, so that the next rule sees it."""

    def __init__(self, world: World, at: Instant) -> None:
        self.world = world
        self.at = at
        self.facts: list[Fact] = []

    def write(self, body: FactBody, evse_uid: EvseUid | None = None, session_id: SessionId | None = None) -> None:
        """Write a fact, of whatever it is about."""
        state = self.world.state
        fact = Fact(seq=state.last_seq + 1, at=self.at, evse_uid=evse_uid, session_id=session_id, body=body)
        self.facts.append(fact)
        self.world = replace(self.world, state=evolve(state, fact))

    def write_in_passing(self, bodies: Iterable[tuple[FactBody, SessionId | None]]) -> None:
        """Write facts that change nothing in the world, many at once; what leaves a trace must go through `write`."""
        state = self.world.state
        facts = [
            Fact(seq=seq, at=self.at, evse_uid=None, session_id=session_id, body=body)
            for seq, (body, session_id) in enumerate(bodies, state.last_seq + 1)
        ]
        if facts:
            self.facts.extend(facts)
            self.world = replace(self.world, state=pass_by(state, facts))

    def write_all(self, bodies: Iterable[FactBody]) -> None:
        """Write facts that are of no EVSE."""
        for body in bodies:
            self.write(body)

    def write_at(self, limits: EvseRules, body: FactBody) -> None:
        """Write a fact of an EVSE, and of its open session where there is one."""
        if isinstance(body, SessionAuthorized | SessionReserved):
            session_id: SessionId | None = self._mint_session_id(limits.uid)
        else:
            session = self.world.state.evse(limits.uid).open_session
            session_id = session.id if session is not None else None
        self.write(body, limits.uid, session_id)

    def scene(self, limits: EvseRules) -> Scene:
        """Return what is known of an EVSE now."""
        return set_scene(self.world.policy, limits, self.world.state, self.world.sight, self.at)

    def scenes(self) -> tuple[Scene, ...]:
        """Return what is known of every EVSE now."""
        return tuple(self.scene(limits) for limits in self.world.policy.evses.values())

    def id_of(self, what: str) -> str:
        """Mint an id for something that the next fact begins."""
        state, at = self.world.state, self.at
        party = state.site.site.party if state.site is not None else None
        return str(uuid5(_SESSION_IDS, f"{party}/{what}/{state.last_seq + 1}/{at.boot_id}/{at.boot_ns}"))

    def _mint_session_id(self, evse_uid: EvseUid) -> SessionId:
        return SessionId(self.id_of(evse_uid))
