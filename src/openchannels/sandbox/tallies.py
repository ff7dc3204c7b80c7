"""What calls add to the counts of works and take from them, beside what strangers do."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass

from openchannels.sandbox.state import State

Place = tuple[str, int]
"""Where a work is kept: its owner's key, and its index."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One comment, like or repost: what it is, when it was made, and 1.

    The amount is -1 where a call has removed what a stranger made.
    """

    name: str
    moment: float
    amount: int


@dataclass(frozen=True, slots=True)
class Tally:
    """All entries of one work."""

    entries: tuple[Entry, ...] = ()

    def applied(self, names: Collection[str], by_strangers: int, moment: float) -> int:
        """A count at a moment: what strangers make of it, and the entries of these names.

        What was removed lowers it at all moments, so that it falls on no day.
        """
        named = [one for one in self.entries if one.name in names]
        removed = sum(one.amount < 0 for one in named)
        made = sum(one.amount > 0 and one.moment <= moment for one in named)
        return max(by_strangers - removed, 0) + made


NOTHING = Tally()
"""The tally of a work that no call has touched."""


class Tallies:
    """The entries of all works. Each is kept by who or what made it, and so is counted once."""

    def __init__(self, state: State) -> None:
        self._state = state

    def of_owner(self, owner: str) -> dict[int, Tally]:
        """The tallies of an account's works by their index; untouched works are absent."""
        sql = "SELECT position, name, moment, amount FROM tallies WHERE owner = ?"
        found: defaultdict[int, list[Entry]] = defaultdict(list)
        for position, *entry in self._state.rows(sql, owner):
            found[position].append(Entry(*entry))
        return {position: Tally(tuple(entries)) for position, entries in found.items()}

    def add(self, place: Place, name: str, by: str, moment: float, amount: int = 1) -> None:
        """Count what a person, comment or work has made, unless it is counted already."""
        sql = "INSERT OR IGNORE INTO tallies VALUES (?, ?, ?, ?, ?, ?)"
        self._state.change(sql, *place, name, by, moment, amount)

    def remove(self, place: Place, name: str, by: str) -> None:
        """Forget an entry, if there is one."""
        sql = "DELETE FROM tallies WHERE owner = ? AND position = ? AND name = ? AND made_by = ?"
        self._state.change(sql, *place, name, by)

    def remove_by(self, by: str) -> None:
        """Forget all that a comment or work has made, which is deleted."""
        self._state.change("DELETE FROM tallies WHERE made_by = ?", by)
