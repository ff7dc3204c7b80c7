"""Where the value of a declared field comes from.

A source is a path (`data.user.name`, alternatives `large_url|small_url`), a member of an
enumeration, or a function of the raw object, or of the object and the account.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType
from typing import Any

from openchannels.connectors.base.cleaning import Clean
from openchannels.connectors.base.paths import clean_value_at, parse_paths
from openchannels.core.accounts import Account


@dataclass(frozen=True, slots=True)
class FromAccount:
    """A source that is a function of the raw object and the account."""

    function: Callable[[Any, Account], Any]


Source = str | Enum | Callable[[Any], Any] | FromAccount
Read = Callable[[Any, Account | None], Any]

BY_ACCOUNT: Mapping[str, Source] = MappingProxyType(
    {
        "author_name": FromAccount(lambda _item, account: account.nickname),
        "author_uid": FromAccount(lambda _item, account: account.uid),
    }
)
"""Author fields of works that the account itself always wrote."""


def reader(source: Source, clean: Clean) -> Read:
    """Returns a function that reads a source: the first alternative not None after cleaning."""
    if isinstance(source, Enum):
        return lambda _item, _account: source
    if source == "":
        return lambda item, _account: clean(item)
    if isinstance(source, str):
        paths = parse_paths(source)
        return lambda item, _account: clean_value_at(item, paths, clean)
    if isinstance(source, FromAccount):
        function = source.function
        return lambda item, account: clean(function(item, account)) if account else None
    return lambda item, _account: clean(source(item))
