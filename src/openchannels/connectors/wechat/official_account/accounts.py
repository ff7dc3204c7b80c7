"""WeChat official accounts: the accounts behind a grant."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from openchannels.connectors.base.accounts import Accounts
from openchannels.connectors.base.parse import count, dig, https, rows, text
from openchannels.connectors.wechat.official_account.api import (
    DATA_CUBE,
    ask,
    authorizer,
    published,
)
from openchannels.connectors.wechat.statistics import china_day
from openchannels.core.accounts import Candidate, Counters, Profile
from openchannels.core.availability import FieldCoverage
from openchannels.core.credentials import Tokens
from openchannels.core.platform_errors import PlatformFailure
from openchannels.core.platforms import Platform, Text
from openchannels.transport.platform_client import PlatformClient


class WxGzhAccounts(Accounts):
    coverage = FieldCoverage(
        "uid account nickname avatar workCount", scoped={"fansCount": DATA_CUBE}
    )
    empty_hint = Text(
        en="The authorization opened a mini program. Connect again and choose an official account.",
        zh="授权的是小程序。请重新授权并选择公众号。",
    )

    async def candidates(self, client: PlatformClient, tokens: Tokens) -> list[Candidate]:
        appid = text(tokens.extra.get("appid"))
        answer = await authorizer(client, appid, "account.read")
        info = dig(answer, "authorizer_info")
        if appid is None or not isinstance(info, dict):
            raise client.malformed("account.read")
        if info.get("MiniProgramInfo"):
            return []
        fans, works = await asyncio.gather(count_fans(client, tokens), count_works(client, tokens))
        return [Candidate(read_profile(appid, info, fans, works), tokens)]


def read_profile(
    appid: str, info: Mapping[str, Any], fans: int | None, works: int | None
) -> Profile:
    """`works` counts publications, each of which holds up to eight articles."""
    return Profile(
        platform=Platform("wxGzh"),
        uid=appid,
        handle=text(info.get("alias")) or text(info.get("user_name")),
        nickname=text(info.get("nick_name")) or appid,
        avatar=https(info.get("head_img")),
        counters=Counters(fans=fans, works=works),
    )


async def count_fans(client: PlatformClient, tokens: Tokens) -> int | None:
    """Followers on the last day that is counted; unverified accounts may not ask.

    https://developers.weixin.qq.com/doc/offiaccount/Analytics/User_Analysis_Data_Interface.html
    """
    yesterday = china_day(client.clock()) - timedelta(days=1)
    body = {"begin_date": f"{yesterday - timedelta(days=1)}", "end_date": f"{yesterday}"}
    try:
        answer = await ask(client, tokens, "datacube/getusercumulate", "account.stats", body)
    except PlatformFailure:
        return None
    totals = [
        (str(row.get("ref_date")), count(row.get("cumulate_user")))
        for row in rows(dig(answer, "list"))
    ]
    known = [(day, total) for day, total in totals if total is not None]
    return max(known, default=("", None))[1]


async def count_works(client: PlatformClient, tokens: Tokens) -> int | None:
    try:
        return count((await published(client, tokens, 0, 1)).get("total_count"))
    except PlatformFailure:
        return None
