"""LinkedIn: sharing posts again, with words or without.

https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/posts-api
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from openchannels.connectors.base.insights import check_id, no_such_work
from openchannels.connectors.base.parse import dig, text
from openchannels.connectors.base.shapes import text_at
from openchannels.connectors.linkedin.post_body import reshare_body, says_the_same
from openchannels.connectors.linkedin.posting import (
    delete_post,
    duplicated_by,
    is_page,
    is_shown,
    make_post,
    newest_posts,
    posts_since,
)
from openchannels.connectors.linkedin.works import require_organization
from openchannels.core.accounts import Account
from openchannels.core.credentials import Tokens
from openchannels.core.engagement import Interaction, InteractionName
from openchannels.core.platform_errors import PlatformFailure
from openchannels.core.publications import PublicationRefused
from openchannels.transport.platform_client import PlatformClient

LOOK, RESHARE = "comments.look", "works.reshare"
WORK = r"urn:li:(?:share|ugcPost|activity):\d{1,32}"
WORK_ID = re.compile(WORK)
RESHARES_AT_ONCE, RESHARE_CALLS = 100, 5
"""How far back a reshare is looked for that is taken back."""


def _reshare_body(account: Account, interaction: Interaction) -> dict[str, Any]:
    return reshare_body(account, interaction.target, interaction.text)


def _reshares(post: Mapping[str, Any], body: Mapping[str, Any]) -> bool:
    """Returns whether a post shares what a body shares, and says the same."""
    parents = {text(dig(one, "reshareContext", "parent")) for one in (post, body)}
    return len(parents) == 1 and says_the_same(post, body)


async def reshare(
    client: PlatformClient, account: Account, tokens: Tokens, interaction: Interaction
) -> str:
    """Shares a post again. A bare reshare that is out already is the one that is meant.

    LinkedIn may name one that never was: only one that it shows counts.
    """
    check_id(client, RESHARE, interaction.target, WORK_ID)
    try:
        return await make_post(client, tokens, _reshare_body(account, interaction), RESHARE)
    except PublicationRefused as refused:
        named = duplicated_by(refused)
        bare = interaction.name is InteractionName.REPOST and is_page(account)
        if named and bare and await is_shown(client, tokens, named, LOOK):
            return named
        failure = refused.__cause__
        assert isinstance(failure, PlatformFailure)
        code = refused.platform_code
        raise failure.with_reading(replace(failure.reading, code=code)) from refused


async def undo_reshare(
    client: PlatformClient, account: Account, tokens: Tokens, target: str
) -> None:
    """Deletes the page's reshare without text; a member's cannot be looked for."""
    check_id(client, RESHARE, target, WORK_ID)
    require_organization(client, account, RESHARE)
    body = reshare_body(account, target, "")
    for number in range(RESHARE_CALLS):
        posts = await newest_posts(
            client,
            account,
            tokens,
            LOOK,
            start=number * RESHARES_AT_ONCE,
            number=RESHARES_AT_ONCE,
        )
        reshares = [str(post.get("id")) for post in posts if _reshares(post, body)]
        for urn in reshares:
            await delete_post(client, tokens, urn, RESHARE)
        if reshares or len(posts) < RESHARES_AT_ONCE:
            return
    raise no_such_work(client, RESHARE, http_status=200)


async def find_reshare(
    client: PlatformClient, account: Account, tokens: Tokens, interaction: Interaction
) -> str | None:
    """Returns the reshare whose answer is lost; None where a page's posts do not show it.

    That of a member, whose posts cannot be read, is made once more: LinkedIn refuses the second
    one within ten minutes, and names the first.
    """
    body = _reshare_body(account, interaction)
    if is_page(account):
        since = interaction.begun_at
        posts = await posts_since(client, account, tokens, since, LOOK)
        alike = [post for post in posts if _reshares(post, body)]
        return text_at(client, LOOK, alike[0], "id") if len(alike) == 1 else None
    try:
        return await make_post(client, tokens, body, RESHARE)
    except PublicationRefused as refused:
        return duplicated_by(refused)
