"""Pinterest: pins of one's own over the API v5."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar

from openchannels.connectors.base.connector import Connector
from openchannels.connectors.base.parse import count, dig, first, https, moment, rows, text
from openchannels.core.accounts import Account, Candidate, Counters, Profile
from openchannels.core.availability import FieldCoverage
from openchannels.core.credentials import TokenModel, Tokens
from openchannels.core.paging import CursorPaging, CursorRequest, PageRequest, WorksPage
from openchannels.core.platform_errors import Failure, FailureKind
from openchannels.core.platforms import Mark, Platform, Text
from openchannels.core.works import ContentMode, Metrics, Work, WorkStatus
from openchannels.transport import oauth
from openchannels.transport.client import Answer
from openchannels.transport.oauth import OAuthConfig, bearer
from openchannels.transport.platform_client import PlatformClient, body_of, classify_status

API = "https://api.pinterest.com/v5"
DAY = 86_400
SIZES = ("1200x", "600x")
NO_SCOPE = ("3", "7")
"""Codes under 401 that speak of a missing permission, not of the token."""


def read_failure(answer: Answer) -> Failure | None:
    """The status decides first; codes, texts and the wait only tell more.

    https://developers.pinterest.com/docs/reference/rate-limits/
    """
    reading = classify_status(answer)
    if reading is None:
        return None
    body = body_of(answer)
    code, message = text(dig(body, "code")), str(dig(body, "message")).lower()
    kind = reading.kind
    if answer.status == 401 and code in NO_SCOPE:
        kind = FailureKind.PERMISSION
    if answer.status in (403, 429) and "spam" in message:
        # Pinterest has shut the account out; no waiting helps.
        kind = FailureKind.PERMISSION
    limited = kind is FailureKind.RATE_LIMITED
    return replace(
        reading,
        kind=kind,
        code=code,
        retry_after=reading.retry_after or (reset_in(answer) if limited else None),
        cursor=kind is FailureKind.INVALID and "bookmark" in message,
    )


def read_refusal(answer: Answer) -> Failure | None:
    """A refusal of the token endpoint, which has no OAuth form: numbered like any other.

    Code 2 under 401 says that the app's id and secret were refused, as far as one can tell.
    https://developers.pinterest.com/docs/api/v5/oauth-token
    """
    reading = read_failure(answer)
    if reading is None or answer.status not in (400, 401, 403):
        return reading
    if answer.status == 401 and reading.code in ("2", None):
        return replace(reading, kind=FailureKind.MISCONFIGURED)
    return replace(reading, kind=FailureKind.DEAD_GRANT) if reading.code else reading


def reset_in(answer: Answer) -> float | None:
    """Seconds until a limit starts anew; the header's form is known from examples only."""
    found = re.match(r"\d{1,9}", answer.headers.get("x-ratelimit-reset", ""))
    return float(found[0]) if found else None


class Pinterest(Connector):
    """One authorization opens one account."""

    id = Platform("pinterest")
    name = Text(en="Pinterest", zh="Pinterest")
    mark = Mark("P", "#ad081b")
    request_id_header = "x-pinterest-rid"
    docs_url = "https://developers.pinterest.com/docs/api/v5/"
    oauth: ClassVar[OAuthConfig] = OAuthConfig(
        # https://developers.pinterest.com/docs/getting-started/set-up-authentication-and-authorization/
        authorize_url="https://www.pinterest.com/oauth/",
        token_url=f"{API}/oauth/token",
        revoke_url=f"{API}/oauth/token/revoke",
        scopes=("user_accounts:read", "pins:read", "boards:read"),
        required_scopes=("user_accounts:read", "pins:read", "boards:read"),
        scope_separator=",",
        client_auth="basic",
        # Each refresh also moves the refresh token's end, 60 days away.
        # https://developers.pinterest.com/docs/getting-started/set-up-authentication-and-authorization/
        token_model=TokenModel.ROTATING,
        default_lifetime=30 * DAY,
        refresh_slides=True,
        leeway=DAY,
        classify=read_refusal,
    )
    paging = CursorPaging(default=25, maximum=100)
    refused_again_is_dead = True
    # Seven weeks may lie between two refreshes.
    probe_every = 7.0 * DAY
    account_given = FieldCoverage("uid account nickname avatar fansCount followingCount workCount")
    work_given = FieldCoverage(
        "platformWorkId contentMode title description url coverUrl publishedAt authorName"
        " authorPlatformUid status impressionCount likeCount commentCount clickCount"
        " collectCount saveCount",
        never={
            "viewCount": Text(
                en="Pinterest counts impressions; an impression is not a view.",
                zh="Pinterest 统计的是曝光数，曝光不等于浏览。",
            )
        },
    )

    async def exchange(
        self, client: PlatformClient, params: Mapping[str, str], verifier: str | None
    ) -> Tokens:
        """Ask for refresh tokens that renew themselves, which older apps have to."""
        given = {
            "grant_type": "authorization_code",
            "code": params["code"],
            "redirect_uri": client.app.redirect_uri,
            "continuous_refresh": "true",
        }
        return await oauth.request_tokens(
            self.oauth, client, self.oauth.token_url, given, "auth.exchange"
        )

    async def probe(self, client: PlatformClient, account: Account, tokens: Tokens) -> None:
        await client.get(f"{API}/user_account", operation="auth.probe", headers=bearer(tokens))

    async def candidates(self, client: PlatformClient, tokens: Tokens) -> list[Candidate]:
        """https://developers.pinterest.com/docs/api/v5/user_account-get"""
        user = await client.get(
            f"{API}/user_account", operation="account.read", headers=bearer(tokens)
        )
        uid = text(dig(user, "id"))
        if uid is None:
            raise client.malformed("account.read")
        return [Candidate(read_user(uid, user), tokens)]

    async def works(
        self, client: PlatformClient, account: Account, tokens: Tokens, page: PageRequest
    ) -> WorksPage:
        """A page of pins. Without the filter every pin the person saved would be among them.

        https://developers.pinterest.com/docs/api/v5/pins-list
        """
        assert isinstance(page, CursorRequest)
        size, bookmark = read_position(page)
        listing = await client.get(
            f"{API}/pins",
            operation="works.list",
            params={
                "page_size": size,
                "pin_filter": "exclude_repins",
                "pin_metrics": "true",
                "bookmark": bookmark,
            },
            headers=bearer(tokens),
        )
        following = text(dig(listing, "bookmark"))
        return WorksPage(
            items=[
                read_work(pin, account)
                for pin in rows(dig(listing, "items"))
                if text(pin.get("id"))
            ],
            next=f"{size}.{following}" if following else None,
        )

    def classify(self, answer: Answer) -> Failure | None:
        return read_failure(answer)


def read_position(page: CursorRequest) -> tuple[int, str | None]:
    """Size and bookmark. A bookmark belongs to the size it came with; never more are asked for."""
    if page.position is None:
        return page.limit, None
    size, bookmark = page.position.split(".", 1)
    return min(int(size), page.limit), bookmark


def read_user(uid: str, user: Any) -> Profile:
    """Personal accounts have no business name. The number of pins includes saved ones."""
    handle = text(dig(user, "username"))
    return Profile(
        platform=Platform("pinterest"),
        uid=uid,
        handle=handle,
        nickname=text(dig(user, "business_name")) or handle or uid,
        avatar=https(dig(user, "profile_image")),
        counters=Counters(
            fans=count(dig(user, "follower_count")),
            following=count(dig(user, "following_count")),
            works=count(dig(user, "pin_count")),
        ),
    )


def read_work(pin: Mapping[str, Any], account: Account) -> Work:
    uid = str(pin["id"])
    media = pin.get("media")
    return Work(
        id=uid,
        mode=read_mode(media),
        title=text(pin.get("title")),
        description=text(pin.get("description")),
        url=f"https://www.pinterest.com/pin/{uid}/",
        cover_url=read_cover(media) or read_cover(dig(media, "items", 0)),
        published_at=moment(pin.get("created_at")),
        author_name=account.nickname,
        author_uid=account.uid,
        status=WorkStatus.PUBLISHED,
        metrics=read_metrics(pin.get("pin_metrics")),
    )


def read_mode(media: Any) -> ContentMode:
    """In a mixture the first item decides."""
    kind = dig(media, "media_type")
    if kind == "multiple_mixed":
        kind = dig(media, "items", 0, "item_type")
    return ContentMode.VIDEO if "video" in str(kind) else ContentMode.IMAGE


def read_cover(media: Any) -> str | None:
    images = dig(media, "images")
    sizes = images if isinstance(images, dict) else {}
    largest = max(sizes.values(), key=lambda image: count(dig(image, "width")) or 0, default=None)
    named = (dig(sizes, name) for name in SIZES)
    choices = (dig(image, "url") for image in (*named, largest))
    return https(dig(media, "cover_image_url")) or first(map(https, choices))


def read_metrics(told: Any) -> Metrics:
    """Counts over the pin's life, or over 90 days where it is too old for the former."""
    lifetime = dig(told, "lifetime_metrics")
    counts = lifetime if lifetime else dig(told, "90d")
    saves = count(dig(counts, "save"))
    return Metrics(
        impressions=count(dig(counts, "impression")),
        clicks=count(dig(counts, "pin_click")),
        likes=count(dig(counts, "reaction")),
        comments=count(dig(counts, "comment")),
        collects=saves,
        saves=saves,
    )
