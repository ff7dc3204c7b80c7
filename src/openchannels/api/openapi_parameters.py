"""The parameters of operations in our OpenAPI document."""

import re
from collections.abc import Iterator
from typing import Any

import msgspec

from openchannels.api.endpoint import Operation
from openchannels.api.schemas.common import MAX_SAFE
from openchannels.core import errors
from openchannels.core.idempotency import HEADER, LONGEST_KEY
from openchannels.core.names import camel

REFS = "#/components/schemas/{name}"
PATH_PARAMETER = re.compile(r"\{(\w+):\w+\}")
POSITIVE = {"type": "integer", "minimum": 1, "maximum": MAX_SAFE}
DIRECTIONS = {"type": "string", "enum": ["next", "previous"]}
PAGINATION = {
    "anyOf": [
        {
            "type": "object",
            "title": "by page",
            "properties": {"page": POSITIVE, "pageSize": POSITIVE},
            "required": ["page", "pageSize"],
        },
        {
            "type": "object",
            "title": "by cursor",
            "properties": {
                "cursor": {"type": "string"},
                "limit": POSITIVE,
                "direction": DIRECTIONS,
            },
            "required": ["cursor"],
        },
        {
            "type": "object",
            "title": "first page",
            "properties": {
                "limit": POSITIVE,
                "direction": {"type": "string", "enum": ["next"]},
            },
            "required": ["limit"],
        },
        {
            "type": "object",
            "title": "onwards",
            "properties": {"direction": {"type": "string", "enum": ["next"]}},
            "required": ["direction"],
        },
    ]
}
PAGINATION_NOTE = (
    'In brackets (`pagination[limit]=10`). JSON text (`pagination={"limit":10}`) and the parameters'
    " `limit`, `cursor`, `direction`, `page` and `pageSize` say the same; one name with two values"
    f" is refused. Above the platform's maximum is {errors.LIMIT_TOO_LARGE.number} or"
    f" {errors.PAGE_SIZE_TOO_LARGE.number}, never clamped."
)
PAGINATION_PARAMETERS: dict[str, tuple[str, dict[str, Any]]] = {
    "limit": ("Works of one page, on platforms that page by cursor.", POSITIVE),
    "cursor": ("`nextCursor` or `previousCursor` of another page.", {"type": "string"}),
    "direction": ("`previous` needs a cursor; `next` if absent.", DIRECTIONS),
    "page": ("Page number from 1, on platforms that page by number; with `pageSize`.", POSITIVE),
    "pageSize": ("Works of one page, on platforms that page by number; with `page`.", POSITIVE),
}
"""The members of `pagination` as parameters, which generated clients can send."""
LOCALE_PARAMETER = {
    "name": "Accept-Language",
    "in": "header",
    "required": False,
    "description": "Language of `message`: zh-CN or en-US, English by default.",
    "schema": {"type": "string"},
}
IDEMPOTENCY_PARAMETER = {
    "name": HEADER,
    "in": "header",
    "required": False,
    "description": "A text of yours that is new for each request. Sent again with the same one"
    " within 24 hours, the request does not act again, and gets the answer of the first time."
    f" With another request it is {errors.VALIDATION_FAILED.number}.",
    "schema": {"type": "string", "minLength": 1, "maxLength": LONGEST_KEY, "pattern": "^[ -~]+$"},
}
FREE_QUERY: dict[str, Any] = {
    "style": "form",
    "explode": True,
    "schema": {"type": "object", "additionalProperties": {"type": "string"}},
}


def parameters(operation: Operation) -> list[dict[str, Any]]:
    """Returns the parameters of an operation as the document lists them."""
    return [
        *_path(operation),
        *_query(operation),
        *(_pagination() if operation.paged else ()),
        *((IDEMPOTENCY_PARAMETER,) if operation.takes_idempotency_key else ()),
        LOCALE_PARAMETER,
    ]


def _path(operation: Operation) -> Iterator[dict[str, Any]]:
    for name in map(camel, PATH_PARAMETER.findall(operation.path)):
        yield {
            "name": name,
            "in": "path",
            "required": True,
            "description": operation.path_notes.get(name, ""),
            "schema": {"type": "string", "pattern": "^[^/]+$"},
        }


def _query(operation: Operation) -> Iterator[dict[str, Any]]:
    if operation.query is not None:
        _, parts = msgspec.json.schema_components([operation.query], ref_template=REFS)
        schema = parts[operation.query.__name__]
        for name, shape in schema["properties"].items():
            required = name in schema.get("required", [])
            yield _in_query(name, shape.pop("description", ""), required=required, schema=shape)
    if operation.free_query is not None:
        yield _in_query("filter", operation.free_query, **FREE_QUERY)


def _pagination() -> Iterator[dict[str, Any]]:
    yield _in_query(
        "pagination",
        PAGINATION_NOTE,
        style="deepObject",
        explode=True,
        schema=PAGINATION,
        example={"limit": 10},
    )
    for name, (note, shape) in PAGINATION_PARAMETERS.items():
        yield _in_query(name, note, schema=shape)


def _in_query(name: str, note: str, *, required: bool = False, **rest: Any) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": required, "description": note, **rest}
