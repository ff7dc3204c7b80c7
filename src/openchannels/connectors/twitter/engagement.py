"""X: replies as comments, and what an account does with posts and other accounts.

https://docs.x.com/x-api/posts/search/introduction
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, ClassVar

from openchannels.connectors.base.comments import CommentMap
from openchannels.connectors.base.engagement import Engagement, InteractionRule
from openchannels.connectors.base.failures import first_text
from openchannels.connectors.base.insights import check_id
from openchannels.connectors.base.paginators import CursorList, Item, ItemsPage
from openchannels.connectors.base.parse import dig, rows, text
from openchannels.connectors.twitter.failures import MESSAGE
from openchannels.connectors.twitter.fields import Names, named_as, with_accepted_names
from openchannels.connectors.twitter.insights import POST_ID, USER_COST, read_author
from openchannels.connectors.twitter.own_posts import (
    CLOCKS_DIFFER,
    delete_post,
    naming_a_post,
    posts_since,
)
from openchannels.connectors.twitter.post_body import is_alike
from openchannels.connectors.twitter.prices import (
    FIND_COMMENT,
    LIST_COMMENTS,
    interaction_operation,
    text_cost,
)
from openchannels.connectors.twitter.timeline import MAX_RESULTS, TimelinePage, TimelinePosition
from openchannels.connectors.twitter.works import API, MAX_CALLS_PER_PAGE, POST_COST, read_text
from openchannels.core.accounts import Account
from openchannels.core.credentials import Tokens
from openchannels.core.engagement import CommentsPage, Interaction, InteractionName, Thread
from openchannels.core.paging import CursorPaging, CursorRequest, PageRequest
from openchannels.core.platform_errors import Failure, FailureKind
from openchannels.transport.answers import body_of
from openchannels.transport.client import Answer
from openchannels.transport.oauth import bearer
from openchannels.transport.platform_app import App
from openchannels.transport.platform_client import PlatformClient

READ = ("tweet.read", "users.read")
POSTED = InteractionRule((*READ, "tweet.write"), repeatable=False)
DELETED = REPOSTED = InteractionRule((*READ, "tweet.write"))
MODERATED = InteractionRule((*READ, "tweet.moderate.write"))
BOOKMARKED = InteractionRule((*READ, "bookmark.write"))
QUOTED = replace(POSTED, option="tier")
LIKED = InteractionRule((*READ, "like.write"), option="tier")
FOLLOWED = InteractionRule((*READ, "follows.write"), option="tier")
FEWEST_FOUND = 10
"""X returns ten posts of a search or more."""
FIELDS = "created_at,public_metrics,referenced_tweets,note_tweet"
AUTHORS = {"expansions": "author_id", "user.fields": "username,name"}
ALREADY = re.compile(r"\balready\b.*\b(?:lik|retweet|repost|bookmark|follow)")


@dataclass(frozen=True, slots=True)
class OwnList:
    """A list of an account that posts or accounts are put into, and taken out of."""

    path: str
    member: str = "tweet_id"


LIKES, REPOSTS, BOOKMARKS = OwnList("likes"), OwnList("retweets"), OwnList("bookmarks")
FOLLOWING = OwnList("following", "target_user_id")
PUTS: Mapping[InteractionName, OwnList] = {
    InteractionName.LIKE: LIKES,
    InteractionName.REPOST: REPOSTS,
    InteractionName.BOOKMARK: BOOKMARKS,
    InteractionName.FOLLOW: FOLLOWING,
}
TAKES_OUT: Mapping[InteractionName, OwnList] = {
    InteractionName.UNLIKE: LIKES,
    InteractionName.UNDO_REPOST: REPOSTS,
    InteractionName.REMOVE_BOOKMARK: BOOKMARKS,
    InteractionName.UNFOLLOW: FOLLOWING,
}

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
    empty=lambda answer: isinstance(dig(answer, "meta"), dict),
)


class TwitterEngagement(Engagement):
    """Replies of the last seven days: X searches no further back."""

    paging = CursorPaging(default=10, maximum=MAX_RESULTS)
    list_scopes = READ
    lists_answers = True
    rules: ClassVar[Mapping[InteractionName, InteractionRule]] = {
        InteractionName.COMMENT: POSTED,
        InteractionName.REPLY: POSTED,
        InteractionName.DELETE_COMMENT: DELETED,
        InteractionName.HIDE_REPLY: MODERATED,
        InteractionName.UNHIDE_REPLY: MODERATED,
        InteractionName.REPOST: REPOSTED,
        InteractionName.UNDO_REPOST: REPOSTED,
        InteractionName.BOOKMARK: BOOKMARKED,
        InteractionName.REMOVE_BOOKMARK: BOOKMARKED,
        InteractionName.LIKE: LIKED,
        InteractionName.UNLIKE: LIKED,
        InteractionName.FOLLOW: FOLLOWED,
        InteractionName.UNFOLLOW: FOLLOWED,
        InteractionName.QUOTE: QUOTED,
    }

    def interactions(self, app: App) -> Mapping[InteractionName, InteractionRule]:
        """Returns the interactions that X leaves to the tier of the app."""
        if app.option("tier") == "enterprise":
            return self.rules
        return {name: rule for name, rule in self.rules.items() if rule.option is None}

    async def list_comments(
        self,
        client: PlatformClient,
        account: Account,
        tokens: Tokens,
        thread: Thread,
        page: PageRequest,
    ) -> CommentsPage:
        """Fetches one page of replies.

        A work that is a reply itself begins no conversation: where a conversation is empty, the
        direct answers are asked for, and the position notes which of the two the page is of.
        """
        assert isinstance(page, CursorRequest)
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

    async def interact(
        self, client: PlatformClient, account: Account, tokens: Tokens, interaction: Interaction
    ) -> str | None:
        name, target = interaction.name, interaction.target
        operation = interaction_operation(name)
        check_id(client, operation, target, POST_ID)
        if name in PUTS:
            return await _put(client, account, tokens, PUTS[name], target, operation)
        if name in TAKES_OUT:
            await _take_out(client, account, tokens, TAKES_OUT[name], target, operation)
        elif name is InteractionName.DELETE_COMMENT:
            await delete_post(client, tokens, target, operation=operation, look=FIND_COMMENT)
        elif name in (InteractionName.HIDE_REPLY, InteractionName.UNHIDE_REPLY):
            hidden = name is InteractionName.HIDE_REPLY
            await _hide(client, tokens, target, operation, hidden=hidden)
        else:
            return await _post(client, tokens, interaction, operation)
        return None

    async def find(
        self, client: PlatformClient, account: Account, tokens: Tokens, interaction: Interaction
    ) -> str | None:
        """Looks for the post among the account's newest ones; X refuses the same one twice."""
        since = interaction.begun_at - CLOCKS_DIFFER
        posts = await posts_since(client, account, tokens, since, look=FIND_COMMENT)
        alike = [post for post in posts if is_alike(post, _body(interaction))]
        return text(alike[0].get("id")) if len(alike) == 1 else None


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


def _body(interaction: Interaction) -> dict[str, Any]:
    said = {"text": interaction.text.strip()}
    if interaction.name is InteractionName.QUOTE:
        return {**said, "quote_tweet_id": interaction.target}
    return {**said, "reply": {"in_reply_to_tweet_id": interaction.target}}


async def _post(
    client: PlatformClient, tokens: Tokens, interaction: Interaction, operation: str
) -> str:
    """Posts a reply or a quote. https://docs.x.com/x-api/posts/create-post"""
    answer = await client.call(
        "POST",
        f"{API}/tweets",
        operation=operation,
        classify=naming_a_post(client),
        headers=bearer(tokens),
        json_body=_body(interaction),
    )
    client.charge(operation, text_cost(interaction.text))
    return str(dig(answer, "data", "id"))


async def _hide(
    client: PlatformClient, tokens: Tokens, post_id: str, operation: str, *, hidden: bool
) -> None:
    """https://docs.x.com/x-api/posts/hide-reply"""
    answer = await client.call(
        "PUT",
        f"{API}/tweets/{post_id}/hidden",
        operation=operation,
        idempotent=True,
        headers=bearer(tokens),
        json_body={"hidden": hidden},
    )
    if dig(answer, "data", "hidden") is not hidden:
        raise client.malformed(operation)


async def _put(
    client: PlatformClient,
    account: Account,
    tokens: Tokens,
    own: OwnList,
    target: str,
    operation: str,
) -> str | None:
    """Puts a post or an account into a list; returns the id of a repost.

    What is in it already is a success, also where X calls it an error.
    """

    def classify(answer: Answer) -> Failure | None:
        reading = client.classify(answer)
        refused = reading and reading.kind in (FailureKind.INVALID, FailureKind.PERMISSION)
        said = (first_text(body_of(answer), MESSAGE) or "").lower()
        return None if refused and ALREADY.search(said) else reading

    answer = await client.call(
        "POST",
        f"{API}/users/{account.uid}/{own.path}",
        operation=operation,
        classify=classify,
        idempotent=True,
        headers=bearer(tokens),
        json_body={own.member: target},
    )
    return text(dig(answer, "data", "rest_id"))


async def _take_out(
    client: PlatformClient,
    account: Account,
    tokens: Tokens,
    own: OwnList,
    target: str,
    operation: str,
) -> None:
    await client.call(
        "DELETE",
        f"{API}/users/{account.uid}/{own.path}/{target}",
        operation=operation,
        idempotent=True,
        headers=bearer(tokens),
    )
