"""What Meta's platforms share: the reading of Graph errors, proofs, paging links and insights."""

import hashlib
import hmac
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from openchannels.connectors.base.parse import count, dig, first, https, rows, text
from openchannels.core.platform_errors import Failure, FailureKind
from openchannels.transport.client import Answer, Params
from openchannels.transport.platform_client import (
    Classify,
    PlatformClient,
    body_of,
    classify_status,
    retry_after,
)

VERSION = "v26.0"
GRAPH = "https://graph.facebook.com"
DIALOG = "https://www.facebook.com"

# https://developers.facebook.com/docs/graph-api/guides/error-handling
CODES: dict[int, FailureKind] = {
    **dict.fromkeys(range(200, 300), FailureKind.PERMISSION),
    **dict.fromkeys(range(80000, 80015), FailureKind.RATE_LIMITED),
    **dict.fromkeys((4, 17, 32, 341, 368, 613), FailureKind.RATE_LIMITED),
    **dict.fromkeys((-1, 1, 2), FailureKind.UNAVAILABLE),
    **dict.fromkeys((3, 10), FailureKind.PERMISSION),
    **dict.fromkeys((12, 100, 2500, 3001), FailureKind.INVALID),
    **dict.fromkeys((101, 104, 191), FailureKind.MISCONFIGURED),
    **dict.fromkeys((102, 190), FailureKind.TOKEN_EXPIRED),
    **dict.fromkeys((24, 803), FailureKind.NOT_FOUND),
}
# Subcodes of 190 that no other token of the same person cures: app removed, checkpoint, password
# changed, unconfirmed person, role on the Page lost. Expired (463) and invalid (467) are not here:
# a Page's token may be dead while the person's own still fetches a new one.
SUBCODES: dict[tuple[int | None, int | None], FailureKind] = {
    **{(190, subcode): FailureKind.DEAD_GRANT for subcode in (458, 459, 460, 464, 492)},
    (100, 33): FailureKind.NOT_FOUND,
    (100, 10): FailureKind.PERMISSION,
}
OURS = re.compile(
    "appsecret_proof|client[ _]secret|validating application|redirect[ _]uri|platform app"
)
"""What is wrong with the operator's app, by the words of the answer."""
# The few answers that only their text tells apart; looked at after subcodes, before codes.
TEXTS: tuple[tuple[frozenset[int], re.Pattern[str], FailureKind], ...] = (
    (frozenset({1, 100, 190}), OURS, FailureKind.MISCONFIGURED),
    # Not UNAVAILABLE: the same request would fail again, a smaller one would not.
    (frozenset({1, 2}), re.compile("reduce the amount of data"), FailureKind.INVALID),
    (frozenset({100}), re.compile("permission|not an instagram business"), FailureKind.PERMISSION),
    (frozenset({100}), re.compile("does not exist"), FailureKind.NOT_FOUND),
    # No word about the person's rights: a work that few have seen has no numbers.
    (frozenset({10}), re.compile("not enough viewers"), FailureKind.INVALID),
    (frozenset({102}), re.compile("too many|limit reached"), FailureKind.RATE_LIMITED),
)
CURSOR = re.compile("cursor|paging[ _]?token")
INSIGHTS = re.compile("insight|metric|data permission")
# Older than the professional account, or seen by too few: there are no numbers of this one work.
NO_INSIGHTS = (2108006, 2874010)

INSIGHTS_REFUSED = "insights or one of their metrics were refused"
NUMBERLESS = "this one work has no insights"
TOO_MUCH = "fewer items must be asked for"
"""Details of verdicts by which a works list knows what to ask for instead."""
NOT_PROFESSIONAL = "the account is not a professional one"

USAGE_HEADERS = ("x-business-use-case-usage", "x-app-usage", "x-page-usage")
LINK_KEYS = ("after", "before", "since", "until", "__paging_token", "__previous")


def classify_graph(answer: Answer) -> Failure | None:
    """Read a Graph answer by code, subcode, text, `is_transient` and status, in this order.

    The HTTP status alone is a weak signal: dead tokens and throttles mostly come as 400.
    """
    if answer.status < 300:
        return None
    error = dig(body_of(answer), "error")
    if not isinstance(error, dict):
        return classify_status(answer)
    code, subcode = number(error.get("code")), number(error.get("error_subcode"))
    told = str(error.get("message")).lower()
    reading = classify_status(answer) or Failure(FailureKind.MALFORMED)
    kind = read_kind(code, subcode, told, error) or reading.kind
    return Failure(
        kind,
        code=evidence(code, subcode),
        retry_after=regain_after(answer)
        if kind is FailureKind.RATE_LIMITED
        else retry_after(answer),
        cursor=kind is FailureKind.INVALID and bool(CURSOR.search(told)),
        detail=read_detail(code, subcode, told),
        bucket="app" if code == 4 else "account",
    )


def read_kind(
    code: int | None, subcode: int | None, told: str, error: Mapping[str, Any]
) -> FailureKind | None:
    kind = SUBCODES.get((code, subcode))
    if kind is not None:
        return kind
    for codes, pattern, meant in TEXTS:
        if code in codes and pattern.search(told):
            return meant
    if code in CODES:
        return CODES[code]
    if error.get("is_transient") is True:
        return FailureKind.UNAVAILABLE
    unnamed = code is None and error.get("type") == "OAuthException"
    return FailureKind.TOKEN_EXPIRED if unnamed else None


def read_detail(code: int | None, subcode: int | None, told: str) -> str | None:
    if "reduce the amount of data" in told:
        return TOO_MUCH
    if "not an instagram business" in told:
        return NOT_PROFESSIONAL
    if subcode in NO_INSIGHTS or "not enough viewers" in told:
        return NUMBERLESS
    asked = code == 100 or CODES.get(code or 0) is FailureKind.PERMISSION
    return INSIGHTS_REFUSED if code == 3001 or (asked and INSIGHTS.search(told)) else None


def classify_login(answer: Answer) -> Failure | None:
    """Read a token endpoint's answer: whatever refuses the code means authorizing again."""
    refused = {
        FailureKind.INVALID,
        FailureKind.TOKEN_EXPIRED,
        FailureKind.PERMISSION,
        FailureKind.NOT_FOUND,
    }
    return deadly(classify_graph(answer), refused)


def classify_root(answer: Answer) -> Failure | None:
    """Read an answer to the person's own token, behind which there is nothing to renew by."""
    return deadly(classify_graph(answer), {FailureKind.TOKEN_EXPIRED, FailureKind.NOT_FOUND})


def classify_direct(answer: Answer) -> Failure | None:
    """Read an answer to a token that is itself what it is extended by: refused, it is dead."""
    return deadly(classify_graph(answer), {FailureKind.TOKEN_EXPIRED})


def classify_short(answer: Answer) -> Failure | None:
    """Read a code's exchange at Instagram or Threads, which mostly refuse in words of their own.

    `{"error_type": "OAuthException", "code": 400, "error_message": "..."}`
    """
    body = body_of(answer)
    told = text(dig(body, "error_message"))
    if told is None:
        return classify_login(answer)
    kind = FailureKind.MISCONFIGURED if OURS.search(told.lower()) else FailureKind.DEAD_GRANT
    if answer.status == 429 or answer.status >= 500:
        return classify_status(answer)
    return Failure(kind, code=text(dig(body, "code")))


def deadly(reading: Failure | None, kinds: set[FailureKind]) -> Failure | None:
    if reading is None or reading.kind not in kinds:
        return reading
    return replace(reading, kind=FailureKind.DEAD_GRANT)


def number(value: Any) -> int | None:
    """A code; unlike a count it may be negative."""
    return value if type(value) is int else count(value)


def evidence(code: int | None, subcode: int | None) -> str | None:
    """The platform's code as `190` or `190/463`."""
    return "/".join(str(part) for part in (code, subcode) if part is not None) or None


def regain_after(answer: Answer) -> float | None:
    """Seconds until a throttle ends. The usage headers give minutes.

    https://developers.facebook.com/docs/graph-api/overview/rate-limiting
    """
    waits = (count(row.get("estimated_time_to_regain_access")) for row in usage(answer))
    return max((minutes * 60.0 for minutes in waits if minutes), default=retry_after(answer))


def usage(answer: Answer) -> Iterator[dict[str, Any]]:
    """Every usage object of an answer: one alone, or lists of them by business object."""
    for name in USAGE_HEADERS:
        try:
            told = json.loads(answer.headers.get(name, "{}"))
        except (ValueError, RecursionError):
            continue
        if isinstance(told, dict):
            yield told
            for listed in told.values():
                yield from rows(listed)


def proof(secret: str, token: str, now: float) -> dict[str, str]:
    """`appsecret_proof` of exactly this token, good for five minutes.

    https://developers.facebook.com/docs/facebook-login/security
    """
    seconds = str(int(now))
    digest = hmac.new(secret.encode(), f"{token}|{seconds}".encode(), hashlib.sha256)
    return {"appsecret_proof": digest.hexdigest(), "appsecret_time": seconds}


async def graph_get(
    client: PlatformClient,
    url: str,
    token: str,
    operation: str,
    params: Params,
    classify: Classify | None = None,
) -> Any:
    """One proved read of graph.facebook.com; the token itself travels in a header."""
    return await client.get(
        url,
        operation=operation,
        params={**params, **proof(client.app.client_secret, token, client.clock())},
        headers={"Authorization": f"Bearer {token}"},
        classify=classify,
    )


def graph_url(client: PlatformClient, path: str) -> str:
    return f"{GRAPH}/{client.app.option('graph_version', VERSION)}/{path}"


def next_position(paging: Any) -> str | None:
    """Where the next page starts; only a `next` link says that there is one.

    https://developers.facebook.com/docs/graph-api/results
    """
    return link_position(paging, "next", "after")


def previous_position(paging: Any, *, first_page: bool) -> str | None:
    """Where the page before starts. Paging by time links to one even from the first page."""
    if first_page and text(dig(paging, "cursors", "before")) is None:
        return None
    return link_position(paging, "previous", "before")


def link_position(paging: Any, link: str, cursor: str) -> str | None:
    """A page link without its host and token: what to ask for, written as a query."""
    address = text(dig(paging, link))
    if address is None:
        return None
    known = text(dig(paging, "cursors", cursor))
    if known is not None:
        return urlencode({cursor: known})
    return urlencode(position_params(urlsplit(address).query)) or None


def position_params(position: str | None) -> dict[str, str]:
    """The parameters of a position. Empty ones count: paging by time sends `since=`."""
    pairs = parse_qsl(position or "", keep_blank_values=True)
    return {name: value for name, value in pairs if name in LINK_KEYS}


def insight_values(node: Mapping[str, Any]) -> dict[str, int]:
    """The numbers of a node's expanded insights by metric; what has no number is left out."""
    read = (
        (text(row.get("name")), insight_value(row)) for row in rows(dig(node, "insights", "data"))
    )
    return {name: value for name, value in read if name and value is not None}


def insight_value(row: Mapping[str, Any]) -> int | None:
    # This day stands for "not computed yet".
    if str(dig(row, "values", 0, "end_time")).startswith("1970-01-02"):
        return None
    return count(first((dig(row, "values", 0, "value"), dig(row, "total_value", "value"))))


def picture(node: Mapping[str, Any], *, video: bool) -> str | None:
    """What shows a post of Instagram or Threads: never the file of a video.

    An album without a picture of its own shows its first part's.
    """
    own = https(node.get("thumbnail_url"))
    if video:
        return own
    part = dig(node, "children", "data", 0)
    thumbnail = https(dig(part, "thumbnail_url"))
    whole, first_part = https(node.get("media_url")), https(dig(part, "media_url"))
    if dig(part, "media_type") == "VIDEO":
        # The address of the album may then be that of the video.
        whole = first_part = None
    found: str | None = first((whole, thumbnail, first_part, own))
    return found
