"""Checks the URLs to which callers have the browser sent."""

from urllib.parse import SplitResult

from openchannels.core import errors
from openchannels.core.exceptions import Issue
from openchannels.core.urls import DEFAULT_PORTS, plain_url


def check_return_url(field: str, value: str, allowed: tuple[str, ...]) -> None:
    """Accept a plain http(s) URL, of one of the allowed origins if there are any.

    Raises ValidationFailed. The service never calls these addresses; a browser does.
    """
    parts = plain_url(value)
    if parts is None:
        raise errors.validation_failed(
            [Issue(field, "must be an http or https URL in ASCII, without user info")]
        )
    if allowed and origin_of(parts) not in allowed:
        raise errors.validation_failed(
            [Issue(field, "is not of an origin allowed for this API key")]
        )


def origin(value: str) -> str | None:
    """`scheme://host[:port]` of a URL, in lower case and without a default port."""
    parts = plain_url(value)
    return origin_of(parts) if parts else None


def origin_of(parts: SplitResult) -> str:
    scheme, host = parts.scheme.lower(), parts.hostname or ""
    shown = f"[{host}]" if ":" in host else host
    if parts.port is None or parts.port == DEFAULT_PORTS[scheme]:
        return f"{scheme}://{shown}"
    return f"{scheme}://{shown}:{parts.port}"
