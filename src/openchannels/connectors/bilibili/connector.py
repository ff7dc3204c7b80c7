"""Bilibili: OAuth with signed calls; the counts of videos take a call each."""

from typing import Any

from openchannels.connectors.base.accounts import AccountReader
from openchannels.connectors.base.auth import OAuth
from openchannels.connectors.base.connector import Connector
from openchannels.connectors.base.insights import DetailInsights
from openchannels.connectors.base.mapping import ProfileMap
from openchannels.connectors.base.parse import dig
from openchannels.connectors.base.shapes import object_at, text_at
from openchannels.connectors.bilibili.api import (
    API,
    FAILURES,
    may_have_scope,
    signing_client,
)
from openchannels.connectors.bilibili.inbound import BilibiliInbound
from openchannels.connectors.bilibili.insights import BilibiliAccountInsights, BilibiliDetails
from openchannels.connectors.bilibili.links import LINKS
from openchannels.connectors.bilibili.options import BilibiliOptions
from openchannels.connectors.bilibili.publisher import BilibiliPublisher
from openchannels.connectors.bilibili.publishing import PUBLISHING
from openchannels.connectors.bilibili.works import BilibiliWorks
from openchannels.core.accounts import Account, Candidate
from openchannels.core.credentials import TokenModel, Tokens
from openchannels.core.platform_errors import PlatformFailure
from openchannels.core.platforms import Mark, Platform, Text
from openchannels.transport.oauth import OAuthConfig
from openchannels.transport.platform_client import PlatformClient

DAY = 86_400

PROFILE = ProfileMap(
    Platform("bilibili"),
    {
        "uid": "openid",
        "handle": "openid",
        "nickname": "name",
        "avatar": "face",
    },
    counters={
        "fans": "totals.follower",
        "following": "totals.following",
        "works": "totals.arc_passed_total",
    },
    scoped=dict.fromkeys(("fansCount", "followingCount", "workCount"), "USER_DATA"),
)


class BilibiliAuth(OAuth):
    config = OAuthConfig(
        # https://open.bilibili.com/doc/4/eaf0e2b5-bde9-b9a0-9be1-019bb455701c
        authorize_url="https://account.bilibili.com/pc/account-pc/auth/oauth",
        token_url="https://api.bilibili.com/x/account-oauth2/v1/token",
        refresh_url="https://api.bilibili.com/x/account-oauth2/v1/refresh_token",
        # Scopes are set in the console and on the consent page, and not sent in requests.
        scopes=("USER_INFO", "USER_DATA", "ARC_BASE", "ARC_DATA"),
        required_scopes=("USER_INFO", "ARC_BASE"),
        scope_param=None,
        response_type=None,
        redirect_param="gourl",
        redirect_in_token=False,
        answer_at="data",
        token_model=TokenModel.ROTATING,
        # The official example shows a Unix time under this name.
        expires_is="either",
        # A grant whose access token has expired needs a new authorization.
        # https://open.bilibili.com/doc/4/eaf0e2b5-bde9-b9a0-9be1-019bb455701c
        needs_live_access=True,
        leeway=3 * DAY,
        classify=FAILURES.classify,
    )
    # Refreshes are four weeks apart, and the operator may not have registered the webhook.
    probe_every = 7.0 * DAY
    instructions = Text(
        en="Open the link, sign in to Bilibili, and leave every permission ticked: "
        "without the data permissions there are no follower counts and no metrics.",
        zh="打开链接，登录哔哩哔哩并保持所有权限勾选；缺少数据权限时无法获取粉丝数和作品数据。",
    )

    async def probe(self, client: PlatformClient, account: Account, tokens: Tokens) -> None:
        operation, signed_client = "auth.probe", signing_client(client, tokens)
        answer = await signed_client.get(f"{API}/user/account/info", operation=operation)
        text_at(client, operation, answer, "data.openid")


class BilibiliAccounts(AccountReader):
    coverage = PROFILE.coverage

    async def candidates(self, client: PlatformClient, tokens: Tokens) -> list[Candidate]:
        signed_client = signing_client(client, tokens)
        answer = await signed_client.get(f"{API}/user/account/info", operation="account.read")
        user = object_at(client, "account.read", answer, "data")
        openid = text_at(client, "account.read", user, "openid")
        totals = await self._totals(signed_client, tokens)
        return [Candidate(PROFILE.read({**user, "totals": totals}, openid), tokens)]

    async def _totals(self, signed_client: PlatformClient, tokens: Tokens) -> Any:
        """Returns the account's counts; None if they cannot be read."""
        if not may_have_scope(tokens, "USER_DATA"):
            return None
        try:
            answer = await signed_client.get(f"{API}/data/user/stat", operation="account.stats")
        except PlatformFailure:
            return None
        return dig(answer, "data")


class Bilibili(Connector):
    """One authorization gives one account, whose `openid` differs per app."""

    id = Platform("bilibili")
    name = Text(en="Bilibili", zh="哔哩哔哩")
    mark = Mark("B", "#00749f")
    docs_url = "https://open.bilibili.com/doc"
    failures = FAILURES
    auth = BilibiliAuth()
    accounts = BilibiliAccounts()
    publishing = PUBLISHING
    publisher = BilibiliPublisher()
    inbound = BilibiliInbound()
    option_values = BilibiliOptions()
    works = BilibiliWorks()
    details = BilibiliDetails()
    account_insights = BilibiliAccountInsights(accounts)
    work_insights = DetailInsights(details)
    links = LINKS
