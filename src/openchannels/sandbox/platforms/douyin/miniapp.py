"""A Douyin mini-app: its QR code, the phone that scans it, and the calls of its server.

The control call `POST /_douyin/scan` is the phone: it logs the person in, gets a ticket for each
scope and posts them to the service's callback, as the mini-app would.
"""

import base64
from collections.abc import Mapping
from typing import Any, Literal
from urllib.parse import parse_qsl, unquote

import msgspec

from openchannels.sandbox import sample_text
from openchannels.sandbox.dataset import DEFAULT_PERSON, Creator, is_person_name
from openchannels.sandbox.emulator import Context, ControlCall
from openchannels.sandbox.grants import (
    CodeRefused,
    NewGrant,
    random_hex,
    random_text,
)
from openchannels.sandbox.http import ControlError, Reply, Request, Route
from openchannels.sandbox.ids import hexadecimal
from openchannels.sandbox.platforms.douyin import qr
from openchannels.sandbox.platforms.douyin.login import HOST, REALM, TRIAL_HOST, app_token, open_id
from openchannels.sandbox.platforms.douyin.replies import (
    gateway_reply,
    invalid_parameters,
    log_id,
)
from openchannels.sandbox.platforms.douyin.videos import is_video_id, item_id
from openchannels.sandbox.webhooks_out import DeliveryFailed, OutgoingRequest

TICKET_SECONDS = 600
DEFAULT_WIDTH, MOST_WIDTH = 430, 1280
SCOPES = ("ma.user.data", "ma.video.bind")
CALLBACK = "/api/v2/channels/accounts/auth/douyin/callback"
"""Where the mini-app posts its tickets."""
_BAD_APP, _BAD_SECRET, _BAD_CODE = 40015, 40017, 40018


class Scan(msgspec.Struct, forbid_unknown_fields=True):
    """Body of `POST /_douyin/scan`. `qr`: the image, or the path in it."""

    qr: str
    decision: Literal["approve", "deny"] = "approve"
    person: str = DEFAULT_PERSON
    scopes: tuple[str, ...] = SCOPES
    callback: str = ""


def profile(person: str) -> dict[str, str]:
    """Name and avatar, as the profile call and the mini-app give them."""
    face = hexadecimal(16, "douyin face", person)
    return {
        "nickname": Creator(REALM, person).pick("brand", sample_text.BRANDS_ZH),
        "avatar": f"https://p3.douyinpic.com/aweme/100x100/aweme-avatar/{face}.jpeg",
    }


def is_deep(person: str) -> bool:
    """Whether answers of a mini-app's calls for a person have their data one level deeper."""
    return Creator(REALM, person).number("deep", 0, 1) == 1


class MiniApp:
    """The calls of a mini-app's server that need no person's token, and the person's phone."""

    def __init__(self, context: Context) -> None:
        self._grants = context.grants
        self._webhooks = context.webhooks

    def routes(self) -> list[Route]:
        """QR code, login and ids, each on the production host and the trial host."""
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

    def control_calls(self) -> list[ControlCall]:
        """The call that plays the phone."""
        meaning = (
            "scan a mini-app's code: {qr: its image or path, decision: approve or deny, person,"
            " scopes, callback}; approving posts the tickets to the service's callback or to"
            " the given one"
        )
        return [ControlCall("POST", "/_douyin/scan", meaning, self.scan)]

    def create_code(self, request: Request) -> Reply:
        """A QR code that leads to a page of the mini-app."""
        token = app_token(self._grants, request)
        path, width = request.json.get("path"), request.json.get("width", DEFAULT_WIDTH)
        if request.json.get("appid") != token.grant.client_id:
            return gateway_reply(28001007, "appid")
        if not isinstance(path, str) or not path or not isinstance(width, int):
            return gateway_reply(28001007, "path, width")
        page = path if "?" in path else unquote(path)
        self._grants.issue(token.grant, "qr", page, None)
        picture = base64.b64encode(qr.draw(page, min(width, MOST_WIDTH))).decode()
        data = {"img": picture}
        return Reply.json({"err_no": 0, "err_msg": "success", "log_id": log_id(), "data": data})

    def login(self, request: Request) -> Reply:
        """The user behind a login code, which works once."""
        body = request.json
        app, secret, code = (str(body.get(name, "")) for name in ("appid", "secret", "code"))
        if not app:
            return _no_session(_BAD_APP, "bad appid")
        if not self._grants.check_secret(REALM, app, secret):
            return _no_session(_BAD_SECRET, "bad secret")
        try:
            grant = self._grants.redeem(code, app, "login")
        except CodeRefused:
            return _no_session(_BAD_CODE, "bad code")
        data = {
            "session_key": random_hex(24),
            "openid": open_id(grant.person, app),
            "anonymous_openid": "",
            "unionid": hexadecimal(32, "douyin union", grant.person),
        }
        return Reply.json({"err_no": 0, "err_tips": "success", "data": data})

    def convert(self, request: Request) -> Reply:
        """The item id of each video id."""
        token = app_token(self._grants, request)
        ids = request.json.get("video_ids")
        if request.json.get("app_id") != token.grant.client_id or not isinstance(ids, list):
            return invalid_parameters(request)
        found = {one: item_id(one) for one in map(str, ids) if is_video_id(one)}
        return Reply.json({"data": {"convert_result": found}, "extra": {"error_code": 0}})

    async def scan(self, request: Request) -> Reply:
        """Play the phone; answers the service's response to the mini-app."""
        scan = msgspec.json.decode(request.body, type=Scan)
        code = self._grants.token(qr.read(scan.qr) or scan.qr, "qr")
        if code is None:
            raise ControlError("qr is neither the image nor the path of a QR code of this sandbox.")
        if not is_person_name(scan.person):
            raise ControlError("A person's name has 1 to 64 letters, digits, - or _.")
        if scan.decision == "deny":
            return Reply.json({"posted": False})
        to = scan.callback or self._webhooks.url(CALLBACK)
        if to is None or not self._webhooks.is_allowed(to):
            raise ControlError(
                "Set callback to a URL on this machine: the service's URL is unknown."
            )
        approval = self._approval(scan, code.grant.client_id, code.value)
        headers = {"Content-Type": "application/json"}
        outgoing = OutgoingRequest(to, msgspec.json.encode(approval), headers)
        try:
            response = await self._webhooks.deliver(outgoing)
        except DeliveryFailed as problem:
            return Reply.json({"posted": True, "to": to, "error": str(problem)}, 502)
        answer = _decoded(response.body)
        return Reply.json({"posted": True, "to": to, "status": response.status, "answer": answer})

    def _approval(self, scan: Scan, app: str, path: str) -> dict[str, Any]:
        state = dict(parse_qsl(path.partition("?")[2])).get("state", "")
        tickets = {scope: self._code(scan.person, app, "", (scope,)) for scope in scan.scopes}
        token = self._code(scan.person, app, "login", ())
        return {"state": state, "token": token, **profile(scan.person), "tickets": tickets}

    def _code(self, person: str, app: str, use: str, scopes: tuple[str, ...]) -> str:
        code = random_text(length=40)
        self._grants.open_grant(
            NewGrant(REALM, person, app, use, scopes, scopes), code, TICKET_SECONDS
        )
        return code


def _no_session(number: int, tips: str) -> Reply:
    empty: Mapping[str, str] = {}
    return Reply.json({"err_no": number, "err_tips": tips, "data": empty})


def _decoded(body: bytes) -> Any:
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return body.decode("utf-8", "replace")
