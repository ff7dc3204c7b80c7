"""Facebook: the accounts behind a grant."""

from collections.abc import Mapping
from typing import Any

from openchannels.connectors.base.accounts import Accounts
from openchannels.connectors.base.parse import count, dig, first, https, text
from openchannels.connectors.meta.graph import graph_get, graph_url
from openchannels.connectors.meta.login import page_tokens, pages_from
from openchannels.core.accounts import Candidate, Counters, Profile
from openchannels.core.availability import FieldCoverage
from openchannels.core.credentials import Tokens
from openchannels.core.platforms import Platform, Text
from openchannels.transport.platform_client import PlatformClient

PAGE_FIELDS = "id,name,username,access_token,fan_count,followers_count,picture.type(large){url}"


class FacebookAccounts(Accounts):
    coverage = FieldCoverage("uid account nickname avatar fansCount")
    empty_hint = Text(
        en="No Facebook Page was found. Create a Page (facebook.com/pages/create) or ask for "
        "access to one, then authorize again and tick that Page.",
        zh="未找到 Facebook 公共主页。请先创建公共主页（facebook.com/pages/create）或取得已有主页的"
        "管理权限，然后重新授权并勾选该主页。",
    )

    async def candidates(self, client: PlatformClient, tokens: Tokens) -> list[Candidate]:
        address = graph_url(client, "me")
        fields = f"id,accounts.limit(100){{{PAGE_FIELDS}}}"
        me = await graph_get(
            client, address, tokens.access_token, "account.read", {"fields": fields}
        )
        person = text(dig(me, "id"))
        listed = await pages_from(client, tokens, dig(me, "accounts"), PAGE_FIELDS)
        pages = {text(row.get("id")): row for row in listed if text(row.get("access_token"))}
        return [
            Candidate(read_page(row), page_tokens(row, tokens, person), grant_subject=person)
            for identifier, row in pages.items()
            if identifier
        ]


def read_page(row: Mapping[str, Any]) -> Profile:
    uid = str(row["id"])
    fans = (count(row.get(name)) for name in ("followers_count", "fan_count"))
    return Profile(
        platform=Platform("facebook"),
        uid=uid,
        handle=text(row.get("username")),
        nickname=text(row.get("name")) or uid,
        avatar=https(dig(row, "picture", "data", "url")),
        counters=Counters(fans=first(fans)),
    )
