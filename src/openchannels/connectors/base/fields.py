"""Reading the declared fields of an object, each from its source."""

from collections.abc import Callable, Mapping
from enum import Enum
from types import MappingProxyType
from typing import Any

from openchannels.connectors.base.cleaning import Clean
from openchannels.connectors.base.path_tree import PathTree
from openchannels.connectors.base.paths import parse_paths
from openchannels.connectors.base.sources import Read, Source, reader
from openchannels.connectors.base.targets import Target
from openchannels.core.accounts import Account


class Fields:
    """Sources by the name of the field that they fill. Immutable."""

    def __init__(self, sources: Mapping[str, Source], targets: Mapping[str, Target]) -> None:
        if unknown := sources.keys() - targets.keys():
            raise ValueError(f"no such fields: {', '.join(sorted(unknown))}")
        self.sources = MappingProxyType(dict(sources))
        self.wire = MappingProxyType({name: targets[name].wire for name in sources})
        self._blank = dict.fromkeys(sources)
        self._paths = PathTree()
        self._functions: list[tuple[str, Callable[[Any], Any], Clean]] = []
        self._readers: list[tuple[str, Read]] = []
        for name, source in sources.items():
            clean = targets[name].clean
            if isinstance(source, Enum):
                self._blank[name] = source
            elif isinstance(source, str):
                self._paths.add(parse_paths(source), name, clean)
            elif callable(source):
                self._functions.append((name, source, clean))
            else:
                self._readers.append((name, reader(source, clean)))

    def read(self, item: Any, account: Account | None = None) -> dict[str, Any]:
        """Returns the cleaned values by field."""
        values = self._blank.copy()
        self._paths.read_into(values, item)
        for name, function, clean in self._functions:
            values[name] = clean(function(item))
        for name, read in self._readers:
            values[name] = read(item, account)
        return values
