"""Asking LinkedIn about a token, which counts against no limit of the member's.

https://learn.microsoft.com/en-us/linkedin/shared/authentication/token-introspection
"""

from dataclasses import replace

from openchannels.connectors.base.parse import dig, text
from openchannels.core.credentials import Tokens
from openchannels.core.platform_errors import Kind, PlatformFailure, Verdict
from openchannels.transport.client import Answer
from openchannels.transport.oauth import judge_token
from openchannels.transport.platform_client import Upstream

PASSING = (Kind.RATE_LIMITED, Kind.UNAVAILABLE)


async def introspect(upstream: Upstream, tokens: Tokens) -> None:
    """Raises PlatformFailure: TOKEN_EXPIRED for a token that has ended or was revoked."""
    operation = "auth.probe"
    answer = await upstream.call(
        "POST",
        "https://www.linkedin.com/oauth/v2/introspectToken",
        operation=operation,
        judge=judge_introspection,
        idempotent=True,
        form={
            "client_id": upstream.app.client_id,
            "client_secret": upstream.app.client_secret,
            "token": tokens.access_token,
        },
    )
    active = dig(answer, "active")
    if active is False:
        verdict = Verdict(Kind.TOKEN_EXPIRED, code=text(dig(answer, "status")))
        raise PlatformFailure(upstream.platform, operation, verdict)
    if active is not True:
        raise upstream.malformed(operation)


def judge_introspection(answer: Answer) -> Verdict | None:
    """What this endpoint refuses is the app, never the token that it is asked about."""
    verdict = judge_token(answer)
    if verdict is None or verdict.kind in PASSING:
        return verdict
    return replace(verdict, kind=Kind.MISCONFIGURED)
