"""Instagram: the accounts behind a grant."""

import asyncio

from openchannels.connectors.base.accounts import Accounts
from openchannels.connectors.base.parse import dig, first, text
from openchannels.connectors.meta.graph import NOT_PROFESSIONAL, graph_get, graph_url
from openchannels.connectors.meta.instagram.api import by_facebook, read
from openchannels.connectors.meta.instagram_media import read_profile
from openchannels.connectors.meta.login import page_tokens, pages_edge, pages_from
from openchannels.core.accounts import Candidate
from openchannels.core.availability import FieldCoverage
from openchannels.core.credentials import Tokens
from openchannels.core.platform_errors import PlatformFailure
from openchannels.core.platforms import Text
from openchannels.transport.platform_client import PlatformClient

PROFILE = "username,name,profile_picture_url,followers_count,follows_count,media_count"
PAGE_FIELDS = f"id,access_token,instagram_business_account{{id,{PROFILE}}}"


class InstagramAccounts(Accounts):
    coverage = FieldCoverage("uid account nickname avatar fansCount followingCount workCount")
    empty_hint = Text(
        en="No professional Instagram account was found. In the Instagram app switch the account "
        "to Business or Creator (where Facebook Login is used, also link it to a Facebook Page), "
        "then connect again.",
        zh="未找到 Instagram 专业账号。请先在 Instagram 应用中将账号切换为商家或创作者账号（使用 "
        "Facebook 登录时，还需关联 Facebook 公共主页），然后重新授权。",
    )

    async def candidates(self, client: PlatformClient, tokens: Tokens) -> list[Candidate]:
        if by_facebook(client.app):
            return await linked_accounts(client, tokens)
        fields = {"fields": f"id,user_id,{PROFILE}"}
        try:
            answer = await read(client, tokens, "me", "account.read", fields)
        except PlatformFailure as failure:
            if failure.reading.detail == NOT_PROFESSIONAL:
                return []
            raise
        me = first((dig(answer, "data", 0), answer))
        # `id` is the app's own name for the account; `user_id` is what Facebook Login tells too.
        uid = text(dig(me, "user_id")) or text(dig(me, "id"))
        if uid is None:
            raise client.malformed("account.read")
        return [Candidate(read_profile(me, uid), tokens, grant_subject=uid)]


async def linked_accounts(client: PlatformClient, tokens: Tokens) -> list[Candidate]:
    """The professional accounts behind the Pages of a person, each once."""
    me, edge = await asyncio.gather(
        graph_get(
            client,
            graph_url(client, "me"),
            tokens.access_token,
            "account.read",
            {"fields": "id"},
        ),
        pages_edge(client, tokens, PAGE_FIELDS),
    )
    person = text(dig(me, "id"))
    linked: dict[str, Candidate] = {}
    for row in await pages_from(client, tokens, edge, PAGE_FIELDS):
        profile = row.get("instagram_business_account")
        uid, page = text(dig(profile, "id")), text(row.get("id"))
        if uid and uid not in linked and page and text(row.get("access_token")):
            own = page_tokens(row, tokens, person)
            linked[uid] = Candidate(read_profile(profile, uid), own, person, parent=page)
    return list(linked.values())
