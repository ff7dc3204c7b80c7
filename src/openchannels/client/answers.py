"""Reads the service's answers: the envelope's data, or the exception that its code means."""

import json
from collections.abc import Mapping
from typing import Any

from openchannels.client.error_codes import BY_CODE, RETRYABLE
from openchannels.client.errors import ApiError, ConnectionFailed


def read_answer(status: int, headers: Mapping[str, str], content: bytes) -> Any:
    """Returns the data of an answer. Raises ApiError, and ConnectionFailed for a foreign answer."""
    try:
        envelope = json.loads(content)
        code, message = int(envelope["code"]), str(envelope["message"])
        data = envelope.get("data")
    except (AttributeError, KeyError, TypeError, ValueError):
        raise foreign_answer(status) from None
    if code == 0:
        return data
    details = data if isinstance(data, Mapping) else {}
    request_id = envelope.get("requestId") or headers.get("x-request-id")
    raise _failure(code, message, details, request_id, headers)


def foreign_answer(status: int) -> ConnectionFailed:
    """The exception for an answer that is not of this API, such as a proxy's page."""
    return ConnectionFailed(f"the answer (HTTP {status}) is not from openchannels")


def _failure(
    code: int,
    message: str,
    data: Mapping[str, Any],
    request_id: str | None,
    headers: Mapping[str, str],
) -> ApiError:
    return BY_CODE.get(code, ApiError)(
        code,
        message,
        data,
        request_id,
        retryable=bool(data.get("retryable", code in RETRYABLE)),
        retry_after=_seconds(data.get("retryAfter", headers.get("retry-after"))),
    )


def _seconds(value: Any) -> float | None:
    try:
        return max(0.0, float(value))
    except (TypeError, ValueError):
        return None
