"""小红书 creator site: the profile behind a login cookie.

The list of notes needs headers signed by the site's own script and answers 406 without them.
There is no public documentation; the answers are shaped like those of https://creator.xiaohongshu.com.
"""

from typing import Any

from openchannels.sandbox import sample_text
from openchannels.sandbox.dataset import Creator
from openchannels.sandbox.emulator import DemoPersona, Emulator
from openchannels.sandbox.http import Reply, Request, Route
from openchannels.sandbox.ids import digits, hexadecimal, letters
from openchannels.sandbox.images import avatar
from openchannels.sandbox.short_links import short_link

_SITES = ("creator.xiaohongshu.com", "creator.rednote.com")
_EDITH = "edith.xiaohongshu.com"
_CREATOR_COOKIES = ("access-token-creator.xiaohongshu.com", "galaxy_creator_session_id")


def error_reply(code: int, message: str, http: int = 200) -> Reply:
    """An error in the site's envelope."""
    return Reply.json({"success": False, "code": code, "msg": message}, http)


def success(data: dict[str, Any]) -> Reply:
    """An answer in the site's envelope."""
    return Reply.json({"result": 0, "success": True, "code": 0, "msg": "成功", "data": data})


def user_id(person: str) -> str:
    """24 hex digits."""
    return hexadecimal(24, "xhs", person)


def _page(code: str) -> str:
    """The page of a note, with the token without which outsiders do not see it."""
    note, token = hexadecimal(24, "note", code), letters(20, "token", code)
    page = f"https://www.xiaohongshu.com/discovery/item/{note}"
    return f"{page}?app_platform=ios&xsec_source=app_share&xsec_token={token}="


class Xhs(Emulator):
    """One account for every person; a server cannot list the works."""

    name = "xhs"
    persona = DemoPersona(is_plugin=True, lists_works=False)

    def routes(self) -> list[Route]:
        """Profile on the creator site and the main site, the signed lists, images."""
        galaxy = [
            ("/api/galaxy/user/info", self.user_info),
            ("/api/galaxy/creator/home/personal_info", self.personal_info),
            ("/api/galaxy/v2/creator/note/user/posted", self.needs_signature),
            ("/api/galaxy/creator/note/user/posted", self.needs_signature),
        ]
        notes = "/web_api/sns/v5/creator/note/user/posted"
        return [
            *(Route("GET", site, path, handler) for site in _SITES for path, handler in galaxy),
            Route("GET", _EDITH, "/api/sns/web/v2/user/me", self.me),
            Route("GET", _EDITH, notes, self.needs_signature),
            Route("GET", "sns-avatar-qc.xhscdn.com", "/avatar/{file}", avatar),
            *(
                short_link("xhslink.com", path, _page, browsers_only=True)
                for path in ("/{code}", "/a/{code}", "/m/{code}", "/o/{code}")
            ),
        ]

    def person_of_cookie(self, request: Request) -> str | None:
        """The person of a live creator session."""
        for name in _CREATOR_COOKIES:
            person = self.context.logins.person_of_cookie(self.realm, _cookie(request, name))
            if person:
                return person
        return None

    def _logged_out(self, request: Request) -> Reply:
        # The site answers an expired session under 200 and a missing one under 401.
        expired = any(_cookie(request, name) for name in _CREATOR_COOKIES)
        return error_reply(-100, "登录已过期", 200 if expired else 401)

    def user_info(self, request: Request) -> Reply:
        """Ids, name and avatar of the creator session."""
        person = self.person_of_cookie(request)
        if person is None:
            return self._logged_out(request)
        about = self.creator(person).pick("about", sample_text.LINES_ZH)
        return success(
            {
                "userId": user_id(person),
                "userName": _name(person),
                "userAvatar": _avatar(person),
                "redId": _red_id(person),
                "role": "creator",
                "userDesc": about,
                "permissions": [],
            }
        )

    def personal_info(self, request: Request) -> Reply:
        """Counters of the creator session."""
        person = self.person_of_cookie(request)
        if person is None:
            return self._logged_out(request)
        creator = self.creator(person)
        fans = creator.growing_count("fans", 50, 80_000, request.now)
        return success(
            {
                "name": _name(person),
                "avatar": _avatar(person),
                "red_num": _red_id(person),
                "personal_desc": creator.pick("about", sample_text.LINES_ZH),
                "fans_count": fans,
                "follow_count": creator.number("following", 3, 900),
                "faved_count": creator.growing_count("faved", 100, 300_000, request.now),
                "grow_info": {"level": 3, "max_fans_count": fans + 77},
            }
        )

    def me(self, request: Request) -> Reply:
        """The user of the main site's session, or a guest."""
        person = self.context.logins.person_of_cookie(self.realm, _cookie(request, "web_session"))
        if person is None:
            return success({"guest": True, "user_id": ""})
        data = {"guest": False, "user_id": user_id(person), "red_id": _red_id(person)}
        return success({**data, "nickname": _name(person), "images": _avatar(person)})

    def needs_signature(self, request: Request) -> Reply:
        """406: the signature of the site's script is missing."""
        return error_reply(-1, "signature required", 406)

    def describe(self, person: str) -> dict[str, Any]:
        """Ids, name and live cookies."""
        session = self.context.logins.cookie_value(self.realm, person)
        device = hexadecimal(32, "a1", person)
        cookie = f"a1={device}; web_session={session}; {_CREATOR_COOKIES[0]}={session}"
        return {
            "person": person,
            "userId": user_id(person),
            "redId": _red_id(person),
            "name": _name(person),
            "works": 0,
            "cookie": cookie,
        }

    def creators(self, person: str) -> dict[str, Creator]:
        """No account has works here, as a server cannot list them."""
        return {}

    def rate_limited(self, request: Request) -> Reply:
        """429 with the code of a blocked IP address."""
        return error_reply(300012, "访问频繁，请稍后再试", 429)

    def dead_grant(self, request: Request) -> Reply:
        """401 with -100: log in again."""
        return error_reply(-100, "登录已过期", 401)

    def missing_scope(self, request: Request) -> Reply:
        """300011: the account is restricted; the login is valid."""
        return error_reply(300011, "账号异常")

    def server_error(self, request: Request) -> Reply:
        """500 in the site's envelope."""
        return error_reply(-1, "系统错误", 500)


def _cookie(request: Request, name: str) -> str:
    return request.cookies.get(name, "")


def _name(person: str) -> str:
    return Creator("xhs", person).pick("brand", sample_text.BRANDS_ZH)


def _red_id(person: str) -> str:
    return digits(10, "redId", person)


def _avatar(person: str) -> str:
    return f"https://sns-avatar-qc.xhscdn.com/avatar/{hexadecimal(16, 'xhs face', person)}.jpg"
