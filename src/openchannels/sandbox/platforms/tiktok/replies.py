"""The shapes of TikTok's answers.

https://developers.tiktok.com/doc/tiktok-api-v2-error-handling
"""

from typing import Any

from openchannels.sandbox.grants import random_text
from openchannels.sandbox.http import EarlyReply, Reply
from openchannels.sandbox.oauth import oauth_error


def log_id() -> str:
    """The id by which TikTok finds a call."""
    return random_text("20261002", 16).upper()


def token_error(error: str, description: str, http: int = 200) -> Reply:
    """An error of the token endpoint, sometimes under HTTP 200."""
    return oauth_error(http, error, description, log_id=log_id())


def error_reply(http: int, code: str, message: str) -> Reply:
    """An error of a data endpoint."""
    error = {"code": code, "message": message, "log_id": log_id()}
    return Reply.json({"data": {}, "error": error}, http)


def refused(code: str, http: int = 400) -> EarlyReply:
    """The same to be raised; publishing errors are told by their code alone."""
    return EarlyReply(error_reply(http, code, code.replace("_", " ")))


def success(data: Any) -> Reply:
    """An answer of a data endpoint."""
    error = {"code": "ok", "message": "", "log_id": log_id()}
    return Reply.json({"data": data, "error": error})
