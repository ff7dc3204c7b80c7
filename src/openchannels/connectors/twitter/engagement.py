"""X: replies as comments, and what an account does with posts and other accounts."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar

from openchannels.connectors.base.engagement import Engagement, InteractionRule
from openchannels.connectors.base.insights import check_id
from openchannels.connectors.base.parse import dig
from openchannels.connectors.base.shapes import text_at
from openchannels.connectors.twitter.comments import fetch_comments
from openchannels.connectors.twitter.insights import POST_ID
from openchannels.connectors.twitter.own_lists import PUTS, TAKES_OUT, OwnListCalls
from openchannels.connectors.twitter.own_posts import (
    CLOCKS_DIFFER,
    delete_post,
    naming_a_post,
    post_of,
    posts_since,
)
from openchannels.connectors.twitter.post_body import is_alike
from openchannels.connectors.twitter.prices import (
    FIND_COMMENT,
    interaction_operation,
    text_cost,
)
from openchannels.connectors.twitter.timeline import MAX_RESULTS
from openchannels.connectors.twitter.works import API
from openchannels.core.accounts import Account
from openchannels.core.credentials import Tokens
from openchannels.core.engagement import CommentsPage, Interaction, InteractionName, Thread
from openchannels.core.paging import CursorPaging, CursorRequest, PageRequest
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
        assert isinstance(page, CursorRequest)
        return await fetch_comments(client, tokens, thread, page)

    async def interact(
        self, client: PlatformClient, account: Account, tokens: Tokens, interaction: Interaction
    ) -> str | None:
        name, target = interaction.name, interaction.target
        operation = interaction_operation(name)
        check_id(client, operation, target, POST_ID)
        lists = OwnListCalls(client, account, tokens, operation)
        if name in PUTS:
            return await lists.put_in(PUTS[name], target)
        if name in TAKES_OUT:
            await lists.take_out(TAKES_OUT[name], target)
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
        return text_at(client, FIND_COMMENT, alike[0], "id") if len(alike) == 1 else None


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
    return post_of(client, operation, answer)


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
