"""Where an iterator over the works of many accounts is: a position for each account."""

import json
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass

from openchannels.client.errors import ClientError, ConnectionFailed
from openchannels.client.models import Account, Platform, Work, WorksPage
from openchannels.client.works_position import WorksFilter, WorksPosition


@dataclass(frozen=True, slots=True)
class AccountWorks:
    """An account whose works are listed, and where its list is."""

    account: Account
    position: WorksPosition


class ManyPositions:
    """The accounts whose works are still to be listed, and why others could not be."""

    def __init__(self, wanted: WorksFilter, position: str | None) -> None:
        """Raises ValueError for a text that is not a position."""
        self._wanted = wanted
        self._ended, self._begun = _parsed(position)
        self._waiting: deque[AccountWorks] = deque()
        self.failures: dict[str, ClientError] = {}

    def __str__(self) -> str:
        begun = {name: asdict(at) for name, at in self._begun.items()}
        return json.dumps({"ended": self._ended, "begun": begun})

    def add(self, accounts: Iterable[Account]) -> None:
        """Adds the accounts whose lists have not ended."""
        ended = set(self._ended)
        for account in accounts:
            if account.id not in ended:
                at = self._begun.get(account.id, WorksPosition())
                self._waiting.append(AccountWorks(account, at))

    def next(self) -> AccountWorks | None:
        """Returns the next account to be asked for a page; None if none is waiting."""
        return self._waiting.popleft() if self._waiting else None

    def take(self, of: AccountWorks, page: WorksPage) -> Iterator[tuple[Account, Work]]:
        """Yields the works of a page, after which the account waits again or has ended."""
        name = of.account.id
        self._begun[name] = of.position
        try:
            for work in of.position.take(page, self._wanted):
                yield of.account, work
        except ConnectionFailed as error:
            self.fail(of, error)
            return
        if of.position.ended:
            del self._begun[name]
            self._ended.append(name)
        else:
            # The same accounts go on, so that few are begun at any time.
            self._waiting.appendleft(of)

    def fail(self, of: AccountWorks, error: ClientError) -> None:
        """Leaves an account out; another iterator tries it again at the same place."""
        self.failures[of.account.id] = error


def lists_works(platform: Platform) -> bool:
    """Whether works of a platform's accounts can be listed."""
    return bool(platform.capabilities.get("work", {}).get("listWorks"))


def _parsed(position: str | None) -> tuple[list[str], dict[str, WorksPosition]]:
    """Returns the ids of accounts that have ended, and where others are. Raises ValueError."""
    if position is None:
        return [], {}
    try:
        values = json.loads(position)
        begun = {name: WorksPosition(**at) for name, at in values["begun"].items()}
        return [*values["ended"]], begun
    except (AttributeError, KeyError, TypeError, ValueError):
        raise ValueError("not the position of an iterator over accounts") from None
