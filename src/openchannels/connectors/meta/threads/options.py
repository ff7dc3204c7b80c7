"""Threads: the places that a post may be tagged with."""

from collections.abc import Mapping, Sequence
from typing import Any

from openchannels.connectors.base.option_values import OptionValues
from openchannels.connectors.base.parse import dig, text
from openchannels.connectors.base.shapes import rows_at
from openchannels.connectors.meta.threads.api import get_json
from openchannels.core.accounts import Account
from openchannels.core.credentials import Tokens
from openchannels.core.publishing import OptionValue
from openchannels.transport.platform_client import PlatformClient

FILTERS = ("q", "latitude", "longitude")
FIELDS = "id,name,address,city,country,latitude,longitude,postal_code"
CACHE_SECONDS = 300
"""An account may search 500 times a day."""
TEXTS = {"address": "address", "city": "city", "country": "country", "postalCode": "postal_code"}
NUMBERS = ("latitude", "longitude")


class ThreadsOptions(OptionValues):
    needs = "threads_location_tagging"

    async def fetch(
        self,
        client: PlatformClient,
        account: Account,
        tokens: Tokens,
        field: str,
        chosen: Mapping[str, str],
    ) -> Sequence[OptionValue]:
        """Searches for places by name or by coordinates.

        Needs the permission `threads_location_tagging`.
        https://developers.facebook.com/docs/threads/create-posts/location-tagging
        """
        asked = {name: chosen[name] for name in FILTERS if name in chosen}
        key = f"threads:places:{account.id}:{sorted(asked.items())}"
        kept: Sequence[OptionValue] | None = client.cache.get(key)
        if kept is None:
            params = {**asked, "fields": FIELDS}
            answer = await get_json(client, tokens, "location_search", "options.read", params)
            places = map(read_place, rows_at(client, "options.read", answer, "data"))
            kept = [place for place in places if place is not None]
            client.cache.put(key, kept, CACHE_SECONDS)
        return kept


def read_place(item: Any) -> OptionValue | None:
    """Returns a place as a value; None for one without an id."""
    identifier = text(dig(item, "id"))
    if identifier is None:
        return None
    texts = {name: text(dig(item, source)) for name, source in TEXTS.items()}
    numbers = {name: item[name] for name in NUMBERS if type(item.get(name)) in (int, float)}
    return OptionValue(
        value=identifier,
        label=text(dig(item, "name")) or identifier,
        description=texts["address"],
        extra={name: value for name, value in texts.items() if value is not None} | numbers,
    )
