"""TikTok's limits of calls in a sliding minute, for each token and endpoint.

https://developers.tiktok.com/doc/content-posting-api-reference-direct-post
"""

from openchannels.sandbox.http import Request
from openchannels.sandbox.platforms.tiktok.replies import refused

MINUTE = 60


class Rates:
    """The calls of the last minute."""

    def __init__(self) -> None:
        self._calls: dict[tuple[str, str], list[float]] = {}

    def take(self, request: Request, most: int) -> None:
        """Count a call. Raises EarlyReply 429 for one too many, which does not count."""
        key = (request.bearer, request.path)
        recent = [at for at in self._calls.get(key, []) if at > request.now - MINUTE]
        if len(recent) >= most:
            raise refused("rate_limit_exceeded", 429)
        self._calls[key] = [*recent, request.now]
