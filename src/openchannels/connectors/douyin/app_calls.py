"""Douyin: calls that an app makes for itself, with its client token."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial
from typing import Any

from openchannels.connectors.base.parse import count, dig, text
from openchannels.connectors.douyin.api import API, FAILURES, is_miniapp
from openchannels.core.platform_errors import Failure, FailureKind
from openchannels.transport.app_tokens import with_app_token
from openchannels.transport.client import Answer
from openchannels.transport.platform_app import App
from openchannels.transport.platform_client import PlatformClient

STALE_TOKEN_CODES = ("10008", "2190002", "2190008", "28001003", "28001008")
APP_FAILURES = {
    FailureKind.TOKEN_EXPIRED,
    FailureKind.DEAD_GRANT,
    FailureKind.PERMISSION,
    FailureKind.INVALID,
}


def classify_app_call(answer: Answer) -> Failure | None:
    """Returns the failure of a call authorized by the app itself: a refusal is a wrong setup."""
    reading = FAILURES.classify(answer)
    if reading is None or reading.kind not in APP_FAILURES:
        return reading
    return replace(reading, kind=FailureKind.MISCONFIGURED)


def share_app(app: App) -> tuple[str, str] | None:
    """Returns key and secret of the website app that hands works over; None without one."""
    key, secret = app.option("share_client_id"), app.option("share_client_secret")
    if key and secret:
        return str(key), str(secret)
    return None if is_miniapp(app) else (app.client_id, app.client_secret)


async def with_client_token(
    client: PlatformClient, key: str, secret: str, use: Callable[[str], Awaitable[Any]]
) -> Any:
    """Makes a call with the token of an app, with another one after a refusal of the first."""
    own = key == client.app.client_id
    return await with_app_token(
        client.shared_state,
        client.clock,
        "client_token" if own else "share_client_token",
        partial(_client_token, client, key, secret),
        use,
        STALE_TOKEN_CODES,
    )


async def _client_token(client: PlatformClient, key: str, secret: str) -> tuple[str, float]:
    """Requests the app's token. It invalidates the previous one, so processes share it."""
    answer = await client.call(
        "POST",
        f"{API}/oauth/client_token/",
        operation="auth.client_token",
        classify=classify_app_call,
        json_body={"client_key": key, "client_secret": secret, "grant_type": "client_credential"},
    )
    token = text(dig(answer, "data", "access_token"))
    if token is None:
        raise client.malformed("auth.client_token")
    return token, float(count(dig(answer, "data", "expires_in")) or 7200)
