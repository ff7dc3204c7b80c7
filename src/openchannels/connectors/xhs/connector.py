"""Xiaohongshu (RedNote): accounts that a plug-in submits, verified if possible.

The platform documents none of this. The connector makes only the creator site's unsigned calls:
signing the others would forge the site's bot protection.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from openchannels.connectors.base.accounts import AccountReader
from openchannels.connectors.base.connector import Connector
from openchannels.connectors.base.failures import FailureTable
from openchannels.connectors.base.mapping import ProfileMap
from openchannels.connectors.base.parse import (
    BROWSER,
    cookie_header,
    cookie_pairs,
    dig,
    integer,
    text,
)
from openchannels.connectors.base.plugin import (
    CookieRefused,
    Plugin,
    Submission,
    with_cookie_header,
)
from openchannels.connectors.xhs.links import LINKS
from openchannels.connectors.xhs.publisher import XhsPublisher
from openchannels.connectors.xhs.publishing import PUBLISHING
from openchannels.core.accounts import Account, Candidate, Profile
from openchannels.core.credentials import Tokens
from openchannels.core.platform_errors import Failure, FailureKind, PlatformFailure
from openchannels.core.platforms import Mark, Platform, Text
from openchannels.transport.answers import unrecognized
from openchannels.transport.client import Answer
from openchannels.transport.platform_client import PlatformClient

SITE = "https://creator.xiaohongshu.com"
API = f"{SITE}/api/galaxy"
CREATOR_SESSIONS = (
    "access-token-creator.xiaohongshu.com",
    "galaxy_creator_session_id",
    "galaxy.creator.beaker.session.id",
    "customer-sso-sid",
)
UNREACHABLE = {FailureKind.UNAVAILABLE, FailureKind.RATE_LIMITED}
# A captcha or a block does not mean that the login has ended.
STATUSES = {
    406: Failure(FailureKind.UNAVAILABLE, code="406"),  # The site wants a signature.
    461: Failure(FailureKind.RATE_LIMITED, code="461"),
    471: Failure(FailureKind.RATE_LIMITED, code="471"),
}


def is_error(body: Any) -> bool:
    """Returns whether a body has a code other than 0, or says that the call did not succeed."""
    return bool(integer(dig(body, "code"))) or dig(body, "success") is False


def check_status(answer: Answer, reading: Failure | None) -> Failure | None:
    """Returns the failure; some statuses decide without the body."""
    if answer.status == 429 or answer.status >= 500:
        return unrecognized(answer)
    return STATUSES.get(answer.status, reading)


FAILURES = FailureTable(
    code="code",
    form=is_error,
    message="msg",
    code_decides=True,
    codes={
        "-100": FailureKind.DEAD_GRANT,
        "300011": FailureKind.RATE_LIMITED,
        "300012": FailureKind.RATE_LIMITED,
        # A missing signature and a missing login have the same code, so the login may be valid.
        "-1": FailureKind.UNAVAILABLE,
        **{(status, "-1"): FailureKind.DEAD_GRANT for status in (401, 403)},
    },
    words={
        "登录": FailureKind.DEAD_GRANT,
        **dict.fromkeys(("验证", "频繁", "captcha"), FailureKind.RATE_LIMITED),
    },
    statuses=dict.fromkeys((401, 403), FailureKind.DEAD_GRANT),
    refine=check_status,
)
PROFILE = ProfileMap(
    Platform("xhs"),
    {"handle": "user.redId", "nickname": "user.userName", "avatar": "user.userAvatar"},
    counters={"fans": "totals.fans_count", "following": "totals.follow_count"},
    facts={"userId": "user.userId"},
    scoped=dict.fromkeys(("account", "fansCount", "followingCount"), "creator session cookie"),
)


class XhsAuth(Plugin):
    # A cookie lives for weeks, and the site takes frequent calls for a bot.
    probe_every = 24.0 * 3600
    required_fields = ("uid", "nickname")
    instructions = Text(
        en="Sign in at creator.xiaohongshu.com in the browser that has the plug-in, then connect.",
        zh="在装有插件的浏览器中登录 creator.xiaohongshu.com，然后连接账号。",
    )

    async def check_submission(self, client: PlatformClient, submission: Submission) -> Candidate:
        pairs = read_cookie(submission.cookie)
        tokens = Tokens(access_token=cookie_header(pairs))
        user = None
        if has_creator_session(pairs) and client.app.option("validate_cookie", True):
            user = await self._read_user(client, tokens)
        if user is None:
            return Candidate(read_profile(submission), tokens, verified=False)
        if submission.uid is None or submission.uid not in account_ids(user):
            raise client.malformed("account.read")
        totals = await self._totals(client, tokens)
        return Candidate(read_profile(submission, user, totals), tokens)

    def probe_due(self, tokens: Tokens, verified_at: float) -> float | None:
        """Returns when to probe next; None without a creator session, which the call needs."""
        provable = has_creator_session(cookie_pairs(tokens.access_token) or {})
        return super().probe_due(tokens, verified_at) if provable else None

    async def probe(self, client: PlatformClient, account: Account, tokens: Tokens) -> None:
        """Checks the cookie; makes no call if connecting would not make one."""
        provable = has_creator_session(cookie_pairs(tokens.access_token) or {})
        if not provable or not client.app.option("validate_cookie", True):
            return
        answer = await self._get_json(client, "user/info", "auth.probe", tokens)
        if not text(dig(answer, "data", "userId")):
            raise client.malformed("auth.probe")

    async def _read_user(self, client: PlatformClient, tokens: Tokens) -> Mapping[str, Any] | None:
        """Returns the user of a cookie; None if the site cannot answer now."""
        try:
            answer = await self._get_json(client, "user/info", "account.read", tokens)
        except PlatformFailure as failure:
            if failure.kind is FailureKind.DEAD_GRANT:
                raise CookieRefused from failure
            if failure.kind in UNREACHABLE:
                return None
            raise
        user = dig(answer, "data")
        if not isinstance(user, dict) or not text(user.get("userId")):
            raise client.malformed("account.read")
        return user

    async def _totals(self, client: PlatformClient, tokens: Tokens) -> Any:
        """Returns the account's counts; None if they cannot be read."""
        try:
            answer = await self._get_json(
                client, "creator/home/personal_info", "account.stats", tokens
            )
        except PlatformFailure:
            return None
        return dig(answer, "data")

    async def _get_json(
        self, client: PlatformClient, path: str, operation: str, tokens: Tokens
    ) -> Any:
        """Calls a path once, without a retry, which the site would take for a bot."""
        return await client.call(
            "GET",
            f"{API}/{path}",
            operation=operation,
            idempotent=False,
            headers={
                "Cookie": tokens.access_token,
                "Origin": SITE,
                "Referer": f"{SITE}/new/home",
                "User-Agent": BROWSER,
                "Accept": "application/json",
            },
        )


class XhsAccounts(AccountReader):
    coverage = PROFILE.coverage


class Xhs(Connector):
    """An account as the plug-in submits it; only a creator session verifies it."""

    id = Platform("xhs")
    name = Text(en="RedNote", zh="小红书")
    mark = Mark("红", "#d8213d")
    docs_url = "https://creator.xiaohongshu.com"
    failures = FAILURES
    works_absent = Text(
        en="Xiaohongshu has no public API for an account's notes, and the site's own calls are "
        "signed against bots; openchannels does not forge them.",
        zh="小红书没有读取账号笔记的公开接口，网页自身的接口带有防机器人签名；"
        "openchannels 不伪造签名。",
    )
    auth = XhsAuth()
    accounts = XhsAccounts()
    publishing = PUBLISHING
    publisher = XhsPublisher()
    links = LINKS

    def adopt(self, candidate: Candidate) -> Candidate | None:
        """Returns the account as one that a plug-in submitted and nobody verified."""
        profile = candidate.profile
        named = replace(profile, client_type="web", alias=profile.uid.lower())
        return with_cookie_header(replace(candidate, profile=named, verified=False))


def read_cookie(cookie: str | None) -> dict[str, str]:
    pairs = {} if cookie is None else cookie_pairs(cookie)
    if pairs is None:
        raise CookieRefused("validation")
    return pairs


def has_creator_session(pairs: Mapping[str, str]) -> bool:
    """Returns whether a cookie has a session of the creator site, which the calls need."""
    return any(pairs.get(name) for name in CREATOR_SESSIONS)


def account_ids(user: Mapping[str, Any]) -> tuple[str | None, str | None]:
    """Returns the two ids of an account; plug-ins submit one or the other as the uid."""
    return text(user.get("userId")), text(user.get("redId"))


def read_profile(
    submission: Submission, user: Mapping[str, Any] | None = None, totals: Any = None
) -> Profile:
    """Returns the profile under the site's `userId`, or under the submitted uid if unverified.

    Its alias is the site's `redId`, or the submitted uid without regard to case.
    """
    submitted = submission.uid or ""
    uid, red_id = account_ids(user) if user else (submitted, submitted)
    profile = PROFILE.read({"user": user, "totals": totals}, uid or submitted)
    return replace(
        profile,
        nickname=submission.nickname or profile.nickname,
        avatar=submission.avatar or profile.avatar,
        client_type="web",
        facts=profile.facts if user else {},
        alias=red_id and red_id.lower(),
    )
