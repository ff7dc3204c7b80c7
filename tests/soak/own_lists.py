"""The service's own lists that page: how entries are made, and how a reader goes on.

Entries are rows, several of one time, so that order must not hang on the time alone.
"""

import itertools
import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Column, Table

from openchannels.core import ids
from openchannels.store import tables as t
from tests.harness.paths import ACCOUNTS, API, EVENTS, WEBHOOKS, WORKS
from tests.harness.rig import Rig
from tests.harness.tool import Answer, Tool

Params = Mapping[str, str | int]
Row = dict[str, Any]
WORK = "65f1a2b3c4d5e6f708192a3b"
AT_ONE_TIME = 7


def by_cursor(answer: Answer, _sent: Params) -> Params | None:
    cursor = answer.data.get("nextCursor")
    return None if cursor is None else {"cursor": cursor}


def by_number(answer: Answer, sent: Params) -> Params | None:
    number, size = int(sent.get("page", 1)), int(sent["pageSize"])
    return {"page": number + 1} if number * size < answer.data["total"] else None


def by_sequence(answer: Answer, _sent: Params) -> Params | None:
    more = answer.data["hasNext"]
    return {"after": answer.data["list"][-1]["data"]["sequence"]} if more else None


@dataclass(frozen=True, slots=True)
class OwnList:
    """A list, how its entries are made, and in which order they are given."""

    operation: str
    path: str
    table: Table
    where: Mapping[str, str]
    order: Sequence[Column[Any]]
    newest_first: bool
    row: Callable[[int], Row]
    following: Callable[[Answer, Params], Params | None] = by_cursor
    size_name: str = "limit"
    goes: bool = True
    events: "OwnList | None" = None
    """Events of which each entry needs one."""

    @property
    def shifts(self) -> bool:
        """Whether a change before the place of a reader moves what follows."""
        return self.following is by_number


Make = Callable[[Rig, Tool, str], Awaitable[OwnList]]
"""Makes a list of a tenant who has one account, of this id."""


async def accounts_by_cursor(rig: Rig, tool: Tool, account: str) -> OwnList:
    like = await _without_credential(rig, account)
    return _accounts(like, tool, lambda: secrets.token_hex(12))


async def accounts_by_number(rig: Rig, tool: Tool, account: str) -> OwnList:
    """Entries come and go behind the reader only: before him they would shift the pages."""
    like = await _without_credential(rig, account)
    last = itertools.count()
    of_pages = _accounts(like, tool, lambda: f"z{next(last):09}{secrets.token_hex(4)}")
    return replace(of_pages, following=by_number, size_name="pageSize")


async def _without_credential(rig: Rig, account: str) -> Row:
    """The row of an account that may go as any other: nothing hangs on it."""
    await rig.drop_rows("credentials", account_id=account)
    (row,) = await rig.rows("accounts", id=account)
    return row


def _accounts(like: Row, tool: Tool, new_name: Callable[[], str]) -> OwnList:
    def row(_number: int) -> Row:
        name = new_name()
        return {**like, "id": f"xhs_{name}", "identity": name, "uid": name}

    return OwnList(
        "AccountsController_list_v2",
        ACCOUNTS,
        t.accounts,
        {"user_id": tool.user_id},
        [t.accounts.c.id],
        False,
        row,
    )


async def assets(rig: Rig, tool: Tool, _account: str) -> OwnList:
    await tool.post("/api/assets/uploadSign", {"filename": "a.png"})
    (like,) = await rig.rows("assets", user_id=tool.user_id)

    def row(number: int) -> Row:
        new = ids.new_object_id()
        at = like["created_at"] - number // AT_ONE_TIME
        return {**like, "id": new, "path": f"{tool.user_id}/{new}", "created_at": at}

    return OwnList(
        "AssetsController_list",
        "/api/assets",
        t.assets,
        {"user_id": tool.user_id},
        [t.assets.c.created_at, t.assets.c.id],
        True,
        row,
    )


async def history(rig: Rig, tool: Tool, account: str) -> OwnList:
    where = {"user_id": tool.user_id, "account_id": account, "work_id": WORK}

    def row(number: int) -> Row:
        at = rig.clock() - number // AT_ONE_TIME
        return {**where, "id": ids.new_object_id(), "at": at, "metrics": {}, "extra": {}}

    return OwnList(
        "WorksController_listHistory_v2",
        f"{WORKS}/xhs/{WORK}/history?accountId={account}",
        t.snapshots,
        where,
        [t.snapshots.c.at, t.snapshots.c.id],
        True,
        row,
    )


async def events(rig: Rig, tool: Tool, _account: str) -> OwnList:
    (like, *_) = await rig.rows("events", user_id=tool.user_id)
    del like["sequence"]
    # An event is listed some seconds after it happened: this one is left away, the others are old.
    await rig.drop_rows("events", user_id=tool.user_id)
    like["at"] -= 60.0

    def row(_number: int) -> Row:
        return {**like, "id": ids.new_event_id()}

    return OwnList(
        "EventsController_list_v2",
        EVENTS,
        t.events,
        {"user_id": tool.user_id},
        [t.events.c.sequence],
        False,
        row,
        by_sequence,
    )


async def deliveries(rig: Rig, tool: Tool, account: str) -> OwnList:
    url = "https://hooks.example.com/"
    shown = await rig.runtime.services.webhooks.create(tool.user_id, "operator", url)
    webhook, at = shown.webhook.id, rig.clock()

    def row(_number: int) -> Row:
        like = {"webhook_id": webhook, "status": "pending", "attempts": 0, "asked_at": at}
        return {**like, "id": ids.new_delivery_id()}

    return OwnList(
        "WebhooksController_deliveries_v2",
        f"{WEBHOOKS}/{webhook}/deliveries",
        t.deliveries,
        {"webhook_id": webhook},
        [t.deliveries.c.sequence],
        True,
        row,
        events=await events(rig, tool, account),
    )


async def audit(rig: Rig, tool: Tool, _account: str) -> OwnList:
    (like, *_) = await rig.rows("audit", user_id=tool.user_id)

    def row(number: int) -> Row:
        at = like["at"] - number // AT_ONE_TIME
        return {**like, "id": ids.new_object_id(), "at": at}

    return OwnList(
        "AuditController_list_v2",
        f"{API}/audit",
        t.audit,
        {"user_id": tool.user_id},
        [t.audit.c.at, t.audit.c.id],
        True,
        row,
        goes=False,
    )


LISTS: Mapping[str, Make] = {
    "accounts_by_cursor": accounts_by_cursor,
    "accounts_by_number": accounts_by_number,
    "assets": assets,
    "history": history,
    "events": events,
    "deliveries": deliveries,
    "audit": audit,
}
