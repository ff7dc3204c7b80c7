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
from openchannels.core.platform_errors import Kind, Verdict
from openchannels.transport.client import Answer, Params
from openchannels.transport.platform_client import (
    Judge,
    Upstream,
    body_of,
    judge_status,
    retry_after,
)

VERSION = "v26.0"
GRAPH = "https://graph.facebook.com"
DIALOG = "https://www.facebook.com"

# https://developers.facebook.com/docs/graph-api/guides/error-handling
CODES: dict[int, Kind] = {
    **dict.fromkeys(range(200, 300), Kind.PERMISSION),
    **dict.fromkeys(range(80000, 80015), Kind.RATE_LIMITED),
    **dict.fromkeys((4, 17, 32, 341, 368, 613), Kind.RATE_LIMITED),
    **dict.fromkeys((-1, 1, 2), Kind.UNAVAILABLE),
    **dict.fromkeys((3, 10), Kind.PERMISSION),
    **dict.fromkeys((12, 100, 2500, 3001), Kind.INVALID),
    **dict.fromkeys((101, 104, 191), Kind.MISCONFIGURED),
    **dict.fromkeys((102, 190), Kind.TOKEN_EXPIRED),
    **dict.fromkeys((24, 803), Kind.NOT_FOUND),
}
# Subcodes of 190 that no other token of the same person cures: app removed, checkpoint, password
# changed, unconfirmed person, role on the Page lost. Expired (463) and invalid (467) are not here:
# a Page's token may be dead while the person's own still fetches a new one.
SUBCODES: dict[tuple[int | None, int | None], Kind] = {
    **{(190, subcode): Kind.DEAD_GRANT for subcode in (458, 459, 460, 464, 492)},
    (100, 33): Kind.NOT_FOUND,
    (100, 10): Kind.PERMISSION,
}
OURS = re.compile(
    "appsecret_proof|client[ _]secret|validating application|redirect[ _]uri|platform app"
)
"""What is wrong with the operator's app, by the words of the answer."""
# The few answers that only their text tells apart; looked at after subcodes, before codes.
TEXTS: tuple[tuple[frozenset[int], re.Pattern[str], Kind], ...] = (
    (frozenset({1, 100, 190}), OURS, Kind.MISCONFIGURED),
    # Not UNAVAILABLE: the same request would fail again, a smaller one would not.
    (frozenset({1, 2}), re.compile("reduce the amount of data"), Kind.INVALID),
    (frozenset({100}), re.compile("permission|not an instagram business"), Kind.PERMISSION),
    (frozenset({100}), re.compile("does not exist"), Kind.NOT_FOUND),
    # No word about the person's rights: a work that few have seen has no numbers.
    (frozenset({10}), re.compile("not enough viewers"), Kind.INVALID),
    (frozenset({102}), re.compile("too many|limit reached"), Kind.RATE_LIMITED),
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


def judge_graph(answer: Answer) -> Verdict | None:
    """Read a Graph answer by code, subcode, text, `is_transient` and status, in this order.

    The HTTP status alone is a weak signal: dead tokens and throttles mostly come as 400.
    """
    if answer.status < 300:
        return None
    error = dig(body_of(answer), "error")
    if not isinstance(error, dict):
        return judge_status(answer)
    code, subcode = number(error.get("code")), number(error.get("error_subcode"))
    told = str(error.get("message")).lower()
    verdict = judge_status(answer) or Verdict(Kind.MALFORMED)
    kind = read_kind(code, subcode, told, error) or verdict.kind
    return Verdict(
        kind,
        code=evidence(code, subcode),
        retry_after=regain_after(answer) if kind is Kind.RATE_LIMITED else retry_after(answer),
        cursor=kind is Kind.INVALID and bool(CURSOR.search(told)),
        detail=read_detail(code, subcode, told),
        bucket="app" if code == 4 else "account",
    )


def read_kind(
    code: int | None, subcode: int | None, told: str, error: Mapping[str, Any]
) -> Kind | None:
    kind = SUBCODES.get((code, subcode))
    if kind is not None:
        return kind
    for codes, pattern, meant in TEXTS:
        if code in codes and pattern.search(told):
            return meant
    if code in CODES:
        return CODES[code]
    if error.get("is_transient") is True:
        return Kind.UNAVAILABLE
    unnamed = code is None and error.get("type") == "OAuthException"
    return Kind.TOKEN_EXPIRED if unnamed else None


def read_detail(code: int | None, subcode: int | None, told: str) -> str | None:
    if "reduce the amount of data" in told:
        return TOO_MUCH
    if "not an instagram business" in told:
        return NOT_PROFESSIONAL
    if subcode in NO_INSIGHTS or "not enough viewers" in told:
        return NUMBERLESS
    asked = code == 100 or CODES.get(code or 0) is Kind.PERMISSION
    return INSIGHTS_REFUSED if code == 3001 or (asked and INSIGHTS.search(told)) else None


def judge_login(answer: Answer) -> Verdict | None:
    """Read a token endpoint's answer: whatever refuses the code means authorizing again."""
    refused = {Kind.INVALID, Kind.TOKEN_EXPIRED, Kind.PERMISSION, Kind.NOT_FOUND}
    return deadly(judge_graph(answer), refused)


def judge_root(answer: Answer) -> Verdict | None:
    """Read an answer to the person's own token, behind which there is nothing to renew by."""
    return deadly(judge_graph(answer), {Kind.TOKEN_EXPIRED, Kind.NOT_FOUND})


def judge_direct(answer: Answer) -> Verdict | None:
    """Read an answer to a token that is itself what it is extended by: refused, it is dead."""
    return deadly(judge_graph(answer), {Kind.TOKEN_EXPIRED})


def judge_short(answer: Answer) -> Verdict | None:
    """Read a code's exchange at Instagram or Threads, which mostly refuse in words of their own.

    `{"error_type": "OAuthException", "code": 400, "error_message": "..."}`
    """
    body = body_of(answer)
    told = text(dig(body, "error_message"))
    if told is None:
        return judge_login(answer)
    kind = Kind.MISCONFIGURED if OURS.search(told.lower()) else Kind.DEAD_GRANT
    if answer.status == 429 or answer.status >= 500:
        return judge_status(answer)
    return Verdict(kind, code=text(dig(body, "code")))


def deadly(verdict: Verdict | None, kinds: set[Kind]) -> Verdict | None:
    if verdict is None or verdict.kind not in kinds:
        return verdict
    return replace(verdict, kind=Kind.DEAD_GRANT)


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
    upstream: Upstream,
    url: str,
    token: str,
    operation: str,
    params: Params,
    judge: Judge | None = None,
) -> Any:
    """One proved read of graph.facebook.com; the token itself travels in a header."""
    return await upstream.get(
        url,
        operation=operation,
        params={**params, **proof(upstream.app.client_secret, token, upstream.clock())},
        headers={"Authorization": f"Bearer {token}"},
        judge=judge,
    )


def graph_url(upstream: Upstream, path: str) -> str:
    return f"{GRAPH}/{upstream.app.option('graph_version', VERSION)}/{path}"


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
