"""LinkedIn: posts of organisations that a member administers; the API has no personal posts."""

from dataclasses import replace
from datetime import UTC
from typing import Any

from openchannels.connectors.base.auth import OAuth
from openchannels.connectors.base.connector import Connector
from openchannels.connectors.base.failures import FailureTable
from openchannels.connectors.base.insights import DetailInsights
from openchannels.connectors.base.parse import dig, integer, text
from openchannels.connectors.linkedin.accounts import LinkedInAccounts
from openchannels.connectors.linkedin.api import ADMIN_SCOPE
from openchannels.connectors.linkedin.details import LinkedInDetails
from openchannels.connectors.linkedin.engagement import LinkedInEngagement
from openchannels.connectors.linkedin.insights import LinkedInInsights
from openchannels.connectors.linkedin.links import LINKS
from openchannels.connectors.linkedin.publisher import LinkedInPublisher
from openchannels.connectors.linkedin.publishing import PUBLISHING
from openchannels.connectors.linkedin.works import LinkedInWorks
from openchannels.core.accounts import Account
from openchannels.core.credentials import TokenModel, Tokens
from openchannels.core.platform_errors import Failure, FailureKind, PlatformFailure
from openchannels.core.platforms import Mark, Platform, Text
from openchannels.transport.answers import body_of, unrecognized
from openchannels.transport.client import Answer
from openchannels.transport.oauth import OAuthConfig, classify_token, is_token_error
from openchannels.transport.platform_client import PlatformClient

DAY = 86_400
TRANSIENT = (FailureKind.RATE_LIMITED, FailureKind.UNAVAILABLE)
VERSION_ENDED = Text(
    en="LinkedIn has ended this version of its API; the operator has to set "
    "platforms.linkedin.version to a newer one.",
    zh="LinkedIn 已停用该接口版本，运营者需将设置 platforms.linkedin.version 改为更新的版本。",
)


def read_codes(body: Any) -> list[str]:
    names = (text(dig(body, "code")), text(dig(body, "serviceErrorCode")))
    return ["/".join(filter(None, names))]


def is_error(body: Any) -> bool:
    """Returns whether a body is an error; older ones have a status but no code."""
    named = text(dig(body, "serviceErrorCode")) or text(dig(body, "code"))
    return bool(named or (integer(dig(body, "status")) and text(dig(body, "message"))))


def read_details(answer: Answer, reading: Failure | None) -> Failure | None:
    """Adds details; only the message tells whether a daily limit is the app's."""
    if reading is None:
        return None
    if answer.status == 426 and reading.kind is FailureKind.MISCONFIGURED:
        return replace(reading, detail=VERSION_ENDED)
    message = str(dig(body_of(answer), "message")).upper()
    if reading.kind is FailureKind.QUOTA and "APPLICATION" in message:
        return replace(reading, bucket="app")
    return reading


# https://learn.microsoft.com/en-us/linkedin/shared/api-guide/concepts/error-handling
FAILURES = FailureTable(
    code=read_codes,
    form=is_error,
    message="message",
    words={(429, "day limit"): FailureKind.QUOTA},
    statuses={426: FailureKind.MISCONFIGURED},
    day=UTC,
    refine=read_details,
)


async def introspect(client: PlatformClient, tokens: Tokens) -> None:
    """Checks a token without using the member's rate limits.

    Raises PlatformFailure: TOKEN_EXPIRED for a token that has expired or was revoked.

    https://learn.microsoft.com/en-us/linkedin/shared/authentication/token-introspection
    """
    operation = "auth.probe"
    answer = await client.call(
        "POST",
        "https://www.linkedin.com/oauth/v2/introspectToken",
        operation=operation,
        classify=classify_introspection,
        idempotent=True,
        form={
            "client_id": client.app.client_id,
            "client_secret": client.app.client_secret,
            "token": tokens.access_token,
        },
    )
    active = dig(answer, "active")
    if active is False:
        reading = Failure(FailureKind.TOKEN_EXPIRED, code=text(dig(answer, "status")))
        raise PlatformFailure(client.platform, operation, reading)
    if active is not True:
        raise client.malformed(operation)


def classify_introspection(answer: Answer) -> Failure | None:
    """Returns a failure of the app: this endpoint never refuses because of the token."""
    is_refusal = is_token_error(body_of(answer))
    reading = classify_token(answer) if is_refusal else unrecognized(answer)
    if reading is None or reading.kind in TRANSIENT:
        return reading
    return replace(reading, kind=FailureKind.MISCONFIGURED)


class LinkedInAuth(OAuth):
    config = OAuthConfig(
        # https://learn.microsoft.com/en-us/linkedin/shared/authentication/authorization-code-flow
        authorize_url="https://www.linkedin.com/oauth/v2/authorization",
        token_url="https://www.linkedin.com/oauth/v2/accessToken",
        revoke_url="https://www.linkedin.com/oauth/v2/revoke",
        # None is required: an app without the Community Management API connects members only,
        # and users cannot grant single scopes.
        scopes=("r_basicprofile", "r_organization_social", ADMIN_SCOPE),
        # Only approved partners get a refresh token. Its expiry is fixed at the consent and limits
        # the access token's, so refreshing unused tokens gains nothing.
        # https://learn.microsoft.com/en-us/linkedin/shared/authentication/programmatic-refresh-tokens
        token_model=TokenModel.STATIC,
        default_lifetime=60 * DAY,
        leeway=DAY,
        # The app lacks the product of the scope.
        callback_errors={"unauthorized_scope_error": FailureKind.MISCONFIGURED},
        descriptions=(
            (
                r"(grant|token|code).*(invalid|expired|revoked)|does not match",
                FailureKind.DEAD_GRANT,
            ),
        ),
    )
    # An access token lives 60 days, and LinkedIn does not report that a member revoked it.
    probe_every = 7.0 * DAY
    instructions = Text(
        en="Open the link, sign in to LinkedIn as a member who administers the page, approve, "
        "then choose the pages to connect. Posts of personal profiles cannot be listed.",
        zh="打开链接，使用管理公司主页的 LinkedIn 账号登录并同意授权，然后选择要连接的主页。"
        "个人主页的动态无法获取。",
    )

    async def probe(self, client: PlatformClient, account: Account, tokens: Tokens) -> None:
        await introspect(client, tokens)


class LinkedIn(Connector):
    """One authorization gives the member and every organisation that the member manages."""

    id = Platform("linkedin")
    name = Text(en="LinkedIn", zh="LinkedIn")
    mark = Mark("in", "#0a66c2")
    docs_url = "https://learn.microsoft.com/en-us/linkedin/"
    failures = FAILURES
    request_id_header = "x-li-uuid"
    auth = LinkedInAuth()
    accounts = LinkedInAccounts()
    publishing = PUBLISHING
    publisher = LinkedInPublisher()
    engagement = LinkedInEngagement()
    works = LinkedInWorks()
    details = LinkedInDetails()
    account_insights = LinkedInInsights()
    work_insights = DetailInsights(details)
    links = LINKS
