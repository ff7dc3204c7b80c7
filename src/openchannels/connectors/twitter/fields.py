"""X: the two names of the parameter that lists a post's fields."""

from collections.abc import Awaitable, Callable, Mapping

from openchannels.connectors.base.paginators import ItemsPage
from openchannels.connectors.base.parse import dig
from openchannels.core.platform_errors import PlatformFailure
from openchannels.transport.platform_client import PlatformClient

DAY = 86_400

# The documentation has two names for the fields. The server may accept either, and may refuse or
# ignore the other.
FIELDS = {"tweet.fields": "created_at,public_metrics,attachments,note_tweet"}
NEW_FIELDS = {"post.fields": "created_at,public_metrics,attachments,note_post"}
RENAMED = "the fields go by another name"
FIELDS_KEY = "twitter:fields"

Names = Mapping[str, str]
Fetch = Callable[[Names], Awaitable[ItemsPage]]
"""Makes a call with these names of the fields."""


def accepted_names(client: PlatformClient) -> Names:
    """Returns the names that the server is known to accept, or else those to try first."""
    settled: Names | None = client.cache.get(FIELDS_KEY)
    return settled or FIELDS


def named_as(name: str, fields: str) -> Names:
    """Returns other fields, as the older API calls them, under the name of one of the two."""
    return {name: fields if name in FIELDS else fields.replace("tweet", "post")}


async def with_accepted_names(client: PlatformClient, fetch: Fetch) -> ItemsPage:
    """Makes one call, or two to find out which names of the fields the server accepts."""
    settled = client.cache.get(FIELDS_KEY) is not None
    names = accepted_names(client)
    listing = await unless_renamed(fetch, names)
    if listing is not None and (settled or gives_fields(listing)):
        return listing
    others = NEW_FIELDS if names == FIELDS else FIELDS
    try:
        other_listing = await fetch(others)
    except PlatformFailure as failure:
        if listing is None:
            raise
        if failure.reading.detail == RENAMED:
            client.cache.put(FIELDS_KEY, names, DAY)
        return listing
    if listing is not None and not gives_fields(other_listing):
        client.cache.put(FIELDS_KEY, names, DAY)
        return listing
    client.cache.put(FIELDS_KEY, others, DAY)
    return other_listing


async def unless_renamed(fetch: Fetch, names: Names) -> ItemsPage | None:
    """Makes one call; returns None if the server refuses the names of the fields."""
    try:
        return await fetch(names)
    except PlatformFailure as failure:
        if failure.reading.detail != RENAMED:
            raise
        return None


def gives_fields(listing: ItemsPage) -> bool:
    """Returns False for posts of which none has a date: the server ignored the fields' names."""
    return not listing.items or any(dig(post, "created_at") for post in listing.items)
