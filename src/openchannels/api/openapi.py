"""Builds our OpenAPI 3.1 document from the declared operations."""

import asyncio
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from litestar.handlers import HTTPRouteHandler

from openchannels.api.endpoint import OPERATION, Operation
from openchannels.api.openapi_parameters import PATH_PARAMETER, REFS, parameters
from openchannels.core import errors
from openchannels.core.exceptions import ErrorCode, ServiceError
from openchannels.core.idempotency import HEADER
from openchannels.core.names import camel

SECURITY = "apikey-header-X-Api-Key"
EXAMPLE_ID = "4f1c9a2e7b604d1f8a3c5e9b"
COMMON_CODES: tuple[ErrorCode[ServiceError], ...] = (
    errors.UNAUTHORIZED,
    errors.SCOPE_MISSING,
    errors.VALIDATION_FAILED,
    errors.INTERNAL_ERROR,
)
PUBLIC_CODES: tuple[ErrorCode[ServiceError], ...] = (errors.INTERNAL_ERROR,)
"""What an operation without a key may answer."""
REFUSALS: tuple[ErrorCode[ServiceError], ...] = (
    errors.REQUEST_TIMEOUT,
    errors.PAYLOAD_TOO_LARGE,
    errors.URI_TOO_LONG,
    errors.TOO_MANY_REQUESTS,
    errors.HEADERS_TOO_LARGE,
    errors.UNAVAILABLE,
)
"""What is answered with a status of its own."""
UNCHANGED = {"description": "`If-None-Match` names the answer's `ETag`: it is unchanged."}
FAILURE_DATA = "FailureData"
DATA_NOTE = "Details of the code; the examples show which."
REPLAYED = {
    "description": "`true` where the answer is that of an earlier request with the same"
    f" `{HEADER}`.",
    "schema": {"const": "true"},
}
RETRY_AFTER = {"description": "Seconds to wait.", "schema": {"type": "integer"}}
INTRODUCTION = (
    "Connect creators' accounts on social platforms and know whether each still works; read its"
    " works and figures; check, schedule and publish content; read and write comments, and like,"
    " repost or follow; keep files; get events by webhook.\n\nUnder `/api` the HTTP status is"
    " always 200 and `code` says: 0 is success. Only what is refused unread has its own status"
    f" ({', '.join(str(code.number) for code in REFUSALS)})."
)
TAGS = {
    "渠道管理/账号": "Accounts",
    "渠道管理/账号分组": "Account groups",
    "渠道管理/授权": "Authorization",
    "渠道管理/作品": "Works",
    "渠道管理/平台": "Platforms",
    "渠道管理/互动": "Engagement",
    "渠道管理/内容发布": "Publishing",
    "渠道管理/事件": "Events",
    "渠道管理/审计": "Audit",
    "资源管理": "Assets",
}
"""The contract's tag names and their meaning in English."""


class Document:
    """The document of an application, built when it is first asked for."""

    def __init__(self, routes: Iterable[HTTPRouteHandler], *, version: str, server: str) -> None:
        self._routes, self._version, self._server = routes, version, server
        self._built: dict[str, Any] | None = None

    async def get(self) -> dict[str, Any]:
        """Returns what `build_document` does; built in a thread, as that takes up to 0.1 s."""
        if self._built is None:
            self._built = await asyncio.to_thread(
                build_document, self._routes, version=self._version, server=self._server
            )
        return self._built


def build_document(
    routes: Iterable[HTTPRouteHandler], *, version: str, server: str
) -> dict[str, Any]:
    """Returns the whole document as plain JSON values."""
    operations: list[Operation] = [route.opt[OPERATION] for route in routes]
    paths: dict[str, Any] = {}
    for operation in operations:
        path = PATH_PARAMETER.sub(lambda m: "{" + camel(m[1]) + "}", operation.path)
        paths.setdefault(path, {})[operation.method.lower()] = _operation(operation)
    return {
        "openapi": "3.1.0",
        "info": {"title": "openchannels", "version": version, "description": INTRODUCTION},
        "servers": [{"url": server}],
        "tags": [
            {"name": name, "description": TAGS[name]}
            for name in dict.fromkeys(o.tag for o in operations)
        ],
        "paths": paths,
        "components": {
            "schemas": _schemas(operations) | _envelopes(operations),
            "responses": {code.name: _refusal(code) for code in REFUSALS},
            "securitySchemes": {SECURITY: {"type": "apiKey", "in": "header", "name": "X-Api-Key"}},
        },
    }


def _operation(operation: Operation) -> dict[str, Any]:
    described: dict[str, Any] = {
        "tags": [operation.tag],
        "operationId": operation.id,
        "summary": operation.summary,
        "description": operation.description,
        "parameters": parameters(operation),
        "responses": _responses(operation),
        "security": [{SECURITY: []}] if operation.scope else [],
    }
    if operation.scope is not None:
        described["x-required-scope"] = operation.scope.value
    if operation.body is not None:
        schema = {"$ref": REFS.format(name=operation.body.__name__)}
        example = msgspec.to_builtins(operation.body_example)
        described["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": schema, "example": example}},
        }
    return described


def _responses(operation: Operation) -> dict[str, Any]:
    codes = _codes(operation)
    content = {
        "schema": {"anyOf": [_ref(_name(operation, "Success")), _ref(_name(operation, "Failure"))]},
        "examples": {
            "success": {"summary": "success", "value": _success_example(operation)},
            **{f"{c.number}": {"summary": c.when, "value": failure_example(c)} for c in codes},
        },
    }
    answer: dict[str, Any] = {
        "description": "The envelope; `code` 0 is success.",
        "content": {"application/json": content},
    }
    if operation.takes_idempotency_key:
        answer["headers"] = {"Idempotency-Replayed": REPLAYED}
    refusals = {
        str(code.number): {"$ref": f"#/components/responses/{code.name}"} for code in REFUSALS
    }
    unchanged = {"304": UNCHANGED} if operation.kept else {}
    return {"200": answer, **unchanged, **refusals}


def _codes(operation: Operation) -> list[ErrorCode[ServiceError]]:
    common = COMMON_CODES if operation.scope else PUBLIC_CODES
    waiting = (errors.REQUEST_IN_PROGRESS,) if operation.takes_idempotency_key else ()
    return sorted({*operation.codes, *common, *waiting}, key=lambda code: code.number)


def _refusal(code: ErrorCode[ServiceError]) -> dict[str, Any]:
    response: dict[str, Any] = {
        "description": code.when,
        "content": {"application/json": {"schema": _ref(f"{code.name}Failure")}},
    }
    if code in (errors.TOO_MANY_REQUESTS, errors.UNAVAILABLE):
        response["headers"] = {"Retry-After": RETRY_AFTER}
    return response


def _ref(name: str) -> dict[str, str]:
    return {"$ref": REFS.format(name=name)}


def _name(operation: Operation, kind: str) -> str:
    """Returns a name for an envelope: `AccountsListFailure` of `AccountsController_list_v2`."""
    controller, action, *_ = operation.id.split("_")
    return f"{controller.removesuffix('Controller')}{action[0].upper()}{action[1:]}{kind}"


def _envelopes(operations: Sequence[Operation]) -> dict[str, Any]:
    """Returns the envelopes of all answers by name.

    Code generators name inlined schemas themselves, and drop those whose names collide.
    """
    found: dict[str, Any] = {FAILURE_DATA: {"type": "object", "description": DATA_NOTE}}
    for operation in operations:
        found[_name(operation, "Success")] = _success_schema(operation)
        codes = [code.number for code in _codes(operation)]
        found[_name(operation, "Failure")] = _failure_schema(codes)
    for code in REFUSALS:
        found[f"{code.name}Failure"] = _failure_schema([code.number])
    return found


def _success_schema(operation: Operation) -> dict[str, Any]:
    (data,), _ = msgspec.json.schema_components([operation.data], ref_template=REFS)
    return {
        "type": "object",
        "properties": {
            "data": data,
            "code": {"const": 0},
            "message": {"const": errors.SUCCESS_MESSAGE},
            "requestId": {"type": "string"},
        },
        "required": ["data", "code", "message", "requestId"],
    }


def _failure_schema(codes: Sequence[int]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {
            "data": _ref(FAILURE_DATA),
            "code": {"type": "integer", "enum": list(codes)},
            "message": {"type": "string"},
            "timestamp": {"type": "integer", "description": "Unix milliseconds."},
            "requestId": {"type": "string"},
        },
        "required": ["data", "code", "message", "timestamp", "requestId"],
    }


def _success_example(operation: Operation) -> dict[str, Any]:
    return {
        "data": msgspec.to_builtins(operation.example),
        "code": 0,
        "message": errors.SUCCESS_MESSAGE,
        "requestId": EXAMPLE_ID,
    }


OFFLINE = {
    "accountId": "youtube_1_UC1",
    "platform": "youtube",
    "reason": "grant_dead",
    "advice": "YouTube no longer accepts the access you gave, perhaps because it was withdrawn or"
    " the password was changed. Connect the account again.",
}
EXAMPLE_DATA: dict[ErrorCode[ServiceError], dict[str, Any]] = {
    errors.TOO_MANY_REQUESTS: {"retryAfter": 3},
    errors.VALIDATION_FAILED: {"issues": [{"path": "accountId", "message": "is required"}]},
    errors.ACCOUNT_INFO_FAILED: {"platform": "wxSph", "category": "auth", "retryable": False},
    errors.PLATFORM_NOT_SUPPORTED: {
        "platform": "youtube",
        "capability": "auth",
        "reason": "not_configured",
    },
    errors.ACCOUNT_NOT_AUTHORIZED: OFFLINE,
    errors.AUTHORIZATION_EXPIRED: OFFLINE,
    errors.CREDENTIAL_NOT_FOUND: {
        **OFFLINE,
        "reason": "credential_missing",
        "advice": "No access to this account is stored. Connect it with YouTube again.",
    },
    errors.REFRESH_FAILED: OFFLINE,
    errors.PLATFORM_RATE_LIMITED: {
        "platform": "youtube",
        "category": "quota",
        "retryable": True,
        "operation": "works.list",
        "httpStatus": 403,
        "platformCode": "quotaExceeded",
        "retryAfter": 3600,
        "resetAt": "2026-11-21T08:00:00.000Z",
    },
    errors.PLATFORM_RESPONSE_INVALID: {"platform": "wxSph"},
    errors.PERMISSION_MISSING: {
        "platform": "youtube",
        "category": "permission",
        "retryable": False,
    },
    errors.OPERATION_NOT_SUPPORTED: {
        "platform": "xhs",
        "capability": "work.listWorks",
        "reason": "no_public_api",
    },
    errors.PAGINATION_MODE_NOT_SUPPORTED: {
        "platform": "bilibili",
        "expectedMode": "page",
        "actualMode": "cursor",
    },
    errors.LIMIT_TOO_LARGE: {"platform": "youtube", "limit": 51, "maxLimit": 50},
    errors.PAGE_SIZE_TOO_LARGE: {"platform": "bilibili", "pageSize": 51, "maxPageSize": 50},
    errors.DIRECTION_NOT_SUPPORTED: {"platform": "tiktok", "direction": "previous"},
    errors.REQUIRED_FIELD_MISSING: {"fields": ["uid", "nickname"]},
    errors.PLATFORM_UNAVAILABLE: {"platform": "youtube", "category": "timeout", "retryable": True},
    errors.REQUEST_IN_PROGRESS: errors.request_in_progress().data,
    errors.SCOPE_MISSING: {"scope": "accounts:write"},
}


def failure_example(code: ErrorCode[ServiceError]) -> dict[str, Any]:
    """Returns an example of an error, in English."""
    data = EXAMPLE_DATA.get(code, {})
    return {
        "data": data,
        "code": code.number,
        "message": code.message("en-US", {"platform": "youtube", **data}),
        "timestamp": 1795248000000,
        "requestId": EXAMPLE_ID,
    }


def _schemas(operations: Sequence[Operation]) -> dict[str, Any]:
    kinds = [kind for o in operations for kind in (o.data, o.body) if kind is not None]
    queries = [operation.query for operation in operations if operation.query is not None]
    _, components = msgspec.json.schema_components([*kinds, *queries], ref_template=REFS)
    # Queries appear as parameters; here only the schemas that those refer to are needed.
    unnamed = {query.__name__ for query in queries}
    return {name: components[name] for name in sorted(components.keys() - unnamed)}
