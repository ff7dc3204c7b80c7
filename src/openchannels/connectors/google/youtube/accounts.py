"""YouTube: the accounts behind a grant."""

from collections.abc import Mapping
from typing import Any

from openchannels.connectors.base.accounts import Accounts
from openchannels.connectors.base.parse import count, dig, rows, text
from openchannels.connectors.google.identity import bearer, id_token_subject
from openchannels.connectors.google.youtube.api import API, best_thumbnail
from openchannels.core.accounts import Candidate, Counters, Profile
from openchannels.core.availability import FieldCoverage
from openchannels.core.credentials import Tokens
from openchannels.core.platform_errors import PlatformFailure
from openchannels.core.platforms import Platform, Text
from openchannels.transport.platform_client import PlatformClient

NO_CHANNEL = ("youtubeSignupRequired", "authenticatedUserNotChannel")


class YouTubeAccounts(Accounts):
    coverage = FieldCoverage("uid account nickname avatar fansCount workCount")
    empty_hint = Text(
        en="This Google account has no YouTube channel. Create one on YouTube, or choose "
        "another account, then connect again.",
        zh="该 Google 账号没有 YouTube 频道。请先在 YouTube 创建频道或换一个账号，然后重新授权。",
    )

    async def candidates(self, client: PlatformClient, tokens: Tokens) -> list[Candidate]:
        try:
            answer = await client.get(
                f"{API}/channels",
                operation="account.read",
                params={"part": "snippet,contentDetails,statistics,status", "mine": "true"},
                headers=bearer(tokens),
            )
        except PlatformFailure as failure:
            if failure.reading.code in NO_CHANNEL:
                return []
            raise
        subject = id_token_subject(tokens)
        return [
            Candidate(read_channel(item, subject), tokens, grant_subject=subject)
            for item in rows(dig(answer, "items"))
            if text(item.get("id"))
        ]


def read_channel(item: Mapping[str, Any], subject: str | None) -> Profile:
    channel = str(item["id"])
    stats = item.get("statistics")
    hidden = dig(stats, "hiddenSubscriberCount") is True
    return Profile(
        platform=Platform.YOUTUBE,
        uid=subject or channel,
        secondary=channel,
        handle=text(dig(item, "snippet", "customUrl")),
        nickname=text(dig(item, "snippet", "title")) or channel,
        avatar=best_thumbnail(item),
        counters=Counters(
            fans=None if hidden else count(dig(stats, "subscriberCount")),
            works=count(dig(stats, "videoCount")),
        ),
        facts={"uploads": text(dig(item, "contentDetails", "relatedPlaylists", "uploads"))},
    )
