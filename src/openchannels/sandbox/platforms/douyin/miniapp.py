"""Douyin's other form: a mini-app's code, the phone that scans it, and what the server asks then.

The phone is played by the control call `POST /_douyin/scan`: it signs the person in, takes one
ticket per scope and posts them where our mini-app would, to the service's callback.
"""

import base64
from collections.abc import Mapping
from typing import Any, Literal
from urllib.parse import parse_qsl, unquote

import msgspec

from openchannels.sandbox import words
from openchannels.sandbox.dataset import DEFAULT_PERSON, Creator, is_person_name
from openchannels.sandbox.emulator import ControlCall
from openchannels.sandbox.grants import Grants, NewGrant, Refused, Token, fresh, fresh_hex
from openchannels.sandbox.http import BadInput, Reply, Request, Route
from openchannels.sandbox.ids import hexadecimal
from openchannels.sandbox.platforms.douyin import qr as douyin_code
from openchannels.sandbox.platforms.douyin.answers import gateway, log_id, refused
from openchannels.sandbox.platforms.douyin.login import HOST, REALM, TRIAL_HOST, open_id
from openchannels.sandbox.platforms.douyin.videos import is_video_id, item_id
from openchannels.sandbox.webhooks_out import Letter, Outbox, Undelivered

TICKET_SECONDS = 600
DEFAULT_WIDTH, MOST_WIDTH = 430, 1280
SCOPES = ("ma.user.data", "ma.video.bind")
CALLBACK = "/api/v2/channels/accounts/auth/douyin/callback"
"""Where our mini-app posts what the phone gave it."""
_BAD_APP, _BAD_SECRET, _BAD_CODE = 40015, 40017, 40018


class Scan(msgspec.Struct, forbid_unknown_fields=True):
    """Body of `POST /_douyin/scan`. `qr`: the picture, or the path it stands for."""

    qr: str
    decision: Literal["approve", "deny"] = "approve"
    person: str = DEFAULT_PERSON
    scopes: tuple[str, ...] = SCOPES
    callback: str = ""


def profile(person: str) -> dict[str, str]:
    """Name and picture, as the profile call and a mini-app give them."""
    face = hexadecimal(16, "douyin face", person)
    return {
        "nickname": Creator(REALM, person).pick("brand", words.BRANDS_ZH),
        "avatar": f"https://p3.douyinpic.com/aweme/100x100/aweme-avatar/{face}.jpeg",
    }


class MiniApp:
    """The calls of a mini-app's server that need no person, and the person's phone."""

    def __init__(self, grants: Grants, outbox: Outbox) -> None:
        self._grants = grants
        self._outbox = outbox

    def routes(self) -> list[Route]:
        """Code, login and ids, each on the ordinary and on the trial host."""
        login = "/api/apps/v2/jscode2session"
        convert = "/api/apps/v1/convert_video_id/video_id_to_open_item_id/"
        routes = [Route("POST", "developer.toutiao.com", login, self.login)]
        for host in (HOST, TRIAL_HOST):
            routes += [
                Route("POST", host, "/api/apps/v1/qrcode/create/", self.create_code),
                Route("POST", host, login, self.login),
                Route("POST", host, convert, self.convert),
            ]
        return routes

    def controls(self) -> list[ControlCall]:
        """The phone."""
        meaning = (
            "scan a mini-app's code: {qr: its picture or path, decision: approve or deny, person,"
            " scopes, callback}; approving posts the tickets to the service's callback, or to"
            " the one named"
        )
        return [ControlCall("POST", "/_douyin/scan", meaning, self.scan)]

    def _app(self, request: Request) -> Token | Reply:
        token = self._grants.token(request.headers.get("access-token", ""), "client")
        if token is None:
            return gateway(28001003, "access_token无效")
        if token.expired(request.now):
            return gateway(28001008, "access_token过期")
        return token

    def create_code(self, request: Request) -> Reply:
        """A picture that stands for a page of the app."""
        token = self._app(request)
        if isinstance(token, Reply):
            return token
        path, width = request.json.get("path"), request.json.get("width", DEFAULT_WIDTH)
        if request.json.get("appid") != token.grant.client_id:
            return gateway(28001007, "appid")
        if not isinstance(path, str) or not path or not isinstance(width, int):
            return gateway(28001007, "path, width")
        page = path if "?" in path else unquote(path)
        self._grants.issue(token.grant, "qr", page, None)
        picture = base64.b64encode(douyin_code.draw(page, min(width, MOST_WIDTH))).decode()
        told = {"err_no": 0, "err_msg": "success", "log_id": log_id(), "data": {"img": picture}}
        return Reply.json(told)

    def login(self, request: Request) -> Reply:
        """Who is behind a login code, once."""
        body = request.json
        app, secret, code = (str(body.get(name, "")) for name in ("appid", "secret", "code"))
        if not app:
            return _no_session(_BAD_APP, "bad appid")
        if not self._grants.secret_fits(REALM, app, secret):
            return _no_session(_BAD_SECRET, "bad secret")
        try:
            grant = self._grants.redeem(code, app, "login")
        except Refused:
            return _no_session(_BAD_CODE, "bad code")
        data = {
            "session_key": fresh_hex(24),
            "openid": open_id(grant.person, app),
            "anonymous_openid": "",
            "unionid": hexadecimal(32, "douyin union", grant.person),
        }
        return Reply.json({"err_no": 0, "err_tips": "success", "data": data})

    def convert(self, request: Request) -> Reply:
        """The other id of each video."""
        token = self._app(request)
        if isinstance(token, Reply):
            return token
        ids = request.json.get("video_ids")
        if request.json.get("app_id") != token.grant.client_id or not isinstance(ids, list):
            return refused(request, 28001007, "参数不合法")
        found = {one: item_id(one) for one in map(str, ids) if is_video_id(one)}
        return Reply.json({"data": {"convert_result": found}, "extra": {"error_code": 0}})

    async def scan(self, request: Request) -> Reply:
        """Play the phone; answers what the service said to the mini-app."""
        wish = msgspec.json.decode(request.body, type=Scan)
        code = self._grants.token(douyin_code.read(wish.qr) or wish.qr, "qr")
        if code is None:
            raise BadInput("qr is neither a picture nor a path of a code made here.")
        if not is_person_name(wish.person):
            raise BadInput("A person's name has 1 to 64 letters, digits, - or _.")
        if wish.decision == "deny":
            return Reply.json({"posted": False})
        to = wish.callback or self._outbox.address(CALLBACK)
        if to is None or not self._outbox.may_reach(to):
            raise BadInput("Name a callback on this machine: no service is known to post to.")
        told = self._approved(wish, code.grant.client_id, code.value)
        headers = {"Content-Type": "application/json"}
        try:
            answered = await self._outbox.post(Letter(to, msgspec.json.encode(told), headers))
        except Undelivered as problem:
            return Reply.json({"posted": True, "to": to, "error": str(problem)}, 502)
        answer = _decoded(answered.body)
        shown = {"posted": True, "to": to, "status": answered.status, "answer": answer}
        return Reply.json(shown)

    def _approved(self, wish: Scan, app: str, path: str) -> dict[str, Any]:
        state = dict(parse_qsl(path.partition("?")[2])).get("state", "")
        tickets = {scope: self._code(wish.person, app, "", (scope,)) for scope in wish.scopes}
        token = self._code(wish.person, app, "login", ())
        return {"state": state, "token": token, **profile(wish.person), "tickets": tickets}

    def _code(self, person: str, app: str, use: str, scopes: tuple[str, ...]) -> str:
        code = fresh(length=40)
        self._grants.open(NewGrant(REALM, person, app, use, scopes, scopes), code, TICKET_SECONDS)
        return code


def _no_session(number: int, tips: str) -> Reply:
    empty: Mapping[str, str] = {}
    return Reply.json({"err_no": number, "err_tips": tips, "data": empty})


def _decoded(body: bytes) -> Any:
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return body.decode("utf-8", "replace")
