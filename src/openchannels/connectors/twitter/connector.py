"""X, formerly Twitter: posts over the API v2, which is paid by the post read."""

import html
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from openchannels.connectors.base.connector import Connector
from openchannels.connectors.base.parse import count, dig, first, https, moment, rows, text
from openchannels.core.accounts import Account, Candidate, Counters, Profile
from openchannels.core.availability import FieldCoverage
from openchannels.core.credentials import TokenModel, Tokens
from openchannels.core.paging import CursorPaging, CursorRequest, PageRequest, WorksPage
from openchannels.core.platform_errors import Failure, FailureKind, PlatformFailure, RemainingQuota
from openchannels.core.platforms import Mark, Platform, Text
from openchannels.core.works import ContentMode, Metrics, Work, WorkStatus
from openchannels.transport.client import Answer
from openchannels.transport.oauth import OAuthConfig, bearer, classify_by_text, revoke
from openchannels.transport.platform_client import (
    PlatformClient,
    body_of,
    classify_status,
    retry_after,
)

API = "https://api.x.com/2"
SMALLEST, LARGEST = 5, 100
CALLS_A_PAGE = 3
"""How often a page is asked for while what comes is empty and has more behind it."""
DAY = 86_400
YOUNG = 30 * DAY
POST_COST = 0.005

# The documentation names the fields in two ways, and either may be the one the server takes.
FIELDS = {"tweet.fields": "created_at,public_metrics,attachments,note_tweet"}
NEW_FIELDS = {"post.fields": "created_at,public_metrics,attachments,note_post"}
RENAMED = "the fields go by another name"
RENAMED_KEY = "twitter:fields_renamed"

# https://docs.x.com/x-api/fundamentals/response-codes-and-errors
PROBLEMS = {
    "client-forbidden": FailureKind.MISCONFIGURED,
    "client-not-enrolled": FailureKind.MISCONFIGURED,
    "credits": FailureKind.MISCONFIGURED,
    "usage-capped": FailureKind.QUOTA,
    "rate-limit-exceeded": FailureKind.RATE_LIMITED,
    "88": FailureKind.RATE_LIMITED,
    "not-authorized-for-resource": FailureKind.PERMISSION,
    "resource-not-found": FailureKind.NOT_FOUND,
    "resource-unavailable": FailureKind.NOT_FOUND,
    "disallowed-resource": FailureKind.NOT_FOUND,
    "invalid-request": FailureKind.INVALID,
    "unsupported-authentication": FailureKind.INVALID,
}
PRIVATE = "platforms.twitter.private_metrics"


class Twitter(Connector):
    """One authorization opens the account that the browser is signed in to."""

    id = Platform("twitter")
    name = Text(en="Twitter (X)", zh="Twitter（X）")
    mark = Mark("X", "#0f1419")
    request_id_header = "x-transaction-id"
    docs_url = "https://docs.x.com/x-api"
    oauth: ClassVar[OAuthConfig] = OAuthConfig(
        # https://docs.x.com/fundamentals/authentication/oauth-2-0/authorization-code
        authorize_url="https://x.com/i/oauth2/authorize",
        token_url=f"{API}/oauth2/token",
        revoke_url=f"{API}/oauth2/revoke",
        scopes=("tweet.read", "users.read", "offline.access"),
        required_scopes=("tweet.read", "users.read"),
        client_auth="basic",
        pkce=True,
        # X publishes no life of an unused refresh token; six months is what its users report.
        # https://docs.x.com/fundamentals/authentication/oauth-2-0/authorization-code
        token_model=TokenModel.ROTATING,
        default_lifetime=7200,
        idle_life=180 * DAY,
        # Where the standard has `invalid_grant`, X says that a value was invalid.
        classify=classify_by_text((r"value passed for the ", FailureKind.DEAD_GRANT)),
    )
    paging = CursorPaging(default=10, maximum=LARGEST, previous=True)
    refused_again_is_dead = True
    instructions = Text(
        en="First switch to the account you want to connect on x.com: X offers no choice of "
        "accounts. Then open the link and approve.",
        zh="请先在 x.com 切换到要连接的账号（X 不提供账号选择），然后打开链接并同意授权。",
    )
    # https://docs.x.com/x-api/getting-started/pricing: works are charged by what came back.
    cost_unit = "USD"
    costs: ClassVar = {
        "auth.exchange": 0.0,
        "auth.refresh": 0.0,
        "account.read": 0.01,
        "works.list": 0.0,
        "works.private": 0.0,
    }
    account_given = FieldCoverage("uid account nickname avatar fansCount followingCount workCount")
    work_given = FieldCoverage(
        "platformWorkId contentMode description url coverUrl publishedAt authorName"
        " authorPlatformUid status viewCount playCount impressionCount likeCount commentCount"
        " shareCount collectCount saveCount",
        scoped=dict.fromkeys(("clickCount", "engagementCount"), PRIVATE),
        never={"title": Text(en="Posts on X have no title.", zh="X 的帖子没有标题。")},
    )

    async def candidates(self, client: PlatformClient, tokens: Tokens) -> list[Candidate]:
        answer = await client.get(
            f"{API}/users/me",
            operation="account.read",
            params={"user.fields": "profile_image_url,public_metrics"},
            headers=bearer(tokens),
        )
        user = dig(answer, "data")
        uid = text(dig(user, "id"))
        if uid is None:
            raise client.malformed("account.read")
        return [Candidate(read_user(uid, user), tokens)]

    async def revoke(self, client: PlatformClient, tokens: Tokens) -> bool:
        """Both tokens: whether one takes the other along is not documented."""
        for token in filter(None, (tokens.refresh_token, tokens.access_token)):
            await revoke(self.form(client.app), client, token)
        return True

    async def works(
        self, client: PlatformClient, account: Account, tokens: Tokens, page: PageRequest
    ) -> WorksPage:
        """A page of posts. An empty answer with more behind it is followed a little."""
        assert isinstance(page, CursorRequest)
        place = TimelinePosition.read(page.position)
        for _ in range(CALLS_A_PAGE):
            listing = await self._timeline(client, account, tokens, place.params(page))
            cut = Cut.of(listing, place, page)
            onward = cut.next if page.direction == "next" else cut.previous
            if cut.posts or onward is None:
                break
            place = onward
        media = {str(m.get("media_key")): m for m in rows(dig(listing, "includes", "media"))}
        private = await self._private(client, tokens, cut.posts)
        return WorksPage(
            items=[read_work(post, media, private, account) for post in cut.posts],
            next=str(cut.next) if cut.next else None,
            previous=str(cut.previous) if cut.previous else None,
        )

    async def _timeline(
        self, client: PlatformClient, account: Account, tokens: Tokens, params: Mapping[str, Any]
    ) -> Any:
        """One call, by the names of fields that the server was last seen to take."""
        if not client.cache.get(RENAMED_KEY):
            try:
                return await self._posts(client, account, tokens, {**params, **FIELDS})
            except PlatformFailure as failure:
                if failure.reading.detail != RENAMED:
                    raise
                client.cache.put(RENAMED_KEY, True, DAY)
        return await self._posts(client, account, tokens, {**params, **NEW_FIELDS})

    async def _posts(
        self, client: PlatformClient, account: Account, tokens: Tokens, params: Mapping[str, Any]
    ) -> Any:
        """https://docs.x.com/x-api/posts/timelines/introduction"""
        listing = await client.get(
            f"{API}/users/{account.uid}/tweets",
            operation="works.list",
            params={
                **params,
                "exclude": client.app.option("exclude", "retweets,replies"),
                "expansions": "attachments.media_keys",
                "media.fields": "type,url,preview_image_url,public_metrics",
            },
            headers=bearer(tokens),
        )
        client.charge("works.list", POST_COST * len(rows(dig(listing, "data"))))
        return listing

    async def _private(
        self, client: PlatformClient, tokens: Tokens, posts: list[dict[str, Any]]
    ) -> dict[str, Any]:
        """Clicks and engagements, where the setting asks for them; their failure costs nothing.

        Asked together with older posts they would take those out of the answer.
        https://docs.x.com/x-api/fundamentals/metrics
        """
        since = client.clock() - YOUNG
        young = [str(p["id"]) for p in posts if (moment(p.get("created_at")) or 0) > since]
        if not young or not client.app.option("private_metrics"):
            return {}
        renamed = client.cache.get(RENAMED_KEY)
        name = next(iter(NEW_FIELDS if renamed else FIELDS))
        try:
            answer = await client.get(
                f"{API}/tweets",
                operation="works.private",
                params={"ids": ",".join(young), name: "non_public_metrics"},
                headers=bearer(tokens),
            )
        except PlatformFailure:
            return {}
        return {str(p.get("id")): p.get("non_public_metrics") for p in rows(dig(answer, "data"))}

    def remaining_quota(self, answer: Answer) -> RemainingQuota | None:
        """https://docs.x.com/x-api/fundamentals/rate-limits"""
        left = count(answer.headers.get("x-rate-limit-remaining"))
        return None if left is None else RemainingQuota(left, reset_of(answer))

    def classify(self, answer: Answer) -> Failure | None:
        """Errors beside data concern parts of it; without data they are the answer."""
        body = body_of(answer)
        reading = classify_status(answer)
        if reading is None:
            if not rows(dig(body, "errors")) or "data" in body or "meta" in body:
                return None
            reading = Failure(FailureKind.INVALID)
        problem = read_problem(body)
        kind = PROBLEMS.get(problem or "", reading.kind)
        if answer.status in (401, 402):
            kind = FailureKind.TOKEN_EXPIRED if answer.status == 401 else FailureKind.MISCONFIGURED
        named = named_parameters(body)
        return Failure(
            kind,
            code=problem,
            retry_after=retry_after(answer),
            reset_at=reset_of(answer) if kind is FailureKind.RATE_LIMITED else None,
            cursor=kind is FailureKind.INVALID and "pagination_token" in named,
            detail=RENAMED if FIELDS.keys() & named else None,
            bucket="app" if kind is FailureKind.QUOTA else "account",
        )


@dataclass(frozen=True, slots=True)
class TimelinePosition:
    """A point between two posts of a timeline, from which both directions start.

    `token` fetches the posts around it, None the newest ones. `taken` counts the posts between
    the point and the end of the fetch at which `token` holds on: the first post for a token that
    leads to older ones, the last for one that leads back. `after` is the post before the point:
    what was published or deleted since the fetch moves the count, but not the post.
    """

    token: str | None = None
    taken: int = 0
    back: bool = False
    after: str = ""

    @classmethod
    def read(cls, position: str | None) -> "TimelinePosition":
        if position is None:
            return cls()
        way, taken, after, token = position.split(".", 3)
        return cls(token or None, int(taken), way == "b", after)

    def __str__(self) -> str:
        return f"{'b' if self.back else 'f'}.{self.taken}.{self.after}.{self.token or ''}"

    def params(self, page: CursorRequest) -> dict[str, Any]:
        """X gives no fewer than five posts, so a small page is cut out of a larger fetch."""
        onward = self.back == (page.direction == "previous")
        wanted = self.taken + (page.limit if onward else 0)
        size = min(LARGEST, max(SMALLEST, wanted))
        return {"max_results": size, "pagination_token": self.token}

    def index(self, ids: list[str]) -> int:
        if self.after in ids:
            return ids.index(self.after) + 1
        return max(0, len(ids) - self.taken) if self.back else min(self.taken, len(ids))

    def moved(self, ids: list[str], index: int) -> "TimelinePosition":
        """Another point of the same fetch."""
        taken = len(ids) - index if self.back else index
        return TimelinePosition(self.token, taken, self.back, ids[index - 1] if index else "")


@dataclass(frozen=True, slots=True)
class Cut:
    """The posts of a fetch that make the page, and the points at its two ends."""

    posts: list[dict[str, Any]]
    next: TimelinePosition | None
    previous: TimelinePosition | None

    @classmethod
    def of(cls, listing: Any, place: TimelinePosition, page: CursorRequest) -> "Cut":
        posts = [post for post in rows(dig(listing, "data")) if text(post.get("id"))]
        ids = [str(post["id"]) for post in posts]
        at = place.index(ids)
        if page.direction == "next":
            start, end = at, min(at + page.limit, len(ids))
        else:
            start, end = max(0, at - page.limit), at
        older = text(dig(listing, "meta", "next_token"))
        newer = text(dig(listing, "meta", "previous_token"))
        following = TimelinePosition(older) if older else None
        preceding = TimelinePosition(newer, back=True) if newer else None
        return cls(
            posts[start:end],
            next=place.moved(ids, end) if end < len(ids) else following,
            previous=place.moved(ids, start) if start else preceding,
        )


def reset_of(answer: Answer) -> float | None:
    return moment(answer.headers.get("x-rate-limit-reset"))


def read_problem(body: Any) -> str | None:
    """What an error is called: the end of its type, as the host varies, or an old form's number."""
    inner = dig(body, "errors", 0)
    types = (text(dig(source, "type")) or "" for source in (body, inner))
    named = (kind.rsplit("/", 1)[-1] for kind in types if kind != "about:blank")
    numbers = (text(dig(source, "code")) for source in (body, inner))
    return next(filter(None, (text(dig(body, "reason")), *named, *numbers)), None)


def named_parameters(body: Any) -> set[str]:
    """Parameters that an invalid request is about, as the older and the newer form name them."""
    told = [body, *rows(dig(body, "errors"))]
    inner = (dig(source, "parameters") for source in told)
    lists = {str(name) for names in inner if isinstance(names, dict) for name in names}
    return lists | {str(dig(source, "parameter")) for source in told}


def read_user(uid: str, user: Any) -> Profile:
    totals = dig(user, "public_metrics")
    handle = text(dig(user, "username"))
    avatar = https(dig(user, "profile_image_url"))
    return Profile(
        platform=Platform("twitter"),
        uid=uid,
        handle=handle,
        nickname=text(dig(user, "name")) or handle or uid,
        avatar=avatar and avatar.replace("_normal", "_400x400"),
        counters=Counters(
            fans=count(dig(totals, "followers_count")),
            following=count(dig(totals, "following_count")),
            works=count(first((dig(totals, "tweet_count"), dig(totals, "post_count")))),
        ),
    )


def read_work(
    post: Mapping[str, Any],
    media: Mapping[str, dict[str, Any]],
    private: Mapping[str, Any],
    account: Account,
) -> Work:
    uid = str(post["id"])
    listed = dig(post, "attachments", "media_keys")
    keys = [str(key) for key in listed] if isinstance(listed, list) else []
    attached = [media[key] for key in keys if key in media]
    long = first((dig(post, "note_tweet", "text"), dig(post, "note_post", "text")))
    return Work(
        id=uid,
        mode=read_mode(keys, attached),
        description=html.unescape(text(long) or text(post.get("text")) or "") or None,
        url=f"https://x.com/{account.handle or 'i/web'}/status/{uid}",
        cover_url=first(map(read_cover, attached)),
        published_at=moment(post.get("created_at")),
        author_name=account.nickname,
        author_uid=account.uid,
        status=WorkStatus.PUBLISHED,
        metrics=read_metrics(post.get("public_metrics"), attached, private.get(uid)),
    )


def read_mode(keys: list[str], attached: list[dict[str, Any]]) -> ContentMode:
    """Something attached that the answer does not describe counts as a picture."""
    if any(item.get("type") in ("video", "animated_gif") for item in attached):
        return ContentMode.VIDEO
    return ContentMode.IMAGE if keys else ContentMode.TEXT


def read_cover(item: Mapping[str, Any]) -> str | None:
    return https(item.get("url")) or https(item.get("preview_image_url"))


def read_metrics(public: Any, attached: list[dict[str, Any]], private: Any) -> Metrics:
    """https://docs.x.com/x-api/fundamentals/metrics"""
    watched = first(count(dig(item, "public_metrics", "view_count")) for item in attached)
    impressions = count(dig(public, "impression_count"))
    reposts = count(first((dig(public, "retweet_count"), dig(public, "repost_count"))))
    quotes = count(dig(public, "quote_count"))
    bookmarks = count(dig(public, "bookmark_count"))
    return Metrics(
        views=impressions if watched is None else watched,
        plays=watched,
        impressions=impressions,
        likes=count(dig(public, "like_count")),
        comments=count(dig(public, "reply_count")),
        shares=None if reposts is None or quotes is None else reposts + quotes,
        collects=bookmarks,
        saves=bookmarks,
        clicks=count(dig(private, "url_link_clicks")),
        engagements=count(dig(private, "engagements")),
    )
