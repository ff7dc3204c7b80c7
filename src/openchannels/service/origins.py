"""Addresses that callers hand in for the browser to be sent to."""

import re
from urllib.parse import SplitResult, urlsplit

from openchannels.core.errors import Issue, ValidationFailed

DEFAULT_PORTS = {"http": 80, "https": 443}
MAX_LENGTH = 2048
HOST = re.compile(r"[a-z0-9]([a-z0-9._-]*[a-z0-9])?|\[[0-9a-f:.]+\]", re.IGNORECASE)
UNSAFE = re.compile(r"[^\x21-\x7e]|[\\<>\"^`{|}]")


def check_return_url(field: str, value: str, allowed: tuple[str, ...]) -> None:
    """Accept a plain http(s) URL, of one of the allowed origins if there are any.

    Raises ValidationFailed. What a browser could read differently from us is refused whole:
    user information, back-slashes, control and non-ASCII characters, odd hosts.
    """
    parts = _split(value)
    if parts is None:
        raise ValidationFailed([Issue(field, "must be an http or https URL without user info")])
    if allowed and origin_of(parts) not in allowed:
        raise ValidationFailed([Issue(field, "is not of an origin allowed for this API key")])


def origin(value: str) -> str | None:
    """`scheme://host[:port]` of a URL, in lower case and without a default port."""
    parts = _split(value)
    return origin_of(parts) if parts else None


def origin_of(parts: SplitResult) -> str:
    scheme, host = parts.scheme.lower(), parts.hostname or ""
    shown = f"[{host}]" if ":" in host else host
    if parts.port is None or parts.port == DEFAULT_PORTS[scheme]:
        return f"{scheme}://{shown}"
    return f"{scheme}://{shown}:{parts.port}"


def _split(value: str) -> SplitResult | None:
    if len(value) > MAX_LENGTH or UNSAFE.search(value):
        return None
    try:
        parts = urlsplit(value)
        port = parts.port
    except ValueError:
        return None
    host = parts.netloc.removesuffix(f":{port}") if port is not None else parts.netloc
    if parts.scheme.lower() not in DEFAULT_PORTS or "@" in parts.netloc or port == 0:
        return None
    return parts if HOST.fullmatch(host) else None
