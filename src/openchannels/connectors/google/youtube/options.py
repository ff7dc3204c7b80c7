"""YouTube: the categories that a video may be published in."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from openchannels.connectors.base.option_values import OptionValues
from openchannels.connectors.base.parse import dig, text
from openchannels.connectors.base.shapes import rows_at
from openchannels.connectors.google.youtube.api import API, is_listing
from openchannels.core.accounts import Account
from openchannels.core.credentials import Tokens
from openchannels.core.publishing import OptionValue
from openchannels.transport.oauth import bearer
from openchannels.transport.platform_client import PlatformClient

CACHE_SECONDS = 86_400
DEFAULT_REGION = "US"
REGION = re.compile("[A-Z]{2}")


class YouTubeOptions(OptionValues):
    async def fetch(
        self,
        client: PlatformClient,
        account: Account,
        tokens: Tokens,
        field: str,
        chosen: Mapping[str, str],
    ) -> Sequence[OptionValue]:
        """Fetches the categories of a region, by default the channel's country, kept for a day.

        `id` leaves those with this id.
        https://developers.google.com/youtube/v3/docs/videoCategories/list
        """
        region = chosen.get("regionCode") or await self._country(client, account, tokens)
        key = f"youtube:categories:{region}"
        kept: Sequence[OptionValue] | None = client.cache.get(key)
        if kept is None:
            params = {"part": "snippet", "regionCode": region, "hl": "en_US"}
            items = await list_items(client, tokens, "videoCategories", params)
            kept = [category for category in map(read_category, items) if category is not None]
            client.cache.put(key, kept, CACHE_SECONDS)
        wanted = chosen.get("id")
        return [category for category in kept if wanted in (None, category.value)]

    async def _country(self, client: PlatformClient, account: Account, tokens: Tokens) -> str:
        """Returns the channel's country, kept for a day."""
        key = f"youtube:country:{account.id}"
        kept: str | None = client.cache.get(key)
        if kept is None:
            params = {"part": "snippet", "id": account.secondary or account.uid}
            channels = await list_items(client, tokens, "channels", params)
            country = text(dig(channels, 0, "snippet", "country")) or ""
            kept = country if REGION.fullmatch(country) else DEFAULT_REGION
            client.cache.put(key, kept, CACHE_SECONDS)
        return kept


async def list_items(
    client: PlatformClient, tokens: Tokens, path: str, params: Mapping[str, str]
) -> list[dict[str, Any]]:
    answer = await client.get(
        f"{API}/{path}", operation="options.read", params=params, headers=bearer(tokens)
    )
    return rows_at(client, "options.read", answer, "items", optional=is_listing(answer))


def read_category(item: Any) -> OptionValue | None:
    """Returns a category as a value; None for one that videos cannot be assigned to."""
    identifier = text(dig(item, "id"))
    if identifier is None or dig(item, "snippet", "assignable") is not True:
        return None
    return OptionValue(identifier, text(dig(item, "snippet", "title")) or identifier)
