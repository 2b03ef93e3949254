"""A planned site as the text of its configuration, with remarks for whoever opens it. Pure."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from gateway.cli.init_plan import Plan, PlannedBus, PlannedController, PlannedEvse, PlannedMeter

_VOLTS = 230


@dataclass(frozen=True, slots=True)
class SiteAnswers:
    """What no wire tells: [site] and [site.location] by key, and what the connectors can deliver."""

    site: Mapping[str, str]
    location: Mapping[str, str]
    max_current_a: int
    phases: int
    cable: bool


@dataclass(frozen=True, slots=True)
class PlannedBackend:
    """A backend by its keys; `tls` None leaves the table out."""

    name: str
    keys: Mapping[str, str | int]
    tls: Mapping[str, str] | None = None


def config_text(plan: Plan, answers: SiteAnswers, backends: tuple[PlannedBackend, ...]) -> str:
    """Return the TOML."""
    blocks = ["\n".join(_head(plan)), "\n".join(_site(answers))]
    blocks += ["\n".join(_bus(bus)) for bus in plan.buses]
    blocks += ["\n".join(_meter(meter)) for meter in plan.meters]
    blocks += ["\n".join(_controller(controller)) for controller in plan.controllers]
    blocks += [f'[readers.{each.name}]\nkind = "pcsc"\nmatch = {_quoted(each.match)}' for each in plan.readers]
    blocks += ["\n".join(_evse(evse, answers)) for evse in plan.evses]
    blocks += ["\n".join(_backend(backend)) for backend in backends]
    return "\n\n".join(blocks) + "\n"


def _head(plan: Plan) -> Iterator[str]:
    yield "# Written by `ocpi-gateway init`. gateway.toml(5) and gateway.example.toml explain every key."
    if plan.remarks:
        yield "# What was assumed, or left out:"
    for remark in plan.remarks:
        yield f"# - {remark}"
    yield ""
    yield "# The cards that may charge."
    yield 'tokens_file = "tokens.json"'


def _site(answers: SiteAnswers) -> Iterator[str]:
    yield "[site]"
    yield from _pairs(answers.site)
    yield ""
    yield "[site.location]"
    yield from _pairs(answers.location)


def _bus(bus: PlannedBus) -> Iterator[str]:
    setting = bus.setting
    yield f"[buses.{bus.name}]"
    yield f'kind = "{setting.kind}"'
    if setting.kind == "rtu":
        yield f"device = {_quoted(setting.device or '')}"
        yield from (f"baud = {setting.baud}", f'parity = "{setting.parity}"', f"stop_bits = {setting.stop_bits}")
    else:
        yield from (f"host = {_quoted(setting.host or '')}", f"port = {setting.port}")


def _meter(meter: PlannedMeter) -> Iterator[str]:
    yield f"# {meter.title}"
    yield from (f"# {note}" for note in meter.notes)
    yield from (f"[meters.{meter.name}]", f'bus = "{meter.bus}"', f"unit = {meter.unit}", f'model = "{meter.model}"')


def _controller(controller: PlannedController) -> Iterator[str]:
    yield f"[controllers.{controller.name}]"
    yield from (f'kind = "{controller.kind}"', f'bus = "{controller.bus}"', f"unit = {controller.unit}")
    if controller.coil:
        yield f"coil = {controller.coil}"


def _evse(evse: PlannedEvse, answers: SiteAnswers) -> Iterator[str]:
    site = answers.site
    yield "[[evses]]"
    yield f'uid = "{evse.uid}"'
    yield "# What stands on the sticker."
    yield f'evse_id = "{site["country_code"]}*{site["party_id"]}*E{evse.uid}"'
    yield from (f'meter = "{evse.meter}"', f'controller = "{evse.controller}"')
    yield f"readers = [{', '.join(_quoted(name) for name in evse.readers)}]"
    yield f"max_power_w = {answers.max_current_a * _VOLTS * answers.phases}"
    yield f"max_current_a = {answers.max_current_a}"
    yield ""
    yield "[[evses.connectors]]"
    yield from ('id = "1"', 'standard = "IEC_62196_T2"', f'format = "{"CABLE" if answers.cable else "SOCKET"}"')
    yield f'power_type = "AC_{answers.phases}_PHASE"'
    yield from (f"max_voltage_v = {_VOLTS}", f"max_amperage_a = {answers.max_current_a}")


def _backend(backend: PlannedBackend) -> Iterator[str]:
    yield f"[backends.{backend.name}]"
    yield from _pairs(backend.keys)
    if backend.tls is not None:
        yield from ("", f"[backends.{backend.name}.tls]")
        yield from _pairs(backend.tls)


def _pairs(values: Mapping[str, str | int]) -> Iterator[str]:
    yield from (f"{key} = {_quoted(value) if isinstance(value, str) else value}" for key, value in values.items())


def _quoted(text: str) -> str:
    """JSON's strings are TOML's basic strings, all but the DEL character."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
