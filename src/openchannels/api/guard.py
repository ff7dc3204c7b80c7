"""What a request brings along: its key and its language."""

from collections.abc import Iterable

from openchannels.api.locale import negotiate
from openchannels.core.errors import Unauthorized
from openchannels.core.platforms import Locale

RawHeaders = Iterable[tuple[bytes, bytes]]
"""Headers as the server hands them over: names in lower case."""


def api_key(headers: RawHeaders) -> str | None:
    """The `X-Api-Key` of a request; sent twice it is none. Raises Unauthorized."""
    sent = [value for name, value in headers if name == b"x-api-key"]
    if len(sent) > 1:
        raise Unauthorized
    return sent[0].decode("latin-1").strip() if sent else None


def locale(headers: RawHeaders) -> Locale:
    sent = [value for name, value in headers if name == b"accept-language"]
    return negotiate(sent[0].decode("latin-1") if sent else "")
