"""Pinterest: a user's own pins over the API v5."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from openchannels.connectors.base.account_call import AccountCall
from openchannels.connectors.base.accounts import AccountReader
from openchannels.connectors.base.auth import OAuth, consent_instructions
from openchannels.connectors.base.connector import Connector
from openchannels.connectors.base.failures import FailureTable
from openchannels.connectors.base.mapping import ProfileMap
from openchannels.connectors.base.parse import dig, first, integer
from openchannels.connectors.base.shapes import text_at
from openchannels.connectors.pinterest.api import API
from openchannels.connectors.pinterest.details import PinterestDetails
from openchannels.connectors.pinterest.insights import (
    PinterestAccountInsights,
    PinterestWorkInsights,
)
from openchannels.connectors.pinterest.links import LINKS
from openchannels.connectors.pinterest.options import PinterestOptions
from openchannels.connectors.pinterest.publisher import PinterestPublisher
from openchannels.connectors.pinterest.publishing import PUBLISHING
from openchannels.connectors.pinterest.works import PinterestWorks
from openchannels.core.accounts import Account, Candidate
from openchannels.core.credentials import TokenModel, Tokens
from openchannels.core.platform_errors import Failure, FailureKind, RemainingQuota
from openchannels.core.platforms import Mark, Platform, Text
from openchannels.transport import oauth
from openchannels.transport.client import Answer
from openchannels.transport.oauth import OAuthConfig, bearer
from openchannels.transport.platform_client import PlatformClient

MINUTE = 60.0
DAY = 86_400


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


def read_quotas(answer: Answer) -> list[RemainingQuota]:
    """Returns what is left of each limit that the headers name.

    A limit that is used up counts as nearly so: it may be that of another kind of calls, and the
    refusal of a call says how long to wait.
    """
    names = ("x-ratelimit-remaining", "x-ratelimit-limit", "x-ratelimit-reset")
    return [
        RemainingQuota(
            max(left, 1), bucket="app" if reset > MINUTE else "account", limit=limit, reset_in=reset
        )
        for left, limit, reset in zip(*(read_numbers(answer, name) for name in names), strict=False)
    ]


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
ACCOUNT = AccountCall(f"{API}/user_account")


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
    publisher = PinterestPublisher()
    option_values = PinterestOptions()
    works = PinterestWorks()
    details = PinterestDetails()
    account_insights = PinterestAccountInsights(accounts)
    work_insights = PinterestWorkInsights(details)
    links = LINKS

    def remaining_quotas(self, answer: Answer) -> Sequence[RemainingQuota]:
        return read_quotas(answer)
