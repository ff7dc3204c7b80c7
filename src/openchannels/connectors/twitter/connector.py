"""X, formerly Twitter: posts over the API v2, which charges for each post read."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, ClassVar

from openchannels.connectors.base.account_call import AccountCall
from openchannels.connectors.base.accounts import AccountReader
from openchannels.connectors.base.auth import OAuth
from openchannels.connectors.base.connector import Connector
from openchannels.connectors.base.failures import FailureTable
from openchannels.connectors.base.insights import ProfileInsights
from openchannels.connectors.base.mapping import ProfileMap
from openchannels.connectors.base.parse import count, dig, moment, rows, text
from openchannels.connectors.twitter.fields import DAY, FIELDS, NEW_FIELDS, RENAMED
from openchannels.connectors.twitter.insights import TwitterDetails, TwitterWorkInsights
from openchannels.connectors.twitter.links import LINKS
from openchannels.connectors.twitter.prices import PUBLISH_COSTS
from openchannels.connectors.twitter.publisher import TwitterPublisher
from openchannels.connectors.twitter.publishing import PUBLISHING
from openchannels.connectors.twitter.works import API, POST_COST, TwitterWorks
from openchannels.core.accounts import Candidate
from openchannels.core.credentials import TokenModel, Tokens
from openchannels.core.platform_errors import Bucket, Failure, FailureKind, RemainingQuota
from openchannels.core.platforms import Mark, Platform, Text
from openchannels.transport.answers import body_of
from openchannels.transport.client import Answer
from openchannels.transport.oauth import OAuthConfig, bearer, revoke
from openchannels.transport.platform_client import PlatformClient


def read_codes(body: Any) -> list[str | None]:
    """Returns the name of an error: the end of its type, or the code of the older format."""
    inner = dig(body, "errors", 0)
    types = (text(dig(source, "type")) or "" for source in (body, inner))
    type_names = (kind.rsplit("/", 1)[-1] for kind in types if kind != "about:blank")
    numbers = (text(dig(source, "code")) for source in (body, inner))
    names = (text(dig(body, "reason")), *type_names, *numbers)
    return [next(filter(None, names), None)]


def named_parameters(body: Any) -> set[str]:
    """Returns the invalid parameters of a request, from the older and the newer format."""
    errors = [body, *rows(dig(body, "errors"))]
    inner = (dig(error, "parameters") for error in errors)
    lists = {str(name) for names in inner if isinstance(names, dict) for name in names}
    return lists | {str(dig(error, "parameter")) for error in errors}


def is_error(body: Any) -> bool:
    """Returns whether a body is a problem, or holds errors and no data.

    Errors beside data concern single objects that the data mention.
    """
    if not isinstance(body, dict) or {"data", "meta"} & body.keys():
        return False
    numbered = text(body.get("code")) and text(body.get("message"))
    return bool(text(body.get("title")) or numbered or rows(body.get("errors")))


LIMITS: tuple[tuple[str, Bucket], ...] = (
    ("x-rate-limit", "account"),
    ("x-user-limit-24hour", "account"),
    ("x-app-limit-24hour", "app"),
)
"""Beginnings of the headers of each limit, and whose limit it is.

https://docs.x.com/x-api/fundamentals/rate-limits
"""


def read_limits(answer: Answer) -> list[RemainingQuota]:
    """Returns what is left of each limit that the headers name."""
    remaining = ((name, bucket, answer.headers.get(f"{name}-remaining")) for name, bucket in LIMITS)
    return [
        RemainingQuota(
            left,
            read_reset_at(answer, name),
            bucket,
            limit=count(answer.headers.get(f"{name}-limit")),
        )
        for name, bucket, text_left in remaining
        if (left := count(text_left)) is not None
    ]


def read_reset_at(answer: Answer, limit: str) -> float | None:
    """Returns when (Unix seconds) a limit resets."""
    return moment(answer.headers.get(f"{limit}-reset"))


def with_reset(answer: Answer, reading: Failure) -> Failure:
    """Returns a rate limit's failure with the reset and the owner of the limit that is used up."""
    spent = [limit for limit in read_limits(answer) if limit.remaining <= 0]
    if not spent:
        return replace(reading, reset_at=read_reset_at(answer, LIMITS[0][0]))
    last = max(spent, key=lambda limit: limit.reset_at or 0.0)
    return replace(reading, reset_at=last.reset_at, bucket=last.bucket)


def read_details(answer: Answer, reading: Failure | None) -> Failure | None:
    """Returns the failure with the reset of a limit, and what it says of parameters."""
    if reading is None:
        return None
    if reading.code in ACCOUNT_REFUSED:
        # Whatever the status: these are about the account, not about its token.
        return replace(reading, kind=ACCOUNT_REFUSED[reading.code])
    if reading.kind is FailureKind.RATE_LIMITED:
        return with_reset(answer, reading)
    parameters = named_parameters(body_of(answer))
    return replace(
        reading,
        cursor=reading.kind is FailureKind.INVALID and "pagination_token" in parameters,
        detail=RENAMED if (FIELDS.keys() | NEW_FIELDS.keys()) & parameters else None,
    )


# Locked until its owner passes a check; suspended.
# https://docs.x.com/x-api/fundamentals/response-codes-and-errors
ACCOUNT_REFUSED = {
    "326": FailureKind.VERIFICATION_REQUIRED,
    "63": FailureKind.SUSPENDED,
    "64": FailureKind.SUSPENDED,
}
FAILURES = FailureTable(
    code=read_codes,
    form=is_error,
    codes={
        (401, "unsupported-authentication"): FailureKind.TOKEN_EXPIRED,
        "client-forbidden": FailureKind.MISCONFIGURED,
        "client-not-enrolled": FailureKind.MISCONFIGURED,
        "credits": FailureKind.MISCONFIGURED,
        "416": FailureKind.MISCONFIGURED,  # The application is suspended.
        "453": FailureKind.MISCONFIGURED,  # The application's plan lacks the endpoint.
        "usage-capped": FailureKind.QUOTA,
        "rate-limit-exceeded": FailureKind.RATE_LIMITED,
        "88": FailureKind.RATE_LIMITED,
        "not-authorized-for-resource": FailureKind.PERMISSION,
        "resource-not-found": FailureKind.NOT_FOUND,
        "resource-unavailable": FailureKind.NOT_FOUND,
        "disallowed-resource": FailureKind.NOT_FOUND,
        "invalid-request": FailureKind.INVALID,
        "unsupported-authentication": FailureKind.INVALID,
    },
    statuses={402: FailureKind.MISCONFIGURED},
    app_wide=(FailureKind.QUOTA,),
    refine=read_details,
)


def read_avatar(user: Any) -> str | None:
    return (text(dig(user, "profile_image_url")) or "").replace("_normal", "_400x400")


PROFILE = ProfileMap(
    Platform("twitter"),
    {"uid": "id", "handle": "username", "nickname": "name|username", "avatar": read_avatar},
    counters={
        "fans": "public_metrics.followers_count",
        "following": "public_metrics.following_count",
        "works": "public_metrics.tweet_count|public_metrics.post_count",
    },
)
ACCOUNT = AccountCall(
    f"{API}/users/me", at="data", params={"user.fields": "profile_image_url,public_metrics"}
)


class TwitterAuth(OAuth):
    config = OAuthConfig(
        # https://docs.x.com/fundamentals/authentication/oauth-2-0/authorization-code
        authorize_url="https://x.com/i/oauth2/authorize",
        token_url=f"{API}/oauth2/token",
        revoke_url=f"{API}/oauth2/revoke",
        scopes=("tweet.read", "users.read", "offline.access"),
        required_scopes=("tweet.read", "users.read"),
        client_auth="basic",
        pkce=True,
        # X does not document how long an unused refresh token lives; users report six months.
        # https://docs.x.com/fundamentals/authentication/oauth-2-0/authorization-code
        token_model=TokenModel.ROTATING,
        default_lifetime=7200,
        idle_life=180 * DAY,
        # X reports an invalid value where the standard has `invalid_grant`.
        descriptions=((r"value passed for the ", FailureKind.DEAD_GRANT),),
    )
    instructions = Text(
        en="First switch to the account you want to connect on x.com: X offers no choice of "
        "accounts. Then open the link and approve.",
        zh="请先在 x.com 切换到要连接的账号（X 不提供账号选择），然后打开链接并同意授权。",
    )

    async def revoke(self, client: PlatformClient, tokens: Tokens) -> bool:
        """Revokes both tokens: X does not document whether one call ends both.

        https://docs.x.com/fundamentals/authentication/oauth-2-0/authorization-code
        """
        for token in filter(None, (tokens.refresh_token, tokens.access_token)):
            await revoke(self.oauth_config(client.app), client, token)
        return True


class TwitterAccounts(AccountReader):
    coverage = PROFILE.coverage

    async def candidates(self, client: PlatformClient, tokens: Tokens) -> list[Candidate]:
        profile = await ACCOUNT.profile(client, PROFILE, headers=bearer(tokens))
        return [Candidate(profile, tokens)]


class Twitter(Connector):
    """One authorization gives the account that the browser is signed in to."""

    id = Platform("twitter")
    name = Text(en="Twitter (X)", zh="Twitter（X）")
    mark = Mark("X", "#0f1419")
    docs_url = "https://docs.x.com/x-api"
    # https://docs.x.com/x-api/getting-started/pricing: works are charged by the posts returned.
    cost_unit = "USD"
    costs: ClassVar = {
        "auth.exchange": 0.0,
        "auth.refresh": 0.0,
        "account.read": 0.01,
        "works.list": 0.0,
        "works.private": 0.0,
        "works.read": 0.0,
        # The price of a post's analytics is not published: counted as that of a post.
        "works.insights": POST_COST,
        **PUBLISH_COSTS,
    }
    failures = FAILURES
    request_id_header = "x-transaction-id"
    auth = TwitterAuth()
    accounts = TwitterAccounts()
    publishing = PUBLISHING
    publisher = TwitterPublisher()
    works = TwitterWorks()
    details = TwitterDetails()
    account_insights = ProfileInsights(accounts)
    work_insights = TwitterWorkInsights(details)
    links = LINKS

    def remaining_quotas(self, answer: Answer) -> Sequence[RemainingQuota]:
        return read_limits(answer)
