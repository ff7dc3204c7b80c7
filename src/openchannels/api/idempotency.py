"""The `Idempotency-Key` header: with it, a request that is sent again does not act again."""

import hashlib
import re
from collections.abc import Awaitable, Callable
from typing import Any

from openchannels.api import envelope
from openchannels.api.request import RawHeaders, locale
from openchannels.core import errors
from openchannels.core.exceptions import Issue, RetryLater, ServiceError
from openchannels.core.idempotency import HEADER, LONGEST_KEY, KeyedRequest
from openchannels.core.request_record import note_code
from openchannels.service.idempotency import Reply
from openchannels.service.services import Services

NAME = HEADER.lower().encode()
KEY = re.compile(rb"[\x20-\x7e]{1,%d}" % LONGEST_KEY)
UNFIT = f"must be sent once, with 1 to {LONGEST_KEY} printable ASCII characters"
REPLAYED = (b"idempotency-replayed", b"true")
"""The header of an answer that was given before."""


def idempotency_key(headers: RawHeaders) -> str | None:
    """Returns the key of a request; None if it has none. Raises VALIDATION_FAILED."""
    sent = [value for name, value in headers if name == NAME]
    if not sent:
        return None
    if len(sent) > 1 or not KEY.fullmatch(sent[0]):
        raise errors.validation_failed([Issue(HEADER, UNFIT)])
    return sent[0].decode()


def request_digest(scope: Any, body: bytes) -> bytes:
    """Returns the same 32 bytes for requests that agree in method, path, query and body."""
    path = scope["raw_path"].partition(b"?")[0]
    line = b" ".join((scope["method"].encode(), path, scope["query_string"]))
    # Neither part of the line contains a line break, so the body cannot be taken for one.
    return hashlib.sha256(line + b"\n" + body).digest()


async def reply_once(
    services: Services, scope: Any, request: KeyedRequest, act: Callable[[], Awaitable[bytes]]
) -> Reply:
    """Returns the envelope of `act`, or the one that it gave to the same request before.

    Kept are successes and final refusals; after others a repeat acts. Raises what
    `IdempotentRequests.run` raises.
    """
    request_id = scope["state"]["request_id"]

    async def run() -> Reply:
        try:
            return Reply(await act())
        except RetryLater:
            raise
        except ServiceError as error:
            note_code(error.code.number)
            body = envelope.failure(error, locale(scope["headers"]), request_id)
            return Reply(body, is_final=error.data.get("retryable") is not True)

    reply = await services.idempotent_requests.run(request, run)
    if not reply.is_replayed:
        return reply
    note_code(envelope.code_of(reply.body))
    return Reply(envelope.renewed(reply.body, request_id), is_replayed=True)
