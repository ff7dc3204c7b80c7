"""Douyin's answers: always HTTP 200, with an error code whose place depends on the address.

https://developer.open-douyin.com/docs/resource/zh-CN/dop/develop/openapi/account-permission
"""

from typing import Any

from openchannels.sandbox.grants import random_text
from openchannels.sandbox.http import Reply, Request


def log_id() -> str:
    """The id of a call in Douyin's logs."""
    return random_text("20261009", 14).upper()


def token_reply(data: dict[str, Any]) -> Reply:
    """An answer of the token endpoints and of the profile call."""
    head = {"description": "", "error_code": 0, "captcha": "", "desc_url": "", "log_id": log_id()}
    return Reply.json({"data": head | data, "message": "success"})


def data_reply(request: Request, data: dict[str, Any]) -> Reply:
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


def miniapp_reply(request: Request, data: dict[str, Any], *, deep: bool) -> Reply:
    """An answer of the mini-app's calls: the data one level down, or two if `deep`."""
    if deep:
        inner = {"data": data, "extra": {"error_code": 0, "description": "", "logid": log_id()}}
        return Reply.json({"err_no": 0, "err_msg": "", "log_id": log_id(), "data": inner})
    return data_reply(request, data)


def gateway_reply(number: int, message: str) -> Reply:
    """An error of the gateway in front of the newer calls."""
    return Reply.json({"err_no": number, "err_msg": message, "log_id": log_id()})


def error_reply(request: Request, code: int, description: str) -> Reply:
    """An error, its code where this address puts it."""
    error = {"error_code": code, "description": description}
    if request.path.startswith("/oauth/"):
        extra: dict[str, Any] = {"logid": log_id(), "now": int(request.now)}
        return Reply.json({"data": error, "extra": extra, "message": "error"})
    if request.path.startswith("/api/apps/"):
        return Reply.json({"data": {"extra": {**error, "logid": log_id()}}})
    extra = {**error, "sub_error_code": 0, "sub_description": "", "logid": log_id()}
    return Reply.json({"data": error, "extra": {**extra, "now": int(request.now * 1000)}})


def invalid_parameters(request: Request) -> Reply:
    """The error for a wrong parameter, which is another one for mini-apps."""
    code = 28001007 if request.path.startswith("/api/apps/") else 2100005
    return error_reply(request, code, "参数不合法")
