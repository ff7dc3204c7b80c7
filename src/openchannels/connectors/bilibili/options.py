"""Bilibili: the sections that a video may be published in."""

from collections.abc import Mapping, Sequence
from typing import Any

from openchannels.connectors.base.option_values import OptionValues
from openchannels.connectors.base.parse import count, rows, text
from openchannels.connectors.base.shapes import rows_at
from openchannels.connectors.bilibili.api import API, signing_client
from openchannels.core.accounts import Account
from openchannels.core.credentials import Tokens
from openchannels.core.publishing import OptionValue
from openchannels.transport.platform_client import PlatformClient

CACHE_SECONDS = 86_400
CACHE_KEY = "bilibili:sections"


class BilibiliOptions(OptionValues):
    async def fetch(
        self,
        client: PlatformClient,
        account: Account,
        tokens: Tokens,
        field: str,
        chosen: Mapping[str, str],
    ) -> Sequence[OptionValue]:
        """Fetches the tree of sections, which is the same for all accounts; kept for a day."""
        kept: Sequence[OptionValue] | None = client.cache.get(CACHE_KEY)
        if kept is not None:
            return kept
        answer = await signing_client(client, tokens).get(
            f"{API}/archive/type/list", operation="options.read"
        )
        sections = read_sections(rows_at(client, "options.read", answer, "data"))
        client.cache.put(CACHE_KEY, sections, CACHE_SECONDS)
        return sections


def read_sections(items: Sequence[Any]) -> tuple[OptionValue, ...]:
    """Returns the sections that have an id; one that has parts cannot be published in itself."""
    return tuple(
        OptionValue(
            value=section,
            label=text(item.get("name")) or str(section),
            description=text(item.get("description")),
            disabled=True if parts else None,
            children=parts,
            extra={} if parent is None else {"parent": parent},
        )
        for item in items
        if (section := count(item.get("id")))
        for parts in (read_sections(rows(item.get("children"))),)
        for parent in (count(item.get("parent")),)
    )
