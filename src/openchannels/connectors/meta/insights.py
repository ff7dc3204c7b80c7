"""Insights of works at Meta: from the list call, or from separate calls."""

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from openchannels.connectors.base.paginators import ItemsPage
from openchannels.connectors.base.parse import count, dig, first, rows, text
from openchannels.connectors.meta.failures import PAGE_FAILURES
from openchannels.connectors.meta.graph import appsecret_proof, graph_url
from openchannels.core.credentials import Tokens
from openchannels.core.platform_errors import FailureKind, PlatformFailure
from openchannels.transport.platform_client import PlatformClient

INLINE, SEPARATE, OMITTED = "inline", "apart", "none"
"""How insights are requested: in the list call, in separate calls, or not at all."""
PARALLEL = 5
TIME_BUDGET = 8.0
CACHE_SECONDS = 300
BATCH = 50

Insights = dict[str, dict[str, int]]
"""Values by metric, by work."""


def insight_values(node: Mapping[str, Any]) -> dict[str, int]:
    """Returns the values of a node's expanded insights by metric, without missing ones."""
    read = (
        (text(row.get("name")), insight_value(row)) for row in rows(dig(node, "insights", "data"))
    )
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
        if failure.kind not in (FailureKind.UNAVAILABLE, FailureKind.MALFORMED):
            fatal_failures.append(failure)
        return None


async def read_batched_insights(
    client: PlatformClient, tokens: Tokens, works: list[str], metrics: str
) -> tuple[Insights, PlatformFailure | None]:
    """Returns insights by work, 50 works a call, and the failure that ended the calls.

    https://developers.facebook.com/docs/graph-api/batch-requests
    """
    found: Insights = {}
    for start in range(0, len(works), BATCH):
        chunk = works[start : start + BATCH]
        requests = [
            {"method": "GET", "relative_url": f"{work}/insights?metric={metrics}"} for work in chunk
        ]
        try:
            answer = await graph_batch(client, tokens.access_token, requests)
        except PlatformFailure as failure:
            return found, failure
        found |= {w: part_values(part) for w, part in zip(chunk, answer, strict=False)}
    return found, None


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


def part_values(part: Any) -> dict[str, int]:
    """Returns the values of one part of a batch, whose body is JSON text; empty if it failed."""
    if dig(part, "code") != 200:
        return {}
    try:
        return insight_values({"insights": json.loads(str(dig(part, "body")))})
    except (ValueError, RecursionError):
        return {}
