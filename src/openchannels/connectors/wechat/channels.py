"""WeChat Channels: the creator assistant's own calls, with the cookie that its owner handed over.

The platform documents none of this; the calls are those of https://channels.weixin.qq.com. They
are read only, never repeated and never made side by side for one cookie.
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
    first,
    https,
    moment,
    rows,
    text,
    whole,
)
from openchannels.connectors.base.plugin import CookieRefused, Plugin, Submission
from openchannels.connectors.base.works import Works
from openchannels.core.accounts import Account, Candidate, Counters, Profile
from openchannels.core.availability import FieldCoverage
from openchannels.core.credentials import Tokens
from openchannels.core.paging import NumberRequest, PagePaging, PageRequest, WorksPage
from openchannels.core.platform_errors import Failure, FailureKind, PlatformFailure
from openchannels.core.platforms import Mark, Platform, Text
from openchannels.core.works import ContentMode, Metrics, Work, WorkStatus
from openchannels.transport.client import Answer
from openchannels.transport.platform_client import PlatformClient, body_of, classify_status

SITE = "https://channels.weixin.qq.com"
API = f"{SITE}/cgi-bin/mmfinderassistant-bin"
LOGGED_OUT = (300333, 300334)
LISTS = {ContentMode.VIDEO: 11, ContentMode.IMAGE: 10}
MODES = {4: ContentMode.VIDEO, 2: ContentMode.IMAGE}


class WxSphAuth(Plugin):
    # The cookie lives hours to days, longer where it is used; the site minds frequent calls.
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
            told = await self._logged_in(client, cookie, "account.read")
        except PlatformFailure as failure:
            if failure.kind is FailureKind.DEAD_GRANT:
                raise CookieRefused from failure
            raise
        profile = read_profile(told, submission)
        if not profile.uid:
            raise client.malformed("account.read")
        return Candidate(profile, Tokens(access_token=cookie))

    async def probe(self, client: PlatformClient, account: Account, tokens: Tokens) -> None:
        await self._logged_in(client, tokens.access_token, "auth.probe")

    async def _logged_in(self, client: PlatformClient, cookie: str, operation: str) -> Any:
        """Who is logged in with a cookie. Raises PlatformFailure: DEAD_GRANT where nobody is."""
        told = dig(await ask(client, "auth/auth_data", operation, cookie), "data")
        if not isinstance(dig(told, "finderUser"), dict):
            # The site answers so, without an error, when nobody is logged in.
            raise PlatformFailure(client.platform, operation, Failure(FailureKind.DEAD_GRANT))
        return told


class WxSphAccounts(Accounts):
    coverage = FieldCoverage("uid account nickname avatar fansCount workCount")


class WxSphWorks(Works):
    paging = PagePaging(default=20, maximum=20, total=True)
    coverage = FieldCoverage(
        "platformWorkId contentMode title description coverUrl publishedAt authorName"
        " authorPlatformUid status viewCount playCount likeCount commentCount shareCount"
        " collectCount saveCount",
        never={
            "url": Text(
                en="The list carries no public address; each would cost a call of its own.",
                zh="列表中没有公开链接，逐条获取需要额外调用。",
            )
        },
    )
    option = "list_works"

    async def fetch_page(
        self, client: PlatformClient, account: Account, tokens: Tokens, page: PageRequest
    ) -> WorksPage:
        """Videos and image posts are two lists of the platform, so a page shows one of them."""
        assert isinstance(page, NumberRequest)
        mode = page.content_mode or ContentMode.VIDEO
        if mode not in LISTS:
            return WorksPage(total=0)
        answer = await ask(
            client,
            "post/post_list",
            "works.list",
            tokens.access_token,
            finder=text(account.facts.get("finderUsername")),
            pageSize=page.size,
            currentPage=page.page,
            userpageType=LISTS[mode],
            stickyOrder=True,
        )
        listing = dig(answer, "data")
        if not isinstance(dig(listing, "list"), list) and count(dig(listing, "totalCount")) != 0:
            raise client.malformed("works.list")
        items = rows(listing.get("list"))
        return WorksPage(
            items=[read_work(item, account, mode) for item in items if work_id(item)],
            has_next=has_next(listing, len(items), page),
            total=count(listing.get("totalCount")),
        )


class WxSph(Connector):
    """A cookie opens one channel; the cookie lives hours to days and cannot be refreshed."""

    id = Platform("wxSph")
    name = Text(en="WeChat Channels", zh="微信视频号")
    mark = Mark("视", "#b45a06")
    docs_url = "https://channels.weixin.qq.com/platform"
    auth = WxSphAuth()
    accounts = WxSphAccounts()
    works = WxSphWorks()

    def classify(self, answer: Answer) -> Failure | None:
        """A dead login is a redirect, a refusal, one of two codes or a message that asks for it."""
        if 300 <= answer.status < 400 or answer.status in (401, 403):
            return Failure(FailureKind.DEAD_GRANT)
        if answer.status not in (200, 201):
            return classify_status(answer) or Failure(FailureKind.MALFORMED)
        body = body_of(answer)
        code = error_code(body)
        if code == 0:
            return None
        if code in LOGGED_OUT or "登录" in error_message(body):
            return Failure(FailureKind.DEAD_GRANT, code=str(code) if code else None)
        if code is None:
            return Failure(FailureKind.MALFORMED)
        return Failure(FailureKind.INVALID, code=str(code))


async def ask(
    client: PlatformClient,
    path: str,
    operation: str,
    cookie: str,
    finder: str | None = None,
    **body: Any,
) -> Any:
    uin = (cookie_pairs(cookie) or {}).get("wxuin", "")
    return await client.call(
        "POST",
        f"{API}/{path}",
        operation=operation,
        headers={
            "Cookie": cookie,
            "Origin": SITE,
            "Referer": f"{SITE}/platform",
            "User-Agent": BROWSER,
            "X-WECHAT-UIN": uin if uin.isascii() and uin.isdigit() else "0" * 10,
        },
        json_body={
            **body,
            "timestamp": str(int(client.clock() * 1000)),
            "_log_finder_uin": "",
            "_log_finder_id": finder or "",
            "rawKeyBuff": None,
            "pluginSessionId": None,
            "scene": 7,
            "reqScene": 7,
        },
    )


def error_code(body: Any) -> int | None:
    """The error number, under any of the names that the site's handlers give it."""
    names = ("errCode", "errcode", "err_code", "code")
    found = [whole(dig(body, name)) for name in names]
    return first([*found, whole(dig(body, "base_resp", "ret"))])  # type: ignore[no-any-return]


def error_message(body: Any) -> str:
    names = ("errMsg", "errmsg", "err_msg", "msg", "message")
    return " ".join(filter(None, (text(dig(body, name)) for name in names)))


def read_profile(data: Mapping[str, Any], submission: Submission) -> Profile:
    """The channel's own name, not `userAttr`'s: that is the name of a private WeChat account."""
    channel = data["finderUser"]
    uid = text(channel.get("uniqId")) or ""
    named = text(channel.get("nickname")) or text(dig(data, "userAttr", "nickname"))
    return Profile(
        platform=Platform("wxSph"),
        uid=uid,
        handle=uid,
        nickname=submission.nickname or named or uid,
        avatar=submission.avatar or https(channel.get("headImgUrl")),
        counters=Counters(
            fans=count(channel.get("fansCount")), works=count(channel.get("feedsCount"))
        ),
        facts={"finderUsername": text(channel.get("finderUsername"))},
    )


def has_next(listing: Mapping[str, Any], shown: int, page: NumberRequest) -> bool:
    total = count(listing.get("totalCount"))
    if total is not None:
        return page.page * page.size < total
    going_on = count(listing.get("continueFlag"))
    return shown >= page.size if going_on is None else going_on > 0


def work_id(item: Mapping[str, Any]) -> str | None:
    return text(item.get("exportId")) or text(item.get("objectId"))


def read_work(item: Mapping[str, Any], account: Account, listed: ContentMode) -> Work:
    content = item.get("desc")
    description = text(dig(content, "description"))
    mode = MODES.get(count(dig(content, "mediaType")) or 0, listed)
    media = dig(content, "media", 0)
    covers = (https(dig(media, name)) for name in ("coverUrl", "fullCoverUrl", "thumbUrl"))
    return Work(
        id=str(work_id(item)),
        mode=mode,
        title=text(dig(content, "shortTitle", 0, "shortTitle"))
        or next(iter((description or "").strip().splitlines()), None),
        description=description,
        cover_url=first(covers),
        published_at=moment(item.get("createTime")),
        author_name=account.nickname,
        author_uid=account.uid,
        status=read_status(item),
        metrics=read_metrics(item, mode),
    )


def read_status(item: Mapping[str, Any]) -> WorkStatus | None:
    if dig(item, "disableInfo", "isDisabled") is True:
        return WorkStatus.UNAVAILABLE
    visible = whole(item.get("visibleType"))
    if visible is None:
        return None
    return WorkStatus.PUBLISHED if visible == 1 else WorkStatus.PRIVATE


def read_metrics(item: Mapping[str, Any], mode: ContentMode) -> Metrics:
    views = count(item.get("readCount"))
    favorites = count(item.get("favCount"))
    return Metrics(
        views=views,
        plays=views if mode is ContentMode.VIDEO else None,
        likes=count(item.get("likeCount")),
        comments=count(item.get("commentCount")),
        shares=count(item.get("forwardCount")),
        collects=favorites,
        saves=favorites,
    )
