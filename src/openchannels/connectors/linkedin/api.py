"""LinkedIn: calls and helpers shared by its capabilities."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace
from typing import Any, TypeVar
from urllib.parse import quote

from openchannels.connectors.base.parse import dig, rows, text
from openchannels.core.accounts import Account
from openchannels.core.credentials import Tokens
from openchannels.core.platform_errors import Failure, FailureKind, PlatformFailure
from openchannels.transport.client import Answer, Params
from openchannels.transport.oauth import bearer
from openchannels.transport.platform_client import PlatformClient

T = TypeVar("T")

API = "https://api.linkedin.com"
VERSION = "202609"
ORGANIZATION = "urn:li:organization"
ADMINISTRATOR = "ADMINISTRATOR"
ADMIN_SCOPE = "rw_organization_admin"
MEMBER_SCOPE, PAGE_SCOPE = "w_member_social", "w_organization_social"

UNKNOWN_TOKEN_CODE = "65601"
PROPAGATION_DELAYS = (0.5, 1.0, 2.0, 4.0)
"""Seconds between retries while a new token spreads through LinkedIn's servers."""
NEW_LOGIN_SECONDS = 60.0


async def retry_until_token_is_known(fetch: Callable[[], Awaitable[T]]) -> T:
    """Retries a call for some seconds while LinkedIn reports a new token as revoked."""
    for wait in PROPAGATION_DELAYS:
        try:
            return await fetch()
        except PlatformFailure as failure:
            if UNKNOWN_TOKEN_CODE not in (failure.reading.code or ""):
                raise
        await asyncio.sleep(wait)
    return await fetch()


async def fetch_when_known(
    client: PlatformClient, account: Account, fetch: Callable[[], Awaitable[T]]
) -> T:
    """Makes a call, patiently for an account that was connected a moment ago."""
    recently_connected = client.clock() - (account.login_at or 0.0) < NEW_LOGIN_SECONDS
    return await (retry_until_token_is_known(fetch) if recently_connected else fetch())


def request_headers(client: PlatformClient, tokens: Tokens) -> dict[str, str]:
    """Returns the headers of a call.

    https://learn.microsoft.com/en-us/linkedin/marketing/versioning
    """
    return {
        **bearer(tokens),
        "LinkedIn-Version": str(client.app.option("version", VERSION)),
        "X-Restli-Protocol-Version": "2.0.0",
    }


async def get_json(
    client: PlatformClient,
    tokens: Tokens,
    path: str,
    operation: str,
    params: Params | None = None,
) -> Any:
    """Calls a path of the API; returns the answer's JSON."""
    return await client.get(
        f"{API}/{path}",
        operation=operation,
        params=params or {},
        headers=request_headers(client, tokens),
    )


async def get_optional(client: PlatformClient, tokens: Tokens, path: str, operation: str) -> Any:
    """Calls a path of the API; returns None if the call fails.

    LinkedIn limits every endpoint separately, so a rate limit here does not pause the list.
    """

    def classify(answer: Answer) -> Failure | None:
        reading = client.classify(answer)
        limited = reading and reading.kind in (FailureKind.RATE_LIMITED, FailureKind.QUOTA)
        return replace(reading, kind=FailureKind.PERMISSION) if reading and limited else reading

    try:
        return await get_json(replace(client, classify=classify), tokens, path, operation)
    except PlatformFailure:
        return None


def named_errors(body: Any) -> list[str | None]:
    """Returns the codes of an error: its own, and those of its inputs."""
    inputs = rows(dig(body, "errorDetails", "inputErrors"))
    return [text(dig(body, "code")), *(text(one.get("code")) for one in inputs)]


def write_conflict(answer: Answer) -> Failure | None:
    """Returns the failure of two writes at once, of which one may have been done."""
    return Failure(FailureKind.UNAVAILABLE, code="409") if answer.status == 409 else None


def granted_scopes(client: PlatformClient, tokens: Tokens) -> tuple[str, ...]:
    """Returns the granted scopes; all requested ones if the token answer lists none."""
    return client.app.scopes if tokens.scopes is None else tokens.scopes


def administers(client: PlatformClient, account: Account, tokens: Tokens) -> bool:
    """Returns whether the member may read the statistics of a page."""
    may_administer = account.facts.get("role", ADMINISTRATOR) == ADMINISTRATOR
    return may_administer and ADMIN_SCOPE in granted_scopes(client, tokens)


def rest_li_list(urns: Iterable[str | None]) -> str:
    """Returns a Rest.li list: the items are encoded, brackets and commas are not."""
    return f"List({','.join(quote(urn, safe='') for urn in urns if urn)})"


def batches(ids: list[str], size: int) -> list[list[str]]:
    return [ids[start : start + size] for start in range(0, len(ids), size)]


def batch_results(answer: Any) -> dict[str, Any]:
    """Returns the objects of a batch answer by id."""
    found = dig(answer, "results")
    return found if isinstance(found, dict) else {}


def has_next(answer: Any) -> bool:
    """Returns whether a next link exists; a short page need not be the last."""
    return any(link.get("rel") == "next" for link in rows(dig(answer, "paging", "links")))
