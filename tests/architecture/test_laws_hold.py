from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
from architecture.breaches import (
    Breach,
    allowance_breaches,
    arrow_breaches,
    ban_breaches,
    float_breaches,
    name_breaches,
    secret_breaches,
    sign_breaches,
    size_breaches,
)
from architecture.laws import ALLOWANCES, BANS, Allowance, Ban


def _told(breaches: Iterable[Breach]) -> str:
    return "\n".join(dict.fromkeys(map(str, breaches)))


@pytest.mark.parametrize("allowance", ALLOWANCES, ids=lambda allowance: allowance.name)
def test_pure_rooms_import_only_what_is_pure(repository: Path, allowance: Allowance) -> None:
    told = _told(allowance_breaches(repository, allowance))
    assert not told, told


@pytest.mark.parametrize("ban", BANS, ids=lambda ban: ban.name)
def test_what_has_one_place_stands_nowhere_else(repository: Path, ban: Ban) -> None:
    told = _told(ban_breaches(repository, ban))
    assert not told, told


@pytest.mark.parametrize(
    "find_breaches",
    [arrow_breaches, float_breaches, name_breaches, secret_breaches, sign_breaches, size_breaches],
)
def test_the_house_rules_hold(repository: Path, find_breaches: Callable[[Path], Iterable[Breach]]) -> None:
    told = _told(find_breaches(repository))
    assert not told, told
