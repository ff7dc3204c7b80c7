"""Threads: a user's profile and root posts, over the login of Threads."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace

from openchannels.connectors.base.accounts import AccountReader
from openchannels.connectors.base.auth import OAuth
from openchannels.connectors.base.insights import DetailInsights
from openchannels.connectors.base.mapping import ProfileMap
from openchannels.connectors.base.parse import count, dig, first
from openchannels.connectors.base.shapes import text_at
from openchannels.connectors.meta.connector import MetaConnector
from openchannels.connectors.meta.direct_login import (
    DAY,
    DirectLogin,
    can_extend,
)
from openchannels.connectors.meta.facebook_login import (
    ERROR_PARAMS,
    dialog_failure,
)
from openchannels.connectors.meta.failures import CODES, DIRECT_FAILURES
from openchannels.connectors.meta.page_tokens import (
    PROBE_SECONDS,
)
from openchannels.connectors.meta.threads.api import (
    BASIC,
    HOST,
    INSIGHTS_SCOPE,
    declined_insights,
    get_json,
)
from openchannels.connectors.meta.threads.details import ThreadsDetails
from openchannels.connectors.meta.threads.engagement import ThreadsEngagement
from openchannels.connectors.meta.threads.insights import ThreadsInsights
from openchannels.connectors.meta.threads.links import LINKS
from openchannels.connectors.meta.threads.options import ThreadsOptions
from openchannels.connectors.meta.threads.publisher import ThreadsPublisher
from openchannels.connectors.meta.threads.publishing import PUBLISHING
from openchannels.connectors.meta.threads.works import ThreadsWorks
from openchannels.core.accounts import Account, Candidate
from openchannels.core.credentials import TokenModel, Tokens
from openchannels.core.platform_errors import FailureKind, PlatformFailure
from openchannels.core.platforms import Mark, Platform, Text
from openchannels.transport import oauth
from openchannels.transport.oauth import OAuthConfig
from openchannels.transport.platform_client import PlatformClient

PROFILE = ProfileMap(
    Platform("threads"),
    {
        "uid": "me.id",
        "handle": "me.username",
        "nickname": "me.name|me.username",
        "avatar": "me.threads_profile_picture_url",
    },
    counters={"fans": "fans"},
    scoped={"fansCount": INSIGHTS_SCOPE},
)


class ThreadsAuth(OAuth):
    config = OAuthConfig(
        # https://developers.facebook.com/docs/threads/get-started/get-access-tokens-and-permissions
        authorize_url="https://threads.com/oauth/authorize",
        token_url=f"{HOST}/oauth/access_token",
        scopes=(BASIC, INSIGHTS_SCOPE),
        required_scopes=(BASIC,),
        scope_separator=",",
        error_params=ERROR_PARAMS,
        callback_errors=CODES,
        # https://developers.facebook.com/docs/threads/get-started/long-lived-tokens
        token_model=TokenModel.EXTEND,
        extend_after=DAY,
        leeway=10 * DAY,
    )
    login = DirectLogin(config, HOST, "th")
    probe_every = PROBE_SECONDS
    instructions = Text(
        en="Open the link in a browser (not in the Threads app), sign in to Threads with the "
        "account you want to connect, and leave all permissions switched on.",
        zh="请在浏览器（而非 Threads 应用）中打开链接，登录要连接的 Threads 账号，"
        "并保持所有权限开启。",
    )

    def callback_failure(self, params: Mapping[str, str]) -> FailureKind | None:
        return dialog_failure(self.config, params)

    async def exchange(
        self, client: PlatformClient, params: Mapping[str, str], verifier: str | None
    ) -> Tokens:
        return await self.login.exchange(client, params["code"])

    async def complete(self, client: PlatformClient, tokens: Tokens) -> Tokens:
        """Returns the token of 60 days, with the granted scopes, which take a call."""
        long_lived = await self.login.complete(client, tokens)
        if long_lived.scopes is not None:
            return long_lived
        return replace(long_lived, scopes=await read_granted_scopes(client, long_lived))

    def refreshable(self, tokens: Tokens, now: float) -> bool:
        return can_extend(self.config, tokens, now)

    async def probe(self, client: PlatformClient, account: Account, tokens: Tokens) -> None:
        answer = await get_json(client, tokens, "me", "auth.probe", {"fields": "id"})
        text_at(client, "auth.probe", answer, "id")

    async def refresh(self, client: PlatformClient, tokens: Tokens) -> Tokens:
        return await self.login.refresh(client, tokens)


async def read_granted_scopes(client: PlatformClient, tokens: Tokens) -> tuple[str, ...] | None:
    """Returns the scopes of a token; None if the call fails.

    https://developers.facebook.com/docs/threads
    """
    params = {"input_token": tokens.access_token}
    try:
        answer = await get_json(client, tokens, "debug_token", "auth.inspect", params)
    except PlatformFailure:
        return None
    return oauth.read_scopes(dig(answer, "data", "scopes")) or None


class ThreadsAccounts(AccountReader):
    coverage = PROFILE.coverage

    async def candidates(self, client: PlatformClient, tokens: Tokens) -> list[Candidate]:
        fields = {"fields": "id,username,name,threads_profile_picture_url"}
        me, followers = await asyncio.gather(
            get_json(client, tokens, "me", "account.read", fields),
            read_follower_count(client, tokens),
        )
        profile = PROFILE.read({"me": me, "fans": followers})
        if profile is None:
            raise client.malformed("account.read")
        return [Candidate(profile, tokens, grant_subject=profile.uid)]


async def read_follower_count(client: PlatformClient, tokens: Tokens) -> int | None:
    """Returns the follower count; None without the scope or a linked Instagram account.

    https://developers.facebook.com/docs/threads/insights
    """
    if declined_insights(tokens):
        return None
    params = {"metric": "followers_count"}
    try:
        answer = await get_json(client, tokens, "me/threads_insights", "account.insights", params)
    except PlatformFailure:
        return None
    row = dig(answer, "data", 0)
    return count(first((dig(row, "total_value", "value"), dig(row, "values", -1, "value"))))


class Threads(MetaConnector):
    """One authorization gives one profile.

    Threads does not document whether the list call can contain insights, so the connector tries
    it once a day. If it can, a page takes one call; otherwise one more for each post.
    """

    id = Platform("threads")
    name = Text(en="Threads", zh="Threads")
    mark = Mark("@", "#262626")
    docs_url = "https://developers.facebook.com/docs/threads"
    failures = DIRECT_FAILURES
    auth = ThreadsAuth()
    accounts = ThreadsAccounts()
    publishing = PUBLISHING
    publisher = ThreadsPublisher()
    option_values = ThreadsOptions()
    engagement = ThreadsEngagement()
    works = ThreadsWorks()
    details = ThreadsDetails()
    account_insights = ThreadsInsights(accounts)
    work_insights = DetailInsights(details)
    links = LINKS
