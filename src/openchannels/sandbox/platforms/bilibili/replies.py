"""bilibili's answers: a code, 0 for success, usually under HTTP 200.

https://open.bilibili.com/doc
"""

from typing import Any

from openchannels.sandbox.grants import random_hex
from openchannels.sandbox.http import Reply


def error_reply(code: int, message: str, http: int = 200) -> Reply:
    """An error, usually under HTTP 200."""
    content = {"code": code, "message": message, "ttl": 1, "request_id": random_hex(16)}
    return Reply.json(content, http)


def success(data: Any) -> Reply:
    """An answer with its data."""
    content = {"code": 0, "message": "0", "ttl": 1, "request_id": random_hex(16), "data": data}
    return Reply.json(content)


def done() -> Reply:
    """The answer of a call that has no data."""
    return error_reply(0, "0")
