"""Results hold what the wire holds."""

import ast
import inspect
import pickle
import sys
from dataclasses import FrozenInstanceError, fields, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from openchannels import client
from openchannels.api.app import OPERATIONS
from openchannels.api.endpoint import OPERATION
from openchannels.client import Client, Pick, models
from openchannels.client.operations import Operation
from openchannels.client.results import Result, decode
from openchannels.client.sync import connection

RESULTS = {
    name: kind
    for name, kind in vars(models).items()
    if inspect.isclass(kind) and issubclass(kind, Result)
}
OURS = {
    "AccountList": "AccountPage",
    "AssetList": "AssetPage",
    "AttemptVo": "DeliveryAttempt",
    "AuditList": "AuditPage",
    "AuthSessionStatus": "AuthSession",
    "Availability": "AvailabilityMatrix",
    "CommentList": "CommentsPage",
    "CursorPage": "Pagination",
    "DeliveryDetails": "Delivery",
    "DeliveryList": "DeliveryPage",
    "EventList": "EventPage",
    "ErrorDataVo": "PublishFailure",
    "FieldVo": "FieldAvailability",
    "LinkInfoVo": "LinkInfo",
    "NumberedPage": "Pagination",
    "PlatformMetadataVo": "Platform",
    "Redelivered": "Redelivery",
    "RevokedVo": "RevokedGrant",
    "SelectedAccount": "Pick",
    "TaskIdVo": "ChangedTask",
    "TestVo": "WebhookTest",
    "WaitingVo": "PublishWaiting",
    "WarningVo": "PublishWarning",
    "WebhookWithSecret": "Webhook",
    "WorkItem": "Work",
    "WorkList": "WorksPage",
    "WorkMetrics": "Metrics",
    "WorkVo": "DetailedWork",
}
"""The client's names of shapes, where more than the ending differs."""
SHORTER = {"WebhookVo", "DeliveryVo"}
"""Shapes that lack a field of another one, for which the client has one result."""
AS_JSON = {"DeletedVo", "DeletedWebhook", "HintActionVo"}
"""Shapes, with those of capabilities, that the client leaves as they are, or takes apart."""


def wire_shapes() -> dict[str, type[msgspec.Struct]]:
    """The shapes of all answers, by name, with those inside them."""
    found: dict[str, type[msgspec.Struct]] = {}

    def visit(kind: Any) -> None:
        is_shape = isinstance(kind, type) and issubclass(kind, msgspec.Struct)
        if is_shape and kind.__name__ not in found:
            found[kind.__name__] = kind
            for one in msgspec.structs.fields(kind):
                visit(one.type)
        for inner in getattr(kind, "__args__", ()):
            visit(inner)

    for route in OPERATIONS:
        visit(route.opt[OPERATION].data)
    return found


def test_shapes_hold_what_the_wire_holds() -> None:
    wire: dict[str, set[str]] = {}
    for name, kind in wire_shapes().items():
        ours = OURS.get(name, name.removesuffix("Vo"))
        if ours in RESULTS and name not in SHORTER:
            names = {field.name for field in msgspec.structs.fields(kind)}
            wire.setdefault(ours, set()).update(names)
        else:
            assert name in SHORTER | AS_JSON or _is_capability(name), name
    assert RESULTS.keys() - wire.keys() == {"ConnectionResult", "Pick"}
    for name, held in wire.items():
        shape: Any = RESULTS[name]
        # The kind of a page is a tag on the wire.
        assert {field.name for field in fields(shape)} - {"mode"} == held, name


def _is_capability(name: str) -> bool:
    parts = ("Capabilit", "PagingVo", "ListCommentsVo", "CreateCommentVo", "Function", "Parameters")
    return any(part in name for part in parts)


def _json(value: Any) -> Any:
    if isinstance(value, Result):
        return value.to_dict()
    return [_json(one) for one in value] if isinstance(value, tuple) else value


def _rebuilt(value: Any) -> Any:
    """The JSON of a result that was not received, but made of its attributes."""
    if isinstance(value, Result):
        shape: Any = value
        return replace(shape).to_dict()
    return [_rebuilt(one) for one in value] if isinstance(value, tuple) else value


def _holds(whole: Any, part: Any) -> bool:
    """Whether all members of a JSON value are in another one, which may have empty ones more."""
    if isinstance(part, dict):
        return all(name in whole and _holds(whole[name], value) for name, value in part.items())
    if isinstance(part, list):
        return len(whole) == len(part) and all(map(_holds, whole, part))
    return bool(whole == part)


ARGUMENTS = {
    "picks": [Pick("u")],
    "ranks": {"a": 1},
    "value": {"name": "n"},
    "field": "boardId",
    "items": [{"platform": "youtube", "accountId": "a"}],
    "content": {"title": "t"},
    "at": datetime(2026, 12, 1, tzinfo=UTC),
}


def _call_all(client: Client) -> None:
    """Calls every method that makes one call, with made-up arguments."""
    for part in [value for name, value in vars(client).items() if not name.startswith("_")]:
        for name, method in inspect.getmembers(part, inspect.ismethod):
            if name.startswith(("_", "iter", "follow", "upload")):
                continue
            needed = inspect.signature(method).parameters.values()
            method(*(ARGUMENTS.get(p.name, "x") for p in needed if p.default is p.empty))


def test_every_method_returns_the_documented_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """The examples of the API's reference are read, and written again as they were."""
    examples = {o.id: msgspec.to_builtins(o.example) for o in map(_operation, OPERATIONS)}
    called: set[str] = set()

    def call(_: Any, operation: Operation, shape: Any, *segments: str, **__: Any) -> Any:
        assert operation.path.count("{}") == len(segments)
        called.add(operation.id)
        example = examples[operation.id]
        result = decode(shape, example)
        assert _json(result) == example, operation.id
        assert _holds(_rebuilt(result), example), operation.id
        return result

    monkeypatch.setattr(connection.Connection, "call", call)
    with Client("http://127.0.0.1:1", "oc_x") as client:
        _call_all(client)
    assert called == examples.keys()


def _operation(route: Any) -> Any:
    return route.opt[OPERATION]


def test_unknown_fields_are_kept() -> None:
    received = {"type": "x", "id": "e", "timestamp": "2026-11-21T08:00:00Z", "new": {"a": [1]}}
    event = decode(client.Event, received)
    assert event.timestamp == datetime(2026, 11, 21, 8, tzinfo=UTC)
    assert (event.data, event.unknown_fields) == ({}, {"new": {"a": [1]}})
    assert event.to_dict() == received
    event.to_dict()["new"]["a"].append(2)
    assert event.to_dict() == received
    assert pickle.loads(pickle.dumps(event)) == event
    with pytest.raises(FrozenInstanceError):
        event.id = "f"  # type: ignore[misc]


def test_the_package_names_all_results() -> None:
    assert RESULTS.keys() <= set(client.__all__)
    assert set(models.__all__) == RESULTS.keys()
    assert all(getattr(client, name) is not None for name in client.__all__)
    with pytest.raises(AttributeError):
        client.Nothing  # noqa: B018


def test_the_client_stands_alone() -> None:
    folder = Path(inspect.getfile(client)).parent
    allowed = (*sys.stdlib_module_names, "httpx2", "openchannels.client")
    for file in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names += [one.name for one in node.names] if isinstance(node, ast.Import) else []
            for name in names:
                known = name.partition(".")[0] in allowed or name.startswith("openchannels.client")
                assert known, f"{file.name}: {name}"
