"""Listing an account's works."""

from typing import ClassVar

from openchannels.core.accounts import Account
from openchannels.core.availability import FieldCoverage
from openchannels.core.credentials import Tokens
from openchannels.core.paging import PageRequest, Paging, WorksPage
from openchannels.core.platforms import Text
from openchannels.transport.platform_app import App
from openchannels.transport.platform_client import PlatformClient

NO_PUBLIC_API = Text(
    en="The platform has no public API for listing works.", zh="平台没有公开的作品列表接口。"
)
NOT_ENABLED = Text(
    en="Listing works is switched off; the operator can switch it on with the setting {name}.",
    zh="作品列表功能未开启；运营者可通过设置 {name} 开启。",
)


class WorksReader:
    """Lists an account's works."""

    paging: ClassVar[Paging]
    """How the list is paged."""
    coverage: ClassVar[FieldCoverage] = FieldCoverage()
    """Work fields that the platform provides."""
    filters_by_time: ClassVar[bool] = False
    """Whether `fetch_page` has the platform leave out works outside the request's period.

    The service leaves them out in any case, so that a platform may ignore the period, or read its
    bounds in another way, and a connector asks for a little more than the period.
    """
    newest_first: ClassVar[bool] = False
    """Whether every work is newer than those behind it, without pinned works and other exceptions.

    A list by period then ends with the first page whose works are all older.
    """
    option: ClassVar[str | None] = None
    """Name of the setting that enables listing, if it is off by default."""

    def absent_for(self, app: App) -> Text | None:
        """Returns why this kind of app cannot list works; None if it can."""
        return None

    async def fetch_page(
        self, client: PlatformClient, account: Account, tokens: Tokens, page: PageRequest
    ) -> WorksPage:
        """Fetches one page of works, with the fewest calls the platform allows."""
        raise NotImplementedError
