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
