"""Threads: the accounts behind a grant."""

import asyncio
from typing import Any

from openchannels.connectors.base.accounts import Accounts
from openchannels.connectors.base.parse import count, dig, first, https, text
from openchannels.connectors.meta.threads.api import INSIGHTS_SCOPE, read
from openchannels.core.accounts import Candidate, Counters, Profile
from openchannels.core.availability import FieldCoverage
from openchannels.core.credentials import Tokens
from openchannels.core.platform_errors import PlatformFailure
from openchannels.core.platforms import Platform
from openchannels.transport.platform_client import PlatformClient


class ThreadsAccounts(Accounts):
    coverage = FieldCoverage("uid account nickname avatar", scoped={"fansCount": INSIGHTS_SCOPE})

    async def candidates(self, client: PlatformClient, tokens: Tokens) -> list[Candidate]:
        fields = {"fields": "id,username,name,threads_profile_picture_url"}
        me, fans = await asyncio.gather(
            read(client, tokens, "me", "account.read", fields), followers(client, tokens)
        )
        uid = text(dig(me, "id"))
        if uid is None:
            raise client.malformed("account.read")
        return [Candidate(read_profile(me, uid, fans), tokens, grant_subject=uid)]


async def followers(client: PlatformClient, tokens: Tokens) -> int | None:
    """How many follow a profile; None without the scope or a linked Instagram account."""
    if tokens.scopes is not None and INSIGHTS_SCOPE not in tokens.scopes:
        return None
    given = {"metric": "followers_count"}
    try:
        answer = await read(client, tokens, "me/threads_insights", "account.insights", given)
    except PlatformFailure:
        return None
    row = dig(answer, "data", 0)
    return count(first((dig(row, "total_value", "value"), dig(row, "values", -1, "value"))))


def read_profile(me: Any, uid: str, fans: int | None) -> Profile:
    return Profile(
        platform=Platform("threads"),
        uid=uid,
        handle=text(dig(me, "username")),
        nickname=text(dig(me, "name")) or text(dig(me, "username")) or uid,
        avatar=https(dig(me, "threads_profile_picture_url")),
        counters=Counters(fans=fans),
    )
