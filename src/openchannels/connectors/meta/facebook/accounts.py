"""Facebook: reading the Pages of a grant."""

from openchannels.connectors.base.accounts import AccountReader, unusable_candidate
from openchannels.connectors.base.mapping import ProfileMap
from openchannels.connectors.base.parse import text
from openchannels.connectors.base.shapes import text_at
from openchannels.connectors.meta.graph import graph_get
from openchannels.connectors.meta.page_tokens import (
    NO_PAGE_TOKEN,
    fetch_all_pages,
    has_page_token,
    page_tokens,
)
from openchannels.core.accounts import Candidate
from openchannels.core.credentials import Tokens
from openchannels.core.platforms import EmptyHint, Platform, Text
from openchannels.transport.platform_app import App
from openchannels.transport.platform_client import PlatformClient

PROFILE_FIELDS = "id,name,username,fan_count,followers_count,picture.type(large){url}"
PAGE_FIELDS = f"{PROFILE_FIELDS},access_token"
PROFILE = ProfileMap(
    Platform("facebook"),
    {
        "uid": "id",
        "handle": "username",
        "nickname": "name",
        "avatar": "picture.data.url",
    },
    counters={"fans": "followers_count|fan_count"},
)


class FacebookAccounts(AccountReader):
    coverage = PROFILE.coverage
    empty_hint = EmptyHint(
        title=Text(en="No Facebook Page was found.", zh="未找到 Facebook 公共主页。"),
        description=Text(
            en="Create a Page (facebook.com/pages/create) or ask for access to one, "
            "then authorize again and tick that Page.",
            zh="请先创建公共主页（facebook.com/pages/create）或取得已有主页的管理权限，"
            "然后重新授权并勾选该主页。",
        ),
        action=Text(en="Create a Page", zh="创建公共主页"),
        url="https://www.facebook.com/pages/create",
    )

    def several(self, app: App) -> bool:
        return True

    async def candidates(self, client: PlatformClient, tokens: Tokens) -> list[Candidate]:
        fields = {"fields": f"id,accounts.limit(100){{{PAGE_FIELDS}}}"}
        me = await graph_get(client, "me", tokens.access_token, "account.read", fields)
        user_id = text_at(client, "account.read", me, "id")
        # Graph omits the edge for a user without Pages.
        edge = {"data": []} if me.get("accounts") is None else me["accounts"]
        page_rows = await fetch_all_pages(client, tokens, edge, PAGE_FIELDS)
        # Of several rows of a Page the last one with a token counts.
        page_rows.sort(key=has_page_token)
        pages = {uid: row for row in page_rows if (uid := text(row.get("id")))}
        return [
            Candidate(PROFILE.read(row, uid), page_tokens(row, tokens, user_id), user_id)
            if has_page_token(row)
            else unusable_candidate(PROFILE.read(row, uid), NO_PAGE_TOKEN)
            for uid, row in pages.items()
        ]
