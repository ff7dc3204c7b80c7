"""Reading one work at Meta: its author as the answer names it, and its insights."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from openchannels.connectors.base.mapping import WorkMap
from openchannels.connectors.base.parse import text
from openchannels.connectors.base.paths import value_at
from openchannels.connectors.meta.insights import INLINE, SEPARATE, insight_values, try_read
from openchannels.core.accounts import Account
from openchannels.core.insights import DetailedWork
from openchannels.core.platform_errors import PlatformFailure
from openchannels.transport.platform_client import PlatformClient

OPERATION = "works.read"


def detailed(
    client: PlatformClient, account: Account, item: Any, work_map: WorkMap, uid: str, name: str
) -> DetailedWork:
    """Returns the work that an object describes, whose author stands at the paths `uid` and `name`.

    Raises PlatformFailure, MALFORMED, for an object that is no work.
    """
    work = work_map.read(item, account)
    if work is None:
        raise client.malformed(OPERATION)
    author = text(value_at(item, uid))
    # A list is the account's own; one work may be somebody else's.
    named = replace(work, author_uid=author, author_name=text(value_at(item, name)))
    return DetailedWork(named, author)


async def read_with_insights(
    work_id: str,
    mode: str,
    read: Callable[[bool], Awaitable[dict[str, Any]]],
    read_insights: Callable[[str], Awaitable[dict[str, int]]],
    fallback: Callable[[PlatformFailure], str | None],
) -> dict[str, Any]:
    """Returns a work with its insights as `numbers`, by one call where they come with the work.

    `read` is told whether to ask for insights too. `fallback` returns the mode in which to go on
    after a refusal of both, or None if the refusal is of the work.
    """
    work = None
    if mode == INLINE:
        try:
            work = await read(True)
        except PlatformFailure as failure:
            other = fallback(failure)
            if other is None:
                raise
            mode = other
        else:
            if "insights" in work:
                return {**work, "numbers": insight_values(work)}
            mode = SEPARATE
    work = work or await read(False)
    numbers = await try_read(read_insights, work_id, []) if mode == SEPARATE else None
    return {**work, "numbers": numbers or {}}
