"""What a document's operations take, and the ids that stand in a tenant's data."""

import json
import secrets
import string
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote

KINDS = {
    "accountId": "account",
    "candidateAccountId": "account",
    "ids": "account",
    "sessionId": "session",
    "groupId": "group",
    "spaceIds": "group",
    "webhookId": "webhook",
    "eventId": "event",
    "deliveryId": "delivery",
    "keyId": "key",
    "cursor": "entry",
    "pagination": "cursor",
    "eventIds": "event",
    "flowId": "flow",
    "taskId": "publication",
    "recordId": "publication",
    "items": "account",
    "list": "account",
    "id": "asset",
}
"""Parameters that name something of a tenant, and what they name."""
OTHER_KINDS = {
    ("AccountGroupsController_deleteMany_v2", "ids"): "group",
    ("WorksController_listWorks_v2", "cursor"): "cursor",
    # A position among the caller's own accounts: any text is one, and none is looked up.
    ("AccountsController_list_v2", "cursor"): None,
    # A place by time within what is the caller's own.
    ("WorksController_listHistory_v2", "cursor"): None,
    ("AssetsController_list", "cursor"): None,
    # A name of the caller's own choice, which belongs to the caller alone.
    ("PublishFlowController_createFlow_v2", "flowId"): None,
    ("PublishFlowController_preflight_v2", "flowId"): None,
    ("WorksController_listHistory_v2", "platformWorkId"): "work",
    ("AccountsController_publishOptionValues_v2", "accountId"): "account with options",
    ("AccountsController_createPublishOptionValue_v2", "accountId"): "account with options",
}
"""Parameters of some operations that name something else, or nothing."""
PUBLIC_KINDS = {"platformWorkId": "work"}
"""Parameters that name what the platform shows to anybody: filled in, and compared only above."""
SOUGHT = {"accountId"}
"""Parameters that are given even where they may be left out, because so much hangs on them."""
FILLED = {"field": "boardId", "link": "https://www.youtube.com/watch?v=aB3dE5gH7jK"}
"""What required parameters hold that name nothing of ours."""
NAMELESS = {
    "AccountGroupsController_create_v2",
    "AccountGroupsController_list_v2",
    "AssetsController_list",
    "AssetsHttpController_createUploadSign",
    "AuthSessionsController_list_v2",
    "EventsController_list_v2",
    "PlatformsController_availability_v2",
    "PlatformsController_listPublishOptions_v2",
    "PlatformsController_usage_v2",
    "WebhooksController_create_v2",
    "WebhooksController_list_v2",
}
"""Operations that take no id of a tenant: of these only what they show is searched."""
KEYLESS = {
    "PlatformsController_listPlatforms_v2",
    "PublishRecordController_getPublicRecord_v2",
}
"""Operations that know no tenant."""
HARMLESS = {
    *("platform", "types", "status", "limit", "since", "until", "action", "contentMode", "from"),
    *("callbackUrl", "redirectUri", "revoke", "siblings", "type", "uid", "nickname", "avatar"),
    *("loginCookie", "accounts", "url", "description", "enabled", "name", "rank", "page", "to"),
    *("ip", "location", "countryCode", "proxyIp", "browserConfig"),
    *("platformWorkId", "after", "afterSequence", "untilSequence", "onlyDead", "link"),
    *("pageSize", "overlapSeconds", "overlapHours", "direction", "total", "isDefault"),
    *("field", "filter"),
    *("filename", "size"),
    *("content", "publishAt", "context", "option", "force", "accountType", "time"),
    *("workLink", "dataId", "linkStatus", "linkError", "linkMeta"),
    *("parentCommentId", "data", "purpose"),
}
"""Parameters that name nothing of ours."""
ALPHABETS = (string.digits, string.ascii_lowercase, string.ascii_uppercase)


@dataclass(frozen=True, slots=True)
class Slot:
    """A place of an operation that takes an id."""

    name: str
    place: str
    kind: str


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of the document: how it is called, and where it takes ids."""

    id: str
    method: str
    path: str
    scope: str
    slots: Sequence[Slot]
    required: Sequence[Slot]
    filled: Mapping[str, str]
    body: Mapping[str, Any] | None
    unplanned: Sequence[str]


@dataclass(frozen=True, slots=True)
class Request:
    """A call as it is to be sent."""

    method: str
    path: str
    params: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, Any] | None = None


def operations(document: Mapping[str, Any]) -> Iterator[Operation]:
    """All operations that take a key, with the parameters for which there is no plan."""
    for path, methods in document["paths"].items():
        for method, described in methods.items():
            if described["security"]:
                yield _operation(document, path, method.upper(), described)


def uncovered(document: Mapping[str, Any]) -> list[str]:
    """What no request here compares: operations and parameters, by name."""
    planned = {operation.id: operation for operation in operations(document)}
    methods = [one for found in document["paths"].values() for one in found.values()]
    keyless = {one["operationId"] for one in methods} - planned.keys()
    nameless = {name for name, operation in planned.items() if not operation.slots}
    parameters = [f"{one.id}: {name}" for one in planned.values() for name in one.unplanned]
    return sorted((keyless ^ KEYLESS) | (nameless ^ NAMELESS)) + parameters


def _operation(
    document: Mapping[str, Any], path: str, method: str, described: Mapping[str, Any]
) -> Operation:
    named = [(p["name"], p["in"], p["required"]) for p in described["parameters"]]
    named = [one for one in named if one[1] != "header"]
    body = None
    if "requestBody" in described:
        content = described["requestBody"]["content"]["application/json"]
        schema = document["components"]["schemas"][content["schema"]["$ref"].rpartition("/")[2]]
        body = content["example"]
        wanted = schema.get("required", ())
        named += [(name, "body", name in wanted) for name in schema["properties"]]
    slots, known = {}, {}
    for name, place, _ in named:
        if kind := OTHER_KINDS.get((described["operationId"], name), KINDS.get(name)):
            slots[name] = Slot(name, place, kind)
        elif name in PUBLIC_KINDS:
            known[name] = Slot(name, place, PUBLIC_KINDS[name])
    needed = [name for name, _, wanted in named if wanted or name in SOUGHT]
    return Operation(
        id=described["operationId"],
        method=method,
        path=path,
        scope=described["x-required-scope"],
        slots=list(slots.values()),
        required=[one for name, one in {**slots, **known}.items() if name in needed],
        filled={
            name: place
            for name, place, wanted in named
            if wanted and (name in FILLED or name == "platform")
        },
        body=body,
        unplanned=[name for name, _, _ in named if name not in KINDS and name not in HARMLESS],
    )


def request(operation: Operation, own: Mapping[str, str], platform: str) -> Request:
    """A call that is sound but for what is put into its slots; required ones hold `own` ids."""
    asked = Request(operation.method, operation.path)
    if operation.body is not None:
        asked = replace(asked, body=dict(operation.body))
    for name, place in operation.filled.items():
        asked = put(asked, Slot(name, place, ""), FILLED.get(name, platform))
    for slot in operation.required:
        asked = put(asked, slot, own[slot.kind])
    return asked


def put(asked: Request, slot: Slot, value: str) -> Request:
    """The call with an id in a slot."""
    if slot.place == "path":
        return replace(asked, path=asked.path.replace("{" + slot.name + "}", quote(value, safe="")))
    if slot.place == "query":
        name = "pagination[cursor]" if slot.name == "pagination" else slot.name
        return replace(asked, params={**asked.params, name: value})
    before, named = (asked.body or {}).get(slot.name), {}
    if isinstance(before, list):
        key = "accountId" if slot.name == "items" else "id"
        named = [{**before[0], key: value} if isinstance(before[0], dict) else value]
    return replace(asked, body={**(asked.body or {}), slot.name: named or value})


def open_slot(operation: Operation, slot: Slot, own: Mapping[str, str], platform: str) -> Request:
    """A sound call with this slot left to be filled."""
    others = [one for one in operation.required if one != slot]
    return request(replace(operation, required=others), own, platform)


def like(value: str) -> str:
    """An id of the same form that belongs to nobody: each letter and digit drawn again."""
    head, bar, tail = value.partition("_")
    kept = head + bar if bar and head.isalpha() else ""
    return kept + "".join(map(_other, tail if kept else value))


def _other(character: str) -> str:
    for alphabet in (string.hexdigits[:16], *ALPHABETS):
        if character in alphabet:
            return secrets.choice(alphabet)
    return character


def told(body: Mapping[str, Any], sent: str) -> str:
    """An answer without what differs each time, and without the id that was sent."""
    kept = {name: part for name, part in body.items() if name not in ("requestId", "timestamp")}
    return json.dumps(kept, sort_keys=True).replace(sent, "{id}")
