"""YouTube: reading the channel of a grant."""

from typing import Any

from openchannels.connectors.base.accounts import AccountReader
from openchannels.connectors.base.mapping import ProfileMap
from openchannels.connectors.base.paginators import Item
from openchannels.connectors.base.parse import dig, text
from openchannels.connectors.base.shapes import rows_at
from openchannels.connectors.google.identity import id_token_subject
from openchannels.connectors.google.youtube.api import API, is_listing, thumbnail_of
from openchannels.core.accounts import Candidate
from openchannels.core.credentials import Tokens
from openchannels.core.platform_errors import PlatformFailure
from openchannels.core.platforms import EmptyHint, Platform, Text
from openchannels.transport.oauth import bearer
from openchannels.transport.platform_client import PlatformClient

CHANNEL_PARTS = "snippet,contentDetails,statistics,status"
NO_CHANNEL = ("youtubeSignupRequired", "authenticatedUserNotChannel")


def read_subscriber_count(channel: Any) -> Any:
    stats = dig(channel, "statistics")
    hidden = dig(stats, "hiddenSubscriberCount") is True
    return None if hidden else dig(stats, "subscriberCount")


PROFILE = ProfileMap(
    Platform("youtube"),
    {
        "secondary": "id",
        "handle": "snippet.customUrl",
        "nickname": "snippet.title|id",
        "avatar": thumbnail_of("snippet"),
    },
    counters={"fans": read_subscriber_count, "works": "statistics.videoCount"},
    facts={"uploads": "contentDetails.relatedPlaylists.uploads"},
)


async def read_channels(
    client: PlatformClient, tokens: Tokens, operation: str, parts: str
) -> list[Item]:
    """Returns the channels of a grant: the one that was chosen, or none."""
    answer = await client.get(
        f"{API}/channels",
        operation=operation,
        params={"part": parts, "mine": "true"},
        headers=bearer(tokens),
    )
    return rows_at(client, operation, answer, "items", optional=is_listing(answer))


class YouTubeAccounts(AccountReader):
    coverage = PROFILE.coverage
    empty_hint = EmptyHint(
        title=Text(
            en="This Google account has no YouTube channel.", zh="该 Google 账号没有 YouTube 频道。"
        ),
        description=Text(
            en="Create one on YouTube, or choose another account, then connect again.",
            zh="请先在 YouTube 创建频道或换一个账号，然后重新授权。",
        ),
    )

    async def candidates(self, client: PlatformClient, tokens: Tokens) -> list[Candidate]:
        try:
            channels = await read_channels(client, tokens, "account.read", CHANNEL_PARTS)
        except PlatformFailure as failure:
            if failure.reading.code in NO_CHANNEL:
                return []
            raise
        subject = id_token_subject(tokens)
        return [
            Candidate(PROFILE.read(item, subject or channel), tokens, grant_subject=subject)
            for item in channels
            if (channel := text(item.get("id")))
        ]
