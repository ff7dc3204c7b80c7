"""Pinterest: a user's own pins over the API v5."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from openchannels.connectors.base.account_call import AccountCall
from openchannels.connectors.base.accounts import AccountReader
from openchannels.connectors.base.auth import OAuth, consent_instructions
from openchannels.connectors.base.connector import Connector
from openchannels.connectors.base.failures import FailureTable
from openchannels.connectors.base.mapping import BY_ACCOUNT, ProfileMap, WorkMap
from openchannels.connectors.base.paginators import CursorList, Item
from openchannels.connectors.base.parse import count, dig, first, https, integer, text
from openchannels.connectors.base.shapes import text_at
from openchannels.connectors.base.works import WorksReader
from openchannels.connectors.pinterest.links import LINKS
from openchannels.connectors.pinterest.publishing import PUBLISHING
from openchannels.core.accounts import Account, Candidate
from openchannels.core.credentials import TokenModel, Tokens
from openchannels.core.paging import CursorPaging, CursorRequest, PageRequest, WorksPage
from openchannels.core.platform_errors import Failure, FailureKind
from openchannels.core.platforms import Mark, Platform, Text
from openchannels.core.works import ContentMode, WorkStatus
from openchannels.transport import oauth
from openchannels.transport.client import Answer
from openchannels.transport.oauth import OAuthConfig, bearer
from openchannels.transport.platform_client import PlatformClient

API = "https://api.pinterest.com/v5"
MINUTE = 60.0
DAY = 86_400
SIZES = ("1200x", "600x")


def is_error(body: Any) -> bool:
    return integer(dig(body, "code")) is not None


def classify_token_answer(answer: Answer) -> Failure | None:
    """Returns the failure of the token endpoint, which uses the API's codes, not OAuth's.

    Code 2 under 401 seems to mean that the app's id and secret were refused.
    https://developers.pinterest.com/docs/api/v5/oauth-token
    """
    reading = FAILURES.classify(answer)
    if reading is None or reading.code is None or answer.status not in (400, 401, 403):
        return reading
    refused_app = answer.status == 401 and reading.code == "2"
    kind = FailureKind.MISCONFIGURED if refused_app else FailureKind.DEAD_GRANT
    return replace(reading, kind=kind)


def read_numbers(answer: Answer, header: str) -> list[int]:
    """Returns the number at the beginning of each part of a header, one part a limit.

    Only examples document the format: `100, 100;w=1;name="org_read"`.
    """
    parts = answer.headers.get(header, "").split(",")
    found = (re.match(r"\s*(\d{1,9})(?!\d)", part) for part in parts)
    return [int(number[1]) for number in found if number]


def read_reset_seconds(answer: Answer) -> float | None:
    """Returns the seconds until the limit resets that is used up, or else the first one."""
    resets = read_numbers(answer, "x-ratelimit-reset")
    remaining = read_numbers(answer, "x-ratelimit-remaining")
    spent = [reset for reset, left in zip(resets, remaining, strict=False) if left == 0]
    return float(max(spent)) if spent else first(map(float, resets))


def read_limit_owner(answer: Answer, reading: Failure | None) -> Failure | None:
    """Returns the failure with the owner of its limit.

    Limits by the day are the app's, those by the second and minute are the user's.
    """
    if reading is None or reading.kind is not FailureKind.RATE_LIMITED:
        return reading
    by_day = (reading.retry_after or 0.0) > MINUTE
    return replace(reading, bucket="app") if by_day else reading


# https://developers.pinterest.com/docs/reference/rate-limits/
FAILURES = FailureTable(
    code="code",
    form=is_error,
    message="message",
    # Under 401 these codes mean a missing permission, not an invalid token.
    codes={(401, "3"): FailureKind.PERMISSION, (401, "7"): FailureKind.PERMISSION},
    # Pinterest has blocked the account; waiting does not help.
    words={(403, "spam"): FailureKind.PERMISSION, (429, "spam"): FailureKind.PERMISSION},
    cursor_words=("bookmark",),
    read_wait=read_reset_seconds,
    refine=read_limit_owner,
)


def read_paging(page: CursorRequest) -> dict[str, Any]:
    """Returns page size and bookmark. A bookmark is only valid with its page size or less."""
    if page.position is None:
        return {"page_size": page.limit}
    size, bookmark = page.position.split(".", 1)
    return {"page_size": min(int(size), page.limit), "bookmark": bookmark}


def next_position(listing: Any, _pins: list[Item], page: CursorRequest) -> str | None:
    """Returns the position after the page; None if its bookmark repeats the current page's."""
    bookmark, paging = text(dig(listing, "bookmark")), read_paging(page)
    stays = bookmark is None or bookmark == paging.get("bookmark")
    return None if stays else f"{paging['page_size']}.{bookmark}"


def read_mode(pin: Any) -> ContentMode:
    """Returns the mode; the first item decides for mixed media."""
    kind = dig(pin, "media", "media_type")
    if kind == "multiple_mixed":
        kind = dig(pin, "media", "items", 0, "item_type")
    return ContentMode.VIDEO if "video" in str(kind) else ContentMode.IMAGE


def read_cover(pin: Any) -> str | None:
    media = dig(pin, "media")
    return read_picture(media) or read_picture(dig(media, "items", 0))


def read_picture(media: Any) -> str | None:
    images = dig(media, "images")
    sizes = images if isinstance(images, dict) else {}
    largest = max(sizes.values(), key=lambda image: count(dig(image, "width")) or 0, default=None)
    preferred = (dig(sizes, name) for name in SIZES)
    choices = (dig(image, "url") for image in (*preferred, largest))
    return https(dig(media, "cover_image_url")) or first(map(https, choices))


def read_counts(pin: Any) -> Any:
    """Returns the lifetime counts, or those of 90 days for pins too old to have them."""
    return dig(pin, "pin_metrics", "lifetime_metrics") or dig(pin, "pin_metrics", "90d")


# Personal accounts have no business name. The number of pins includes saved ones.
PROFILE = ProfileMap(
    Platform("pinterest"),
    {
        "uid": "id",
        "handle": "username",
        "nickname": "business_name|username",
        "avatar": "profile_image",
    },
    counters={"fans": "follower_count", "following": "following_count", "works": "pin_count"},
)
WORK = WorkMap(
    {
        "id": "id",
        "mode": read_mode,
        "title": "title",
        "description": "description",
        "url": lambda pin: f"https://www.pinterest.com/pin/{text(dig(pin, 'id'))}/",
        "cover_url": read_cover,
        "published_at": "created_at",
        **BY_ACCOUNT,
        "status": WorkStatus.PUBLISHED,
    },
    metrics_at=read_counts,
    metrics={
        "impressions": "impression",
        "clicks": "pin_click",
        "likes": "reaction",
        "comments": "comment",
        "collects": "save",
        "saves": "save",
    },
    never={
        "viewCount": Text(
            en="Pinterest counts impressions; an impression is not a view.",
            zh="Pinterest 统计的是曝光数，曝光不等于浏览。",
        )
    },
)
ACCOUNT = AccountCall(f"{API}/user_account")
PINS = CursorList(url=f"{API}/pins", items="items", paging=read_paging, next=next_position)


class PinterestAuth(OAuth):
    config = OAuthConfig(
        # https://developers.pinterest.com/docs/getting-started/set-up-authentication-and-authorization/
        authorize_url="https://www.pinterest.com/oauth/",
        token_url=f"{API}/oauth/token",
        revoke_url=f"{API}/oauth/token/revoke",
        scopes=("user_accounts:read", "pins:read", "boards:read"),
        required_scopes=("user_accounts:read", "pins:read", "boards:read"),
        scope_separator=",",
        client_auth="basic",
        # Each refresh also extends the refresh token, by 60 days.
        # https://developers.pinterest.com/docs/getting-started/set-up-authentication-and-authorization/
        token_model=TokenModel.ROTATING,
        default_lifetime=30 * DAY,
        refresh_slides=True,
        leeway=DAY,
        classify=classify_token_answer,
    )
    instructions = consent_instructions(Text(en="Pinterest", zh="Pinterest"))
    # Refreshes may be seven weeks apart.
    probe_every = 7.0 * DAY

    async def exchange(
        self, client: PlatformClient, params: Mapping[str, str], verifier: str | None
    ) -> Tokens:
        """Redeems the code, with the flag by which older apps get continuous refresh tokens.

        https://developers.pinterest.com/docs/api/v5/oauth-token
        """
        params = {
            "grant_type": "authorization_code",
            "code": params["code"],
            "redirect_uri": client.app.redirect_uri,
            "continuous_refresh": "true",
        }
        return await oauth.request_tokens(
            self.config, client, self.config.token_url, params, "auth.exchange"
        )

    async def probe(self, client: PlatformClient, account: Account, tokens: Tokens) -> None:
        operation = "auth.probe"
        answer = await client.get(
            f"{API}/user_account", operation=operation, headers=bearer(tokens)
        )
        text_at(client, operation, answer, "username")


class PinterestAccounts(AccountReader):
    coverage = PROFILE.coverage

    async def candidates(self, client: PlatformClient, tokens: Tokens) -> list[Candidate]:
        """Returns the account of a grant.

        https://developers.pinterest.com/docs/api/v5/user_account-get
        """
        profile = await ACCOUNT.profile(client, PROFILE, headers=bearer(tokens))
        return [Candidate(profile, tokens)]


class PinterestWorks(WorksReader):
    paging = CursorPaging(default=25, maximum=100)
    coverage = WORK.coverage

    async def fetch_page(
        self, client: PlatformClient, account: Account, tokens: Tokens, page: PageRequest
    ) -> WorksPage:
        """Fetches one page of pins; the filter excludes pins that the user only saved.

        https://developers.pinterest.com/docs/api/v5/pins-list
        """
        filters = {"pin_filter": "exclude_repins", "pin_metrics": "true"}
        pins = await PINS.page(client, page, params=filters, headers=bearer(tokens))
        return pins.works(WORK, account)


class Pinterest(Connector):
    """One authorization gives one account."""

    id = Platform("pinterest")
    name = Text(en="Pinterest", zh="Pinterest")
    mark = Mark("P", "#ad081b")
    docs_url = "https://developers.pinterest.com/docs/api/v5/"
    request_id_header = "x-pinterest-rid"
    failures = FAILURES
    auth = PinterestAuth()
    accounts = PinterestAccounts()
    publishing = PUBLISHING
    works = PinterestWorks()
    links = LINKS
