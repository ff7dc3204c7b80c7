"""Instagram: reading the professional accounts of a grant."""

import asyncio
from typing import Any

from openchannels.connectors.base.accounts import AccountReader, unusable_candidate
from openchannels.connectors.base.mapping import ProfileMap
from openchannels.connectors.base.parse import dig, first, text
from openchannels.connectors.base.shapes import text_at
from openchannels.connectors.meta.failures import NOT_PROFESSIONAL
from openchannels.connectors.meta.graph import graph_get
from openchannels.connectors.meta.instagram.api import get_json, uses_facebook_login
from openchannels.connectors.meta.page_tokens import (
    NO_PAGE_TOKEN,
    fetch_all_pages,
    fetch_pages_edge,
    has_page_token,
    page_tokens,
)
from openchannels.core.accounts import Candidate, Profile
from openchannels.core.credentials import Tokens
from openchannels.core.platform_errors import PlatformFailure
from openchannels.core.platforms import EmptyHint, Platform, Text
from openchannels.transport.platform_app import App
from openchannels.transport.platform_client import PlatformClient

PROFILE_FIELDS = "username,name,profile_picture_url,followers_count,follows_count,media_count"
PAGE_FIELDS = f"id,name,access_token,instagram_business_account{{id,{PROFILE_FIELDS}}}"
# `id` is app-scoped; `user_id` equals the `id` of Facebook Login.
PROFILE = ProfileMap(
    Platform("instagram"),
    {
        "uid": "user_id|id",
        "handle": "username",
        "nickname": "name|username",
        "avatar": "profile_picture_url",
    },
    counters={"fans": "followers_count", "following": "follows_count", "works": "media_count"},
)
NOT_LINKED = Text(
    en="No professional Instagram account is linked to this Facebook Page.",
    zh="该 Facebook 公共主页未关联 Instagram 专业账号。",
)


class InstagramAccounts(AccountReader):
    coverage = PROFILE.coverage
    empty_hint = EmptyHint(
        title=Text(
            en="No professional Instagram account was found.", zh="未找到 Instagram 专业账号。"
        ),
        description=Text(
            en="In the Instagram app switch the account to Business or Creator "
            "(where Facebook Login is used, also link it to a Facebook Page), then connect again.",
            zh="请先在 Instagram 应用中将账号切换为商家或创作者账号"
            "（使用 Facebook 登录时，还需关联 Facebook 公共主页），然后重新授权。",
        ),
    )

    def several(self, app: App) -> bool:
        return uses_facebook_login(app)

    async def candidates(self, client: PlatformClient, tokens: Tokens) -> list[Candidate]:
        if uses_facebook_login(client.app):
            return await linked_accounts(client, tokens)
        fields = {"fields": f"id,user_id,{PROFILE_FIELDS}"}
        try:
            answer = await get_json(client, tokens, "me", "account.read", fields)
        except PlatformFailure as failure:
            if failure.reading.detail == NOT_PROFESSIONAL:
                return []
            raise
        profile = PROFILE.read(unwrapped(answer))
        if profile is None:
            raise client.malformed("account.read")
        return [Candidate(profile, tokens, grant_subject=profile.uid)]


def unwrapped(answer: Any) -> Any:
    """Returns the account of an answer: Meta's guide shows it in a list, live answers do not."""
    return first((dig(answer, "data", 0), answer))


async def linked_accounts(client: PlatformClient, tokens: Tokens) -> list[Candidate]:
    """Returns the professional accounts linked to a user's Pages, without duplicates."""
    me, edge = await asyncio.gather(
        graph_get(client, "me", tokens.access_token, "account.read", {"fields": "id"}),
        fetch_pages_edge(client, tokens, PAGE_FIELDS),
    )
    user_id = text_at(client, "account.read", me, "id")
    linked: dict[str, Candidate] = {}
    for row in await fetch_all_pages(client, tokens, edge, PAGE_FIELDS):
        page = text(row.get("id"))
        if page is None:
            continue
        profile = PROFILE.read(row.get("instagram_business_account"))
        if profile is None:
            named = Profile(PROFILE.platform, page, nickname=text(row.get("name")) or page)
            linked[f"page {page}"] = unusable_candidate(named, NOT_LINKED)
        elif has_page_token(row):
            page_grant = page_tokens(row, tokens, user_id)
            known = linked.get(profile.uid)
            if known is None or known.unusable:
                linked[profile.uid] = Candidate(profile, page_grant, user_id, parent=page)
        else:
            linked.setdefault(profile.uid, unusable_candidate(profile, NO_PAGE_TOKEN))
    return list(linked.values())
