"""X: the accounts behind a grant."""

from typing import Any

from openchannels.connectors.base.accounts import Accounts
from openchannels.connectors.base.parse import count, dig, first, https, text
from openchannels.connectors.twitter.api import API
from openchannels.core.accounts import Candidate, Counters, Profile
from openchannels.core.availability import FieldCoverage
from openchannels.core.credentials import Tokens
from openchannels.core.platforms import Platform
from openchannels.transport.oauth import bearer
from openchannels.transport.platform_client import PlatformClient


class TwitterAccounts(Accounts):
    coverage = FieldCoverage("uid account nickname avatar fansCount followingCount workCount")

    async def candidates(self, client: PlatformClient, tokens: Tokens) -> list[Candidate]:
        answer = await client.get(
            f"{API}/users/me",
            operation="account.read",
            params={"user.fields": "profile_image_url,public_metrics"},
            headers=bearer(tokens),
        )
        user = dig(answer, "data")
        uid = text(dig(user, "id"))
        if uid is None:
            raise client.malformed("account.read")
        return [Candidate(read_user(uid, user), tokens)]


def read_user(uid: str, user: Any) -> Profile:
    totals = dig(user, "public_metrics")
    handle = text(dig(user, "username"))
    avatar = https(dig(user, "profile_image_url"))
    return Profile(
        platform=Platform("twitter"),
        uid=uid,
        handle=handle,
        nickname=text(dig(user, "name")) or handle or uid,
        avatar=avatar and avatar.replace("_normal", "_400x400"),
        counters=Counters(
            fans=count(dig(totals, "followers_count")),
            following=count(dig(totals, "following_count")),
            works=count(first((dig(totals, "tweet_count"), dig(totals, "post_count")))),
        ),
    )
