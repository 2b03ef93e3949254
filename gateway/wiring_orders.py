"""From settings to what peers may order: the modules of our server, and the tasks that answer and ask."""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from functools import partial
from typing import Any

from gateway.clock import Clock
from gateway.core.identifiers import EvseUid
from gateway.ocpi.response_url import url_problem
from gateway.orders import OrderDesk
from gateway.registry.registry import Registry
from gateway.settings import OcpiServerSettings, Settings, TlsSettings
from gateway.uplink.card_questions import CardQuestions
from gateway.uplink.peer_calls import PeerCalls
from gateway.uplink.profile_teller import ProfileTeller
from gateway.uplink.result_sender import ResultSender
from gateway.web.ocpi_commands import CommandReceiver
from gateway.web.ocpi_module import Module
from gateway.web.ocpi_profiles import ProfileReceiver, SessionSender

# So many drivers wait for their provider's word at the same time before one has to wait for another.
_ASKERS = 4


@dataclass(frozen=True, slots=True)
class OrderParts:
    """What peers may order: modules by their OCPI identifier, and coroutines without end, each with its name."""

    modules: dict[str, Module]
    tasks: tuple[tuple[str, Coroutine[Any, Any, None]], ...]


def make_orders(  # noqa: PLR0913 - the composition root names each part
    current: Callable[[], Settings],
    ocpi: OcpiServerSettings,
    registry: Registry,
    desk: OrderDesk,
    clock: Clock,
    *,
    sessions: Module,
) -> OrderParts:
    """Make the modules that take orders around the list of `sessions`; calls nobody yet."""
    us = current().site.party
    tls = TlsSettings(ca_file=ocpi.ca_file)
    check_url = partial(url_problem, allows_http=ocpi.allow_http, allows_private=ocpi.private_response_urls)

    def limits_a() -> dict[EvseUid, int]:
        return {EvseUid(evse.uid): evse.max_current_a for evse in current().evses}

    senders = ResultSender(
        desk,
        registry,
        PeerCalls(tls, ocpi.timeout_s, only_public=not ocpi.private_response_urls),
        us=us,
        clock=clock,
        limits_a=limits_a,
    )
    teller = ProfileTeller(desk, registry, PeerCalls(tls, ocpi.timeout_s), us=us, clock=clock, limits_a=limits_a)
    questions = CardQuestions(
        desk,
        registry,
        PeerCalls(tls, min(ocpi.timeout_s, current().rules.authorize_timeout_s)),
        us=us,
        clock=clock,
        asks_of_strangers=ocpi.ask_about_unknown_cards,
    )
    return OrderParts(
        modules={
            "sessions": SessionSender(sessions, desk, us, clock.now, lambda uid: uid in current().limitable),
            "commands": CommandReceiver(desk, us, check_url, lambda: current().rules.command_timeout_s),
            "chargingprofiles": ProfileReceiver(desk, us, check_url),
        },
        tasks=(
            ("results", senders.run()),
            ("charging profiles", teller.run()),
            *((f"card questions {number}", questions.work()) for number in range(1, _ASKERS + 1)),
        ),
    )
