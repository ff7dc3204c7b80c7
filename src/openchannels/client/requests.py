"""A request as data: what an operation sends, before any HTTP library is involved."""

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode

from openchannels.client.operations import Operation

IDEMPOTENCY_KEY = "Idempotency-Key"
NULL = object()
"""In a body: the member is sent as null, where None would leave it out."""
MINUTE = timedelta(minutes=1)


class UnusableId(ValueError):
    """An id that no path can hold: with it the path would be that of another operation."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request: `path` with its query. `acts` if a second one may have a second effect."""

    method: str
    path: str
    headers: Mapping[str, str]
    content: bytes | None = None
    acts: bool = False


def request_of(
    operation: Operation,
    segments: tuple[str, ...] = (),
    query: Mapping[str, Any] | None = None,
    body: Mapping[str, Any] | None = None,
) -> Request:
    """Returns the request of an operation; None in query and body means absent.

    Raises ValueError for a time without a zone, and for an id that no path can hold.
    """
    path = operation.path.format(*(_segment(segment) for segment in segments))
    sent = None if body is None else without_none(body)
    return plain_request(operation.method, path, query or {}, sent, acts=operation.acts)


def plain_request(
    method: str, path: str, query: Mapping[str, Any], body: Any, *, acts: bool
) -> Request:
    """Returns a request; lists in a query are repeated names.

    Raises ValueError for a time without a zone, or a path that does not begin with a slash.
    """
    if not path.startswith("/"):
        # An address of another service would get the key.
        raise ValueError("the path must begin with a slash")
    headers: dict[str, str] = {}
    if acts:
        headers[IDEMPOTENCY_KEY] = str(uuid.uuid4())
    content = None
    if body is not None:
        headers["Content-Type"] = "application/json"
        content = json.dumps(body, ensure_ascii=False, default=_plain).encode()
    pairs = urlencode({n: _text(v) for n, v in without_none(query).items()}, doseq=True)
    return Request(method, f"{path}?{pairs}" if pairs else path, headers, content, acts)


def without_none(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _segment(id: str) -> str:
    if id in ("", ".", ".."):
        raise UnusableId(f"{id!r} cannot be an id")
    return quote(id, safe="")


def _text(value: Any) -> Any:
    """Returns a query's value as text; booleans as JSON has them."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list | tuple):
        return [_text(item) for item in value]
    return _time(value) if isinstance(value, datetime) else value


def _plain(value: Any) -> Any:
    if value is NULL:
        return None
    if isinstance(value, datetime):
        return _time(value)
    raise TypeError(f"{type(value).__name__} cannot be sent as JSON")


def _time(value: datetime) -> str:
    offset = value.utcoffset()
    if offset is None:
        raise ValueError("a time without a time zone")
    if offset % MINUTE:
        # Local mean times have seconds in their offset, which RFC 3339 cannot write.
        value = _in_utc(value)
    return value.isoformat()


def _in_utc(value: datetime) -> datetime:
    try:
        return value.astimezone(UTC)
    except OverflowError:
        raise ValueError("a time outside of the years 1 to 9999 of UTC") from None
