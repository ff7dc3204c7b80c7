"""Instagram: professional accounts, over Instagram Login or Facebook Login."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace

from openchannels.connectors.base.accounts import AccountReader, unusable_candidate
from openchannels.connectors.base.connector import Connector
from openchannels.connectors.base.mapping import ProfileMap
from openchannels.connectors.base.parse import dig, first, text
from openchannels.connectors.base.shapes import text_at
from openchannels.connectors.meta.failures import CODES, DIRECT_FAILURES, NOT_PROFESSIONAL
from openchannels.connectors.meta.graph import REQUEST_ID_HEADER, graph_get
from openchannels.connectors.meta.instagram.api import (
    HOST,
    INSIGHTS_SCOPES,
    get_json,
    is_page_token,
    uses_facebook_login,
)
from openchannels.connectors.meta.instagram.links import LINKS
from openchannels.connectors.meta.instagram.publishing import PUBLISHING
from openchannels.connectors.meta.instagram.works import InstagramWorks
from openchannels.connectors.meta.login import (
    DAY,
    ERROR_PARAMS,
    NO_PAGE_TOKEN,
    PROBE_SECONDS,
    DirectLogin,
    FacebookLogin,
    FacebookUserGrant,
    can_extend,
    can_refresh_page_token,
    facebook_config,
    facebook_login,
    fetch_all_pages,
    fetch_pages_edge,
    has_page_token,
    page_refresh_at,
    page_tokens,
    refresh_page_token,
)
from openchannels.core.accounts import Account, Candidate, Profile
from openchannels.core.credentials import TokenModel, Tokens
from openchannels.core.platform_errors import PlatformFailure
from openchannels.core.platforms import EmptyHint, Mark, Platform, Text
from openchannels.transport.oauth import OAuthConfig
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
FACEBOOK_INSTRUCTIONS = Text(
    en="Open the link, sign in to Facebook as someone who manages the Page that the professional "
    "Instagram account is linked to, choose that Page and that account, and leave all "
    "permissions switched on.",
    zh="打开链接，使用管理该 Instagram 专业账号所关联公共主页的 Facebook 账号登录，"
    "勾选该主页和该账号，并保持所有权限开启。",
)

# https://developers.facebook.com/docs/instagram-platform/instagram-api-with-facebook-login
FACEBOOK_CONFIG = facebook_login(
    scopes=(
        "instagram_basic",
        "instagram_manage_insights",
        "pages_show_list",
        "pages_read_engagement",
        "business_management",
    ),
    required_scopes=("instagram_basic", "pages_show_list"),
)


class InstagramAuth(FacebookUserGrant):
    config = OAuthConfig(
        # https://developers.facebook.com/docs/instagram-platform/instagram-api-with-instagram-login/business-login
        authorize_url="https://www.instagram.com/oauth/authorize",
        token_url="https://api.instagram.com/oauth/access_token",
        scopes=("instagram_business_basic", INSIGHTS_SCOPES[0]),
        required_scopes=("instagram_business_basic",),
        scope_separator=",",
        error_params=ERROR_PARAMS,
        callback_errors=CODES,
        # https://developers.facebook.com/docs/instagram-platform/reference/refresh_access_token
        token_model=TokenModel.EXTEND,
        extend_after=DAY,
        leeway=10 * DAY,
    )
    probe_every = PROBE_SECONDS
    instructions = Text(
        en="Open the link, sign in with the professional account (Business or Creator) you want "
        "to connect, and leave all permissions switched on. Personal accounts cannot be connected.",
        zh="打开链接，使用要连接的 Instagram 专业账号（商家或创作者）登录，并保持所有权限开启。"
        "个人账号无法连接。",
    )

    def instructions_for(self, app: App) -> Text:
        return FACEBOOK_INSTRUCTIONS if uses_facebook_login(app) else self.instructions

    def oauth_config(self, app: App) -> OAuthConfig:
        return facebook_config(FACEBOOK_CONFIG, app) if uses_facebook_login(app) else self.config

    def authorize_url(self, app: App, state: str, verifier: str | None) -> str:
        """Returns the consent page with the scopes of the login in use, or the configured ones."""
        if app.scopes == self.config.scopes:
            app = replace(app, scopes=self.oauth_config(app).scopes)
        return super().authorize_url(app, state, verifier)

    def _login(self, app: App) -> DirectLogin | FacebookLogin:
        config = self.oauth_config(app)
        return (
            FacebookLogin(config) if uses_facebook_login(app) else DirectLogin(config, HOST, "ig")
        )

    async def exchange(
        self, client: PlatformClient, params: Mapping[str, str], verifier: str | None
    ) -> Tokens:
        return await self._login(client.app).exchange(client, params["code"])

    async def complete(self, client: PlatformClient, tokens: Tokens) -> Tokens:
        return await self._login(client.app).complete(client, tokens)

    def can_revoke(self, app: App) -> bool:
        return uses_facebook_login(app)

    def refreshable(self, tokens: Tokens, now: float) -> bool:
        if is_page_token(tokens):
            return can_refresh_page_token(tokens, now)
        return can_extend(self.config, tokens, now)

    def next_refresh_at(self, tokens: Tokens, refreshed_at: float) -> float | None:
        if is_page_token(tokens):
            return page_refresh_at(tokens, refreshed_at)
        return super().next_refresh_at(tokens, refreshed_at)

    async def refresh(self, client: PlatformClient, tokens: Tokens) -> Tokens:
        if is_page_token(tokens):
            config = facebook_config(FACEBOOK_CONFIG, client.app)
            return await refresh_page_token(config, client, tokens)
        return await DirectLogin(self.config, HOST, "ig").refresh(client, tokens)

    async def probe(self, client: PlatformClient, account: Account, tokens: Tokens) -> None:
        answer = await get_json(client, tokens, "me", "auth.probe", {"fields": "id"})
        text_at(client, "auth.probe", answer, "id")


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
        profile = PROFILE.read(first((dig(answer, "data", 0), answer)))
        if profile is None:
            raise client.malformed("account.read")
        return [Candidate(profile, tokens, grant_subject=profile.uid)]


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
            named = Profile(Instagram.id, page, nickname=text(row.get("name")) or page)
            linked[f"page {page}"] = unusable_candidate(named, NOT_LINKED)
        elif has_page_token(row):
            page_grant = page_tokens(row, tokens, user_id)
            known = linked.get(profile.uid)
            if known is None or known.unusable:
                linked[profile.uid] = Candidate(profile, page_grant, user_id, parent=page)
        else:
            linked.setdefault(profile.uid, unusable_candidate(profile, NO_PAGE_TOKEN))
    return list(linked.values())


class Instagram(Connector):
    """One authorization gives one account, or with Facebook Login those of a user's Pages.

    Tokens of Facebook Login contain a Page id, which decides the host and the refresh call.
    """

    id = Platform("instagram")
    name = Text(en="Instagram", zh="Instagram")
    mark = Mark("IG", "#b32a7d")
    docs_url = "https://developers.facebook.com/docs/instagram-platform"
    request_id_header = REQUEST_ID_HEADER
    failures = DIRECT_FAILURES
    auth = InstagramAuth()
    accounts = InstagramAccounts()
    publishing = PUBLISHING
    works = InstagramWorks()
    links = LINKS
