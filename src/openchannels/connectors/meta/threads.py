"""Threads: one person's profile and root posts, over Threads' own login."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar
from urllib.parse import urlencode

from openchannels.connectors.base.connector import Connector
from openchannels.connectors.base.parse import count, dig, first, https, moment, rows, text
from openchannels.connectors.meta.graph import (
    classify_direct,
    insight_values,
    link_position,
    picture,
    position_params,
)
from openchannels.connectors.meta.insights import APART, INLINE, NONE, insights_apart
from openchannels.connectors.meta.login import DAILY, DAY, DirectLogin, extendable
from openchannels.core.accounts import Account, Candidate, Counters, Profile
from openchannels.core.availability import FieldCoverage
from openchannels.core.credentials import TokenModel, Tokens
from openchannels.core.paging import CursorPaging, CursorRequest, PageRequest, WorksPage
from openchannels.core.platform_errors import Failure, FailureKind, PlatformFailure
from openchannels.core.platforms import Mark, Platform, Text
from openchannels.core.works import ContentMode, Metrics, Work, WorkStatus
from openchannels.transport import oauth
from openchannels.transport.client import Answer, Params
from openchannels.transport.oauth import OAuthConfig
from openchannels.transport.platform_client import PlatformClient

HOST = "https://graph.threads.net"
BASIC, INSIGHTS_SCOPE = "threads_basic", "threads_manage_insights"
REFUSAL_REMEMBERED = 6 * 3600
EXPANSION = "threads.expansion"
SUPPORTED, UNSUPPORTED = "supported", "unsupported"

POST_FIELDS = (
    "id,media_type,media_url,thumbnail_url,gif_url,permalink,shortcode,text,timestamp,username,"
    "owner,children{id,media_type,media_url,thumbnail_url},reposted_post{id,media_type}"
)
# https://developers.facebook.com/docs/threads/insights
METRICS = "views,likes,replies,reposts,quotes,shares"
NO_TITLE = Text(en="Threads posts have no title.", zh="Threads 帖子没有标题。")
MODES = {
    "VIDEO": ContentMode.VIDEO,
    "IMAGE": ContentMode.IMAGE,
    "CAROUSEL_ALBUM": ContentMode.IMAGE,
    "CAROUSEL": ContentMode.IMAGE,
}


class Threads(Connector):
    """One authorization opens one profile.

    Whether Threads expands insights within the list is stated nowhere, so it is tried once a day:
    where it does a page takes one call, where it does not one more for each post.
    """

    id = Platform("threads")
    name = Text(en="Threads", zh="Threads")
    mark = Mark("@", "#262626")
    request_id_header = "x-fb-trace-id"
    docs_url = "https://developers.facebook.com/docs/threads"
    oauth: ClassVar[OAuthConfig] = OAuthConfig(
        # https://developers.facebook.com/docs/threads/get-started/get-access-tokens-and-permissions
        authorize_url="https://threads.com/oauth/authorize",
        token_url=f"{HOST}/oauth/access_token",
        scopes=(BASIC, INSIGHTS_SCOPE),
        required_scopes=(BASIC,),
        scope_separator=",",
        # https://developers.facebook.com/docs/threads/get-started/long-lived-tokens
        token_model=TokenModel.EXTEND,
        extend_after=DAY,
        leeway=10 * DAY,
    )
    paging = CursorPaging(default=25, maximum=100, previous=True)
    probe_every = DAILY
    account_given = FieldCoverage(
        "uid account nickname avatar", scoped={"fansCount": INSIGHTS_SCOPE}
    )
    work_given = FieldCoverage(
        "platformWorkId contentMode description url coverUrl publishedAt authorName"
        " authorPlatformUid status",
        scoped=dict.fromkeys(
            ("viewCount", "likeCount", "commentCount", "shareCount", "engagementCount"),
            INSIGHTS_SCOPE,
        ),
        never={"title": NO_TITLE},
    )
    instructions = Text(
        en="Open the link in a browser (not in the Threads app), sign in to Threads with the "
        "account you want to connect, and leave all permissions switched on.",
        zh="请在浏览器（而非 Threads 应用）中打开链接，登录要连接的 Threads 账号，"
        "并保持所有权限开启。",
    )

    async def exchange(
        self, client: PlatformClient, params: Mapping[str, str], verifier: str | None
    ) -> Tokens:
        return await self._login().exchange(client, params["code"])

    async def complete(self, client: PlatformClient, tokens: Tokens) -> Tokens:
        """The token of 60 days, and a look at what was granted: no token answer says so."""
        lasting = await self._login().complete(client, tokens)
        if lasting.scopes is not None:
            return lasting
        return replace(lasting, scopes=await granted(client, lasting))

    def refreshable(self, tokens: Tokens, now: float) -> bool:
        return extendable(self.oauth, tokens, now)

    async def probe(self, client: PlatformClient, account: Account, tokens: Tokens) -> None:
        await read(client, tokens, "me", "auth.probe", {"fields": "id"})

    async def refresh(self, client: PlatformClient, tokens: Tokens) -> Tokens:
        return await self._login().refresh(client, tokens)

    def _login(self) -> DirectLogin:
        return DirectLogin(self.oauth, HOST, "th")

    async def candidates(self, client: PlatformClient, tokens: Tokens) -> list[Candidate]:
        fields = {"fields": "id,username,name,threads_profile_picture_url"}
        me, fans = await asyncio.gather(
            read(client, tokens, "me", "account.read", fields), followers(client, tokens)
        )
        uid = text(dig(me, "id"))
        if uid is None:
            raise client.malformed("account.read")
        return [Candidate(read_profile(me, uid, fans), tokens, grant_subject=uid)]

    async def works(
        self, client: PlatformClient, account: Account, tokens: Tokens, page: PageRequest
    ) -> WorksPage:
        assert isinstance(page, CursorRequest)
        listing, how = await self._listing(client, account, tokens, page)
        posts = [row for row in rows(dig(listing, "data")) if text(row.get("id"))]
        own = [post for post in posts if post.get("media_type") != "REPOST_FACADE"]
        apart: dict[str, dict[str, int]] = {}
        if own and how == INLINE and any("insights" in post for post in own):
            client.cache.put(EXPANSION, SUPPORTED, DAY)
        elif own and how != NONE:
            apart = await self._apart(client, account, tokens, own)
            if how == INLINE and any(apart.values()):
                # It was asked for in silence, while each post by itself has an answer.
                client.cache.put(EXPANSION, UNSUPPORTED, DAY)
        return WorksPage(
            items=[read_work(post, account, apart.get(str(post["id"]))) for post in posts],
            next=read_next(listing, page),
            previous=read_previous(listing, page),
        )

    async def _listing(
        self, client: PlatformClient, account: Account, tokens: Tokens, page: CursorRequest
    ) -> tuple[Any, str]:
        """The list with insights where that may work, else without, and how they are asked for."""
        how = insights_way(client, account, tokens)
        if how != INLINE:
            return await posts_page(client, account, tokens, page), how
        try:
            return await posts_page(client, account, tokens, page, inline=True), INLINE
        except PlatformFailure as failure:
            if not about_insights(failure, client.cache.get(EXPANSION)):
                raise
            listing = await posts_page(client, account, tokens, page)
            return listing, remember(client, account, failure)

    async def _apart(
        self, client: PlatformClient, account: Account, tokens: Tokens, posts: list[dict[str, Any]]
    ) -> dict[str, dict[str, int]]:
        """Insights post by post. Reposts are left out: they have none."""

        async def one(post: str) -> dict[str, int]:
            given = {"metric": METRICS}
            answer = await read(
                client, tokens, f"{post}/insights", "works.insights", given, idempotent=False
            )
            return insight_values({"insights": answer})

        found, end = await insights_apart(client, [str(post["id"]) for post in posts], one)
        if end is not None and end.kind is FailureKind.PERMISSION:
            client.cache.put(shared_state(account), True, REFUSAL_REMEMBERED)
        return found

    def classify(self, answer: Answer) -> Failure | None:
        return classify_direct(answer)


async def read(
    client: PlatformClient, tokens: Tokens, path: str, operation: str, params: Params, **parts: Any
) -> Any:
    return await client.get(
        f"{HOST}/v1.0/{path}",
        operation=operation,
        params=params,
        headers={"Authorization": f"Bearer {tokens.access_token}"},
        **parts,
    )


async def granted(client: PlatformClient, tokens: Tokens) -> tuple[str, ...] | None:
    """The scopes of a token; None where Threads does not tell them, which costs nothing."""
    given = {"input_token": tokens.access_token}
    try:
        answer = await read(client, tokens, "debug_token", "auth.inspect", given)
    except PlatformFailure:
        return None
    return oauth.read_scopes(dig(answer, "data", "scopes")) or None


async def followers(client: PlatformClient, tokens: Tokens) -> int | None:
    """How many follow a profile; None without the scope or a linked Instagram account."""
    if tokens.scopes is not None and INSIGHTS_SCOPE not in tokens.scopes:
        return None
    given = {"metric": "followers_count"}
    try:
        answer = await read(client, tokens, "me/threads_insights", "account.insights", given)
    except PlatformFailure:
        return None
    row = dig(answer, "data", 0)
    return count(first((dig(row, "total_value", "value"), dig(row, "values", -1, "value"))))


def shared_state(account: Account) -> str:
    return f"threads.insights_refused:{account.id}"


def insights_way(client: PlatformClient, account: Account, tokens: Tokens) -> str:
    refused = tokens.scopes is not None and INSIGHTS_SCOPE not in tokens.scopes
    if refused or client.cache.get(shared_state(account)):
        return NONE
    return APART if client.cache.get(EXPANSION) == UNSUPPORTED else INLINE


def about_insights(failure: PlatformFailure, expansion: str | None) -> bool:
    """Whether the same list could come without insights.

    An expansion that Threads does not know may be answered as a fault of the server, so while
    nothing is known of it faults count as well.
    """
    if failure.kind in (FailureKind.PERMISSION, FailureKind.INVALID):
        return not failure.reading.cursor
    return failure.category == "platform_unavailable" and expansion is None


def remember(client: PlatformClient, account: Account, failure: PlatformFailure) -> str:
    """Draw the conclusion from a list that came only without insights."""
    if failure.kind is FailureKind.PERMISSION:
        client.cache.put(shared_state(account), True, REFUSAL_REMEMBERED)
        return NONE
    if (failure.reading.code or "").partition("/")[0] in ("1", "100"):
        client.cache.put(EXPANSION, UNSUPPORTED, DAY)
    return APART


async def posts_page(
    client: PlatformClient,
    account: Account,
    tokens: Tokens,
    page: CursorRequest,
    *,
    inline: bool = False,
) -> Any:
    """One page of root posts. https://developers.facebook.com/docs/threads/retrieve-posts"""
    fields = POST_FIELDS + (f",insights.metric({METRICS}){{name,values}}" if inline else "")
    given: Params = {"fields": fields, "limit": page.limit, **position_params(page.position)}
    # While the expansion is being tried, the list without it is the second attempt.
    again = None if not inline or client.cache.get(EXPANSION) else False
    return await read(
        client, tokens, f"{account.uid}/threads", "works.list", given, idempotent=again
    )


def read_next(listing: Any, page: CursorRequest) -> str | None:
    """Where the next page starts. A link says so; without one a full page does.

    Meta's guide shows cursors without links, its sample app pages by links: both are read. Going
    back, there is always the page that one came from. A cursor that came back as it was sent
    leads nowhere.
    """
    paging = dig(listing, "paging")
    if text(dig(paging, "next")):
        return link_position(paging, "next", "after")
    after, got = text(dig(paging, "cursors", "after")), len(rows(dig(listing, "data")))
    full = got >= page.limit or (got > 0 and page.direction == "previous")
    return None if not full else unless_sent(page, "after", after)


def read_previous(listing: Any, page: CursorRequest) -> str | None:
    """Where the page before starts; the first page has none, whatever cursors it names."""
    paging = dig(listing, "paging")
    if text(dig(paging, "previous")):
        return link_position(paging, "previous", "before")
    if page.position is None or not rows(dig(listing, "data")):
        return None
    return unless_sent(page, "before", text(dig(paging, "cursors", "before")))


def unless_sent(page: CursorRequest, name: str, cursor: str | None) -> str | None:
    if cursor is None or position_params(page.position).get(name) == cursor:
        return None
    return urlencode({name: cursor})


def read_profile(me: Any, uid: str, fans: int | None) -> Profile:
    return Profile(
        platform=Platform("threads"),
        uid=uid,
        handle=text(dig(me, "username")),
        nickname=text(dig(me, "name")) or text(dig(me, "username")) or uid,
        avatar=https(dig(me, "threads_profile_picture_url")),
        counters=Counters(fans=fans),
    )


def read_work(
    post: Mapping[str, Any], account: Account, apart: Mapping[str, int] | None = None
) -> Work:
    author = text(dig(post, "owner", "id")) or account.uid
    own_name = account.handle or account.nickname if author == account.uid else None
    return Work(
        id=str(post["id"]),
        mode=read_mode(post),
        description=text(post.get("text")),
        url=read_url(post, account),
        cover_url=read_cover(post),
        published_at=moment(post.get("timestamp")),
        author_name=text(post.get("username")) or own_name,
        author_uid=author,
        status=WorkStatus.PUBLISHED,
        metrics=read_metrics(apart or insight_values(post)),
    )


def read_mode(post: Mapping[str, Any]) -> ContentMode:
    """A repost is what it reposts; text, sound, a poll or a link with its preview are text."""
    kind = post.get("media_type")
    if kind == "REPOST_FACADE":
        kind = dig(post, "reposted_post", "media_type")
    return MODES.get(str(kind), ContentMode.TEXT)


def read_url(post: Mapping[str, Any], account: Account) -> str | None:
    """The permalink, which a post flagged for copyright lacks."""
    name, code = text(post.get("username")) or account.handle, text(post.get("shortcode"))
    built = f"https://www.threads.com/@{name}/post/{code}" if name and code else None
    return https(post.get("permalink")) or built


def read_cover(post: Mapping[str, Any]) -> str | None:
    kind = post.get("media_type")
    if kind == "AUDIO":
        return None
    return picture(post, video=kind == "VIDEO") or https(post.get("gif_url"))


def read_metrics(values: Mapping[str, int]) -> Metrics:
    """Sums only where every part is known; reposts and shares both pass a post on."""
    return Metrics(
        views=values.get("views"),
        likes=values.get("likes"),
        comments=values.get("replies"),
        shares=total(values, "reposts", "shares"),
        engagements=total(values, "likes", "replies", "reposts", "quotes", "shares"),
    )


def total(values: Mapping[str, int], *names: str) -> int | None:
    known = [values[name] for name in names if name in values]
    return sum(known) if len(known) == len(names) else None
