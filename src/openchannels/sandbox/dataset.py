"""The world: persons, their accounts and their works, all derived from names by hashing.

Nothing is stored but what was added or removed through the control surface, so thousands of
persons cost nothing and a person with ten thousand works costs no more than one with ten.
"""

import math
import re
from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

from openchannels.sandbox import words
from openchannels.sandbox.clock import Clock
from openchannels.sandbox.ids import digest
from openchannels.sandbox.state import State

DEFAULT_PERSON = "ida"
PERSONS = ("ida", "mara", "empty", "prolific", "many")
"""Persons the pages suggest; any other name is an ordinary creator."""
PROLIFIC_WORKS = 10_000

_DAY = 86_400
_YEAR = 365 * _DAY
_NEWEST = 1_767_225_600
"""2026-01-01T00:00:00Z: a derived work is older, so that dates are the same in every run."""
_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")

T = TypeVar("T")


def is_person_name(name: str) -> bool:
    """Whether a person may be called so: 1 to 64 ASCII letters, digits, `_` or `-`."""
    return bool(_NAME.fullmatch(name))


@dataclass(frozen=True, slots=True)
class Creator:
    """One account of a person on a platform. `slot` tells several accounts apart."""

    platform: str
    person: str
    slot: str = "0"

    @property
    def key(self) -> str:
        """The name under which works and hashes of this account stand."""
        return f"{self.platform}/{self.person}/{self.slot}"

    def bits(self, purpose: str) -> int:
        """128 stable bits for one purpose."""
        return digest(self.key, purpose)

    def pick(self, purpose: str, options: Sequence[T]) -> T:
        """A stable choice."""
        return options[self.bits(purpose) % len(options)]

    def number(self, purpose: str, low: int, high: int) -> int:
        """A stable number from `low` to `high`, both included."""
        return low + self.bits(purpose) % (high - low + 1)

    def growing(self, purpose: str, low: int, high: int, now: float) -> int:
        """A counter that starts between `low` and `high` and gains a little every day."""
        start = self.number(purpose, low, high)
        days = max(0.0, now - _NEWEST) / _DAY
        return start + int(days * start / 2000)


@dataclass(frozen=True, slots=True)
class Work:
    """One work: its place in the owner's history (0 is the oldest) and when it was made."""

    owner: Creator
    index: int
    created: int
    bits: int

    def pick(self, shift: int, options: Sequence[T]) -> T:
        """A stable choice by a part of the work's bits."""
        return options[(self.bits >> shift) % len(options)]

    def number(self, shift: int, low: int, high: int) -> int:
        """A stable number from `low` to `high`, both included."""
        return low + (self.bits >> shift) % (high - low + 1)

    def views(self, now: float) -> int:
        """How often the work was seen until `now`: fast in the first weeks, then slowly more."""
        days = max(0.0, now - self.created) / _DAY
        audience = 200 + (self.bits & 0x3FFF)
        return int(audience * (1 - math.exp(-days / 9)) + days * (1 + audience / 900))

    def portion(self, now: float, shift: int, low: int, high: int) -> int:
        """A part of the views, between `low` and `high` in a thousand."""
        return self.views(now) * self.number(shift, low, high) // 1000

    def title_en(self) -> str:
        """An English title, different for each index."""
        subject, aspect = self.pick(8, words.SUBJECTS_EN), self.pick(24, words.ASPECTS_EN)
        return f"{subject} {self.index + 1}: {aspect}"

    def title_zh(self) -> str:
        """A Chinese title, different for each index."""
        subject, aspect = self.pick(8, words.SUBJECTS_ZH), self.pick(24, words.ASPECTS_ZH)
        return f"{subject} 第{self.index + 1}期 {aspect}"


class Series:
    """The works of one account, newest first, with strictly decreasing dates."""

    def __init__(self, state: State, owner: Creator, base: int, newest: int) -> None:
        self._state = state
        self.owner = owner
        self._key = owner.key
        self._base = base
        self._newest = newest
        # A long history is packed more densely, so that it does not begin before its platform.
        self._step = min(40 * 3600, 10 * _YEAR // max(base, 1))

    @cached_property
    def _added(self) -> dict[int, int]:
        sql = "SELECT position, created FROM added WHERE owner = ?"
        return dict(self._state.rows(sql, self._key))

    @cached_property
    def _removed(self) -> list[int]:
        sql = "SELECT position FROM removed WHERE owner = ? ORDER BY position"
        return [row[0] for row in self._state.rows(sql, self._key)]

    @property
    def _end(self) -> int:
        return self._base + len(self._added)

    @property
    def total(self) -> int:
        """How many works there are now."""
        return self._end - len(self._removed)

    def at(self, index: int | None) -> Work | None:
        """The work with this index, or None when it never was or is removed."""
        if index is None or not 0 <= index < self._end or self._is_removed(index):
            return None
        return self._work(index)

    def slice(self, offset: int, count: int) -> list[Work]:
        """`count` works from position `offset`, the newest being 0."""
        index = self._end - 1 - offset
        for gone in reversed(self._removed):
            if gone < index:
                break
            index -= 1
        return self._walk(index, -1, count)

    def made_since(self, moment: float) -> int:
        """How many works were made at `moment` (Unix seconds) or later."""
        low, high = 0, self.total
        while low < high:
            middle = (low + high) // 2
            if self.slice(middle, 1)[0].created >= moment:
                low = middle + 1
            else:
                high = middle
        return low

    def older_than(self, index: int, count: int) -> list[Work]:
        """Up to `count` works next older than `index`, newest first."""
        return self._walk(min(index, self._end) - 1, -1, count)

    def newer_than(self, index: int, count: int) -> list[Work]:
        """Up to `count` works next newer than `index`, newest first."""
        return self._walk(max(index, -1) + 1, 1, count)[::-1]

    def add(self, count: int, now: float) -> list[Work]:
        """Publish `count` new works on top."""
        first = self._end
        created = max(int(now), self._work(first - 1).created + 1 if first else 0)
        rows = [(first + n, created + n) for n in range(count)]
        with self._state.together():
            for index, moment in rows:
                sql = "INSERT INTO added VALUES (?, ?, ?)"
                self._state.change(sql, self._key, index, moment)
        self._added.update(rows)
        return [self._work(index) for index, _ in rows]

    def remove(self, ids: Sequence[str], index_of: Callable[[str], int | None]) -> list[str]:
        """Delete works by id for good; returns the ids that were there."""
        gone = []
        for one in ids:
            work = self.at(index_of(one))
            if work:
                sql = "INSERT INTO removed VALUES (?, ?)"
                self._state.change(sql, self._key, work.index)
                self.__dict__.pop("_removed", None)
                gone.append(one)
        return gone

    def _is_removed(self, index: int) -> bool:
        place = bisect_left(self._removed, index)
        return place < len(self._removed) and self._removed[place] == index

    def _walk(self, index: int, step: int, count: int) -> list[Work]:
        found: list[Work] = []
        while 0 <= index < self._end and len(found) < count:
            if not self._is_removed(index):
                found.append(self._work(index))
            index += step
        return found

    def _work(self, index: int) -> Work:
        bits = digest(self._key, "work", index)
        return Work(self.owner, index, self._created(index, bits), bits)

    def _created(self, index: int, bits: int) -> int:
        if index >= self._base:
            return self._added[index]
        jitter = (bits >> 80) % (self._step * 4 // 5)
        return self._newest - (self._base - 1 - index) * self._step - jitter


class World:
    """Everybody the sandbox knows."""

    def __init__(self, state: State, clock: Clock, works: int) -> None:
        self._state = state
        self._works = works
        # With a clock set before the usual date the world must still lie in the past.
        today = int(clock.now()) // _DAY * _DAY
        self._newest = int(state.fact("newest_work", str(min(_NEWEST, today))))

    def base_works(self, person: str) -> int:
        """How many works an account of this person begins with."""
        if person == "empty":
            return 0
        return PROLIFIC_WORKS if person == "prolific" else self._works

    def series(self, owner: Creator, base: int | None = None) -> Series:
        """The works of an account; `base` overrides how many it begins with."""
        count = self.base_works(owner.person) if base is None else base
        return Series(self._state, owner, count, self._newest)

    def generation(self, realm: str, person: str) -> int:
        """How often this person's logins were revoked; part of a cookie."""
        sql = "SELECT generation FROM logins WHERE realm = ? AND person = ?"
        row = self._state.row(sql, realm, person)
        return int(row[0]) if row else 0

    def end_logins(self, realm: str, person: str) -> None:
        """Kill every cookie of this person; a new one carries the next generation."""
        self._state.change(
            "INSERT INTO logins VALUES (?, ?, 1) ON CONFLICT DO UPDATE"
            " SET generation = generation + 1",
            realm,
            person,
        )

    def cookie_value(self, realm: str, person: str) -> str:
        """A live login cookie: `sandbox-<person>`, after a revocation `sandbox-<person>.1`."""
        generation = self.generation(realm, person)
        return f"sandbox-{person}.{generation}" if generation else f"sandbox-{person}"

    def person_of_cookie(self, realm: str, value: str) -> str | None:
        """Whose live login a cookie value is, or None when it is dead or none of ours."""
        name, _, _ = value.removeprefix("sandbox-").partition(".")
        if not value.startswith("sandbox-") or not is_person_name(name):
            return None
        return name if value == self.cookie_value(realm, name) else None
