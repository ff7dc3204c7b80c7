"""Callbacks from programs such as a mini-app: JSON in and a plain JSON object out."""

import json
from typing import Any

import msgspec
from litestar.response.base import ASGIResponse

from openchannels.api import envelope
from openchannels.api.reading import AnyRequest, read_form, read_json
from openchannels.core import errors
from openchannels.core.exceptions import RetryLater, ServiceError
from openchannels.core.platforms import Locale
from openchannels.core.request_record import note_code
from openchannels.core.sessions import AuthSession, SessionStage

NOT_STORED = {"cache-control": "no-store, no-cache", "pragma": "no-cache"}


async def read_fields(request: AnyRequest) -> dict[str, str]:
    """Returns the fields of a posted form or JSON object; nested values stay JSON text."""
    if "json" not in request.headers.get("content-type", ""):
        return (await read_form(request)).first_values()
    fields = await read_json(request)
    try:
        return {
            name: value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
            for name, value in fields.items()
            if value is not None
        }
    except RecursionError:
        return {}


def session_response(session: AuthSession, locale: Locale, request_id: str) -> ASGIResponse:
    """Returns the session's result: `status` 1 is completed, 0 requires a selection."""
    if session.stage is SessionStage.FAILED:
        code = errors.CATALOGUE.get(session.error_code or 0, errors.INTERNAL_ERROR)
        return error_response(code(session.error_data), locale, request_id)
    body: dict[str, Any] = {
        "status": 1 if session.stage is SessionStage.COMPLETED else 0,
        "requiresSelection": session.stage is SessionStage.CHOOSING,
    }
    if session.accounts:
        body |= {"accountId": session.accounts[0]["accountId"], "accounts": list(session.accounts)}
    return _json(msgspec.json.encode(body))


def error_response(error: ServiceError, locale: Locale, request_id: str) -> ASGIResponse:
    """Returns an error in the envelope, as everywhere under `/api`."""
    note_code(error.code.number)
    answer = _json(envelope.failure(error, locale, request_id))
    if isinstance(error, RetryLater):
        answer.status_code = error.code.number
        answer.headers["retry-after"] = str(error.retry_after)
    return answer


def _json(body: bytes) -> ASGIResponse:
    return ASGIResponse(body=body, media_type=envelope.JSON, headers=NOT_STORED)
