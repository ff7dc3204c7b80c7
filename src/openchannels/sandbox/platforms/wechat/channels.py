"""微信视频号 creator assistant: login cookie, profile and the two lists of works.

There is no public documentation; the shapes are those of https://channels.weixin.qq.com.
"""

from typing import Any

from openchannels.sandbox import sample_text
from openchannels.sandbox.dataset import Creator, Series, Work
from openchannels.sandbox.emulator import DemoPersona, Emulator
from openchannels.sandbox.http import Reply, Request, Route
from openchannels.sandbox.ids import digits, hexadecimal, letters
from openchannels.sandbox.images import avatar, cover
from openchannels.sandbox.platforms.wechat.channel_figures import (
    COUNTS,
    days_of,
    follower_gains,
    followers,
    work_totals,
)
from openchannels.sandbox.work_ids import TextIds

PAGE = 20
_HOST = "channels.weixin.qq.com"
_IDS = TextIds("export/UzFfAgtgekIEAQAAAAAA", length=11, bits=64)
_SLOTS = {11: "0", 10: "images"}
"""By `userpageType`: 11 lists videos, 10 lists image posts."""
_IMAGES_PER_VIDEO = 4
_LOGGED_OUT = 300334


def error_reply(code: int, message: str, http: int = 200) -> Reply:
    """An error, usually under HTTP 200."""
    return Reply.json({"errCode": code, "errMsg": message}, http)


def success(data: Any) -> Reply:
    """An answer with its data, under HTTP 201."""
    return Reply.json({"errCode": 0, "errMsg": "request successful", "data": data}, 201)


class WxSph(Emulator):
    """One Channels account for every person; `empty` is logged in without one."""

    name = "wxSph"
    persona = DemoPersona(is_plugin=True)
    work_ids = _IDS

    def routes(self) -> list[Route]:
        """Profile, list (at three addresses), figures and images."""
        assistant = "/cgi-bin/mmfinderassistant-bin"
        roots = (assistant, f"/micro/content{assistant}", f"/micro/interaction{assistant}")
        return [
            Route("POST", _HOST, f"{assistant}/auth/auth_data", self.auth_data),
            *(Route("POST", _HOST, f"{root}/post/post_list", self.post_list) for root in roots),
            Route("POST", _HOST, f"{assistant}/statistic/new_post_total_data", self.work_totals),
            Route("POST", _HOST, f"{assistant}/statistic/fans_trend", self.fans_trend),
            Route("GET", "finder.video.qq.com", "/251/20304/stodownload", cover),
            Route("GET", "wx.qlogo.cn", "/finderhead/ver_1/{id}/0", avatar),
        ]

    def person_of_cookie(self, request: Request) -> str | None:
        """The person of a live `sessionid`."""
        session = request.cookies.get("sessionid", "")
        return self.context.logins.person_of_cookie(self.realm, session)

    def _slot(self, person: str, slot: str) -> Series:
        creator = Creator(self.name, person, slot)
        base = self.dataset.base_works(person)
        return self.dataset.series(creator, base if slot == "0" else base // _IMAGES_PER_VIDEO)

    def auth_data(self, request: Request) -> Reply:
        """The Channels account behind the cookie."""
        person = self.person_of_cookie(request)
        if person is None:
            return error_reply(_LOGGED_OUT, "登录已失效，请重新登录")
        creator = self.creator(person)
        data: dict[str, Any] = {
            "userAttr": {
                "nickname": creator.pick("nickname", ("周", "小李", "阿明", "陈")),
                "username": f"v5_020b0a{hexadecimal(20, 'wx user', person)}",
                "encryptedUsername": letters(20, "wx encrypted", person),
                "encryptedHeadImage": f"http://wx.qlogo.cn/finderhead/ver_1/{person}-own/0",
                "city": creator.pick("city", sample_text.CITIES_ZH),
            }
        }
        if person != "empty":
            data["finderUser"] = self._finder_user(creator, request.now)
        return success(data)

    def _finder_user(self, creator: Creator, now: float) -> dict[str, Any]:
        person = creator.person
        face = hexadecimal(16, "wx face", person)
        feeds = self.series(person).total + self._slot(person, "images").total
        return {
            "finderUsername": f"v2_060000231003b20{hexadecimal(24, 'finder', person)}@finder",
            "nickname": creator.pick("brand", sample_text.BRANDS_ZH),
            "headImgUrl": f"https://wx.qlogo.cn/finderhead/ver_1/{face}/0",
            "coverImgUrl": "",
            "spamFlag": 0,
            "acctType": 1,
            "authIconType": 0,
            "ownerWxUin": 0,
            "adminNickname": creator.pick("nickname", ("周", "小李", "阿明", "陈")),
            "feedsCount": feeds,
            "fansCount": followers(creator, now),
            "uniqId": _uniq_id(person),
            "isMasterFinder": True,
        }

    def post_list(self, request: Request) -> Reply:
        """A page of works; an unknown `userpageType` has none."""
        person = self.person_of_cookie(request)
        if person is None:
            return error_reply(_LOGGED_OUT, "登录已失效，请重新登录")
        body = request.json
        number, size = body.get("currentPage", 1), body.get("pageSize", PAGE)
        if not isinstance(number, int) or not isinstance(size, int) or number < 1 or size < 1:
            return error_reply(-1, "参数错误")
        slot = _SLOTS.get(body.get("userpageType", 11))
        series = self._slot(person, slot or "none")
        size = min(size, PAGE)
        total = series.total if slot else 0
        works = series.slice((number - 1) * size, size) if slot else []
        data = {"totalCount": total, "continueFlag": int(number * size < total), "bindInfo": []}
        return success({**data, "list": [_feed(work, request.now) for work in works]})

    def work_totals(self, request: Request) -> Reply:
        """What the works of both lists gained on each day."""
        person, days = self.person_of_cookie(request), days_of(request)
        if person is None:
            return error_reply(_LOGGED_OUT, "登录已失效，请重新登录")
        if days is None:
            return error_reply(-1, "参数错误")
        works = [work for slot in _SLOTS.values() for work in self._slot(person, slot).counted()]
        return success({"totalData": work_totals(works, days)})

    def fans_trend(self, request: Request) -> Reply:
        """By how much the followers grew on each day."""
        person, days = self.person_of_cookie(request), days_of(request)
        if person is None:
            return error_reply(_LOGGED_OUT, "登录已失效，请重新登录")
        if days is None:
            return error_reply(-1, "参数错误")
        return success({"netAdd": follower_gains(self.creator(person), days)})

    def describe(self, person: str) -> dict[str, Any]:
        """The account's ids, its number of works and a live cookie."""
        described: dict[str, Any] = {"person": person}
        uin = digits(10, "wxuin", person)
        session = self.context.logins.cookie_value(self.realm, person)
        described["cookie"] = f"sessionid={session}; wxuin={uin}"
        if person == "empty":
            return described | {"works": 0}
        creator = self.creator(person)
        return described | {
            "uniqId": _uniq_id(person),
            "name": creator.pick("brand", sample_text.BRANDS_ZH),
            "works": self.series(person).total,
            "imagePosts": self._slot(person, "images").total,
        }

    def series_of(self, person: str, account: str) -> Series | None:
        """Videos, or image posts if `account` is `images`; `empty` has no account."""
        if person == "empty" or account not in ("", "images"):
            return None
        return self._slot(person, account or "0")

    def rate_limited(self, request: Request) -> Reply:
        """429; no limit is documented."""
        return error_reply(-1, "操作太频繁，请稍后再试", 429)

    def dead_grant(self, request: Request) -> Reply:
        """300334: the login has expired."""
        return error_reply(_LOGGED_OUT, "登录已失效，请重新登录")

    def missing_scope(self, request: Request) -> Reply:
        """300001: there are no scopes, so this is some code that does not mean logged out."""
        return error_reply(300001, "无权限")

    def server_error(self, request: Request) -> Reply:
        """-1 under HTTP 500."""
        return error_reply(-1, "系统错误", 500)


def _uniq_id(person: str) -> str:
    return "sph" + letters(12, "uniqId", person).replace("-", "x").replace("_", "y")


def _feed(work: Work, now: float) -> dict[str, Any]:
    one = _IDS.id_of(work)
    video = work.owner.slot == "0"
    case = work.index % 12
    return {
        "objectId": one,
        "exportId": one,
        "objectNonce": digits(20, "nonce", one),
        "createTime": work.created,
        **{name: share.at(work, now) for name, share in COUNTS.items()},
        "fullPlayRate": work.number(90, 10, 900) / 1000,
        "avgPlayTimeSec": work.number(94, 10, 300) / 10,
        "commentClose": 0,
        "visibleType": 3 if case == 5 else 1,
        "status": 1,
        "objectType": 0,
        "permissionFlag": 0,
        "disableInfo": {"isDisabled": case == 7},
        "originalInfo": {"auditOriginalFlag": 0, "isDeclared": 0},
        "desc": _description(work, one, 4 if video else 2),
    }


def _description(work: Work, one: str, media_type: int) -> dict[str, Any]:
    picture = hexadecimal(24, "wx cover", one)
    address = f"https://finder.video.qq.com/251/20304/stodownload?encfilekey={picture}"
    media = {
        "url": address.replace("20304", "20302"),
        "thumbUrl": address,
        "coverUrl": "" if work.index % 6 == 4 else address,
        "fullCoverUrl": "",
        "mediaType": media_type,
        "videoPlayLen": work.number(98, 5, 180) if media_type == 4 else 0,
        "width": 720,
        "height": 1280,
    }
    titled = work.index % 4 != 2
    return {
        "description": f"{work.title_zh()}\n{work.pick(40, sample_text.LINES_ZH)}",
        "mediaType": media_type,
        "shortTitle": [{"shortTitle": work.title_zh()}] if titled else [],
        "media": [media],
        "location": {"city": work.pick(46, sample_text.CITIES_ZH)},
    }
