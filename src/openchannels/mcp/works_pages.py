"""Pages of an account's works, by a token that says where to go on."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from openchannels.client import AsyncClient, WorksPage
from openchannels.mcp.tokens import numbered, token_after


@dataclass(frozen=True, slots=True)
class WorksSource:
    """Whose works, published when, and how many of them a page may hold."""

    client: AsyncClient
    platform: str
    account_id: str
    since: datetime | None
    until: datetime | None
    size: int

    async def read(self, token: str) -> tuple[WorksPage, str | None]:
        """Returns the page at a token, the first for none, and the token of the page after it.

        A page has `size` works, or as many as the platform gives at once. Raises ToolError for a
        token that is none.
        """
        length = await self.client.works.longest_page(self.platform)
        size = min(self.size, length.works or self.size)
        position: dict[str, Any]
        if length.mode == "page":
            number, size = numbered(token) if token else (1, size)
            position = {"page": number, "page_size": size}
        else:
            position = {"cursor": token or None, "limit": size}
        page = await self.client.works.list(
            self.platform, self.account_id, since=self.since, until=self.until, **position
        )
        return page, token_after(page.pagination, size)
