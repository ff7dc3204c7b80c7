"""WeChat Channels: calls of the creator assistant's site, and what refusals mean."""

from typing import Any
from urllib.parse import urljoin, urlsplit

from openchannels.connectors.base.failures import FailureTable, by_kind, first_text
from openchannels.connectors.base.mapping import ProfileMap
from openchannels.connectors.base.parse import BROWSER, cookie_pairs, dig, integer
from openchannels.connectors.base.paths import values_at
from openchannels.core.platform_errors import Failure, FailureKind, PlatformFailure
from openchannels.core.platforms import Platform
from openchannels.transport.answers import body_of
from openchannels.transport.client import Answer
from openchannels.transport.platform_client import PlatformClient

SITE = "https://channels.weixin.qq.com"
API = f"{SITE}/cgi-bin/mmfinderassistant-bin"
MESSAGE = "errMsg|errmsg|err_msg|msg|message"
LOGIN_WORDS = "登录"


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
