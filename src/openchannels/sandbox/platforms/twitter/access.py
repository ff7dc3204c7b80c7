"""Who may call X, and how many calls are left in its window of a quarter of an hour.

https://docs.x.com/x-api/fundamentals/rate-limits
"""

from openchannels.sandbox.emulator import Emulator
from openchannels.sandbox.grants import Token, random_text
from openchannels.sandbox.http import EarlyReply, Request
from openchannels.sandbox.platforms.twitter.errors import error_reply

WINDOW_SECONDS = 900
_ENTERPRISE = "-enterprise"


def require_token(emulator: Emulator, request: Request, *scopes: str) -> Token:
    """The token of a call, which needs all of the scopes. Raises EarlyReply."""
    token = emulator.grants.live_token(request.bearer, request.now, "access")
    if token is None:
        raise EarlyReply(error_reply(401, "blank", "Unauthorized", "Unauthorized"))
    emulator.require_scopes(request, token.grant, *scopes)
    return token


def is_self_serve(token: Token) -> bool:
    """Whether the app pays per use; one whose client id ends in `-enterprise` does not."""
    return not token.grant.client_id.endswith(_ENTERPRISE)


def rate_headers(now: float, limit: int) -> dict[str, str]:
    """What an answer says of the window, by the names that `Reply.json` takes."""
    reset = (int(now) // WINDOW_SECONDS + 1) * WINDOW_SECONDS
    return {
        "x_rate_limit_limit": str(limit),
        "x_rate_limit_remaining": str(limit - 1),
        "x_rate_limit_reset": str(reset),
        "x_transaction_id": random_text(length=16),
    }
