"""Kwai's answers: `result` is 1 for success, usually under HTTP 200.

https://open.kuaishou.com/platformDocs/develop/web-app.html
"""

from typing import Any

from openchannels.sandbox.http import Reply


def error_reply(result: int, error: str, message: str, http: int = 200) -> Reply:
    """An error, usually under HTTP 200."""
    return Reply.json({"result": result, "error": error, "error_msg": message}, http)


def success(**fields: Any) -> Reply:
    """An answer with its fields."""
    return Reply.json({"result": 1, **fields})
