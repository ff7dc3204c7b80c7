"""Errors of Google Business Profile.

https://developers.google.com/my-business/reference/rest/Shared.Types/ErrorCode
"""

from typing import Any

from openchannels.sandbox.http import EarlyReply, Reply

_SERVICE = "mybusiness.googleapis.com"


def status_reply(
    http: int, status: str, message: str, reason: str | None = None, limit: str = "300"
) -> Reply:
    """An error; one with a reason names a limit."""
    error: dict[str, Any] = {"code": http, "message": message, "status": status}
    if reason:
        kind = "type.googleapis.com/google.rpc.ErrorInfo"
        limits = {"quota_limit_value": limit, "service": _SERVICE}
        error["details"] = [
            {"@type": kind, "reason": reason, "domain": "googleapis.com", "metadata": limits}
        ]
    return Reply.json({"error": error}, http)


def invalid(what: str) -> Reply:
    """400 for an argument that is not valid."""
    return status_reply(400, "INVALID_ARGUMENT", f"Request contains an invalid argument: {what}.")


def violation(code: int, field: str, message: str) -> EarlyReply:
    """400 for a field of a post, with Google's number for what is wrong."""
    details = {
        "@type": "type.googleapis.com/google.mybusiness.v4.ValidationError",
        "errorDetails": [{"code": code, "field": field, "message": message}],
    }
    error = {
        "code": 400,
        "message": "Request contains an invalid argument.",
        "status": "INVALID_ARGUMENT",
        "details": [details],
    }
    return EarlyReply(Reply.json({"error": error}, 400))
