"""Renders the JSON envelope of every answer under `/api`."""

import time
from collections.abc import Mapping
from typing import Any

import msgspec

from openchannels.core.errors import SUCCESS_MESSAGE
from openchannels.core.exceptions import ServiceError
from openchannels.core.platforms import Locale, Text

JSON = "application/json; charset=utf-8"
_encode = msgspec.json.Encoder().encode
_TAIL = f',"code":0,"message":"{SUCCESS_MESSAGE}","requestId":'.encode()


class _Code(msgspec.Struct):
    code: int


def success(data: Any, request_id: str) -> bytes:
    """Encodes `data, code, message, requestId`; the message is the same in both languages."""
    return b"".join((b'{"data":', _encode(data), _TAIL, _encode(request_id), b"}"))


def failure(error: ServiceError, locale: Locale, request_id: str) -> bytes:
    """Encodes `data, code, message, timestamp, requestId`; timestamp in Unix milliseconds."""
    return _encode(
        {
            "data": localised(error.data, locale),
            "code": error.code.number,
            "message": error.message(locale),
            "timestamp": int(time.time() * 1000),
            "requestId": request_id,
        }
    )


def renewed(body: bytes, request_id: str) -> bytes:
    """Returns an encoded envelope as the answer to another request."""
    members = msgspec.json.decode(body, type=dict[str, msgspec.Raw])
    return _encode({**members, "requestId": request_id})


def code_of(body: bytes) -> int:
    """Returns the code of an encoded envelope."""
    return msgspec.json.decode(body, type=_Code).code


def localised(value: Any, locale: Locale) -> Any:
    """Returns error data with two-language texts reduced to the caller's language."""
    if isinstance(value, Text):
        return value.in_locale(locale)
    if isinstance(value, Mapping):
        if value.keys() == {"en-US", "zh-CN"}:
            return value[locale]
        return {name: localised(item, locale) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [localised(item, locale) for item in value]
    return value
