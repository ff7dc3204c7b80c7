"""Security headers of pages, and checks of the URLs that pages may contain."""

import re
from collections.abc import Iterable
from typing import Final
from urllib.parse import SplitResult, quote, urlsplit

_CONTROL_OR_BACKSLASH: Final = re.compile(r"[\x00-\x1f\x7f\\]")
_HOST: Final = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9._-]*[A-Za-z0-9_])?\.?")

# Avatars may be plain http; browsers upgrade them on https pages.
_POLICY: Final = (
    "default-src 'none'; style-src 'self'; script-src 'self'; "
    "img-src 'self' https: http: data:; form-action {targets}; "
    "base-uri 'none'; frame-ancestors 'none'"
)

# The viewer of the API reference draws its arrows from data: and calls the API of this server.
_VIEWER_POLICY: Final = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; "
    "img-src 'self' data:; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
)


def _split(value: str) -> SplitResult | None:
    """Splits a plain http(s) URL without userinfo; None for anything else."""
    if _CONTROL_OR_BACKSLASH.search(value) or value != value.strip():
        return None
    try:
        parts = urlsplit(value)
        usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        return None
    if not usable or "@" in parts.netloc or " " in parts.netloc:
        return None
    return parts


def web_url(value: str | None) -> str | None:
    """Returns the URL if it is an absolute http(s) one, else None."""
    return value if value and _split(value) else None


def page_url(value: str | None) -> str | None:
    """Returns the URL if it is http(s) or a path on this server, else None."""
    if not value:
        return None
    local = value.startswith("/") and not value.startswith("//")
    if local and not _CONTROL_OR_BACKSLASH.search(value):
        return value
    return web_url(value)


def origin(value: str | None) -> str | None:
    """Returns ``scheme://host[:port]`` of an http(s) URL for use in a policy.

    A content security policy cannot name an IPv6 host, so for those only the scheme is returned.
    """
    parts = _split(value) if value else None
    if parts is None or parts.hostname is None:
        return None
    if ":" in parts.hostname:
        return f"{parts.scheme}:"
    try:
        host = parts.hostname.encode("idna").decode("ascii")
    except UnicodeError:
        return None
    if not _HOST.fullmatch(host):
        return None
    return f"{parts.scheme}://{host}" + (f":{parts.port}" if parts.port else "")


def security_headers(*, form_action: str | None = None) -> dict[str, str]:
    """Returns the headers of a page whose forms may also post to the origin of `form_action`.

    Cross-Origin-Opener-Policy is absent, for the pages of a connection need their opener: they tell
    it the outcome and close themselves, and it sees that they were closed. Any value in any answer
    on the way would part the two for good.
    """
    target = origin(form_action)
    return _headers(["'self'", target] if target else ["'self'"])


def isolated_headers() -> dict[str, str]:
    """Returns the headers of a page outside a connection: no window of another site holds it."""
    return {**security_headers(), "Cross-Origin-Opener-Policy": "same-origin"}


def relay_headers(callback_url: str, redirect_to: str | None) -> dict[str, str]:
    """Returns the headers of a page that posts its result to the integrator.

    The form may post to exactly one URL. Chromium also applies form-action to the redirects behind
    a form, then by origin only: so the receiver may redirect within its own origin and to that of
    `redirect_to`, which the form carries for this purpose.
    """
    there, back = _target(callback_url), _target(redirect_to)
    # Without the host, the scheme of an IPv6 URL would allow the whole web.
    named = back if back and not back.endswith(":") else None
    return _headers(filter(None, (there, named)))


def _target(value: str | None) -> str | None:
    """Returns an http(s) URL without its query as a policy may contain it."""
    named = origin(value)
    parts = _split(value) if value else None
    if named is None or parts is None or named.endswith(":"):
        return named
    # A semicolon or comma would end the policy; browsers compare decoded paths.
    return named + (quote(parts.path, safe="/%!$&'()*+=:@~-._") or "/")


def connect_page_headers() -> dict[str, str]:
    """Returns the headers of a page that leads to a platform which checks the referrer.

    The platform gets our origin, never the URL, which holds a secret.
    """
    return {**_headers(["'self'"]), "Referrer-Policy": "origin"}


def viewer_headers() -> dict[str, str]:
    """Returns the headers of the API reference, whose script may call this server."""
    return {**isolated_headers(), "Content-Security-Policy": _VIEWER_POLICY}


def _headers(form_targets: Iterable[str]) -> dict[str, str]:
    return {
        "Content-Security-Policy": _POLICY.format(targets=" ".join(form_targets)),
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Cache-Control": "no-store",
    }
