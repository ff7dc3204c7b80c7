"""Insights of works at Meta: from the list call, or from separate calls."""

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from openchannels.connectors.base.paginators import ItemsPage
from openchannels.connectors.base.parse import count, dig, first, rows, text
from openchannels.connectors.meta.failures import INSIGHTS_REFUSED, PAGE_FAILURES
from openchannels.connectors.meta.graph import appsecret_proof, graph_url
from openchannels.core.credentials import Tokens
from openchannels.core.platform_errors import Failure, FailureKind, PlatformFailure
from openchannels.transport.answers import body_of
from openchannels.transport.client import Answer
from openchannels.transport.platform_client import PlatformClient

INLINE, SEPARATE, OMITTED = "inline", "apart", "none"
"""How insights are requested: in the list call, in separate calls, or not at all."""
PARALLEL = 5
TIME_BUDGET = 8.0
CACHE_SECONDS = 300
BATCH = 50
OF_ONE_WORK = (
    *(FailureKind.INVALID, FailureKind.NOT_FOUND),
    *(FailureKind.UNAVAILABLE, FailureKind.MALFORMED),
)
"""Failures that say nothing of an account's other works."""

Insights = dict[str, dict[str, int]]
"""Values by metric, by work."""


def insight_values(node: Mapping[str, Any]) -> dict[str, int]:
    """Returns the values of a node's expanded insights by metric, without missing ones."""
    return row_values(rows(dig(node, "insights", "data")))


def row_values(found: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """Returns the values of rows of insights by metric, without missing ones."""
    read = ((text(row.get("name")), insight_value(row)) for row in found)
    return {name: value for name, value in read if name and value is not None}


def insight_value(row: Mapping[str, Any]) -> int | None:
    # This day stands for "not computed yet".
    if str(dig(row, "values", 0, "end_time")).startswith("1970-01-02"):
        return None
    return count(first((dig(row, "values", 0, "value"), dig(row, "total_value", "value"))))


def with_insights(page: ItemsPage, separate: Insights) -> ItemsPage:
    """Returns the page with each item's insights as `numbers`: separate ones, or its own."""
    items = [
        {**item, "numbers": separate.get(str(item["id"])) or insight_values(item)}
        for item in page.items
    ]
    return replace(page, items=items)


async def read_separate_insights(
    client: PlatformClient,
    works: Iterable[str],
    read: Callable[[str], Awaitable[dict[str, int]]],
) -> tuple[Insights, PlatformFailure | None]:
    """Returns insights by work, from one call for each, and the failure that ended the calls.

    A few calls run in parallel, within a time budget. A failure that affects all works stops
    them. Values are cached for some minutes.
    """
    found: Insights = {}
    fatal_failures: list[PlatformFailure] = []
    semaphore = asyncio.Semaphore(PARALLEL)

    async def read_one(work: str) -> None:
        key = f"{client.platform}.insights:{work}"
        values = client.cache.get(key)
        if values is None:
            async with semaphore:
                values = None if fatal_failures else await try_read(read, work, fatal_failures)
            if values is None:
                return
            client.cache.put(key, values, CACHE_SECONDS)
        found[work] = values

    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(TIME_BUDGET):
            await asyncio.gather(*(read_one(work) for work in works))
    return found, fatal_failures[0] if fatal_failures else None


async def try_read(
    read: Callable[[str], Awaitable[dict[str, int]]],
    work: str,
    fatal_failures: list[PlatformFailure],
) -> dict[str, int] | None:
    """Returns the insights of one work: empty if the work has none, None if the call failed."""
    try:
        return await read(work)
    except PlatformFailure as failure:
        if failure.kind in (FailureKind.INVALID, FailureKind.NOT_FOUND):
            return {}
        if ends_all(failure.reading):
            fatal_failures.append(failure)
        return None


async def read_first_accepted(
    ask: Callable[[dict[str, str]], Awaitable[Any]], metrics: str, fallback: str
) -> dict[str, int]:
    """Returns the insights of one work; those of `fallback` if one of `metrics` is refused.

    `ask` makes the call with the given parameters and returns its answer.
    """
    try:
        answer = await ask({"metric": metrics})
    except PlatformFailure as failure:
        if not refuses_a_metric(failure.reading):
            raise
        answer = await ask({"metric": fallback})
    return insight_values({"insights": answer})


def refuses_a_metric(reading: Failure) -> bool:
    """Returns whether other metrics of the same work may still be given."""
    named = (reading.code or "").partition("/")[0] == "100"
    return named and reading.kind is FailureKind.INVALID and reading.detail == INSIGHTS_REFUSED


async def read_batched_insights(
    client: PlatformClient, tokens: Tokens, works: list[str], metrics: str, fallback: str
) -> tuple[Insights, PlatformFailure | None]:
    """Returns insights by work, 50 works a call, and the failure that ended the calls.

    Works of which a metric was refused are asked for `fallback`; parts that got no answer in time
    are asked once more.
    """
    found: Insights = {}
    wanted = dict.fromkeys(works, metrics)
    for _ in range(2):
        parts, failure = await read_parts(client, tokens, wanted)
        found |= {work: part for work, part in parts.items() if isinstance(part, dict)}
        if failure is not None:
            return found, failure
        again = {
            work: fallback if refuses_a_metric(part) else wanted[work]
            for work, part in parts.items()
            if isinstance(part, Failure)
            and (refuses_a_metric(part) or part.kind is FailureKind.UNAVAILABLE)
        }
        if not again:
            break
        wanted = again
    return found, None


async def read_parts(
    client: PlatformClient, tokens: Tokens, wanted: Mapping[str, str]
) -> tuple[dict[str, dict[str, int] | Failure], PlatformFailure | None]:
    """Returns the values or the failure of each work, and the failure that ended the calls.

    https://developers.facebook.com/docs/graph-api/batch-requests
    """
    found: dict[str, dict[str, int] | Failure] = {}
    works = list(wanted)
    for start in range(0, len(works), BATCH):
        chunk = works[start : start + BATCH]
        requests = [
            {"method": "GET", "relative_url": f"{work}/insights?metric={wanted[work]}"}
            for work in chunk
        ]
        try:
            answer = await graph_batch(client, tokens.access_token, requests)
        except PlatformFailure as failure:
            return found, failure
        found |= {work: read_part(part) for work, part in zip(chunk, answer, strict=False)}
        if ended := first(part for part in found.values() if ends_all(part)):
            return found, PlatformFailure(client.platform, "works.insights", ended)
    return found, None


def ends_all(part: dict[str, int] | Failure) -> bool:
    """Returns whether a failure concerns all works of an account."""
    return isinstance(part, Failure) and part.kind not in OF_ONE_WORK


async def graph_batch(client: PlatformClient, token: str, requests: list[dict[str, str]]) -> Any:
    """Sends requests as one batch; returns the list of their answers.

    https://developers.facebook.com/docs/graph-api/batch-requests
    """
    proof_params = appsecret_proof(client.app.client_secret, token, client.clock())
    return await client.call(
        "POST",
        graph_url(client, ""),
        operation="works.insights",
        form={"batch": json.dumps(requests), "include_headers": "false", **proof_params},
        headers={"Authorization": f"Bearer {token}"},
        classify=PAGE_FAILURES.classify,
        expected=list,
    )


def read_part(part: Any) -> dict[str, int] | Failure:
    """Returns the values of one part of a batch, whose body is JSON text, or its failure.

    A part that took too long is null.
    """
    status, body = count(dig(part, "code")), text(dig(part, "body"))
    if status is None or body is None:
        return Failure(FailureKind.UNAVAILABLE)
    answer = Answer(status, {}, body.encode())
    failure = PAGE_FAILURES.classify(answer)
    return failure or insight_values({"insights": body_of(answer)})
