"""A weekly report of a creator's works, and a list of accounts to connect again."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from openchannels.client import (
    ApiError,
    AuthSession,
    Client,
    PendingConnection,
    VerificationError,
    verify_webhook,
)

WEEK = timedelta(days=7)


class TryAgainLater(Exception):
    """The platform cannot be read now; nothing is wrong with the account."""


@dataclass(frozen=True)
class Report:
    """The works of one week."""

    works: int
    views: int
    best: str

    def __str__(self) -> str:
        if not self.works:
            return "Nothing was published this week."
        return f"{self.works} works with {self.views:,} views; most seen: {self.best}"


@dataclass
class WeeklyReports:
    """The reports of one workspace."""

    client: Client
    platforms: dict[str, str] = field(default_factory=dict)
    """The platform of each connected account, by the account's id."""
    to_reconnect: set[str] = field(default_factory=set)

    def finish_connecting(self, connection: PendingConnection) -> AuthSession:
        """Waits for the person at the platform, and remembers the connected accounts."""
        session = connection.wait(timeout=600, poll=0.2)
        self.platforms.update(dict.fromkeys(session.account_ids, connection.platform))
        return session

    def report(self, account_id: str, until: datetime) -> Report:
        """Returns the report of the week that ends at `until`. Raises TryAgainLater."""
        platform, since = self.platforms[account_id], until - WEEK
        try:
            works = [*self.client.works.iter(platform, account_id, since=since, until=until)]
        except ApiError as error:
            if error.retryable:
                raise TryAgainLater from error
            raise
        works.sort(key=lambda work: work.metrics.view_count or 0, reverse=True)
        views = sum(work.metrics.view_count or 0 for work in works)
        return Report(len(works), views, works[0].title or "" if works else "")

    def receive(self, secret: str, headers: Mapping[str, str], body: bytes) -> int:
        """Handles a webhook; returns the HTTP status to answer."""
        try:
            event = verify_webhook(secret, headers, body)
        except VerificationError:
            return 401
        if event.type == "account.offline":
            self.to_reconnect.add(event.data["accountId"])
        elif event.type in ("account.reconnected", "account.recovered"):
            self.to_reconnect.discard(event.data["accountId"])
        return 204
