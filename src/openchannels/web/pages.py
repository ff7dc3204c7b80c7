"""Renders pages from view objects.

Reads nothing but the templates of this package, so a page is tested by calling a function. Every
page complies with the policy in `security_headers`: no inline script, no inline style, and only
http(s) URLs and paths on this server.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from importlib.resources import files
from typing import Any, Final, Literal

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from openchannels.core.checks import Check, CheckState
from openchannels.service.authorization.caller_redirect import OpenerMessage
from openchannels.web.docs.files import VIEWED_DOCUMENT, viewer_file_url
from openchannels.web.docs.operations import read_operations
from openchannels.web.language import LANGUAGES, address_in, short_name
from openchannels.web.markup import badge, badge_styles, emphasized, initial
from openchannels.web.security_headers import (
    connect_page_headers,
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
    "ChoiceView",
    "ConnectView",
    "ErrorView",
    "HandOverView",
    "HomeView",
    "LeavingView",
    "Offer",
    "PlatformRow",
    "Relay",
    "ResultAccount",
    "ResultView",
    "asset",
    "asset_headers",
    "asset_url",
    "choice_page",
    "connect_page",
    "connect_page_headers",
    "doctor_page",
    "error_page",
    "hand_over_page",
    "home_page",
    "leaving_page",
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
SHARED: Final = "connect.js"
"""The static file that pages of other origins import by an address that does not change."""
SHARED_HEADERS: Final[Mapping[str, str]] = {
    "Cache-Control": "public, max-age=3600",
    "X-Content-Type-Options": "nosniff",
    "Access-Control-Allow-Origin": "*",
    "Cross-Origin-Resource-Policy": "cross-origin",
}

_MEDIA_TYPES: Final = {
    "app.css": "text/css",
    "app.js": "text/javascript",
    "connect.js": "text/javascript",
    "icon.svg": "image/svg+xml",
}
_FILES: Final = {
    name: files("openchannels.web").joinpath("static", name).read_bytes() for name in _MEDIA_TYPES
}
_FILES["app.css"] += badge_styles().encode()
_WORST_FIRST: Final = (
    CheckState.FAULT,
    CheckState.WARNING,
    CheckState.NOTE,
    CheckState.OK,
)
_FILTER_FROM: Final = 13
_LEAVE_AFTER_MS: Final = 800
_START_AFTER_MS: Final = 1
_CLOSE_AFTER_MS: Final = 3000


@dataclass(frozen=True, slots=True)
class ResultAccount:
    """An account that was connected."""

    display_name: str
    avatar_url: str | None
    account: str | None = None


@dataclass(frozen=True, slots=True)
class Relay:
    """A form that the browser posts to the integrator, its fields in order."""

    callback_url: str
    fields: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class ResultView:
    """The result of a connection and where the browser goes next."""

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
    opener: OpenerMessage | None = None


@dataclass(frozen=True, slots=True)
class CandidateView:
    """An account that can be selected; `key` is its value in the form."""

    key: str
    display_name: str
    account: str | None = None
    avatar_url: str | None = None
    detail: str | None = None


@dataclass(frozen=True, slots=True)
class ChoiceView:
    """The accounts of a grant. `selected` are keys to tick; a single account always is."""

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
    """True if the person must also confirm the connection itself, even for one account."""


@dataclass(frozen=True, slots=True)
class ConnectView:
    """The connect page; `fields` are sent with its only button."""

    platform_id: str
    platform_name: str
    workspace: str
    action: str
    fields: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class LeavingView:
    """A page that leads to a platform by itself."""

    platform_id: str
    platform_name: str
    address: str


@dataclass(frozen=True, slots=True)
class HandOverView:
    """A page that leads to a platform's app: `picture` is a code to scan, None on a phone."""

    platform_id: str
    platform_name: str
    address: str
    picture: str | None


@dataclass(frozen=True, slots=True)
class ErrorView:
    """An error or message without a connection."""

    title: str
    message: str
    advice: str | None = None
    code: int | None = None
    request_id: str | None = None
    platform_id: str | None = None
    platform_name: str | None = None
    link: tuple[str, str] | None = None
    """Text and URL of a link that leads on."""


Offer = Literal["works", "figures", "publishing", "engagement"]
"""What can be done with accounts of a platform, once they are connected."""


@dataclass(frozen=True, slots=True)
class PlatformRow:
    """A platform on the home page. `missing` names settings, never their values."""

    platform_id: str
    name: str
    connect: Literal["oauth", "qr", "cookie"]
    ready: bool
    offers: Sequence[Offer]
    missing: Sequence[str] = ()
    works_reason: str | None = None


@dataclass(frozen=True, slots=True)
class HomeView:
    """The home page. `base_url` is the public URL, without a trailing slash."""

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
    """Returns content and media type of a static file, or None for any other name."""
    content = _FILES.get(name)
    return None if content is None else (content, _MEDIA_TYPES[name])


def asset_headers(name: str) -> dict[str, str]:
    """Returns the headers of a static file."""
    return dict(SHARED_HEADERS if name == SHARED else ASSET_HEADERS)


def asset_url(name: str) -> str:
    """Returns the URL of a static file; it changes with the file's content."""
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


def _render(template: str, locale: str, here: str, **context: Any) -> str:
    """Renders a template. Unpaired surrogates, which some platforms send, are replaced.

    `here` is the address of the page itself, to which its language switch leads.
    """
    chosen = language(locale)
    languages = [
        (text(named, "language_name"), named, address_in(here, short))
        for short, named in LANGUAGES.items()
    ]

    def rich(key: str, **gaps: object) -> Markup:
        return emphasized(text(chosen, key), **gaps)

    html = _TEMPLATES.get_template(template).render(
        lang=chosen, languages=languages, t=partial(text, chosen), rich=rich, **context
    )
    return html.encode("utf-8", "replace").decode("utf-8")


def _relay_of(result: ResultView) -> Relay | None:
    relay = result.relay
    if result.outcome == "pending" or relay is None or web_url(relay.callback_url) is None:
        return None
    return relay


def result_page(result: ResultView, locale: str, here: str = "/") -> str:
    """Renders the result of a connection."""
    relay = _relay_of(result)
    leaves = relay is None and result.outcome != "pending"
    return _render(
        "result.html",
        locale,
        here,
        page=result,
        relay=relay,
        redirect_to=web_url(result.redirect_to) if leaves else None,
        leave_after=_LEAVE_AFTER_MS,
        close_after=_CLOSE_AFTER_MS,
    )


def result_headers(result: ResultView) -> dict[str, str]:
    """Returns the security headers that the result's page needs."""
    relay = _relay_of(result)
    return relay_headers(relay.callback_url, result.redirect_to) if relay else security_headers()


def choice_page(choice: ChoiceView, locale: str, here: str = "/") -> str:
    """Renders the choice among several accounts."""
    known = {candidate.key for candidate in choice.candidates}
    selected = known if len(known) == 1 else known.intersection(choice.selected)
    return _render(
        "choice.html",
        locale,
        here,
        page=choice,
        selected=selected,
        filterable=len(choice.candidates) >= _FILTER_FROM,
    )


def connect_page(launch: ConnectView, locale: str, here: str = "/") -> str:
    """Renders the button that leads to the platform."""
    return _render("connect.html", locale, here, page=launch)


def leaving_page(leaving: LeavingView, locale: str, here: str = "/") -> str:
    """Renders the link to the platform, which the page follows by itself."""
    return _render("redirect.html", locale, here, page=leaving, leave_after=_START_AFTER_MS)


def hand_over_page(view: HandOverView, locale: str, here: str = "/") -> str:
    """Renders what leads to a platform's app, or what a phone can scan."""
    return _render("hand_over.html", locale, here, page=view, leave_after=_START_AFTER_MS)


def error_page(notice: ErrorView, locale: str, here: str = "/") -> str:
    """Renders an error or another message without a connection."""
    return _render("error.html", locale, here, page=notice)


def home_page(home: HomeView, locale: str, here: str = "/") -> str:
    """Renders the home page."""
    ready = [row for row in home.platforms if row.ready]
    example = next((row for row in ready if row.connect == "oauth"), None)
    platform = example.platform_id if example else "youtube"
    base = (web_url(home.base_url) or "").rstrip("/")
    path = f"/api/v2/channels/accounts/auth/{platform}"
    return _render(
        "home.html",
        locale,
        here,
        page=home,
        ready_count=len(ready),
        curl=f'curl -H "X-Api-Key: $OPENCHANNELS_KEY" \\\n{base}{path}',
    )


def doctor_page(checks: Sequence[Check], locale: str, here: str = "/") -> str:
    """Renders the checks of the installation, the worst first."""
    ordered = sorted(checks, key=lambda check: _WORST_FIRST.index(check.state))
    worst = ordered[0].state.value if ordered else CheckState.OK.value
    chosen = language(locale)
    rows = [(check.name, check.state.value, check.text.as_wire()[chosen]) for check in ordered]
    return _render("doctor.html", locale, here, checks=rows, worst=worst)


def reference_page(locale: str, here: str = "/") -> str:
    """Renders the page that loads the viewer of the OpenAPI document."""
    document_url = f"{VIEWED_DOCUMENT}?lang={short_name(locale)}"
    return _render("reference.html", locale, here, document_url=document_url)


def operations_page(openapi: Mapping[str, Any], locale: str, here: str = "/") -> str:
    """Renders every operation of the OpenAPI document as a plain list."""
    return _render("operations.html", locale, here, groups=read_operations(openapi))
