"""YouTube: comments on videos, their moderation, ratings and subscriptions.

https://developers.google.com/youtube/v3/docs/commentThreads
"""

from collections.abc import Mapping
from typing import Any, ClassVar

from openchannels.connectors.base.comments import CommentMap
from openchannels.connectors.base.engagement import Engagement, InteractionRule, is_written
from openchannels.connectors.base.paginators import CursorList
from openchannels.connectors.base.parse import dig, text
from openchannels.connectors.base.shapes import object_at, rows_at, text_at
from openchannels.connectors.google.youtube.api import API, is_listing
from openchannels.core.accounts import Account
from openchannels.core.credentials import Tokens
from openchannels.core.engagement import CommentsPage, Interaction, InteractionName, Thread
from openchannels.core.paging import CursorPaging, PageRequest
from openchannels.core.platform_errors import Failure, FailureKind, PlatformFailure
from openchannels.transport.oauth import bearer
from openchannels.transport.platform_client import PlatformClient

SCOPE = "https://www.googleapis.com/auth/youtube.force-ssl"
LIST, LOOK = "comments.list", "comments.look"
WRITE, MODERATE = "comments.write", "comments.moderate"
RATE, SUBSCRIBE = "works.rate", "accounts.follow"
OWNER_ONLY = InteractionRule((SCOPE,))
WRITTEN = InteractionRule((SCOPE,), repeatable=False)
OPTIONAL = InteractionRule((SCOPE,), option="rate_and_subscribe")

COMMENT = CommentMap(
    {
        "id": "id",
        "content": "snippet.textOriginal|snippet.textDisplay",
        "work_id": "snippet.videoId",
        "parent_id": "snippet.parentId",
        "author_name": "snippet.authorDisplayName",
        "author_uid": "snippet.authorChannelId.value",
        "created_at": "snippet.publishedAt",
        "likes": "snippet.likeCount",
    }
)
THREAD = CommentMap(
    {
        **{
            name: "|".join(f"snippet.topLevelComment.{path}" for path in str(source).split("|"))
            for name, source in COMMENT.fields.items()
        },
        "replies": "snippet.totalReplyCount",
    }
)
THREADS = CursorList(
    url=f"{API}/commentThreads",
    items="items",
    id="snippet.topLevelComment.id",
    size="maxResults",
    cursor="pageToken",
    next="nextPageToken",
    empty=is_listing,
)
ANSWERS = CursorList(
    url=f"{API}/comments",
    items="items",
    size="maxResults",
    cursor="pageToken",
    next="nextPageToken",
    empty=is_listing,
)


class YouTubeEngagement(Engagement):
    """A comment that YouTube holds as spam is accepted and not listed."""

    paging = CursorPaging(default=20, maximum=100)
    list_scopes = (SCOPE,)
    lists_answers = True
    rules: ClassVar[Mapping[InteractionName, InteractionRule]] = {
        InteractionName.COMMENT: WRITTEN,
        InteractionName.REPLY: WRITTEN,
        InteractionName.DELETE_COMMENT: OWNER_ONLY,
        InteractionName.HIDE_REPLY: OWNER_ONLY,
        InteractionName.UNHIDE_REPLY: OWNER_ONLY,
        InteractionName.LIKE: OPTIONAL,
        InteractionName.UNLIKE: OPTIONAL,
        InteractionName.FOLLOW: OPTIONAL,
        InteractionName.UNFOLLOW: OPTIONAL,
    }

    async def list_comments(
        self,
        client: PlatformClient,
        account: Account,
        tokens: Tokens,
        thread: Thread,
        page: PageRequest,
    ) -> CommentsPage:
        listing, params, mapped = THREADS, _of_video(thread.work_id), THREAD
        if thread.parent_id is not None:
            listing, params, mapped = ANSWERS, _of_comment(thread.parent_id), COMMENT
        found = await listing.page(
            client, page, operation=LIST, params=params, headers=bearer(tokens)
        )
        return mapped.page(found, work_id=thread.work_id)

    async def interact(
        self, client: PlatformClient, account: Account, tokens: Tokens, interaction: Interaction
    ) -> str | None:
        target = interaction.target
        match interaction.name:
            case InteractionName.COMMENT:
                return await _comment(client, tokens, interaction)
            case InteractionName.REPLY:
                return await _reply(client, tokens, interaction)
            case InteractionName.DELETE_COMMENT:
                await _delete(client, tokens, target)
            case InteractionName.HIDE_REPLY:
                await _moderate(client, tokens, target, "heldForReview")
            case InteractionName.UNHIDE_REPLY:
                await _moderate(client, tokens, target, "published")
            case InteractionName.LIKE:
                await _rate(client, tokens, target, "like")
            case InteractionName.UNLIKE:
                await _rate(client, tokens, target, "none")
            case InteractionName.FOLLOW:
                return await _subscribe(client, tokens, target)
            case InteractionName.UNFOLLOW:
                await _unsubscribe(client, tokens, target)
        return None

    async def find(
        self, client: PlatformClient, account: Account, tokens: Tokens, interaction: Interaction
    ) -> str | None:
        """Looks for the account's comment of the same text among the newest."""
        if interaction.name is InteractionName.REPLY:
            url, params = ANSWERS.url, _of_comment(_thread_id(interaction.target))
        else:
            url, params = THREADS.url, _of_video(interaction.target)
        answer = await client.get(
            url, operation=LOOK, params={**params, "maxResults": 20}, headers=bearer(tokens)
        )
        for item in rows_at(client, LOOK, answer, "items", optional=True):
            written = dig(item, "snippet", "topLevelComment") or item
            if _is_written(account, interaction, written):
                return text(dig(written, "id"))
        return None


def _is_written(account: Account, interaction: Interaction, comment: Any) -> bool:
    found = COMMENT.read(comment)
    if found is None or found.author_uid != (account.secondary or account.uid):
        return False
    return is_written(found.content, found.created_at, interaction)


def _of_video(video_id: str) -> dict[str, str]:
    return {
        "part": "snippet,replies",
        "videoId": video_id,
        "order": "time",
        "textFormat": "plainText",
    }


def _of_comment(comment_id: str) -> dict[str, str]:
    return {"part": "snippet", "parentId": comment_id, "textFormat": "plainText"}


def _thread_id(comment_id: str) -> str:
    """Returns the comment that can be answered: an answer's id begins with it."""
    return comment_id.partition(".")[0]


async def _comment(client: PlatformClient, tokens: Tokens, interaction: Interaction) -> str:
    videos = await client.get(
        f"{API}/videos",
        operation=LOOK,
        params={"part": "snippet", "id": interaction.target},
        headers=bearer(tokens),
    )
    found = rows_at(client, LOOK, videos, "items", optional=is_listing(videos))
    if not found:
        raise PlatformFailure(client.platform, LOOK, Failure(FailureKind.NOT_FOUND))
    snippet = {
        "channelId": dig(found[0], "snippet", "channelId"),
        "videoId": interaction.target,
        "topLevelComment": {"snippet": {"textOriginal": interaction.text}},
    }
    return await _written(client, tokens, THREADS.url, snippet)


async def _reply(client: PlatformClient, tokens: Tokens, interaction: Interaction) -> str:
    snippet = {"parentId": _thread_id(interaction.target), "textOriginal": interaction.text}
    return await _written(client, tokens, ANSWERS.url, snippet)


async def _written(
    client: PlatformClient, tokens: Tokens, url: str, snippet: Mapping[str, Any]
) -> str:
    answer = await client.call(
        "POST",
        url,
        operation=WRITE,
        params={"part": "snippet"},
        json_body={"snippet": snippet},
        headers=bearer(tokens),
    )
    made = text(object_at(client, WRITE, answer, "").get("id"))
    if made is None:
        raise client.malformed(WRITE)
    return made


async def _delete(client: PlatformClient, tokens: Tokens, comment_id: str) -> None:
    """Deletes a comment; one of somebody else on the account's video is rejected instead."""
    try:
        await client.call(
            "DELETE",
            ANSWERS.url,
            operation=MODERATE,
            params={"id": comment_id},
            headers=bearer(tokens),
            silent=True,
        )
    except PlatformFailure as failure:
        if failure.kind is not FailureKind.PERMISSION:
            raise
        await _moderate(client, tokens, comment_id, "rejected")


async def _moderate(client: PlatformClient, tokens: Tokens, comment_id: str, status: str) -> None:
    await _set(
        client,
        tokens,
        f"{API}/comments/setModerationStatus",
        MODERATE,
        {"id": comment_id, "moderationStatus": status},
    )


async def _rate(client: PlatformClient, tokens: Tokens, video_id: str, rating: str) -> None:
    await _set(client, tokens, f"{API}/videos/rate", RATE, {"id": video_id, "rating": rating})


async def _set(
    client: PlatformClient, tokens: Tokens, url: str, operation: str, params: Mapping[str, str]
) -> None:
    """Sets a state: YouTube answers with nothing."""
    await client.call(
        "POST",
        url,
        operation=operation,
        params=params,
        headers=bearer(tokens),
        idempotent=True,
        silent=True,
    )


async def _subscribe(client: PlatformClient, tokens: Tokens, channel_id: str) -> str | None:
    resource = {"kind": "youtube#channel", "channelId": channel_id}
    try:
        answer = await client.call(
            "POST",
            f"{API}/subscriptions",
            operation=SUBSCRIBE,
            params={"part": "snippet"},
            json_body={"snippet": {"resourceId": resource}},
            headers=bearer(tokens),
        )
    except PlatformFailure as failure:
        if failure.reading.code != "subscriptionDuplicate":
            raise
        return None
    return text_at(client, SUBSCRIBE, answer, "id")


async def _unsubscribe(client: PlatformClient, tokens: Tokens, channel_id: str) -> None:
    answer = await client.get(
        f"{API}/subscriptions",
        operation=SUBSCRIBE,
        params={"part": "id", "mine": "true", "forChannelId": channel_id},
        headers=bearer(tokens),
    )
    for item in rows_at(client, SUBSCRIBE, answer, "items", optional=is_listing(answer)):
        await client.call(
            "DELETE",
            f"{API}/subscriptions",
            operation=SUBSCRIBE,
            params={"id": item.get("id")},
            headers=bearer(tokens),
            silent=True,
        )
