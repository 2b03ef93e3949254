"""What a scan found, in words and as configuration to paste. Pure."""

from collections.abc import Iterable, Sequence
from itertools import groupby

from drivers.meters.identify_controllers import ControllerGuess
from drivers.meters.scan_plan import Setting
from drivers.meters.scan_unit import Find
from gateway.cli.words import plain

_CONTROLLERS = {
    ControllerGuess.RELAY_BOARD: "relay board, or the like",
    ControllerGuess.EVSE_DIN: "EVSE-DIN charge controller",
}
_MOST_NAMES = 3


def described(find: Find) -> str:
    """Return in one sentence what answers there."""
    if find.is_collision:
        return (
            f"something answers, but {find.garbled} of {find.heard} replies are spoilt: two devices with this id"
            " (switch one off and scan again), another parity, or a bad line"
        )
    time = "" if find.reply_ms is None else f"; reply {plain(find.reply_ms)} ms"
    spoilt = f"; {find.garbled} of {find.heard} replies were spoilt" if find.garbled else ""
    says = f"; it says that it is {find.says}" if find.says else ""
    return f"{_identity(find)}{says}{time}{spoilt}"


def _identity(find: Find) -> str:
    names = _names(model.title for model in find.models)
    if find.models:
        return names if find.is_certain else f"live values like {names}: compare the type plate"
    if find.controller is not None:
        return _CONTROLLERS[find.controller]
    if find.fits:
        names = _names(fit.model.title for fit in find.fits if fit.is_swapped == find.fits[0].is_swapped)
        turned = " with the words swapped" if find.fits[0].is_swapped else ""
        seen = f"{plain(find.fits[0].voltage)} V, {plain(find.fits[0].frequency)} Hz"
        return f"a meter unknown here that reads like {names}{turned} ({seen})"
    if find.guess is not None:
        one = find.guess
        return (
            f"a meter unknown here: function {one.function}, {one.type} {one.word_order},"
            f" {plain(one.voltage)} V at 0x{one.voltage_address:04X}, {plain(one.frequency)} Hz at"
            f" 0x{one.frequency_address:04X}"
        )
    return "answers, and is nothing known here"


def paste(finds: Sequence[Find]) -> list[str]:
    """Return the lines of configuration for what was found; what cannot be configured is a comment."""
    by_setting = sorted(finds, key=lambda find: (str(find.setting), find.unit))
    groups = [(setting, list(group)) for setting, group in groupby(by_setting, key=lambda find: find.setting)]
    groups.sort(key=lambda group: -len(group[1]))
    if groups and groups[0][0].kind == "rtu":
        main, strays = groups[0][0], groups[1:]
        return [*_bus("line", *groups[0]), *(line for group in strays for line in _strays(main, *group))]
    names = ("net" if index == 0 else f"net_{index + 1}" for index in range(len(groups)))
    return [line for name, group in zip(names, groups, strict=True) for line in _bus(name, *group)]


def _bus(name: str, setting: Setting, finds: Iterable[Find]) -> list[str]:
    lines = [f"[buses.{name}]", f'kind = "{setting.kind}"']
    if setting.kind == "rtu":
        lines += [f'device = "{setting.device}"', f"baud = {setting.baud}"]
        lines += [f'parity = "{setting.parity}"', f"stop_bits = {setting.stop_bits}"]
    else:
        lines += [f'host = "{setting.host}"', f"port = {setting.port}"]
    for find in finds:
        lines += ["", *_device(name, find)]
    return [*lines, ""]


def _device(bus: str, find: Find) -> list[str]:
    where = [f'bus = "{bus}"', f"unit = {find.unit}"]
    prefix = "" if bus in {"line", "net"} else f"{bus}_"
    if not find.is_collision and find.controller is not None:
        notes = ["# coil = 0 is its first relay"] if find.controller is ControllerGuess.RELAY_BOARD else []
        return [f"[controllers.{prefix}unit_{find.unit}]", f'kind = "{find.controller}"', *where, *notes]
    models = find.models or tuple(fit.model for fit in find.fits)
    if find.is_collision or not models:
        return [f"# unit {find.unit}: {described(find)}"]
    notes = []
    if len(models) > 1:
        notes.append(f"# or {', '.join(model.name for model in models[1:])}: the type plate says which")
    if not find.models:
        notes.append("# recognised by its live values only: compare the energy with the display before billing")
    if not find.models and find.fits[0].is_swapped:
        notes.append("# its words stand in the other order: set that at the meter, or in a model file of your own")
    return [f"[meters.{prefix}unit_{find.unit}]", *where, f'model = "{models[0].name}"', *notes]


def _strays(main: Setting, setting: Setting, finds: Iterable[Find]) -> list[str]:
    return [
        f"# unit {find.unit} speaks {setting}: set it to {main} before it can share the line ({_identity(find)})"
        for find in finds
    ]


def _names(titles: Iterable[str]) -> str:
    names = list(titles)
    return " / ".join(names if len(names) <= _MOST_NAMES else [*names[:_MOST_NAMES], "…"])
