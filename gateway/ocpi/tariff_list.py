"""A list of a site's own OCPI Tariffs to core Tariffs: all that is wrong with any of them at once."""

from collections.abc import Callable
from typing import Any

from gateway.core.tariff import Tariff
from gateway.ocpi.reading import Malformed, decode, shaped
from gateway.ocpi.tariff_shapes import TariffWritten, problems_of, to_core


class TariffsInvalid(ValueError):
    """A tariff list that cannot be used; `findings` are all of them, each beginning with its JSON path."""

    def __init__(self, findings: tuple[str, ...]) -> None:
        super().__init__("; ".join(findings))
        self.findings = findings


def read_tariff(path: str, item: Any, shape: type[TariffWritten]) -> Tariff:
    """Return one decoded tariff that stands at `path`; TariffsInvalid has every finding."""
    try:
        written = shaped(path, item, shape)
    except Malformed as problem:
        raise TariffsInvalid((str(problem),)) from None
    problems = tuple(problems_of(path, written))
    if problems:
        raise TariffsInvalid(problems)
    return to_core(written)


def read_tariffs(data: bytes, shape_of: Callable[[Any], type[TariffWritten]]) -> tuple[Tariff, ...]:
    """Return the tariffs of a JSON list, each in a version's shape, numbers exact; TariffsInvalid has every finding."""
    try:
        items = decode(data)
    except Malformed as problem:
        raise TariffsInvalid((f"{problem}, expected a JSON list of OCPI Tariffs",)) from None
    if not isinstance(items, list):
        raise TariffsInvalid(("$: expected a JSON list of OCPI Tariffs",))
    findings: list[str] = []
    tariffs: dict[str, Tariff] = {}
    for index, item in enumerate(items):
        path = f"$[{index}]"
        try:
            tariff = read_tariff(path, item, shape_of(item))
        except TariffsInvalid as invalid:
            findings.extend(invalid.findings)
            continue
        if tariff.id.casefold() in tariffs:
            findings.append(f"{path}.id: the same id stands in the list already, give each tariff its own")
        tariffs[tariff.id.casefold()] = tariff
    if findings:
        raise TariffsInvalid(tuple(findings))
    return tuple(tariffs.values())
