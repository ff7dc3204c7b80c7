"""Xiaohongshu (RedNote): a plug-in's submission, proved by the creator site where it can be.

The platform documents none of this. Only the creator site's unsigned calls are made: signing the
others would mean forging the site's protection against bots.
"""

from collections.abc import Mapping
from typing import Any

from openchannels.connectors.base.accounts import Accounts
from openchannels.connectors.base.connector import Connector
from openchannels.connectors.base.parse import (
    BROWSER,
    cookie_header,
    cookie_pairs,
    count,
    dig,
    https,
    text,
    whole,
)
from openchannels.connectors.base.plugin import CookieRefused, Plugin, Submission
from openchannels.core.accounts import Account, Candidate, Counters, Profile
from openchannels.core.availability import FieldCoverage
from openchannels.core.credentials import Tokens
from openchannels.core.platform_errors import Failure, FailureKind, PlatformFailure
from openchannels.core.platforms import Mark, Platform, Text
from openchannels.transport.client import Answer
from openchannels.transport.platform_client import PlatformClient, body_of, classify_status

SITE = "https://creator.xiaohongshu.com"
API = f"{SITE}/api/galaxy"
CREATOR_SESSIONS = (
    "access-token-creator.xiaohongshu.com",
    "galaxy_creator_session_id",
    "galaxy.creator.beaker.session.id",
    "customer-sso-sid",
)
NOT_ASKABLE = {FailureKind.UNAVAILABLE, FailureKind.RATE_LIMITED}
LOGGED_OUT = -100
BLOCKED = (300011, 300012)
CAPTCHA = (461, 471)
SIGNATURE_WANTED = 406
RISK_WORDS = ("验证", "频繁", "captcha")


class XhsAuth(Plugin):
    # Weeks may pass before a cookie dies, and the site counts repeated calls as a robot's.
    probe_every = 24.0 * 3600
    required_fields = ("uid", "nickname")
    instructions = Text(
        en="Sign in at creator.xiaohongshu.com in the browser that has the plug-in, then connect.",
        zh="在装有插件的浏览器中登录 creator.xiaohongshu.com，然后连接账号。",
    )

    async def check_submission(self, client: PlatformClient, submission: Submission) -> Candidate:
        pairs = read_cookie(submission.cookie)
        tokens = Tokens(access_token=cookie_header(pairs))
        person = None
        if askable(pairs) and client.app.option("validate_cookie", True):
            person = await self._person(client, tokens)
        if person is None:
            return Candidate(read_profile(submission), tokens, verified=False)
        if submission.uid is None or submission.uid not in identities(person):
            raise client.malformed("account.read")
        totals = await self._totals(client, tokens)
        return Candidate(read_profile(submission, person, totals), tokens)

    def probe_due(self, tokens: Tokens, verified_at: float) -> float | None:
        """A cookie without a creator session cannot be proved by any unsigned call."""
        provable = askable(cookie_pairs(tokens.access_token) or {})
        return super().probe_due(tokens, verified_at) if provable else None

    async def probe(self, client: PlatformClient, account: Account, tokens: Tokens) -> None:
        """Nothing is asked where connecting would not have asked either."""
        provable = askable(cookie_pairs(tokens.access_token) or {})
        if not provable or not client.app.option("validate_cookie", True):
            return
        answer = await self._ask(client, "user/info", "auth.probe", tokens)
        if not text(dig(answer, "data", "userId")):
            raise client.malformed("auth.probe")

    async def _person(self, client: PlatformClient, tokens: Tokens) -> Mapping[str, Any] | None:
        """Who is logged in; None where the site cannot be asked now."""
        try:
            answer = await self._ask(client, "user/info", "account.read", tokens)
        except PlatformFailure as failure:
            if failure.kind is FailureKind.DEAD_GRANT:
                raise CookieRefused from failure
            if failure.kind in NOT_ASKABLE:
                return None
            raise
        person = dig(answer, "data")
        if not isinstance(person, dict) or not text(person.get("userId")):
            raise client.malformed("account.read")
        return person

    async def _totals(self, client: PlatformClient, tokens: Tokens) -> Any:
        """Counts of the account; without them it is still an account."""
        try:
            answer = await self._ask(client, "creator/home/personal_info", "account.stats", tokens)
        except PlatformFailure:
            return None
        return dig(answer, "data")

    async def _ask(self, client: PlatformClient, path: str, operation: str, tokens: Tokens) -> Any:
        """One call, never repeated: the site counts repeats as a robot's."""
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


class XhsAccounts(Accounts):
    coverage = FieldCoverage(
        "uid nickname avatar",
        scoped=dict.fromkeys(("account", "fansCount", "followingCount"), "creator session cookie"),
    )


class Xhs(Connector):
    """An account as the plug-in describes it; only a creator session proves whose it is."""

    id = Platform("xhs")
    name = Text(en="RedNote", zh="小红书")
    mark = Mark("红", "#d8213d")
    docs_url = "https://creator.xiaohongshu.com"
    works_absent = Text(
        en="Xiaohongshu has no public API for an account's notes, and the site's own calls are "
        "signed against bots; openchannels does not forge them.",
        zh="小红书没有读取账号笔记的公开接口，网页自身的接口带有防机器人签名；"
        "openchannels 不伪造签名。",
    )
    auth = XhsAuth()
    accounts = XhsAccounts()

    def classify(self, answer: Answer) -> Failure | None:
        """A captcha or a block is the site's caution, not the end of a login."""
        if answer.status in (401, 403):
            return Failure(FailureKind.DEAD_GRANT)
        if answer.status in CAPTCHA:
            return Failure(FailureKind.RATE_LIMITED, code=str(answer.status))
        if answer.status == SIGNATURE_WANTED:
            return Failure(FailureKind.UNAVAILABLE, code=str(answer.status))
        if answer.status == 429 or answer.status >= 500:
            return classify_status(answer)
        return classify_body(body_of(answer)) or classify_status(answer)


def read_cookie(cookie: str | None) -> dict[str, str]:
    pairs = {} if cookie is None else cookie_pairs(cookie)
    if pairs is None:
        raise CookieRefused("validation")
    return pairs


def askable(pairs: Mapping[str, str]) -> bool:
    """Whether a cookie is of the creator site, the only one that can be asked."""
    return any(pairs.get(name) for name in CREATOR_SESSIONS)


def identities(person: Mapping[str, Any]) -> tuple[str | None, str | None]:
    """Plug-ins of different versions send the one or the other as the uid."""
    return text(person.get("userId")), text(person.get("redId"))


def classify_body(body: Any) -> Failure | None:
    if not isinstance(body, dict):
        return Failure(FailureKind.MALFORMED)
    code, message = whole(body.get("code")), text(body.get("msg")) or ""
    if code == 0 and body.get("success") is not False:
        return None
    kind = FailureKind.INVALID
    if code == LOGGED_OUT or "登录" in message:
        kind = FailureKind.DEAD_GRANT
    elif code in BLOCKED or any(word in message for word in RISK_WORDS):
        kind = FailureKind.RATE_LIMITED
    elif code == -1:
        # A missing signature and a missing login read the same, so nothing is known.
        kind = FailureKind.UNAVAILABLE
    elif code is None:
        kind = FailureKind.MALFORMED
    return Failure(kind, code=None if code is None else str(code))


def read_profile(
    submission: Submission, person: Mapping[str, Any] | None = None, totals: Any = None
) -> Profile:
    """The submission's own uid stays, proved or not: it is either of the two ids of an account."""
    uid = submission.uid or ""
    return Profile(
        platform=Platform("xhs"),
        uid=uid,
        handle=text(dig(person, "redId")),
        nickname=submission.nickname or text(dig(person, "userName")) or uid,
        avatar=submission.avatar or https(dig(person, "userAvatar")),
        client_type="web",
        counters=Counters(
            fans=count(dig(totals, "fans_count")), following=count(dig(totals, "follow_count"))
        ),
        facts={"userId": text(dig(person, "userId"))} if person else {},
    )
