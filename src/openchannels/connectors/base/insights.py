"""Reading one work, and the figures of accounts and works."""

import re
from collections.abc import Awaitable
from typing import ClassVar, TypeVar

from openchannels.connectors.base.accounts import AccountReader
from openchannels.core.accounts import Account, Profile
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
from openchannels.transport.platform_app import App
from openchannels.transport.platform_client import PlatformClient

T = TypeVar("T")
REFUSED = (
    *(FailureKind.PERMISSION, FailureKind.INVALID),
    *(FailureKind.NOT_FOUND, FailureKind.MISCONFIGURED),
)
"""Failures by which a platform withholds some figures, and which a repetition does not mend."""


class WorkDetails:
    """Reads one work by its id."""

    needs: str | None = None
    """The scope or setting without which there is none of it."""
    own_only: ClassVar[bool] = False
    """Whether the platform answers this call for the account's own works alone."""
    proves_owner: ClassVar[bool] = True
    """Whether an answer names the author of a work, or comes for own works alone."""

    def available(self, app: App) -> bool:
        """Returns whether this app can read single works."""
        return True

    async def fetch(
        self, client: PlatformClient, account: Account, tokens: Tokens, work_id: str
    ) -> DetailedWork:
        """Fetches one work with its metrics.

        Raises PlatformFailure of kind NOT_FOUND where there is no such work, or none that this
        account may see.
        """
        raise NotImplementedError


class AccountInsights:
    """Reads the figures of an account."""

    needs: str | None = None
    """The scope or setting without which there are none."""

    def available(self, app: App) -> bool:
        """Returns whether this app can read figures of accounts."""
        return True

    async def fetch(
        self, client: PlatformClient, account: Account, tokens: Tokens, period: Period
    ) -> AccountFigures:
        """Fetches an account's figures, as far as its scopes allow."""
        raise NotImplementedError


class WorkInsights:
    """Reads the figures of one work."""

    needs: str | None = None
    """The scope or setting without which there are none."""

    def available(self, app: App) -> bool:
        """Returns whether this app can read figures of works."""
        return True

    async def fetch(
        self, client: PlatformClient, account: Account, tokens: Tokens, work_id: str, period: Period
    ) -> WorkFigures:
        """Fetches a work's figures, as far as the account's scopes allow.

        Raises PlatformFailure of kind NOT_FOUND where there is no such work, or none that this
        account may see.
        """
        raise NotImplementedError


class ProfileInsights(AccountInsights):
    """Figures of a platform that tells no more of an account than its profile."""

    def __init__(self, reader: AccountReader) -> None:
        self._reader = reader

    async def fetch(
        self, client: PlatformClient, account: Account, tokens: Tokens, period: Period
    ) -> AccountFigures:
        """Fetches the profile and returns its counts."""
        found = await self._reader.candidates(client, tokens)
        for candidate in found:
            if is_of(account, candidate.profile):
                return figures_of(candidate.profile)
        raise client.malformed("account.read")


class DetailInsights(WorkInsights):
    """Figures of a platform that counts a work in its detail and nowhere else."""

    def __init__(self, details: WorkDetails) -> None:
        self._details = details
        self.needs = details.needs

    def available(self, app: App) -> bool:
        """Returns whether this app can read single works."""
        return self._details.available(app)

    async def fetch(
        self, client: PlatformClient, account: Account, tokens: Tokens, work_id: str, period: Period
    ) -> WorkFigures:
        """Fetches the work and returns its counts."""
        found = await self._details.fetch(client, account, tokens, work_id)
        return WorkFigures(metrics=found.work.metrics, work=found.work, extra=found.extra)


def no_such_work(
    client: PlatformClient, operation: str, *, http_status: int | None = None
) -> PlatformFailure:
    """Returns the failure to raise for a work that the platform does not have.

    `http_status` is that of the answer which says so; None where no call was made.
    """
    reading, asked = Failure(FailureKind.NOT_FOUND), http_status is not None
    return PlatformFailure(client.platform, operation, reading, http_status=http_status, sent=asked)


def check_id(client: PlatformClient, operation: str, work_id: str, form: re.Pattern[str]) -> None:
    """Raises PlatformFailure, NOT_FOUND, for an id that is not wholly of the platform's form.

    A caller writes ids: one of another form could lead a path to another address.
    """
    if form.fullmatch(work_id) is None:
        raise no_such_work(client, operation)


async def unless_refused(call: Awaitable[T], instead: T) -> T:
    """Returns what a call for further figures returns, or `instead` if they are refused.

    Raises PlatformFailure of any other kind, which says nothing of these figures.
    """
    try:
        return await call
    except PlatformFailure as failure:
        if failure.kind in REFUSED:
            return instead
        raise


def is_of(account: Account, profile: Profile) -> bool:
    """Returns whether a profile is that of a stored account."""
    if account.secondary is not None:
        return account.secondary == profile.secondary
    return account.uid in (profile.uid, profile.alias)


def figures_of(profile: Profile, account_type: str | None = None) -> AccountFigures:
    """Returns what a profile says in figures."""
    counters = profile.counters
    return AccountFigures(
        metrics=AccountMetrics(
            fans=counters.fans,
            following=counters.following,
            works=counters.works,
            reads=counters.reads,
            likes=counters.likes,
            collects=counters.collects,
            forwards=counters.forwards,
            comments=counters.comments,
        ),
        profile=AccountProfile(
            display_name=profile.nickname,
            username=profile.handle,
            avatar_url=profile.avatar,
            account_type=account_type,
        ),
    )
