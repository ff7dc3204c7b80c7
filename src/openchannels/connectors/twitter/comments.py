"""X: the replies to a post as comments, found by its search of the last seven days.

https://docs.x.com/x-api/posts/search/introduction
"""

from dataclasses import replace
from functools import partial
from typing import Any

from openchannels.connectors.base.comments import CommentMap
from openchannels.connectors.base.insights import check_id
from openchannels.connectors.base.paginators import CursorList, Item, ItemsPage
from openchannels.connectors.base.parse import dig, rows, text
from openchannels.connectors.twitter.fields import Names, named_as, with_accepted_names
from openchannels.connectors.twitter.insights import POST_ID, USER_COST, read_author
from openchannels.connectors.twitter.prices import LIST_COMMENTS
from openchannels.connectors.twitter.timeline import TimelinePage, TimelinePosition, is_listing
from openchannels.connectors.twitter.works import API, MAX_CALLS_PER_PAGE, POST_COST, read_text
from openchannels.core.credentials import Tokens
from openchannels.core.engagement import CommentsPage, Thread
from openchannels.core.paging import CursorRequest
from openchannels.transport.oauth import bearer
from openchannels.transport.platform_client import PlatformClient

FEWEST_FOUND = 10
"""X returns ten posts of a search or more."""
FIELDS = "created_at,public_metrics,referenced_tweets,note_tweet"
AUTHORS = {"expansions": "author_id", "user.fields": "username,name"}

COMMENT = CommentMap(
    {
        "id": "id",
        "content": read_text,
        "parent_id": "parent",
        "author_name": "author.name",
        "author_uid": "author_id|author.id",
        "created_at": "created_at",
        "likes": "public_metrics.like_count",
        "replies": "public_metrics.reply_count",
    }
)


def read_paging(page: CursorRequest) -> dict[str, Any]:
    params = TimelinePosition.read(page.position).params(page, fewest=FEWEST_FOUND)
    return {"max_results": params["max_results"], "next_token": params["pagination_token"]}


SEARCH = CursorList(
    url=f"{API}/tweets/search/recent",
    items="data",
    paging=read_paging,
    next=lambda answer, posts, page: TimelinePage.of(answer, posts, page).next,
    empty=is_listing,
)


async def fetch_comments(
    client: PlatformClient, tokens: Tokens, thread: Thread, page: CursorRequest
) -> CommentsPage:
    """Fetches one page of replies.

    A work that is a reply itself begins no conversation: where a conversation is empty, the
    direct answers are asked for, and the position notes which of the two the page is of.
    """
    check_id(client, LIST_COMMENTS, thread.work_id, POST_ID)
    if thread.parent_id is not None:
        check_id(client, LIST_COMMENTS, thread.parent_id, POST_ID)
    queries = _queries(thread)
    turn, _, position = (page.position or "0|").partition("|")
    number, asked = int(turn), replace(page, position=position or None)
    found = await _search(client, tokens, queries[number], asked)
    if page.position is None and not found.items and not found.next and queries[1:]:
        number, found = 1, await _search(client, tokens, queries[1], asked)
    following = f"{number}|{found.next}" if found.next else None
    items = [_merged(found.answer, post, thread) for post in found.items]
    return COMMENT.page(replace(found, items=items, next=following), work_id=thread.work_id)


def _queries(thread: Thread) -> tuple[str, ...]:
    """Returns the searches for a thread, the next one for where one finds nothing.

    https://docs.x.com/x-api/posts/search/integrate/operators
    """
    if thread.parent_id is not None:
        return (f"in_reply_to_tweet_id:{thread.parent_id}",)
    return (
        f"conversation_id:{thread.work_id} is:reply",
        f"in_reply_to_tweet_id:{thread.work_id}",
    )


async def _search(
    client: PlatformClient, tokens: Tokens, query: str, page: CursorRequest
) -> ItemsPage:
    """Fetches the posts of one page; follows up to two empty answers to the next page."""
    for _ in range(MAX_CALLS_PER_PAGE):
        found = await with_accepted_names(client, partial(_found, client, tokens, query, page))
        users = rows(dig(found.answer, "includes", "users"))
        # Posts and users that were read twice within a day are charged once.
        read = rows(dig(found.answer, "data"))
        client.charge(LIST_COMMENTS, POST_COST * len(read) + USER_COST * len(users))
        posts = TimelinePage.of(found.answer, found.items, page).posts
        if posts or found.next is None:
            break
        page = replace(page, position=found.next)
    return replace(found, items=posts)


async def _found(
    client: PlatformClient, tokens: Tokens, query: str, page: CursorRequest, names: Names
) -> ItemsPage:
    """Makes one call with these names of the fields."""
    [name] = names
    params = {
        "query": query,
        "sort_order": "recency",
        **named_as(name, FIELDS),
        **(AUTHORS if client.app.option("comment_authors") else {}),
    }
    return await SEARCH.page(
        client, page, operation=LIST_COMMENTS, params=params, headers=bearer(tokens)
    )


def _merged(answer: Any, post: Item, thread: Thread) -> Item:
    """Returns a reply with its author, and with the comment that it answers, if it is none."""
    referenced = rows(post.get("referenced_tweets") or post.get("referenced_posts"))
    answered = [text(one.get("id")) for one in referenced if one.get("type") == "replied_to"]
    parent = next(iter(answered), thread.parent_id)
    return {
        **post,
        "author": read_author(answer, post),
        "parent": None if parent == thread.work_id else parent,
    }
