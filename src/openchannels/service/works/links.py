"""Which work a public link names."""

from dataclasses import dataclass
from typing import Literal

from openchannels.core.links import LinkedWork
from openchannels.core.platform_errors import PlatformFailure
from openchannels.core.platforms import Platform
from openchannels.service.context import Caller, Context
from openchannels.service.credentials.calls import own_account
from openchannels.service.errors import to_error

Message = Literal["Link info not supported", "Account required"]
"""Messages of the wire's contract; they are not translated."""
NOT_SUPPORTED: Message = "Link info not supported"
ACCOUNT_REQUIRED: Message = "Account required"


@dataclass(frozen=True, slots=True)
class LinkInfo:
    """What is known of a link: the work, or a message why there is none."""

    platform: Platform
    work: LinkedWork | None = None
    message: Message | None = None


class WorkLinks:
    """Reads public links to works."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def find(
        self, caller: Caller, platform: Platform, link: str, account_id: str | None
    ) -> LinkInfo:
        """Returns the work that a link names; only a short link takes a call, to its platform.

        Raises PLATFORM_NOT_SUPPORTED, ACCOUNT_NOT_FOUND, PLATFORM_MISMATCH or a PlatformError.
        """
        connector = self._context.platforms.connector(platform)
        links = connector.links
        if links is None:
            return LinkInfo(platform, message=NOT_SUPPORTED)
        account = (
            await own_account(self._context, caller.user_id, account_id, platform)
            if account_id
            else None
        )
        if account is None and links.needs_account:
            return LinkInfo(platform, message=ACCOUNT_REQUIRED)
        client = self._context.platforms.public_client(connector)
        try:
            work = await links.find(client, link, account)
        except PlatformFailure as failure:
            raise to_error(failure, self._context.clock()) from failure
        return LinkInfo(platform, work, None if work else NOT_SUPPORTED)
