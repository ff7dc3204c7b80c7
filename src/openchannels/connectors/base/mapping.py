"""Maps from a platform's objects to works and profiles, each field declared once."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, overload

from openchannels.connectors.base.cleaning import bounded, identity
from openchannels.connectors.base.fields import Fields
from openchannels.connectors.base.sources import Read, Source, reader
from openchannels.connectors.base.targets import (
    COUNTER_TARGETS,
    METRIC_TARGETS,
    PROFILE_TARGETS,
    WORK_TARGETS,
)
from openchannels.core.accounts import Account, Counters, Profile
from openchannels.core.availability import (
    ACCOUNT_FIELDS,
    NOT_OFFERED,
    WORK_FIELDS,
    FieldCoverage,
)
from openchannels.core.platforms import Platform, Text
from openchannels.core.works import Metrics, Work

MAX_FACT = 1024
"""Characters of a text that is kept with an account for later calls."""


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


def no_value(_item: Any) -> None:
    """Returns None; the uid's source if the object does not contain it."""
