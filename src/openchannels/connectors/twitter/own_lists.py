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


@dataclass(frozen=True, slots=True)
class OwnListCalls:
    """The calls of one operation that change lists of one account."""

    client: PlatformClient
    account: Account
    tokens: Tokens
    operation: str

    async def put_in(self, own: OwnList, target: str) -> str | None:
        """Puts a post or an account into a list; returns the id of a repost.

        What is in it already is a success, also where X calls it an error.
        """
        answer = await self.client.call(
            "POST",
            self._url(own),
            operation=self.operation,
            classify=self._classify_put,
            idempotent=True,
            headers=bearer(self.tokens),
            json_body={own.member: target},
        )
        return text(dig(answer, "data", "rest_id"))

    async def take_out(self, own: OwnList, target: str) -> None:
        """Takes a post or an account out of a list."""
        await self.client.call(
            "DELETE",
            f"{self._url(own)}/{target}",
            operation=self.operation,
            classify=self._classify,
            idempotent=True,
            headers=bearer(self.tokens),
        )

    def _url(self, own: OwnList) -> str:
        return f"{API}/users/{self.account.uid}/{own.path}"

    def _classify(self, answer: Answer) -> Failure | None:
        """A success that says nothing of the state says nothing of whether it is set."""
        if answer.status < 300 and not isinstance(dig(body_of(answer), "data"), dict):
            return Failure(FailureKind.MALFORMED)
        return self.client.classify(answer)

    def _classify_put(self, answer: Answer) -> Failure | None:
        reading = self._classify(answer)
        refused = reading and reading.kind in (FailureKind.INVALID, FailureKind.PERMISSION)
        said = (first_text(body_of(answer), MESSAGE) or "").lower()
        return None if refused and ALREADY.search(said) else reading
