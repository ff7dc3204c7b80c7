"""The Graph API: its addresses, the `appsecret_proof` of a call, and the paging of its lists."""

import hashlib
import hmac
import math
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from openchannels.connectors.base.paginators import CursorList, Item
from openchannels.connectors.base.parse import dig, https, text
from openchannels.core.insights import Period
from openchannels.core.paging import CursorRequest
from openchannels.transport.client import Params
from openchannels.transport.platform_client import Classify, PlatformClient

VERSION = "v26.0"
GRAPH = "https://graph.facebook.com"
DIALOG = "https://www.facebook.com"
REQUEST_ID_HEADER = "x-fb-trace-id"
MAX_SECONDS = 2**31 - 1
LINK_KEYS = ("after", "before", "since", "until", "__paging_token", "__previous")


def appsecret_proof(secret: str, token: str, now: float) -> dict[str, str]:
    """Returns the `appsecret_proof` parameters of a token, valid for five minutes.

    https://developers.facebook.com/docs/facebook-login/security
    """
    seconds = str(int(now))
    digest = hmac.new(secret.encode(), f"{token}|{seconds}".encode(), hashlib.sha256)
    return {"appsecret_proof": digest.hexdigest(), "appsecret_time": seconds}


def graph_url(client: PlatformClient, path: str) -> str:
    return f"{GRAPH}/{client.app.option('graph_version', VERSION)}/{path}"


def require_success(client: PlatformClient, operation: str, answer: Any) -> None:
    """Raises PlatformFailure, MALFORMED, for an answer to a change that does not say it is made."""
    if dig(answer, "success") is not True:
        raise client.malformed(operation)


def graph_request(client: PlatformClient, path: str, token: str, params: Params) -> dict[str, Any]:
    """Returns the arguments of a graph.facebook.com call with proof; the token is in a header."""
    return {
        "url": graph_url(client, path),
        "params": {**params, **appsecret_proof(client.app.client_secret, token, client.clock())},
        "headers": {"Authorization": f"Bearer {token}"},
    }


async def graph_get(
    client: PlatformClient,
    path: str,
    token: str,
    operation: str,
    params: Params,
    classify: Classify | None = None,
) -> Any:
    """Makes a GET call to graph.facebook.com with proof; returns the answer's JSON."""
    request = graph_request(client, path, token, params)
    return await client.get(operation=operation, classify=classify, **request)


def next_position(paging: Any) -> str | None:
    """Returns the position of the next page; None without a `next` link.

    https://developers.facebook.com/docs/graph-api/results
    """
    return link_position(paging, "next", "after")


def previous_position(paging: Any, *, first_page: bool) -> str | None:
    """Returns the position of the previous page; None on the first page, despite a link."""
    if first_page and text(dig(paging, "cursors", "before")) is None:
        return None
    return link_position(paging, "previous", "before")


def link_position(paging: Any, link: str, cursor: str) -> str | None:
    """Returns a page link's cursor parameters as a query, without host and token."""
    address = text(dig(paging, link))
    if address is None:
        return None
    cursor_value = text(dig(paging, "cursors", cursor))
    if cursor_value is not None:
        return urlencode({cursor: cursor_value})
    return urlencode(position_params(urlsplit(https(address) or "").query)) or None


def position_params(position: str | None) -> dict[str, str]:
    """Returns the parameters of a position, also empty ones: paging by time sends `since=`."""
    pairs = parse_qsl(position or "", keep_blank_values=True)
    return {name: value for name, value in pairs if name in LINK_KEYS}


def period_params(period: Period) -> dict[str, int]:
    """Returns the parameters of a list by time, a second wider at each end.

    Whether posts of the very second of `since` or `until` are listed is not documented.
    https://developers.facebook.com/docs/graph-api/results
    """
    ends = {
        "since": None if period.since is None else math.floor(period.since) - 1,
        "until": None if period.until is None else math.ceil(period.until) + 1,
    }
    return {
        name: min(max(second, 0), MAX_SECONDS)
        for name, second in ends.items()
        if second is not None
    }


def read_paging(page: CursorRequest) -> Params:
    return {
        "limit": page.limit,
        **period_params(page.period),
        **position_params(page.position),
    }


def read_next(listing: Any, _items: list[Item], _page: CursorRequest) -> str | None:
    return next_position(dig(listing, "paging"))


def read_previous(listing: Any, _items: list[Item], page: CursorRequest) -> str | None:
    return previous_position(dig(listing, "paging"), first_page=page.position is None)


GRAPH_LIST = CursorList(items="data", paging=read_paging, next=read_next, previous=read_previous)
"""A list of the Graph API; its address depends on the account."""
