"""WeChat official accounts over a third-party platform; works are published articles."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any, ClassVar

from openchannels.connectors.base.accounts import AccountReader, unusable_candidate
from openchannels.connectors.base.connector import Connector
from openchannels.connectors.base.inbound import Inbound
from openchannels.connectors.base.insights import DetailInsights
from openchannels.connectors.base.mapping import ProfileMap
from openchannels.connectors.base.parse import count, dig, rows, text
from openchannels.connectors.wechat.component import API, FAILURES, receive
from openchannels.connectors.wechat.official_account.auth import WxGzhAuth, read_authorizer
from openchannels.connectors.wechat.official_account.engagement import WxGzhEngagement
from openchannels.connectors.wechat.official_account.insights import (
    WxGzhAccountInsights,
    WxGzhDetails,
)
from openchannels.connectors.wechat.official_account.links import LINKS
from openchannels.connectors.wechat.official_account.publisher import WxGzhPublisher
from openchannels.connectors.wechat.official_account.publishing import PUBLISHING
from openchannels.connectors.wechat.official_account.works import (
    DATA_CUBE,
    WxGzhWorks,
    publications,
)
from openchannels.connectors.wechat.statistics import china_day
from openchannels.core.accounts import Candidate
from openchannels.core.credentials import Tokens
from openchannels.core.inbound import InboundMessage, InboundResult
from openchannels.core.paging import CursorRequest
from openchannels.core.platform_errors import PlatformFailure
from openchannels.core.platforms import EmptyHint, Mark, Platform, Text
from openchannels.transport.platform_client import PlatformClient

MINI_PROGRAM = Text(
    en="This is a mini program, not an official account.", zh="这是小程序，不是公众号。"
)
# `works` counts publications, each of which holds up to eight articles.
PROFILE = ProfileMap(
    Platform("wxGzh"),
    {
        "handle": "info.alias|info.user_name",
        "nickname": "info.nick_name",
        "avatar": "info.head_img",
    },
    counters={"fans": "fans", "works": "works"},
    scoped={"fansCount": DATA_CUBE},
)


class WxGzhAccounts(AccountReader):
    coverage = PROFILE.coverage
    empty_hint = EmptyHint(
        title=Text(en="The authorization opened a mini program.", zh="授权的是小程序。"),
        description=Text(
            en="Connect again and choose an official account.", zh="请重新授权并选择公众号。"
        ),
    )

    async def candidates(self, client: PlatformClient, tokens: Tokens) -> list[Candidate]:
        appid = text(tokens.extra.get("appid"))
        answer = await read_authorizer(client, appid, "account.read")
        info = dig(answer, "authorizer_info")
        if appid is None or not isinstance(info, dict):
            raise client.malformed("account.read")
        if info.get("MiniProgramInfo"):
            return [unusable_candidate(PROFILE.read({"info": info}, appid), MINI_PROGRAM)]
        fans, works = await asyncio.gather(count_fans(client, tokens), count_works(client, tokens))
        answers = {"info": info, "fans": fans, "works": works}
        return [Candidate(PROFILE.read(answers, appid), tokens)]


async def count_fans(client: PlatformClient, tokens: Tokens) -> int | None:
    """Returns the followers on the last counted day; None for unverified accounts.

    https://developers.weixin.qq.com/doc/offiaccount/Analytics/User_Analysis_Data_Interface.html
    """
    yesterday = china_day(client.clock()) - timedelta(days=1)
    body = {"begin_date": f"{yesterday - timedelta(days=1)}", "end_date": f"{yesterday}"}
    try:
        answer = await client.call(
            "POST",
            f"{API}/datacube/getusercumulate",
            operation="account.stats",
            idempotent=True,
            params={"access_token": tokens.access_token},
            json_body=body,
        )
    except PlatformFailure:
        return None
    totals = [
        (str(row.get("ref_date")), count(row.get("cumulate_user")))
        for row in rows(dig(answer, "list"))
    ]
    known = [(day, total) for day, total in totals if total is not None]
    return max(known, default=("", None))[1]


async def count_works(client: PlatformClient, tokens: Tokens) -> int | None:
    """Returns the number of publications; None if it cannot be read."""
    try:
        listing = await publications(client, tokens, CursorRequest(limit=1))
    except PlatformFailure:
        return None
    return count(dig(listing.answer, "total_count"))


class WxGzhInbound(Inbound):
    async def receive(self, client: PlatformClient, message: InboundMessage) -> InboundResult:
        return await receive(client, message)


class WxGzh(Connector):
    """One authorization by an administrator gives one official account."""

    id = Platform("wxGzh")
    name = Text(en="WeChat Official", zh="微信公众号")
    mark = Mark("公", "#067a3d")
    docs_url = "https://developers.weixin.qq.com/doc/oplatform/Third-party_Platforms/2.0/product/Third_party_platform_appid.html"
    sandbox_settings: ClassVar[Mapping[str, Any]] = {
        "component_token": "sandbox-wxGzh-token",
        "component_aes_key": "sandboxWxGzhEncodingAESKeyForOfflineUseOnly",
    }
    failures = FAILURES
    auth = WxGzhAuth()
    accounts = WxGzhAccounts()
    publishing = PUBLISHING
    publisher = WxGzhPublisher()
    engagement = WxGzhEngagement()
    works = WxGzhWorks()
    details = WxGzhDetails()
    account_insights = WxGzhAccountInsights(accounts)
    work_insights = DetailInsights(details)
    links = LINKS
    inbound = WxGzhInbound()

    def adopt(self, candidate: Candidate) -> Candidate | None:
        """Returns the account with its app id in the tokens, where refreshes look for it."""
        extra = {"appid": candidate.profile.uid}
        return replace(candidate, tokens=replace(candidate.tokens, extra=extra))
