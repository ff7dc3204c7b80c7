"""Persons, their accounts and their works, all derived from names by hashing.

Only works that were published or deleted through the control API are stored. So any number of
persons costs nothing, and ten thousand works cost no more than ten.
"""

import math
import re
from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, TypeVar

import msgspec

from openchannels.sandbox import sample_text
from openchannels.sandbox.clock import Clock
from openchannels.sandbox.ids import digest
from openchannels.sandbox.state import State
from openchannels.sandbox.tallies import NOTHING, Place, Tallies, Tally

DEFAULT_PERSON = "ida"
PERSONS = ("ida", "mara", "empty", "prolific", "many")
"""Persons that the pages suggest; any other name is an ordinary creator."""
PROLIFIC_WORKS = 10_000
ACCOUNT_COUNTS = {"empty": 0, "mara": 3, "many": 130}
"""Persons who do not have exactly one account, on platforms where several are possible."""

_DAY = 86_400
_YEAR = 365 * _DAY
_COUNTED_SINCE = 1_767_225_600
"""2026-01-01T00:00:00Z, when counters of accounts begin to grow."""
_FIRST_HOURS = 0.25
"""Days by which a work is older for its views, so that one of this hour has some."""
_WAVES = ((7, 0.6), (23, 0.3))
"""Periods in days by which growth rises and falls, and by how much; below 1 in all."""
_COUNTED_WORKS = 1_000
_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")

T = TypeVar("T")


def is_person_name(name: str) -> bool:
    """Whether the name is valid: 1 to 64 ASCII letters, digits, `_` or `-`."""
    return bool(_NAME.fullmatch(name))


def account_count(person: str) -> int:
    """How many accounts a person has, on platforms where several are possible."""
    return ACCOUNT_COUNTS.get(person, 1)


@dataclass(frozen=True, slots=True)
class Creator:
    """One account of a person on a platform; `slot` distinguishes several accounts."""

    platform: str
    person: str
    slot: str = "0"

    @property
    def key(self) -> str:
        """The account's key in hashes and in the state."""
        return f"{self.platform}/{self.person}/{self.slot}"

    def bits(self, purpose: str) -> int:
        """128 bits derived from the account and the purpose."""
        return digest(self.key, purpose)

    def pick(self, purpose: str, options: Sequence[T]) -> T:
        """A stable choice."""
        return options[self.bits(purpose) % len(options)]

    def number(self, purpose: str, low: int, high: int) -> int:
        """A stable number from `low` to `high`, both included."""
        return low + self.bits(purpose) % (high - low + 1)

    def growing_count(self, purpose: str, low: int, high: int, now: float) -> int:
        """A counter that starts between `low` and `high` and grows a little every day.

        It never falls, and grows by more on some days than on others.
        """
        start = self.number(purpose, low, high)
        days = max(0.0, now - _COUNTED_SINCE) / _DAY
        grown = days + sum(self._wave(purpose, days, *wave) for wave in _WAVES)
        return start + int(grown * start / 2000)

    def _wave(self, purpose: str, days: float, period: int, height: float) -> float:
        """By how many days a rhythm of growth is ahead after so many days."""
        phase = self.number(f"{purpose} every {period} days", 0, 99) / 100
        angle, first = 2 * math.pi * (days / period + phase), 2 * math.pi * phase
        return height * period / (2 * math.pi) * (math.sin(angle) - math.sin(first))


@dataclass(frozen=True, slots=True)
class Work:
    """One work: its index in the owner's history (0 is the oldest) and when it was created."""

    owner: Creator
    index: int
    created: int
    bits: int
    post: Mapping[str, Any] | None = field(default=None, compare=False)
    """What was published by a call, in the words of the emulator; None for a derived work."""
    tally: Tally = field(default=NOTHING, compare=False)
    """What calls have done to it."""

    @property
    def place(self) -> Place:
        """Where its tally is kept."""
        return self.owner.key, self.index

    def pick(self, shift: int, options: Sequence[T]) -> T:
        """A stable choice by the work's bits from `shift` on."""
        return options[(self.bits >> shift) % len(options)]

    def number(self, shift: int, low: int, high: int) -> int:
        """A stable number from `low` to `high`, both included."""
        return low + (self.bits >> shift) % (high - low + 1)

    def views(self, now: float) -> int:
        """Views until `now`; they grow fast in the first weeks and slowly afterwards."""
        days = max(0.0, now - self.created) / _DAY + _FIRST_HOURS
        audience = 200 + (self.bits & 0x3FFF)
        return int(audience * (1 - math.exp(-days / 9)) + days * (1 + audience / 900))

    def share_of_views(self, now: float, shift: int, low: int, high: int) -> int:
        """A count derived from the views: between `low` and `high` per thousand."""
        return self.views(now) * self.number(shift, low, high) // 1000

    def title_en(self) -> str:
        """The title that was published, or an English one, different for each index."""
        if self.post is not None:
            return str(self.post.get("title", ""))
        subject, aspect = (
            self.pick(8, sample_text.SUBJECTS_EN),
            self.pick(24, sample_text.ASPECTS_EN),
        )
        return f"{subject} {self.index + 1}: {aspect}"

    def title_zh(self) -> str:
        """The title that was published, or a Chinese one, different for each index."""
        if self.post is not None:
            return str(self.post.get("title", ""))
        subject, aspect = (
            self.pick(8, sample_text.SUBJECTS_ZH),
            self.pick(24, sample_text.ASPECTS_ZH),
        )
        return f"{subject} 第{self.index + 1}期 {aspect}"


class Series:
    """The works of one account, newest first, with strictly decreasing dates.

    They are dated back from the hour in which the sandbox began. Since then a new one appears
    every day, until works are published by a control call: from then on only those are added.
    """

    def __init__(self, state: State, owner: Creator, base: int, began: int, now: float) -> None:
        self._state = state
        self.owner = owner
        self._key = owner.key
        self._base = base
        self._began = began
        self._now = now
        # A long history is packed more densely, so that it does not begin before its platform.
        self._step = min(40 * 3600, 10 * _YEAR // max(base, 1))

    @cached_property
    def _added(self) -> dict[int, int]:
        sql = "SELECT position, created FROM added WHERE owner = ?"
        return dict(self._state.rows(sql, self._key))

    @cached_property
    def _posts(self) -> dict[int, dict[str, Any]]:
        sql = "SELECT position, content FROM posts WHERE owner = ?"
        rows = self._state.rows(sql, self._key)
        return {row[0]: msgspec.json.decode(row[1]) for row in rows}

    @cached_property
    def _tallies(self) -> dict[int, Tally]:
        return Tallies(self._state).of_owner(self._key)

    @cached_property
    def _removed(self) -> list[int]:
        sql = "SELECT position FROM removed WHERE owner = ? ORDER BY position"
        return [row[0] for row in self._state.rows(sql, self._key)]

    @cached_property
    def _derived(self) -> int:
        """How many works there are but for the published ones."""
        if self._added:
            return min(self._added)
        days = max(0, int(self._now) - self._began) // _DAY
        return self._base + (days if self._base else 0)

    @property
    def _end(self) -> int:
        return self._derived + len(self._added)

    @property
    def total(self) -> int:
        """How many works there are now."""
        return self._end - len(self._removed)

    def work_at(self, index: int | None) -> Work | None:
        """The work with this index, or None if there is none or it was deleted."""
        if index is None or not 0 <= index < self._end or self._is_removed(index):
            return None
        return self._work(index)

    def slice(self, offset: int, count: int) -> list[Work]:
        """`count` works from `offset`, newest first."""
        index = self._end - 1 - offset
        for removed in reversed(self._removed):
            if removed < index:
                break
            index -= 1
        return self._walk(index, -1, count)

    def count_since(self, moment: float) -> int:
        """How many works were created at `moment` (Unix seconds) or later."""
        low, high = 0, self.total
        while low < high:
            middle = (low + high) // 2
            if self.slice(middle, 1)[0].created >= moment:
                low = middle + 1
            else:
                high = middle
        return low

    def counted(self) -> list[Work]:
        """The works whose figures an account adds up, newest first.

        All of them, but in a history of thousands only those from a fixed one on.
        """
        return self.newer_than(self._base - _COUNTED_WORKS - 1, self._end)

    def older_than(self, index: int, count: int) -> list[Work]:
        """The next `count` works older than `index`, newest first."""
        return self._walk(min(index, self._end) - 1, -1, count)

    def newer_than(self, index: int, count: int) -> list[Work]:
        """The next `count` works newer than `index`, newest first."""
        return self._walk(max(index, -1) + 1, 1, count)[::-1]

    def publish(self, count: int, now: float) -> list[Work]:
        """Publish `count` new works."""
        first, created = self._end, self._next_moment(now)
        with self._state.transaction():
            return self._add([(first + n, created + n) for n in range(count)])

    def _next_moment(self, now: float) -> int:
        """When a work that is published now was created: later than all others."""
        first = self._end
        return max(int(now), self._work(first - 1).created + 1 if first else 0)

    def _add(self, rows: Sequence[tuple[int, int]]) -> list[Work]:
        for index, moment in rows:
            sql = "INSERT INTO added VALUES (?, ?, ?)"
            self._state.change(sql, self._key, index, moment)
        self._added.update(rows)
        return [self._work(index) for index, _ in rows]

    def publish_post(self, post: Mapping[str, Any], now: float) -> Work:
        """Publish one work with a content: what the emulator shows of it, as JSON values."""
        index = self._end
        content = msgspec.json.encode(post).decode()
        with self._state.transaction():
            (work,) = self._add([(index, self._next_moment(now))])
            self._state.change("INSERT INTO posts VALUES (?, ?, ?)", self._key, index, content)
        self.__dict__.pop("_posts", None)
        return replace(work, post=post)

    def change_post(self, work: Work, post: Mapping[str, Any]) -> None:
        """Replace the content of a work; a derived one has a content from then on."""
        sql = "INSERT OR REPLACE INTO posts VALUES (?, ?, ?)"
        content = msgspec.json.encode(post).decode()
        self._state.change(sql, self._key, work.index, content)
        self.__dict__.pop("_posts", None)

    def posts(self) -> list[Work]:
        """The works that have a content, newest first."""
        found = (self.work_at(index) for index in sorted(self._posts, reverse=True))
        return [work for work in found if work is not None]

    def count_posted(self, moment: float) -> int:
        """How many works were published with a content since a moment, deleted ones too."""
        return sum(self._added.get(index, 0) >= moment for index in self._posts)

    def delete(self, ids: Sequence[str], index_of: Callable[[str], int | None]) -> list[str]:
        """Delete works by id, and what they add to counts of others; returns those that existed."""
        deleted = []
        for one in ids:
            work = self.work_at(index_of(one))
            if work:
                sql = "INSERT INTO removed VALUES (?, ?)"
                self._state.change(sql, self._key, work.index)
                Tallies(self._state).remove_by(one)
                self.__dict__.pop("_removed", None)
                deleted.append(one)
        return deleted

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
        created, tally = self._created(index, bits), self._tallies.get(index, NOTHING)
        return Work(self.owner, index, created, bits, self._posts.get(index), tally)

    def _created(self, index: int, bits: int) -> int:
        if index >= self._derived:
            return self._added[index]
        if index >= self._base - 1:
            return self._began + (index - self._base + 1) * _DAY
        jitter = (bits >> 80) % (self._step * 4 // 5)
        return self._began - (self._base - 1 - index) * self._step + jitter


class Dataset:
    """All works of all accounts."""

    def __init__(self, state: State, clock: Clock, works: int) -> None:
        self._state = state
        self._clock = clock
        self._works = works
        hour = int(clock.now()) // 3600 * 3600
        self._began = int(state.value("newest_work", str(hour)))

    def base_works(self, person: str) -> int:
        """How many works an account of this person has at first."""
        if person == "empty":
            return 0
        return PROLIFIC_WORKS if person == "prolific" else self._works

    def series(self, owner: Creator, base: int | None = None) -> Series:
        """The works of an account; `base` overrides how many it has at first."""
        count = self.base_works(owner.person) if base is None else base
        return Series(self._state, owner, count, self._began, self._clock.now())

    def posts(self, platform: str, person: str) -> list[dict[str, Any]]:
        """What was published by calls on all accounts of a person, oldest first, deleted or not."""
        sql = "SELECT content FROM posts WHERE owner >= ? AND owner < ? ORDER BY owner, position"
        first = f"{platform}/{person}/"
        # "0" is the character behind "/".
        rows = self._state.rows(sql, first, f"{platform}/{person}0")
        return [msgspec.json.decode(row[0]) for row in rows]

    def objects(self, owner: Creator, kind: str) -> list[dict[str, Any]]:
        """What calls have created for an account besides works, oldest first."""
        sql = "SELECT content FROM objects WHERE owner = ? AND kind = ? ORDER BY id"
        return [msgspec.json.decode(row[0]) for row in self._state.rows(sql, owner.key, kind)]

    def add_object(self, owner: Creator, kind: str, content: dict[str, Any]) -> None:
        """Keep what a call has created for an account."""
        sql = "INSERT INTO objects (owner, kind, content) VALUES (?, ?, ?)"
        self._state.insert(sql, owner.key, kind, msgspec.json.encode(content).decode())
