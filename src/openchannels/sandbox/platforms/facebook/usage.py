"""The headers that say how much of its rate limit a caller has used.

https://developers.facebook.com/docs/graph-api/overview/rate-limiting
"""

from typing import Any

import msgspec

from openchannels.sandbox.grants import Token
from openchannels.sandbox.http import Reply


def with_usage(token: Token, content: Any) -> Reply:
    """The reply with the usage header of the kind of token."""
    usage: dict[str, Any] = {"call_count": 1, "total_time": 1, "total_cputime": 1}
    name = "x-app-usage"
    if token.kind == "page":
        name = "x-business-use-case-usage"
        row = {"type": "pages", **usage, "estimated_time_to_regain_access": 0}
        usage = {token.account: [row]}
    reply = Reply.json(content)
    reply.headers[name] = msgspec.json.encode(usage).decode()
    return reply
