"""Instagram: professional accounts, over Instagram Login or Facebook Login."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar

from openchannels.connectors.base.parse import dig, first, rows, text
from openchannels.connectors.meta.graph import (
    DIALOG,
    GRAPH,
    INSIGHTS_REFUSED,
    NOT_PROFESSIONAL,
    NUMBERLESS,
    TOO_MUCH,
    VERSION,
    classify_direct,
    classify_graph,
    graph_get,
    graph_url,
    insight_values,
    next_position,
    position_params,
    previous_position,
)
from openchannels.connectors.meta.insights import (
    APART,
    INLINE,
    NONE,
    batched_insights,
    insights_apart,
)
from openchannels.connectors.meta.instagram_media import read_profile, read_work
from openchannels.connectors.meta.login import (
    DAILY,
    DAY,
    DirectLogin,
    FacebookLogin,
    PersonsGrant,
    extendable,
    facebook_form,
    page_due,
    page_refresh,
    page_refreshable,
    page_tokens,
    pages_edge,
    pages_from,
)
from openchannels.core.accounts import Account, Candidate
from openchannels.core.availability import FieldCoverage
from openchannels.core.credentials import TokenModel, Tokens
from openchannels.core.paging import CursorPaging, CursorRequest, PageRequest, WorksPage
from openchannels.core.platform_errors import Failure, FailureKind, PlatformFailure
from openchannels.core.platforms import Mark, Platform, Text
from openchannels.transport.client import Answer, Params
from openchannels.transport.oauth import OAuthConfig, bearer
from openchannels.transport.platform_client import App, PlatformClient

HOST = "https://graph.instagram.com"
INSIGHTS_SCOPES = ("instagram_business_manage_insights", "instagram_manage_insights")
REMEMBERED = {NONE: 6 * 3600, APART: 3600}

PROFILE = "username,name,profile_picture_url,followers_count,follows_count,media_count"
PAGE_FIELDS = f"id,access_token,instagram_business_account{{id,{PROFILE}}}"
MEDIA_FIELDS = (
    "id,caption,media_type,media_product_type,media_url,thumbnail_url,permalink,timestamp,"
    "username,owner{id},like_count,comments_count,"
    "children{id,media_type,media_url,thumbnail_url}"
)
# The widest set that both posts and Reels know; one that a work lacks sinks the whole call.
# https://developers.facebook.com/docs/instagram-platform/reference/instagram-media/insights
METRICS = "views,reach,saved,shares,total_interactions"

NO_TITLE = Text(en="Instagram's works have no title.", zh="Instagram 作品没有标题。")
WATCH_TIME = Text(
    en="Only Reels have it, at the price of a further call for each page.",
    zh="仅 Reels 提供，且每页需额外调用一次接口。",
)
FACEBOOK_INSTRUCTIONS = Text(
    en="Open the link, sign in to Facebook as someone who manages the Page that the professional "
    "Instagram account is linked to, choose that Page and that account, and leave all "
    "permissions switched on.",
    zh="打开链接，使用管理该 Instagram 专业账号所关联公共主页的 Facebook 账号登录，"
    "勾选该主页和该账号，并保持所有权限开启。",
)

# https://developers.facebook.com/docs/instagram-platform/instagram-api-with-facebook-login
FACEBOOK_FORM = OAuthConfig(
    authorize_url=f"{DIALOG}/{VERSION}/dialog/oauth",
    token_url=f"{GRAPH}/{VERSION}/oauth/access_token",
    scopes=(
        "instagram_basic",
        "instagram_manage_insights",
        "pages_show_list",
        "pages_read_engagement",
        "business_management",
    ),
    required_scopes=("instagram_basic", "pages_show_list"),
    scope_separator=",",
    token_method="GET",
    extra={"auth_type": "rerequest"},
    denial_params=("error", "error_code"),
    token_model=TokenModel.EXTEND,
)


class Instagram(PersonsGrant):
    """One authorization opens one account, or with Facebook Login those behind a person's Pages.

    Tokens tell the login they came by, and with it the host and the way of refreshing: those of
    Facebook Login name a Page.
    """

    id = Platform("instagram")
    name = Text(en="Instagram", zh="Instagram")
    mark = Mark("IG", "#b32a7d")
    request_id_header = "x-fb-trace-id"
    docs_url = "https://developers.facebook.com/docs/instagram-platform"
    oauth: ClassVar[OAuthConfig] = OAuthConfig(
        # https://developers.facebook.com/docs/instagram-platform/instagram-api-with-instagram-login/business-login
        authorize_url="https://www.instagram.com/oauth/authorize",
        token_url="https://api.instagram.com/oauth/access_token",
        scopes=("instagram_business_basic", INSIGHTS_SCOPES[0]),
        required_scopes=("instagram_business_basic",),
        scope_separator=",",
        # https://developers.facebook.com/docs/instagram-platform/reference/refresh_access_token
        token_model=TokenModel.EXTEND,
        extend_after=DAY,
        leeway=10 * DAY,
    )
    paging = CursorPaging(default=25, maximum=100, previous=True)
    probe_every = DAILY
    account_given = FieldCoverage("uid account nickname avatar fansCount followingCount workCount")
    work_given = FieldCoverage(
        "platformWorkId contentMode description url coverUrl publishedAt authorName"
        " authorPlatformUid status likeCount commentCount",
        scoped=dict.fromkeys(
            (
                *("viewCount", "playCount", "reachCount", "collectCount", "saveCount"),
                *("shareCount", "engagementCount"),
            ),
            INSIGHTS_SCOPES[0],
        ),
        never={"title": NO_TITLE, "watchTimeSeconds": WATCH_TIME},
    )
    empty_hint = Text(
        en="No professional Instagram account was found. In the Instagram app switch the account "
        "to Business or Creator (where Facebook Login is used, also link it to a Facebook Page), "
        "then connect again.",
        zh="未找到 Instagram 专业账号。请先在 Instagram 应用中将账号切换为商家或创作者账号（使用 "
        "Facebook 登录时，还需关联 Facebook 公共主页），然后重新授权。",
    )
    instructions: ClassVar[Text] = Text(
        en="Open the link, sign in with the professional account (Business or Creator) you want "
        "to connect, and leave all permissions switched on. Personal accounts cannot be connected.",
        zh="打开链接，使用要连接的 Instagram 专业账号（商家或创作者）登录，并保持所有权限开启。"
        "个人账号无法连接。",
    )

    def instructions_text(self, app: App) -> Text:
        return FACEBOOK_INSTRUCTIONS if by_facebook(app) else self.instructions

    def form(self, app: App) -> OAuthConfig:
        return facebook_form(FACEBOOK_FORM, app) if by_facebook(app) else self.oauth

    def authorize_url(self, app: App, state: str, verifier: str | None) -> str:
        """Ask for the scopes of the login in use, unless the settings name others."""
        if app.scopes == self.oauth.scopes:
            app = replace(app, scopes=self.form(app).scopes)
        return super().authorize_url(app, state, verifier)

    def _login(self, app: App) -> DirectLogin | FacebookLogin:
        form = self.form(app)
        return FacebookLogin(form) if by_facebook(app) else DirectLogin(form, HOST, "ig")

    async def exchange(
        self, client: PlatformClient, params: Mapping[str, str], verifier: str | None
    ) -> Tokens:
        return await self._login(client.app).exchange(client, params["code"])

    async def complete(self, client: PlatformClient, tokens: Tokens) -> Tokens:
        return await self._login(client.app).complete(client, tokens)

    def refreshable(self, tokens: Tokens, now: float) -> bool:
        if of_page(tokens):
            return page_refreshable(tokens, now)
        return extendable(self.oauth, tokens, now)

    def next_refresh_at(self, tokens: Tokens, refreshed_at: float) -> float | None:
        if of_page(tokens):
            return page_due(tokens, refreshed_at)
        return super().next_refresh_at(tokens, refreshed_at)

    async def refresh(self, client: PlatformClient, tokens: Tokens) -> Tokens:
        if of_page(tokens):
            form = facebook_form(FACEBOOK_FORM, client.app)
            return await page_refresh(form, client, tokens)
        return await DirectLogin(self.oauth, HOST, "ig").refresh(client, tokens)

    async def probe(self, client: PlatformClient, account: Account, tokens: Tokens) -> None:
        await read(client, tokens, "me", "auth.probe", {"fields": "id"})

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

    async def works(
        self, client: PlatformClient, account: Account, tokens: Tokens, page: PageRequest
    ) -> WorksPage:
        assert isinstance(page, CursorRequest)
        listing, how = await self._listing(client, account, tokens, page)
        media = [row for row in rows(dig(listing, "data")) if text(row.get("id"))]
        apart = {}
        if how == APART:
            apart = await self._apart(client, account, tokens, [str(row["id"]) for row in media])
        paging = dig(listing, "paging")
        return WorksPage(
            items=[read_work(row, account, apart.get(str(row["id"]))) for row in media],
            next=next_position(paging),
            previous=previous_position(paging, first_page=page.position is None),
        )

    async def _listing(
        self, client: PlatformClient, account: Account, tokens: Tokens, page: CursorRequest
    ) -> tuple[Any, str]:
        """One call where all goes well; else without insights, else with fewer works.

        What insights an account does not give is remembered once the list came without them.
        """
        known = client.cache.get(shared_state(account)) or INLINE
        how = start = known if may_ask(tokens) else NONE
        while True:
            try:
                listing = await media_page(client, account, tokens, page, inline=how == INLINE)
            except PlatformFailure as failure:
                instead = instead_of_inline(failure) if how == INLINE else None
                if instead:
                    how = instead
                elif page.limit > 1 and failure.reading.detail == TOO_MUCH:
                    page = replace(page, limit=page.limit // 2)
                else:
                    raise
            else:
                if how != start:
                    client.cache.put(shared_state(account), how, REMEMBERED[how])
                return listing, how

    async def _apart(
        self, client: PlatformClient, account: Account, tokens: Tokens, media: list[str]
    ) -> dict[str, dict[str, int]]:
        """The insights that the list could not carry; works go without where these fail too."""
        if of_page(tokens):
            found, end = await batched_insights(client, tokens, media, METRICS)
        else:
            found, end = await insights_apart(
                client, media, lambda work: media_insights(client, tokens, work)
            )
        if end is not None and end.kind is FailureKind.PERMISSION:
            client.cache.put(shared_state(account), NONE, REMEMBERED[NONE])
        return found

    def classify(self, answer: Answer) -> Failure | None:
        return classify_direct(answer)


def by_facebook(app: App) -> bool:
    return bool(app.option("login") == "facebook")


def of_page(tokens: Tokens) -> bool:
    return "page_id" in tokens.extra


def shared_state(account: Account) -> str:
    return f"instagram.insights_how:{account.id}"


def may_ask(tokens: Tokens) -> bool:
    """Whether insights may be granted: yes, where the platform did not tell."""
    return tokens.scopes is None or any(scope in tokens.scopes for scope in INSIGHTS_SCOPES)


def instead_of_inline(failure: PlatformFailure) -> str | None:
    """How to go on after a list with insights was refused; None where they are not the cause."""
    if failure.kind is FailureKind.PERMISSION:
        return NONE
    return APART if failure.reading.detail in (INSIGHTS_REFUSED, NUMBERLESS) else None


async def read(
    client: PlatformClient, tokens: Tokens, path: str, operation: str, params: Params, **parts: Any
) -> Any:
    """One read on the host of the login that the tokens came by."""
    if of_page(tokens):
        # A Page's token can be fetched anew, so its refusal is not yet the end.
        return await graph_get(
            client,
            graph_url(client, path),
            tokens.access_token,
            operation,
            params,
            classify=classify_graph,
        )
    version = client.app.option("graph_version", VERSION)
    return await client.get(
        f"{HOST}/{version}/{path}",
        operation=operation,
        params=params,
        headers=bearer(tokens),
        **parts,
    )


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


async def media_page(
    client: PlatformClient, account: Account, tokens: Tokens, page: CursorRequest, *, inline: bool
) -> Any:
    """One page of media. https://developers.facebook.com/docs/instagram-platform/reference"""
    fields = MEDIA_FIELDS
    if of_page(tokens):
        # Only this host knows them; they stand in where insights are missing.
        fields += ",saved_count,shares_count"
    if inline:
        fields += f",insights.metric({METRICS}){{name,period,values}}"
    given: Params = {"fields": fields, "limit": page.limit, **position_params(page.position)}
    return await read(client, tokens, f"{account.uid}/media", "works.list", given)


async def media_insights(client: PlatformClient, tokens: Tokens, work: str) -> dict[str, int]:
    """Insights of one work; reach alone where the set holds a metric that the work lacks."""
    for metrics in (METRICS, "reach"):
        try:
            given = {"metric": metrics}
            answer = await read(
                client, tokens, f"{work}/insights", "works.insights", given, idempotent=False
            )
        except PlatformFailure as failure:
            if failure.reading.detail != INSIGHTS_REFUSED or metrics == "reach":
                raise
        else:
            return insight_values({"insights": answer})
    return {}
