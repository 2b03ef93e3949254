"""Every fact that can exist: hypothesis strategies built from the types of core/facts themselves."""

import types
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from enum import Enum
from typing import Any, NewType, Union, get_args, get_origin, get_type_hints

from hypothesis import strategies as st

from gateway.core.facts import Fact, FactBody

_PLAIN: dict[Any, st.SearchStrategy[Any]] = {
    bool: st.booleans(),
    int: st.integers(min_value=-(2**63), max_value=2**63 - 1),
    str: st.text(),
    Decimal: st.decimals(allow_nan=False, allow_infinity=False),
    datetime: st.datetimes(timezones=st.just(UTC)),
    date: st.dates(),
    time: st.times(),
    types.NoneType: st.none(),
}


def anything_of(declared: Any) -> st.SearchStrategy[Any]:
    """Return values of a declared type, whatever it is made of; KeyError for a type nobody thought of."""
    if isinstance(declared, NewType):
        return anything_of(declared.__supertype__)
    if get_origin(declared) in {types.UnionType, Union}:
        return st.one_of(*(anything_of(each) for each in get_args(declared)))
    if get_origin(declared) is tuple:
        return st.lists(anything_of(get_args(declared)[0]), max_size=3).map(tuple)
    if isinstance(declared, type) and issubclass(declared, Enum):
        return st.sampled_from(declared)
    if isinstance(declared, type) and is_dataclass(declared):
        hints = get_type_hints(declared)
        return st.builds(declared, **{field.name: anything_of(hints[field.name]) for field in fields(declared)})
    return _PLAIN[declared]


bodies = anything_of(FactBody)
facts = anything_of(Fact)
