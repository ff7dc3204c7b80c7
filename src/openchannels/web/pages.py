"""The pages a person sees: contexts in, HTML out.

Nothing here reads or writes anything but the templates of this package, so a page is tested
by calling a function. Every page works under the policy of `security_headers`: no inline
script, no inline style, and no address but http(s) ones and paths on this server.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from importlib.resources import files
from typing import Any, Final, Literal

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from openchannels.web.docs.files import viewer_file_url
from openchannels.web.docs.operations import read_operations
from openchannels.web.markup import badge, badge_styles, emphasized, initial
from openchannels.web.security_headers import (
    launch_headers,
    page_url,
    relay_headers,
    security_headers,
    web_url,
)
from openchannels.web.texts import language, text

__all__ = [
    "ASSETS",
    "ASSET_HEADERS",
    "CandidateView",
    "Choice",
    "Home",
    "Launch",
    "Leaving",
    "Notice",
    "PlatformRow",
    "Relay",
    "Result",
    "ResultAccount",
    "asset",
    "asset_url",
    "choice_page",
    "home_page",
    "launch_headers",
    "launch_page",
    "leaving_page",
    "notice_page",
    "operations_page",
    "reference_page",
    "result_headers",
    "result_page",
    "security_headers",
]

ASSETS: Final = "/assets"
ASSET_HEADERS: Final[Mapping[str, str]] = {
    "Cache-Control": "public, max-age=31536000, immutable",
    "X-Content-Type-Options": "nosniff",
}

_MEDIA_TYPES: Final = {
    "app.css": "text/css",
    "app.js": "text/javascript",
    "icon.svg": "image/svg+xml",
}
_FILES: Final = {
    name: files("openchannels.web").joinpath("static", name).read_bytes() for name in _MEDIA_TYPES
}
_FILES["app.css"] += badge_styles().encode()
_FILTER_FROM: Final = 13
_LEAVE_AFTER_MS: Final = 800
_START_AFTER_MS: Final = 1
_CLOSE_AFTER_MS: Final = 3000


@dataclass(frozen=True, slots=True)
class ResultAccount:
    """An account that was connected."""

    display_name: str
    avatar_url: str | None
    account_id: str
    account: str | None = None


@dataclass(frozen=True, slots=True)
class Relay:
    """A form posted to the integrator, its fields in order."""

    callback_url: str
    fields: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Result:
    """How a connection ended, and where the browser goes next."""

    platform_id: str
    platform_name: str
    outcome: Literal["completed", "failed", "pending"]
    workspace: str | None
    accounts: Sequence[ResultAccount] = ()
    error_code: int | None = None
    error_message: str | None = None
    advice: str | None = None
    request_id: str | None = None
    relay: Relay | None = None
    redirect_to: str | None = None


@dataclass(frozen=True, slots=True)
class CandidateView:
    """An account that may be picked; `key` is what the form sends for it."""

    key: str
    display_name: str
    account: str | None = None
    avatar_url: str | None = None
    detail: str | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """The accounts behind a grant. `selected` are keys to tick, or none for the first."""

    platform_id: str
    platform_name: str
    workspace: str | None
    session_id: str
    csrf_token: str
    action: str
    candidates: Sequence[CandidateView]
    error_message: str | None
    minutes_left: int
    selected: Sequence[str] = ()
    confirm: bool = False
    """Whether the person is asked if they want this at all, be it for one account."""


@dataclass(frozen=True, slots=True)
class Launch:
    """The page from which a person starts for a platform; `fields` go with its one button."""

    platform_id: str
    platform_name: str
    workspace: str
    action: str
    fields: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Leaving:
    """On the way to a platform."""

    platform_id: str
    platform_name: str
    address: str


@dataclass(frozen=True, slots=True)
class Notice:
    """Any other thing a browser has to be told."""

    title: str
    message: str
    advice: str | None = None
    code: int | None = None
    request_id: str | None = None
    platform_id: str | None = None
    platform_name: str | None = None


@dataclass(frozen=True, slots=True)
class PlatformRow:
    """A platform on the start page. `missing` names settings, never their values."""

    platform_id: str
    name: str
    connect: Literal["oauth", "qr", "cookie"]
    ready: bool
    works: bool
    missing: Sequence[str] = ()
    works_reason: str | None = None


@dataclass(frozen=True, slots=True)
class Home:
    """What runs here. `base_url` is the public address, without a slash at its end."""

    version: str
    mode: Literal["real", "sandbox"]
    database: str
    base_url: str
    platforms: Sequence[PlatformRow]
    sandbox_url: str | None = None
    reference_url: str = "/reference"
    openapi_url: str = "/openapi.json"
    health_url: str = "/health"
    ready_url: str = "/ready"


def asset(name: str) -> tuple[bytes, str] | None:
    """Return content and media type of a static file, or nothing for any other name."""
    content = _FILES.get(name)
    return None if content is None else (content, _MEDIA_TYPES[name])


def asset_url(name: str) -> str:
    """Return the address of a static file, which changes with its content."""
    return f"{ASSETS}/{name}?v={sha256(_FILES[name]).hexdigest()[:12]}"


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("openchannels.web"),
        autoescape=True,
        undefined=StrictUndefined,
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(web_url=web_url, page_url=page_url, initial=initial)
    environment.globals.update(badge=badge, asset_url=asset_url, viewer_file_url=viewer_file_url)
    return environment


_TEMPLATES: Final = _environment()


def _render(template: str, locale: str, **context: Any) -> str:
    """Fill a template. Half a surrogate pair, which some platforms send, becomes a mark."""
    chosen = language(locale)

    def rich(key: str, **gaps: object) -> Markup:
        return emphasized(text(chosen, key), **gaps)

    html = _TEMPLATES.get_template(template).render(
        lang=chosen, t=partial(text, chosen), rich=rich, **context
    )
    return html.encode("utf-8", "replace").decode("utf-8")


def _relay_of(result: Result) -> Relay | None:
    relay = result.relay
    if result.outcome == "pending" or relay is None or web_url(relay.callback_url) is None:
        return None
    return relay


def result_page(result: Result, locale: str) -> str:
    """Render how a connection ended."""
    relay = _relay_of(result)
    leaves = relay is None and result.outcome != "pending"
    return _render(
        "result.html",
        locale,
        page=result,
        relay=relay,
        redirect_to=web_url(result.redirect_to) if leaves else None,
        leave_after=_LEAVE_AFTER_MS,
        close_after=_CLOSE_AFTER_MS,
    )


def result_headers(result: Result) -> dict[str, str]:
    """Return the security headers that let this result's page do its work."""
    relay = _relay_of(result)
    return relay_headers(relay.callback_url, result.redirect_to) if relay else security_headers()


def choice_page(choice: Choice, locale: str) -> str:
    """Render the choice among several accounts."""
    known = {candidate.key for candidate in choice.candidates}
    selected = known.intersection(choice.selected)
    if not selected and choice.candidates:
        selected = {choice.candidates[0].key}
    return _render(
        "choice.html",
        locale,
        page=choice,
        selected=selected,
        filterable=len(choice.candidates) >= _FILTER_FROM,
    )


def launch_page(launch: Launch, locale: str) -> str:
    """Render the button that leads to the platform."""
    return _render("launch.html", locale, page=launch)


def leaving_page(leaving: Leaving, locale: str) -> str:
    """Render the link to the platform, which is followed by itself."""
    return _render("leaving.html", locale, page=leaving, leave_after=_START_AFTER_MS)


def notice_page(notice: Notice, locale: str) -> str:
    """Render an error or another message that belongs to no connection."""
    return _render("notice.html", locale, page=notice)


def home_page(home: Home, locale: str) -> str:
    """Render what runs here and where to go."""
    ready = [row for row in home.platforms if row.ready]
    example = next((row for row in ready if row.connect == "oauth"), None)
    platform = example.platform_id if example else "youtube"
    base = (web_url(home.base_url) or "").rstrip("/")
    path = f"/api/v2/channels/accounts/auth/{platform}"
    return _render(
        "home.html",
        locale,
        page=home,
        ready_count=len(ready),
        curl=f'curl -H "X-Api-Key: $OPENCHANNELS_KEY" \\\n  {base}{path}',
    )


def reference_page(locale: str) -> str:
    """Render the page on which the viewer of our OpenAPI document starts."""
    return _render("reference.html", locale)


def operations_page(openapi: Mapping[str, Any], locale: str) -> str:
    """Render every operation of our OpenAPI document as a plain list."""
    return _render("operations.html", locale, groups=read_operations(openapi))
