"""Reads the service's answers: the envelope's data, or the exception that its code means."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from openchannels.client.error_codes import BY_CODE, RETRYABLE
from openchannels.client.errors import ApiError, ConnectionFailed

PASSING = frozenset({408, 429, 500, 502, 503, 504})
"""HTTP statuses of proxies whose cause may pass."""


@dataclass(frozen=True, slots=True)
class Success:
    """An answer of code 0; `data` is None where the service sends none."""

    data: Any


def read_answer(status: int, headers: Mapping[str, str], content: bytes) -> Success | ApiError:
    """Reads an answer. Raises ConnectionFailed for one that is not of this API."""
    envelope = _envelope(content)
    if envelope is None:
        raise foreign_answer(status)
    code, message, data = envelope["code"], str(envelope["message"]), envelope.get("data")
    if code == 0:
        return Success(data)
    details = data if isinstance(data, Mapping) else {}
    request_id = envelope.get("requestId") or headers.get("x-request-id")
    return BY_CODE.get(code, ApiError)(
        code,
        message,
        details,
        request_id,
        retryable=bool(details.get("retryable", code in RETRYABLE)),
        retry_after=_seconds(details.get("retryAfter", headers.get("retry-after"))),
    )


def _envelope(content: bytes) -> dict[str, Any] | None:
    """Returns the envelope that a body is; None for other bodies, which may hold secrets."""
    try:
        envelope = json.loads(content)
    except ValueError:
        return None
    is_ours = isinstance(envelope, dict) and "message" in envelope
    return envelope if is_ours and isinstance(envelope.get("code"), int) else None


def foreign_answer(status: int) -> ConnectionFailed:
    """The exception for an answer that is not of this API, such as a proxy's page."""
    text = f"the answer (HTTP {status}) is not from openchannels"
    return ConnectionFailed(text, retryable=status in PASSING)


def _seconds(value: Any) -> float | None:
    try:
        return max(0.0, float(value))
    except (TypeError, ValueError):
        return None
