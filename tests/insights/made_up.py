"""Capabilities of a made-up platform, put in the place of a real connector's."""

from collections.abc import Callable
from typing import Any

from openchannels.connectors.base.insights import AccountInsights, WorkDetails, WorkInsights
from openchannels.core.accounts import Account
from openchannels.core.credentials import Tokens
from openchannels.core.insights import (
    AccountFigures,
    AccountMetrics,
    AccountProfile,
    DetailedWork,
    Period,
    WorkFigures,
)
from openchannels.core.platform_errors import Failure, FailureKind, PlatformFailure
from openchannels.core.platforms import Platform
from openchannels.core.works import ContentMode, Metrics, Work
from openchannels.transport.platform_app import App
from openchannels.transport.platform_client import PlatformClient


class Played:
    """What the platform tells next, and what it was asked: work ids and periods."""

    def __init__(self) -> None:
        self.account = AccountFigures(
            AccountMetrics(fans=7, works=0), AccountProfile(display_name="Ida"), extra={"level": 3}
        )
        self.work = WorkFigures(Metrics(views=5))
        self.detail: Callable[[str], DetailedWork] = lambda work_id: detailed(work_id)
        self.asked: list[Any] = []
        self.failures: list[FailureKind] = []
        self.there = True

    def note(self, platform: Platform, asked: Any) -> None:
        self.asked.append(asked)
        if self.failures:
            raise PlatformFailure(platform, "insights", Failure(self.failures.pop()))


class PlayedAccount(AccountInsights):
    def __init__(self, played: Played) -> None:
        self._played = played

    def available(self, app: App) -> bool:
        return self._played.there

    async def fetch(
        self, client: PlatformClient, account: Account, tokens: Tokens, period: Period
    ) -> AccountFigures:
        self._played.note(client.platform, period)
        return self._played.account


class PlayedWork(WorkInsights):
    def __init__(self, played: Played) -> None:
        self._played = played

    def available(self, app: App) -> bool:
        return self._played.there

    async def fetch(
        self, client: PlatformClient, account: Account, tokens: Tokens, work_id: str, period: Period
    ) -> WorkFigures:
        self._played.note(client.platform, (work_id, period))
        return self._played.work


class PlayedDetails(WorkDetails):
    def __init__(self, played: Played) -> None:
        self._played = played

    def available(self, app: App) -> bool:
        return self._played.there

    async def fetch(
        self, client: PlatformClient, account: Account, tokens: Tokens, work_id: str
    ) -> DetailedWork:
        self._played.note(client.platform, work_id)
        return self._played.detail(work_id)


def detailed(work_id: str, author: str | None = None, **work: Any) -> DetailedWork:
    mode = ContentMode.VIDEO
    return DetailedWork(Work(id=work_id, mode=mode, metrics=Metrics(likes=2), **work), author)
