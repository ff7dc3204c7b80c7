"""Maps from a platform's objects to works and profiles, each field declared once.

A source is a path (`data.user.name`, alternatives `large_url|small_url`), a member of an
enumeration, or a function of the raw object. Its value is cleaned by the
functions of `parse`: a value of the wrong type becomes None, never zero.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from types import MappingProxyType
from typing import Any, overload

from openchannels.connectors.base.parse import count, https, moment, text
from openchannels.connectors.base.paths import clean_value_at, parse_paths
from openchannels.core.accounts import (
    MAX_IDENTIFIER,
    MAX_NICKNAME,
    Account,
    Counters,
    Profile,
)
from openchannels.core.availability import (
    ACCOUNT_FIELDS,
    NOT_OFFERED,
    WORK_FIELDS,
    FieldCoverage,
)
from openchannels.core.platforms import Platform, Text
from openchannels.core.works import MAX_DESCRIPTION, MAX_TITLE, MAX_WORK_ID, Metrics, Work


@dataclass(frozen=True, slots=True)
class FromAccount:
    """A source that is a function of the raw object and the account."""

    function: Callable[[Any, Account], Any]


Source = str | Enum | Callable[[Any], Any] | FromAccount
Clean = Callable[[Any], Any]
Read = Callable[[Any, Account | None], Any]

MAX_FACT = 1024
"""Characters of a text that is kept with an account for later calls."""

BY_ACCOUNT: Mapping[str, Source] = MappingProxyType(
    {
        "author_name": FromAccount(lambda _item, account: account.nickname),
        "author_uid": FromAccount(lambda _item, account: account.uid),
    }
)
"""Author fields of works that the account itself always wrote."""


def seconds(value: Any) -> float | None:
    """Returns a finite duration of zero or more seconds, possibly fractional, or None."""
    if isinstance(value, float) and math.isfinite(value) and value >= 0:
        return value
    return count(value)


def identity(value: Any) -> Any:
    """Returns the value; for sources that need no cleaning."""
    return value


def no_value(_item: Any) -> None:
    """Returns None; the uid's source if the object does not contain it."""


def shortened(most: int) -> Clean:
    """Returns a cleaning function for texts to read, which cuts them to `most` characters."""

    def clean(value: Any) -> str | None:
        whole = text(value)
        if whole is None or len(whole) <= most:
            return whole
        return text(whole[:most].rstrip())

    return clean


def bounded(most: int) -> Clean:
    """Returns a cleaning function for ids, of which a part is worthless: longer ones are None."""

    def clean(value: Any) -> str | None:
        whole = text(value)
        return whole if whole is None or len(whole) <= most else None

    return clean


@dataclass(frozen=True, slots=True)
class Target:
    """A field that a map can fill: its name in our API, and how its values are cleaned."""

    wire: str
    clean: Clean


WORK_TARGETS = {
    "id": Target("platformWorkId", bounded(MAX_WORK_ID)),
    "mode": Target("contentMode", identity),
    "title": Target("title", shortened(MAX_TITLE)),
    "description": Target("description", shortened(MAX_DESCRIPTION)),
    "url": Target("url", https),
    "cover_url": Target("coverUrl", https),
    "published_at": Target("publishedAt", moment),
    "author_name": Target("authorName", shortened(MAX_NICKNAME)),
    "author_uid": Target("authorPlatformUid", bounded(MAX_IDENTIFIER)),
    "status": Target("status", identity),
}
METRIC_TARGETS = {
    "views": Target("viewCount", count),
    "plays": Target("playCount", count),
    "impressions": Target("impressionCount", count),
    "reach": Target("reachCount", count),
    "likes": Target("likeCount", count),
    "collects": Target("collectCount", count),
    "comments": Target("commentCount", count),
    "shares": Target("shareCount", count),
    "saves": Target("saveCount", count),
    "clicks": Target("clickCount", count),
    "engagements": Target("engagementCount", count),
    "watch_seconds": Target("watchTimeSeconds", seconds),
}
PROFILE_TARGETS = {
    "uid": Target("uid", bounded(MAX_IDENTIFIER)),
    "nickname": Target("nickname", shortened(MAX_NICKNAME)),
    "handle": Target("account", bounded(MAX_IDENTIFIER)),
    "secondary": Target("account", text),
    "avatar": Target("avatar", https),
}
COUNTER_TARGETS = {
    "fans": Target("fansCount", count),
    "following": Target("followingCount", count),
    "works": Target("workCount", count),
    "reads": Target("readCount", count),
    "likes": Target("likeCount", count),
    "collects": Target("collectCount", count),
    "forwards": Target("forwardCount", count),
    "comments": Target("commentCount", count),
}


class Tree:
    """Paths of keys that are read together: what several lead through is looked up once.

    On a page of works, whose fields mostly lie side by side, that takes a third of the time of
    following each path from the start.
    """

    def __init__(self) -> None:
        self._fields: dict[str, list[tuple[str, Clean]]] = {}
        """By key: the fields that its value fills, and how it is cleaned for each."""
        self._below: dict[str, Tree] = {}
        """By key: the paths that go on through its value."""

    def add(self, keys: Sequence[str], name: str, clean: Clean) -> None:
        """Adds the path of a field, of one key or more."""
        key, *rest = keys
        if rest:
            self._below.setdefault(key, Tree()).add(rest, name, clean)
        else:
            self._fields.setdefault(key, []).append((name, clean))

    def read_into(self, values: dict[str, Any], item: Any) -> None:
        """Sets the fields whose paths an object has; a value that is None sets none."""
        if not isinstance(item, dict):
            return
        for key, fields in self._fields.items():
            found = item.get(key)
            if found is not None:
                for name, clean in fields:
                    values[name] = clean(found)
        for key, below in self._below.items():
            below.read_into(values, item.get(key))


def plain_keys(written: str) -> list[str] | None:
    """Returns the keys of a path; None if it has alternatives, list indexes, or no step."""
    first, *alternatives = parse_paths(written)
    keys = [step for step in first if isinstance(step, str)]
    return keys if keys and len(keys) == len(first) and not alternatives else None


class Fields:
    """Sources by the name of the field that they fill. Immutable."""

    def __init__(self, sources: Mapping[str, Source], targets: Mapping[str, Target]) -> None:
        if unknown := sources.keys() - targets.keys():
            raise ValueError(f"no such fields: {', '.join(sorted(unknown))}")
        self.sources = MappingProxyType(dict(sources))
        self.wire = MappingProxyType({name: targets[name].wire for name in sources})
        self._blank = dict.fromkeys(sources)
        self._tree = Tree()
        self._readers: list[tuple[str, Read]] = []
        for name, source in sources.items():
            clean = targets[name].clean
            if isinstance(source, Enum):
                self._blank[name] = source
            elif isinstance(source, str) and (keys := plain_keys(source)):
                self._tree.add(keys, name, clean)
            else:
                self._readers.append((name, reader(source, clean)))

    def read(self, item: Any, account: Account | None = None) -> dict[str, Any]:
        """Returns the cleaned values by field."""
        values = self._blank.copy()
        self._tree.read_into(values, item)
        for name, read in self._readers:
            values[name] = read(item, account)
        return values


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


def coverage_of(
    declared: Iterable[Fields],
    order: Iterable[str],
    scoped: Mapping[str, str],
    never: Mapping[str, Text],
    otherwise: Text,
) -> FieldCoverage:
    """Returns the coverage of declared fields by their names in our API.

    Raises ValueError if `scoped` names a field that is not declared, or `never` one that is.
    """
    wire = {name for fields in declared for name in fields.wire.values()}
    if wrong := (scoped.keys() - wire) | (never.keys() & wire):
        raise ValueError(f"scoped but not declared, or never but declared: {sorted(wrong)}")
    offered = [name for name in order if name in wire and name not in scoped]
    return FieldCoverage(" ".join(offered), dict(scoped), dict(never), otherwise)


@dataclass(frozen=True, slots=True, eq=False)
class WorkMap:
    """Maps a platform's object to a work.

    `metrics_at` locates the object with the counts of `metrics`: a path, or a function if there
    is more than one shape. `scoped` maps fields, by their names in our API, to the scope or
    setting they need, `never` to the reason why they are missing.
    """

    fields: Mapping[str, Source]
    metrics: Mapping[str, Source] = field(default_factory=dict)
    metrics_at: Source = ""
    scoped: Mapping[str, str] = field(default_factory=dict)
    never: Mapping[str, Text] = field(default_factory=dict)
    otherwise: Text = NOT_OFFERED
    coverage: FieldCoverage = field(init=False)
    _fields: Fields = field(init=False, repr=False)
    _metrics: Fields = field(init=False, repr=False)
    _counts: Read = field(init=False, repr=False)

    def __post_init__(self) -> None:
        if missing := {"id", "mode"} - self.fields.keys():
            raise ValueError(f"a work needs {sorted(missing)}")
        fields, metrics = Fields(self.fields, WORK_TARGETS), Fields(self.metrics, METRIC_TARGETS)
        coverage = coverage_of(
            (fields, metrics), WORK_FIELDS, self.scoped, self.never, self.otherwise
        )
        counts = reader(self.metrics_at, identity)
        _set_derived(
            self,
            fields=fields.sources,
            metrics=metrics.sources,
            coverage=coverage,
            _fields=fields,
            _metrics=metrics,
            _counts=counts,
        )

    def read(self, item: Any, account: Account | None = None) -> Work | None:
        """Returns the work that an object describes; None without an id."""
        values = self._fields.read(item, account)
        if values["id"] is None:
            return None
        counts = self._metrics.read(self._counts(item, account), account)
        return Work(**values, metrics=Metrics(**counts))

    def read_all(self, items: Iterable[Any], account: Account | None = None) -> list[Work]:
        """Returns the works of a list, without the items that have no id."""
        works = (self.read(item, account) for item in items)
        return [work for work in works if work is not None]


@dataclass(frozen=True, slots=True, eq=False)
class ProfileMap:
    """Maps a platform's object to an account's profile.

    `uid` is omitted if the object does not contain it. A profile without a nickname uses its uid.
    `facts` are stored with the account for later calls: a path yields a text, a function any
    JSON value.
    """

    platform: Platform
    fields: Mapping[str, Source]
    counters: Mapping[str, Source] = field(default_factory=dict)
    facts: Mapping[str, Source] = field(default_factory=dict)
    scoped: Mapping[str, str] = field(default_factory=dict)
    never: Mapping[str, Text] = field(default_factory=dict)
    coverage: FieldCoverage = field(init=False)
    _fields: Fields = field(init=False, repr=False)
    _counters: Fields = field(init=False, repr=False)
    _facts: Mapping[str, Read] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        if "nickname" not in self.fields:
            raise ValueError("a profile needs a nickname")
        fields = Fields({"uid": no_value, **self.fields}, PROFILE_TARGETS)
        counters = Fields(self.counters, COUNTER_TARGETS)
        coverage = coverage_of(
            (fields, counters), ACCOUNT_FIELDS, self.scoped, self.never, NOT_OFFERED
        )
        facts = {
            name: reader(source, bounded(MAX_FACT) if isinstance(source, str) else identity)
            for name, source in self.facts.items()
        }
        _set_derived(
            self,
            fields=fields.sources,
            counters=counters.sources,
            coverage=coverage,
            _fields=fields,
            _counters=counters,
            _facts=facts,
        )

    @overload
    def read(self, item: Any, uid: str) -> Profile: ...
    @overload
    def read(self, item: Any, uid: str | None = None) -> Profile | None: ...
    def read(self, item: Any, uid: str | None = None) -> Profile | None:
        """Returns the profile that an object describes; None without a uid.

        `uid` is the fallback for an object without one.
        """
        values = self._fields.read(item)
        account_uid = values.pop("uid") or uid
        if account_uid is None:
            return None
        nickname = values.pop("nickname") or account_uid
        return Profile(
            platform=self.platform,
            uid=account_uid,
            nickname=nickname,
            **values,
            counters=Counters(**self._counters.read(item)),
            facts={name: read(item, None) for name, read in self._facts.items()},
        )


def _set_derived(declared: WorkMap | ProfileMap, **values: Any) -> None:
    """Sets the derived fields of a frozen map."""
    for name, value in values.items():
        object.__setattr__(declared, name, value)
