"""Calls every function in `store/queries`, with arguments that are found by name or by type.

A new query is called without a change here as long as its parameters are named as others are.
"""

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection

from openchannels.core.accounts import AccountFilter, AccountSlice
from openchannels.core.assets import AssetFilter
from openchannels.core.audit import Action, AuditFilter
from openchannels.core.events import EventType
from openchannels.core.idempotency import KeyedRequest
from openchannels.core.insights import AccountFigures, AccountMetrics, Period, WorkFigures
from openchannels.core.limit_exchange import Note
from openchannels.core.platforms import Platform
from openchannels.core.positions import Position
from openchannels.core.publications import PublicationFilter, PublishStatus
from openchannels.core.sessions import SessionStage
from openchannels.core.snapshots import SnapshotKey
from openchannels.core.webhooks import (
    Delivery,
    DeliveryAttempt,
    DeliveryFilter,
    DeliveryStatus,
    Event,
    RedeliverySelection,
)
from openchannels.core.works import Metrics
from openchannels.service.credentials import schedule
from openchannels.store import queries
from openchannels.store.queries import publications
from openchannels.store.queries.due_times import DueColumn
from openchannels.store.queries.moving import LongestClaims
from openchannels.store.queries.sealed_columns import SealedColumn
from openchannels.store.tables import credentials, events, media_addresses, metadata
from tests.store.crowded import DAY, NOW, ROWS, row

PAGE = 20
EVENT = Event(1, "e0", "u", "account.offline", "a0", "xhs", NOW, {})
DELIVERY = Delivery("d0", "w0", EVENT, "delivered", 0, NOW, None, None, None, None, None)
OBJECT, MIDDLE = f"{0:024x}", NOW - DAY + 1_500

BY_TYPE: Mapping[Any, Sequence[Any]] = {
    AccountFilter: [
        AccountFilter(ids=["a0", "a2", "a4"]), AccountFilter(group_ids=[OBJECT]),
        AccountFilter(), AccountFilter(status=1), AccountFilter(platforms=["xhs"]),
    ],
    AccountSlice: [AccountSlice(PAGE), AccountSlice(PAGE, after="a2000")],
    AuditFilter: [
        AuditFilter(), AuditFilter(account_id="a0"), AuditFilter(since=MIDDLE),
        AuditFilter(until=MIDDLE), AuditFilter(action="account.offline"),
    ],
    AssetFilter: [AssetFilter(), AssetFilter(status="confirmed"), AssetFilter(type="image")],
    DeliveryFilter: [DeliveryFilter()],
    RedeliverySelection: [
        RedeliverySelection(event_ids=["e0"]), RedeliverySelection(after=1_000),
    ],
    DueColumn: [schedule.REFRESH, schedule.PROBE, schedule.NOTICE, schedule.SNAPSHOT],
    KeyedRequest: [KeyedRequest("u", "key", b"digest")],
    SnapshotKey: [SnapshotKey("u", "a0"), SnapshotKey("u", "a0", "work")],
    AccountFigures: [AccountFigures(AccountMetrics())],
    WorkFigures: [WorkFigures(Metrics())],
    PublicationFilter: [
        PublicationFilter(), PublicationFilter(account_id="a0"), PublicationFilter(since=MIDDLE),
        PublicationFilter(until=MIDDLE), PublicationFilter(statuses=[PublishStatus.PUBLISHED]),
        PublicationFilter(platform=Platform("xhs")),
    ],
    ColumnElement[bool]: [
        publications.of_account("a0"), publications.of_platform(Platform("xhs")),
    ],
    LongestClaims: [LongestClaims(60, 60, 60)],
    SealedColumn: [SealedColumn(credentials, "sealed", str)],
    Action: [Action.ACCOUNT_OFFLINE],
    EventType: [EventType.OFFLINE],
    Delivery: [DELIVERY],
    DeliveryAttempt: [DeliveryAttempt(NOW, 5, 204, None)],
    DeliveryStatus: [DeliveryStatus.DELIVERED],
    SessionStage: [SessionStage.CHOOSING],
}  # fmt: skip
BY_NAME: Mapping[str, Sequence[Any]] = {
    "user_id": ["u"], "account_id": ["a0"], "account_ids": [["a0", "a2"]], "platform": ["xhs"],
    "platforms": [["xhs"]], "busy": [["youtube"]], "identity": [OBJECT], "other": [None, "x"],
    "version": [1], "reason": ["grant_dead"], "attention": ["reconnect_advised"],
    "evidence": [{}], "now": [NOW], "since": [NOW], "limit": [PAGE], "most": [PAGE],
    "ids": [["a0", "a2"], None], "required_scopes": [{}], "asset_id": [OBJECT], "path": [OBJECT],
    "owner": ["x"], "seconds": [60.0], "until": [NOW + 60], "lease": [NOW + 60], "size": [PAGE],
    "failing": [5], "before": [None, Position(MIDDLE, OBJECT)], "actor": ["service"],
    "entry_id": [OBJECT], "grant_key": [OBJECT], "leaving": [[]], "doubtful": [True],
    "due_times": [{"a0": NOW + 60}], "webhook_id": ["w0"], "delivery_ids": [["d0", "d2"]],
    "besides": ["d0"], "due_before": [NOW], "asked_before": [NOW], "delivery_id": ["d0"],
    "types": [[], ["account.offline"]], "kept": [["x"]], "account": [("a0", "xhs")],
    "sequence": [0, 1_000], "group_id": [OBJECT], "group_ids": [[OBJECT]],
    "heir": [f"{2:024x}"], "ranks": [{"a0": 2}], "request_id": [OBJECT], "sealed": [b"x"],
    "digest": [b"x" * 32], "key_id": [OBJECT], "successor_id": [OBJECT], "name": ["x"],
    "value": ["x"], "expires_at": [NOW], "unless_after": [None], "target": [],
    "last": [None, ("a1000",)], "whole": [True], "made": [True],
    "changes": [[(("a0",), b"x", b"y")]],
    "session_id": [OBJECT[:16]], "state_hash": [b"x" * 32], "ticket_state": [b"x" * 32],
    "browser_state": [b"x" * 32], "browser_hash": [b"x" * 32], "stages": [list(SessionStage)],
    "moments": [(NOW, NOW - DAY)], "code": [15012], "data": [{}], "offered": [[]],
    "accounts": [["a0"]], "longest": [60.0], "ended_before": [NOW - DAY],
    "period": [Period()], "span": [Period()], "table": [events], "after": [None, (1_000,)],
    "event_ids": [["e0"]], "counts": [{("u", "xhs", "2026-01-01", "x"): (1, 1.0)}],
    "quota": [10**12], "worker_id": ["x"], "started_at": [NOW], "beat_at": [NOW],
    "publication_id": [OBJECT], "flow_id": [OBJECT], "key": ["x"], "asset_ids": [[OBJECT]],
    "holder": [None, "x"], "statuses": [[PublishStatus.PUBLISHED]], "facts": [{"state": "x"}],
    "token_hash": [b"x" * 32], "notes": [[Note("xhs", 60.0, "x")]], "spent": [{"xhs": 1.0}],
    "worker": ["x"], "within": [60.0], "seen": [NOW], "day": ["2009-09-01"], "group_given": [True],
    "work_id": ["work", "x"], "unless": [None, 1],
}  # fmt: skip
SPECIAL: Mapping[str, Mapping[str, Sequence[Any]]] = {
    "audit.list_entries": {"before": [None, (MIDDLE, OBJECT)], "user_id": ["u", None]},
    "audit.any_expired": {"before": [NOW - 2 * DAY]},
    "audit.purge": {"before": [NOW]},
    "events.any_expired": {"before": [NOW - 2 * DAY]},
    "events.purge": {"before": [NOW]},
    "snapshots.any_expired": {"before": [NOW - 2 * DAY]},
    "snapshots.purge": {"before": [NOW]},
    "usage.any_expired": {"before": ["1999-01-01"]},
    "usage.purge": {"before": ["2009-09-01"]},
    "deliveries.list_deliveries": {"before": [None, 1_500]},
    "deliveries.request_deliveries": {"wanted": [[("e0", 1)]]},
    "keys.list_keys": {"user_id": ["u", None]},
    "transfer.existing": {"rows": [[row(events, 5_000)]]},
    "transfer.insert_rows": {"rows": [[row(events, 5_000)]]},
    "accounts.update_account": {"values": [{"rank": 2}]},
    "assets.settle": {"values": [{"purge_at": NOW}]},
    "assets.complete": {"values": [{"purge_at": NOW}]},
    "credentials.store_credential": {
        "values": [{"sealed": b"x", "platform": "xhs", "updated_at": NOW}]
    },
    "credentials.replace": {"values": [{"checked_at": NOW}]},
    "publication_files.add_address": {
        "values": [{**row(media_addresses, ROWS), "publication_id": OBJECT}]
    },
    "publications.change": {"values": [{"failures": 1}]},
    "publications.change_idle": {"values": [{"failures": 1}]},
    "publications.change_reported": {"values": [{"failures": 1}]},
    "publications.put_off_waiting": {"values": [{"failures": 1}]},
    "daily.reschedule": {"values": [{"snapshot_at": NOW}]},
    "due_times.reschedule": {"values": [{"refresh_at": NOW}]},
    "groups.update_group": {"values": [{"rank": 2}]},
    "workers.heartbeat": {"version": ["1"]},
    "workers.register": {"version": ["1"]},
    "webhooks.update_webhook": {"values": [{"description": "x"}]},
}
"""Arguments that only one function takes so."""
INSERTS: Mapping[str, str] = {
    "accounts.insert_account": "accounts", "assets.insert_within": "assets",
    "groups.insert_group": "account_groups", "keys.insert_key": "api_keys",
    "publications.insert_one": "publications", "sessions.insert_session": "auth_sessions",
    "webhooks.insert_webhook": "webhooks",
}  # fmt: skip
"""Functions whose `values` are a whole new row of a table."""


class Stop(NamedTuple):
    """One call: the function's module and name, and what is called."""

    name: str
    call: Callable[[Connection], Any]


def stops() -> Iterator[Stop]:
    """Yields calls of all public functions of `store/queries` that take a connection."""
    for module in pkgutil.iter_modules(queries.__path__):
        found = importlib.import_module(f"{queries.__name__}.{module.name}")
        for name, function in vars(found).items():
            own = inspect.isfunction(function) and function.__module__ == found.__name__
            if own and not name.startswith("_"):
                yield from _calls(f"{module.name}.{name}", function)


def _calls(name: str, function: Any) -> Iterator[Stop]:
    parameters = list(inspect.signature(function).parameters.values())
    if not parameters or parameters[0].annotation is not Connection:
        return
    samples = {
        one.name: _samples(name, one) for one in parameters[1:] if one.kind is not one.VAR_KEYWORD
    }
    usual = {name: values[0] for name, values in samples.items()}
    variants = [usual] + [
        {**usual, changed: value} for changed, values in samples.items() for value in values[1:]
    ]
    for arguments in variants:
        yield Stop(name, _bound(function, arguments))


def _bound(function: Any, arguments: Mapping[str, Any]) -> Callable[[Connection], Any]:
    def call(connection: Connection) -> None:
        found = function(connection, **arguments)
        if isinstance(found, AbstractContextManager):
            with found:
                pass

    return call


def _samples(name: str, parameter: inspect.Parameter) -> Sequence[Any]:
    special = SPECIAL.get(name, {}).get(parameter.name)
    if special is not None:
        return special
    if parameter.name == "values":
        table = metadata.tables[INSERTS[name]]
        return [row(table, ROWS)]
    kind = parameter.annotation
    if kind in BY_TYPE:
        return BY_TYPE[kind]
    if parameter.name not in BY_NAME:
        raise LookupError(f"{name} takes {parameter.name}: {kind}; give a sample of it in BY_NAME")
    return BY_NAME[parameter.name]
