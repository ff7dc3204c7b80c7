"""WeChat Channels: calls of the creator assistant's site, with its owner's cookie.

The platform documents none of this; the calls are those of https://channels.weixin.qq.com. They
only read, are not retried, and do not run in parallel for one cookie.
"""

from dataclasses import replace
from typing import Any
from urllib.parse import urljoin, urlsplit

from openchannels.connectors.base.accounts import AccountReader
from openchannels.connectors.base.connector import Connector
from openchannels.connectors.base.failures import FailureTable, by_kind, first_text
from openchannels.connectors.base.mapping import BY_ACCOUNT, ProfileMap, WorkMap
from openchannels.connectors.base.paginators import Item, PageList
from openchannels.connectors.base.parse import (
    BROWSER,
    cookie_header,
    cookie_pairs,
    count,
    dig,
    integer,
    rows,
    text,
)
from openchannels.connectors.base.paths import values_at
from openchannels.connectors.base.plugin import (
    CookieRefused,
    Plugin,
    Submission,
    with_cookie_header,
)
from openchannels.connectors.base.works import WorksReader
from openchannels.connectors.wechat.channel_links import LINKS
from openchannels.connectors.wechat.channels_publishing import PUBLISHING
from openchannels.core.accounts import Account, Candidate
from openchannels.core.credentials import Tokens
from openchannels.core.paging import NumberRequest, PagePaging, PageRequest, WorksPage
from openchannels.core.platform_errors import Failure, FailureKind, PlatformFailure
from openchannels.core.platforms import Mark, Platform, Text
from openchannels.core.works import ContentMode, WorkStatus
from openchannels.transport.answers import body_of
from openchannels.transport.client import Answer
from openchannels.transport.platform_client import PlatformClient

SITE = "https://channels.weixin.qq.com"
API = f"{SITE}/cgi-bin/mmfinderassistant-bin"
MESSAGE = "errMsg|errmsg|err_msg|msg|message"
LOGIN_WORDS = "登录"
LISTS = {ContentMode.VIDEO: 11, ContentMode.IMAGE: 10}
MODES = {4: ContentMode.VIDEO, 2: ContentMode.IMAGE}


def read_codes(body: Any) -> list[str]:
    """Returns the error code, from the first of the names that the site uses."""
    error_numbers = map(integer, values_at(body, "errCode|errcode|err_code|code|base_resp.ret"))
    return [str(number) for number in error_numbers if number is not None][:1]


def is_error(body: Any) -> bool:
    """Returns whether a body has a code other than 0, or a login message instead of a code."""
    codes = read_codes(body)
    return codes != ["0"] and (bool(codes) or LOGIN_WORDS in (first_text(body, MESSAGE) or ""))


def read_login(answer: Answer, reading: Failure | None) -> Failure | None:
    """Returns the failure; a redirect to the site's login page is a dead login.

    A successful answer without a code is malformed.
    """
    if 300 <= answer.status < 400 and leads_to_login(answer):
        return Failure(FailureKind.DEAD_GRANT)
    unreadable = reading is None and not read_codes(body_of(answer))
    return Failure(FailureKind.MALFORMED) if unreadable else reading


def leads_to_login(answer: Answer) -> bool:
    """Returns whether a redirect stays on the site and leads to a login page.

    A proxy or the login page of a network redirects elsewhere.
    """
    try:
        target = urlsplit(urljoin(SITE, answer.headers.get("location", "")))
    except ValueError:
        return False
    return target.netloc == urlsplit(SITE).netloc and "login" in target.path


FAILURES = FailureTable(
    code=read_codes,
    form=is_error,
    message=MESSAGE,
    code_decides=True,
    success=("0",),
    codes=by_kind({FailureKind.DEAD_GRANT: (300333, 300334)}),
    words={LOGIN_WORDS: FailureKind.DEAD_GRANT},
    statuses=dict.fromkeys((401, 403), FailureKind.DEAD_GRANT),
    refine=read_login,
)


def read_mode(item: Any) -> ContentMode:
    """Returns the mode of a post, or else of the list that contains it."""
    list_mode: ContentMode = item["list_mode"]
    return MODES.get(count(dig(item, "desc", "mediaType")) or 0, list_mode)


def read_title(item: Any) -> str | None:
    """Returns the short title, or the first line of the description."""
    description = text(dig(item, "desc", "description")) or ""
    title = text(dig(item, "desc", "shortTitle", 0, "shortTitle"))
    return title or next(iter(description.strip().splitlines()), None)


def read_status(item: Any) -> WorkStatus | None:
    if dig(item, "disableInfo", "isDisabled") is True:
        return WorkStatus.UNAVAILABLE
    visible = integer(dig(item, "visibleType"))
    if visible is None:
        return None
    return WorkStatus.PUBLISHED if visible == 1 else WorkStatus.PRIVATE


def read_plays(item: Any) -> Any:
    return dig(item, "readCount") if read_mode(item) is ContentMode.VIDEO else None


def has_next(answer: Any, _items: list[Item], page: NumberRequest) -> bool:
    listing = dig(answer, "data")
    total = count(dig(listing, "totalCount"))
    if total is not None:
        return page.page * page.size < total
    continue_flag = count(dig(listing, "continueFlag"))
    return (
        len(rows(dig(listing, "list"))) >= page.size if continue_flag is None else continue_flag > 0
    )


PROFILE = ProfileMap(
    Platform("wxSph"),
    {
        "uid": "finderUser.uniqId",
        "handle": "finderUser.uniqId",
        # `userAttr` is the user's private WeChat account.
        "nickname": "finderUser.nickname|userAttr.nickname",
        "avatar": "finderUser.headImgUrl",
    },
    counters={"fans": "finderUser.fansCount", "works": "finderUser.feedsCount"},
    facts={"finderUsername": "finderUser.finderUsername"},
)
WORK = WorkMap(
    {
        "id": "exportId|objectId",
        "mode": read_mode,
        "title": read_title,
        "description": "desc.description",
        "cover_url": "desc.media.0.coverUrl|desc.media.0.fullCoverUrl|desc.media.0.thumbUrl",
        "published_at": "createTime",
        **BY_ACCOUNT,
        "status": read_status,
    },
    metrics={
        "views": "readCount",
        "plays": read_plays,
        "likes": "likeCount",
        "comments": "commentCount",
        "shares": "forwardCount",
        "collects": "favCount",
        "saves": "favCount",
    },
    never={
        "url": Text(
            en="The list carries no public address; each would cost a call of its own.",
            zh="列表中没有公开链接，逐条获取需要额外调用。",
        )
    },
)
POSTS = PageList(
    url=f"{API}/post/post_list",
    items="data.list",
    id="exportId|objectId",
    in_body=True,
    size="pageSize",
    number="currentPage",
    total="data.totalCount",
    has_next=has_next,
    empty=lambda answer: count(dig(answer, "data", "totalCount")) == 0,
)


def call_headers(cookie: str) -> dict[str, str]:
    """Returns the headers that the site's page sends with every call."""
    uin = (cookie_pairs(cookie) or {}).get("wxuin", "")
    return {
        "Cookie": cookie,
        "Origin": SITE,
        "Referer": f"{SITE}/platform",
        "User-Agent": BROWSER,
        "X-WECHAT-UIN": uin if uin.isascii() and uin.isdigit() else "0" * 10,
    }


def call_body(client: PlatformClient, finder: str | None = None) -> dict[str, Any]:
    """Returns the fields that the site's page sends with every call."""
    return {
        "timestamp": str(int(client.clock() * 1000)),
        "_log_finder_uin": "",
        "_log_finder_id": finder or "",
        "rawKeyBuff": None,
        "pluginSessionId": None,
        "scene": 7,
        "reqScene": 7,
    }


async def read_login_data(client: PlatformClient, cookie: str, operation: str) -> Any:
    """Returns the user of a cookie. Raises PlatformFailure: DEAD_GRANT if nobody is logged in."""
    answer = await client.call(
        "POST",
        f"{API}/auth/auth_data",
        operation=operation,
        headers=call_headers(cookie),
        json_body=call_body(client),
    )
    data = dig(answer, "data")
    if not isinstance(dig(data, "finderUser"), dict):
        # The site omits it, without an error, if nobody is logged in.
        raise PlatformFailure(client.platform, operation, Failure(FailureKind.DEAD_GRANT))
    return data


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


class WxSphWorks(WorksReader):
    paging = PagePaging(default=20, maximum=20, total=True)
    coverage = WORK.coverage
    option = "list_works"

    async def fetch_page(
        self, client: PlatformClient, account: Account, tokens: Tokens, page: PageRequest
    ) -> WorksPage:
        """Fetches one page of videos or of image posts: the platform has a list for each."""
        assert isinstance(page, NumberRequest)
        mode = page.content_mode or ContentMode.VIDEO
        if mode not in LISTS:
            return WorksPage(total=0)
        posts = await POSTS.page(
            client,
            page,
            idempotent=False,
            headers=call_headers(tokens.access_token),
            body={
                **call_body(client, text(account.facts.get("finderUsername"))),
                "userpageType": LISTS[mode],
                "stickyOrder": True,
            },
        )
        items = [{**item, "list_mode": mode} for item in posts.items]
        return replace(posts, items=items).works(WORK, account)


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
    works = WxSphWorks()
    links = LINKS

    def adopt(self, candidate: Candidate) -> Candidate | None:
        return with_cookie_header(candidate)
