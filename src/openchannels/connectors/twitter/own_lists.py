"""X: lists of an account: posts that it likes, reposts or bookmarks, accounts that it follows."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from openchannels.connectors.base.failures import first_text
from openchannels.connectors.base.parse import dig, text
from openchannels.connectors.twitter.failures import MESSAGE
from openchannels.connectors.twitter.works import API
from openchannels.core.accounts import Account
from openchannels.core.credentials import Tokens
from openchannels.core.engagement import InteractionName
from openchannels.core.platform_errors import Failure, FailureKind
from openchannels.transport.answers import body_of
from openchannels.transport.client import Answer
from openchannels.transport.oauth import bearer
from openchannels.transport.platform_client import PlatformClient

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


async def put_in(
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


async def take_out(
    client: PlatformClient,
    account: Account,
    tokens: Tokens,
    own: OwnList,
    target: str,
    operation: str,
) -> None:
    """Takes a post or an account out of a list."""
    await client.call(
        "DELETE",
        f"{API}/users/{account.uid}/{own.path}/{target}",
        operation=operation,
        idempotent=True,
        headers=bearer(tokens),
    )
