"""Google Business Profile: whether a location may post, and its language; asked once a day."""

from collections.abc import Mapping
from typing import Any

from openchannels.connectors.base.parse import dig, text
from openchannels.connectors.base.shapes import text_at
from openchannels.connectors.google.business.accounts import LOCATIONS
from openchannels.core import errors
from openchannels.core.accounts import Account
from openchannels.core.credentials import Tokens
from openchannels.core.publications import PublicationRefused
from openchannels.transport.oauth import bearer
from openchannels.transport.platform_client import PlatformClient

OPERATION = "publish.location"
KEPT_SECONDS = 86_400.0
FLAGS = ("canOperateLocalPost", "hasVoiceOfMerchant")
READ_MASK = "name,title,languageCode,metadata"


async def check_may_post(client: PlatformClient, account: Account, tokens: Tokens) -> None:
    """Raises PublicationRefused for a location that may not post.

    Only a flag that is false says so: one that is missing refuses nothing.
    """
    location = await fetch_location(client, account, tokens)
    for flag in FLAGS:
        if location.get(flag) is False:
            raise PublicationRefused(
                errors.PUBLISH_NOT_SUPPORTED,
                f"Google says of this location: {flag} is false.",
                platform_code=flag,
            )


def keep_disabled(client: PlatformClient, account: Account) -> None:
    """Keeps that Google refuses posts of a location, so that it is not tried again that day."""
    client.cache.put(_key(account), {"canOperateLocalPost": False}, KEPT_SECONDS)


async def fetch_location(
    client: PlatformClient, account: Account, tokens: Tokens
) -> Mapping[str, Any]:
    """Returns the flags of a location by their names at Google, and its `language`."""
    known: Mapping[str, Any] | None = client.cache.get(_key(account))
    if known is not None:
        return known
    answer = await client.get(
        f"{LOCATIONS}/locations/{account.uid}",
        operation=OPERATION,
        params={"readMask": READ_MASK},
        headers=bearer(tokens),
    )
    text_at(client, OPERATION, answer, "name")
    flags = {flag: dig(answer, "metadata", flag) for flag in FLAGS}
    found = {**flags, "language": text(dig(answer, "languageCode"))}
    client.cache.put(_key(account), found, KEPT_SECONDS)
    return found


def _key(account: Account) -> str:
    return f"google_business.location:{account.id}"
