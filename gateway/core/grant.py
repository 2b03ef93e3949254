"""The fact that lets somebody charge, and which EVSE a driver means."""

from gateway.core.adopted import AdoptedSite, AdoptedTariff
from gateway.core.facts import SessionAuthorized
from gateway.core.identifiers import ConnectorId, ReaderName
from gateway.core.observations import CardPresented
from gateway.core.reasons import FaultKind, Refusal
from gateway.core.scene import Scene, Stage
from gateway.core.site_state import SiteState
from gateway.core.token import AuthMethod, Token, TokenType, WhitelistType

# OCPI's word for what cannot be known.
NOT_AVAILABLE = "#NA"
_METER_FAULTS = frozenset({FaultKind.METER_LOST, FaultKind.METER_IMPLAUSIBLE})


def adopted_site(state: SiteState) -> AdoptedSite:
    """Return the site; nothing can begin before it is adopted."""
    if state.site is None:
        raise ValueError("somebody wants to charge before the site was adopted")
    return state.site


def tariff_of(scene: Scene, state: SiteState) -> AdoptedTariff | None:
    """Return what a session that begins here now is priced with."""
    return state.tariffs.get(scene.limits.tariff_id) if scene.limits.tariff_id is not None else None


def grant(  # noqa: PLR0913 - a grant has that many sides, each of them named where it is made
    scene: Scene,
    state: SiteState,
    token: Token,
    method: AuthMethod,
    *,
    reference: str | None = None,
    reader: ReaderName | None = None,
    connector_id: ConnectorId | None = None,
    basis: str | None = None,
    max_energy_wh: int | None = None,
) -> SessionAuthorized:
    """Let a token charge at the EVSE of a scene."""
    tariff = tariff_of(scene, state)
    return SessionAuthorized(
        connector_id=connector_id or scene.limits.connector_id,
        token=token,
        auth_method=method,
        authorization_reference=reference,
        reader=reader,
        tariff_id=tariff.tariff.id if tariff is not None else None,
        tariff_seq=tariff.seq if tariff is not None else None,
        site_seq=adopted_site(state).seq,
        basis=basis,
        max_energy_wh=max_energy_wh,
    )


def stranger_grant(card: CardPresented, scene: Scene, state: SiteState) -> SessionAuthorized:
    """Let a card in that nobody could be asked about: for no more than the site risks, and to be settled later."""
    party, limit_wh = adopted_site(state).site.party, scene.rules.unknown_card_max_wh
    token = Token(
        owner=party,
        uid=card.uid,
        type=TokenType.RFID,
        contract_id=NOT_AVAILABLE,
        issuer=NOT_AVAILABLE,
        valid=True,
        whitelist=WhitelistType.NEVER,
        last_updated=state.chronology.place(card.at),
    )
    basis = f"unknown card, nobody could be asked: up to {limit_wh} Wh, to be settled later"
    return grant(scene, state, token, AuthMethod.WHITELIST, reader=card.reader, basis=basis, max_energy_wh=limit_wh)


def choose(scenes: tuple[Scene, ...]) -> Scene | Refusal:
    """Pick the EVSE that is meant: the one plugged in last, else the only one free."""
    free = [scene for scene in scenes if scene.stage is Stage.FREE]
    usable = [scene for scene in free if not scene.record.faults]
    if not usable:
        return _why_none(scenes, free)
    plugged = [scene for scene in usable if scene.seen.plugged_since is not None]
    if plugged:
        return max(plugged, key=_plugged_at)
    return usable[0] if len(usable) == 1 else Refusal.PLUG_IN_FIRST


def _plugged_at(scene: Scene) -> int:
    return scene.seen.plugged_since.boot_ns if scene.seen.plugged_since is not None else 0


def _why_none(scenes: tuple[Scene, ...], free: list[Scene]) -> Refusal:
    if not free:
        reserved = any(scene.stage in {Stage.RESERVED, Stage.CLAIMED} for scene in scenes)
        return Refusal.EVSE_RESERVED if reserved else Refusal.EVSE_OCCUPIED
    only_meters = all(set(scene.record.faults) <= _METER_FAULTS for scene in free)
    return Refusal.METER_SILENT if only_meters else Refusal.EVSE_OUT_OF_ORDER
