"""Pinterest's errors: a numeric code and a message.

https://developers.pinterest.com/docs/api/v5/
"""

from openchannels.sandbox.grants import random_text
from openchannels.sandbox.http import Reply
from openchannels.sandbox.ids import digits


def error_reply(http: int, code: int, message: str, **headers: str) -> Reply:
    """An error with an id of its request."""
    body = {"code": code, "message": message, "status": "failure"}
    return Reply.json(body, http, x_pinterest_rid=digits(16, random_text()), **headers)
