"""WeChat Channels: calls of the creator assistant's site, with its owner's cookie.

The platform documents none of this; the calls are those of https://channels.weixin.qq.com. They
only read, are not retried, and do not run in parallel for one cookie.
"""

from dataclasses import replace

from openchannels.connectors.base.accounts import AccountReader
from openchannels.connectors.base.connector import Connector
from openchannels.connectors.base.insights import DetailInsights
from openchannels.connectors.base.parse import cookie_header, cookie_pairs
from openchannels.connectors.base.plugin import (
    CookieRefused,
    Plugin,
    Submission,
    with_cookie_header,
)
from openchannels.connectors.wechat.channels.api import FAILURES, PROFILE, read_login_data
from openchannels.connectors.wechat.channels.insights import (
    WxSphAccountInsights,
    WxSphDetails,
)
from openchannels.connectors.wechat.channels.links import LINKS
from openchannels.connectors.wechat.channels.publisher import WxSphPublisher
from openchannels.connectors.wechat.channels.publishing import PUBLISHING
from openchannels.connectors.wechat.channels.works import WxSphWorks
from openchannels.core.accounts import Account, Candidate
from openchannels.core.credentials import Tokens
from openchannels.core.platform_errors import FailureKind, PlatformFailure
from openchannels.core.platforms import Mark, Platform, Text
from openchannels.transport.platform_client import PlatformClient


class WxSphAuth(Plugin):
    # The cookie lives hours to days, longer if it is used; frequent calls are risky.
    probe_every = 6.0 * 3600
    required_fields = ("loginCookie",)
    instructions = Text(
        en="Sign in at channels.weixin.qq.com in the browser that has the plug-in, then connect.",
        zh="在装有插件的浏览器中登录 channels.weixin.qq.com，然后连接账号。",
    )

    async def check_submission(self, client: PlatformClient, submission: Submission) -> Candidate:
        pairs = cookie_pairs(submission.cookie or "")
        if pairs is None:
            raise CookieRefused("validation")
        if not pairs.get("sessionid"):
            raise CookieRefused
        cookie = cookie_header(pairs)
        try:
            data = await read_login_data(client, cookie, "account.read")
        except PlatformFailure as failure:
            if failure.kind is FailureKind.DEAD_GRANT:
                raise CookieRefused from failure
            raise
        profile = PROFILE.read(data)
        if profile is None:
            raise client.malformed("account.read")
        profile = replace(
            profile,
            nickname=submission.nickname or profile.nickname,
            avatar=submission.avatar or profile.avatar,
        )
        return Candidate(profile, Tokens(access_token=cookie))

    async def probe(self, client: PlatformClient, account: Account, tokens: Tokens) -> None:
        await read_login_data(client, tokens.access_token, "auth.probe")


class WxSphAccounts(AccountReader):
    coverage = PROFILE.coverage


class WxSph(Connector):
    """A cookie gives one channel; it lives hours to days and cannot be refreshed."""

    id = Platform("wxSph")
    name = Text(en="WeChat Channels", zh="微信视频号")
    mark = Mark("视", "#b45a06")
    docs_url = "https://channels.weixin.qq.com/platform"
    failures = FAILURES
    auth = WxSphAuth()
    accounts = WxSphAccounts()
    publishing = PUBLISHING
    publisher = WxSphPublisher()
    works = WxSphWorks()
    details = WxSphDetails()
    account_insights = WxSphAccountInsights()
    work_insights = DetailInsights(details)
    links = LINKS

    def adopt(self, candidate: Candidate) -> Candidate | None:
        return with_cookie_header(candidate)
