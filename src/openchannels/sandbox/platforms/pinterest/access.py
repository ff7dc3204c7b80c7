"""Who may call Pinterest, and what each answer says of its limits.

https://developers.pinterest.com/docs/reference/rate-limits
"""

from openchannels.sandbox.emulator import Emulator
from openchannels.sandbox.grants import Token
from openchannels.sandbox.http import EarlyReply, Request
from openchannels.sandbox.platforms.pinterest.errors import error_reply


def require_token(emulator: Emulator, request: Request, *scopes: str) -> Token:
    """The token of a call, which needs all of the scopes. Raises EarlyReply."""
    token = emulator.grants.live_token(request.bearer, request.now, "access")
    if token is None:
        raise EarlyReply(error_reply(401, 2, "Authentication failed."))
    emulator.require_scopes(request, token.grant, *scopes)
    return token


def rate_headers() -> dict[str, str]:
    """The headers of limits, by the names that `Reply.json` takes."""
    return {
        "x_ratelimit_limit": '100, 100;w=1;name="safety_net_app_id_user_id"',
        "x_ratelimit_remaining": "99",
        "x_ratelimit_reset": "1",
    }
