"""The server that takes the bytes of videos, for Facebook and Instagram.

https://developers.facebook.com/docs/video-api/guides/reels-publishing
"""

import re

from openchannels.sandbox.http import Reply, Request

UPLOADS = "rupload.facebook.com"


def upload_refused(kind: str, message: str, status: int = 400, retriable: bool = False) -> Reply:
    """A refusal, which is not shaped like the Graph API's."""
    info = {"retriable": retriable, "type": kind, "message": message}
    return Reply.json({"debug_info": info}, status)


def number_header(request: Request, name: str) -> int:
    """A number in a header; -1 if it is none."""
    text = request.headers.get(name, "")
    return int(text) if re.fullmatch(r"\d{1,15}", text) else -1
