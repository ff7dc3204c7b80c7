"""What a request brings along: its key and its language."""

from litestar.datastructures import Headers

from openchannels.api.locale import negotiate
from openchannels.core.errors import Unauthorized
from openchannels.core.platforms import Locale


def api_key(headers: Headers) -> str | None:
    """The `X-Api-Key` of a request; sent twice it is none. Raises Unauthorized."""
    sent = headers.getall("x-api-key", [])
    if len(sent) > 1:
        raise Unauthorized
    return sent[0].strip() if sent else None


def locale(headers: Headers) -> Locale:
    return negotiate(headers.get("accept-language", ""))
