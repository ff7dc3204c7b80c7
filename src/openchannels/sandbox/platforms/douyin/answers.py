"""How Douyin answers: HTTP 200 whatever happened, and a code whose place depends on the address.

https://developer.open-douyin.com/docs/resource/zh-CN/dop/develop/openapi/account-permission
"""

from typing import Any

from openchannels.sandbox.grants import fresh
from openchannels.sandbox.http import Fields, Reply, Request


def log_id() -> str:
    """What support asks for."""
    return fresh("20261009", 14).upper()


def sent(request: Request) -> Fields:
    """The fields of the body, which may be a form or a JSON object."""
    if request.json:
        return Fields((name, str(value)) for name, value in request.json.items())
    return request.form


def granted(request: Request, data: dict[str, Any]) -> Reply:
    """An answer of the token endpoints and of the profile."""
    head = {"description": "", "error_code": 0, "captcha": "", "desc_url": "", "log_id": log_id()}
    return Reply.json({"data": head | data, "message": "success"})


def listed(request: Request, data: dict[str, Any]) -> Reply:
    """An answer of the data calls."""
    extra = {
        "error_code": 0,
        "description": "",
        "sub_error_code": 0,
        "sub_description": "",
        "logid": log_id(),
        "now": int(request.now * 1000),
    }
    return Reply.json({"data": {"error_code": 0, "description": "", **data}, "extra": extra})


def nested(request: Request, data: dict[str, Any], *, deep: bool) -> Reply:
    """An answer of the mini-app's calls: the data one level down, or two."""
    if deep:
        inner = {"data": data, "extra": {"error_code": 0, "description": "", "logid": log_id()}}
        return Reply.json({"err_no": 0, "err_msg": "", "log_id": log_id(), "data": inner})
    return listed(request, data)


def gateway(number: int, message: str) -> Reply:
    """An answer of the gateway in front of the newer calls."""
    return Reply.json({"err_no": number, "err_msg": message, "log_id": log_id()})


def refused(request: Request, code: int, description: str) -> Reply:
    """A refusal, its code where this address puts it."""
    told = {"error_code": code, "description": description}
    if request.path.startswith("/oauth/"):
        extra: dict[str, Any] = {"logid": log_id(), "now": int(request.now)}
        return Reply.json({"data": told, "extra": extra, "message": "error"})
    if request.path.startswith("/api/apps/"):
        return Reply.json({"data": {"extra": {**told, "logid": log_id()}}})
    extra = {**told, "sub_error_code": 0, "sub_description": "", "logid": log_id()}
    return Reply.json({"data": told, "extra": {**extra, "now": int(request.now * 1000)}})
