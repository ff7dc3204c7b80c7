"""Asking LinkedIn about a token, which counts against no limit of the member's.

https://learn.microsoft.com/en-us/linkedin/shared/authentication/token-introspection
"""

from dataclasses import replace

from openchannels.connectors.base.parse import dig, text
from openchannels.core.credentials import Tokens
from openchannels.core.platform_errors import Failure, FailureKind, PlatformFailure
from openchannels.transport.client import Answer
from openchannels.transport.oauth import classify_token
from openchannels.transport.platform_client import PlatformClient

PASSING = (FailureKind.RATE_LIMITED, FailureKind.UNAVAILABLE)


async def introspect(client: PlatformClient, tokens: Tokens) -> None:
    """Raises PlatformFailure: TOKEN_EXPIRED for a token that has ended or was revoked."""
    operation = "auth.probe"
    answer = await client.call(
        "POST",
        "https://www.linkedin.com/oauth/v2/introspectToken",
        operation=operation,
        classify=classify_introspection,
        idempotent=True,
        form={
            "client_id": client.app.client_id,
            "client_secret": client.app.client_secret,
            "token": tokens.access_token,
        },
    )
    active = dig(answer, "active")
    if active is False:
        reading = Failure(FailureKind.TOKEN_EXPIRED, code=text(dig(answer, "status")))
        raise PlatformFailure(client.platform, operation, reading)
    if active is not True:
        raise client.malformed(operation)


def classify_introspection(answer: Answer) -> Failure | None:
    """What this endpoint refuses is the app, never the token that it is asked about."""
    reading = classify_token(answer)
    if reading is None or reading.kind in PASSING:
        return reading
    return replace(reading, kind=FailureKind.MISCONFIGURED)
