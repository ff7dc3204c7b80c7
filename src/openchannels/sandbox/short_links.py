"""Short links: public addresses with a code that redirect to the page of a work.

The code of a work whose id is a number is that number in base 62, written with `ALPHABET`. Every
code leads to a page, for the sandbox knows no table of links that were shared.
"""

import re
from collections.abc import Callable

from openchannels.sandbox.http import Reply, Request, Route
from openchannels.sandbox.ids import decode

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_CODE = re.compile(r"[\w-]{4,30}", re.ASCII)
_BROWSER = "mozilla/"


def number_of(code: str) -> int:
    """The number that a code stands for; 0 if it is none."""
    return decode(code, ALPHABET) or 0


def short_link(
    host: str,
    path: str,
    target: Callable[[str], str],
    *,
    status: int = 302,
    browsers_only: bool = False,
) -> Route:
    """A route from `path`, which holds `{code}`, to the address that `target` makes of the code.

    With `browsers_only` other clients get a page of the site instead of a redirect.
    """

    def lead(request: Request) -> Reply:
        code = request.params["code"]
        if not _CODE.fullmatch(code):
            return Reply.page("<h1>404</h1>", 404)
        agent = request.headers.get("user-agent", "").lower()
        if browsers_only and not agent.startswith(_BROWSER):
            return Reply.page("<h1>Open in the app</h1>")
        headers = {"location": target(code), "cache-control": "no-store"}
        return Reply(status, b"", headers)

    return Route("GET", host, path, lead)
