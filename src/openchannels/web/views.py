"""Builds the pages' view objects from sessions and platforms."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlencode, urlsplit, urlunsplit

from openchannels.core import errors
from openchannels.core.exceptions import ServiceError
from openchannels.core.platforms import AuthType, Locale, in_language
from openchannels.core.sessions import AuthSession, SessionStage
from openchannels.service.authorization.browser_binding import BrowserCookie
from openchannels.service.authorization.caller_redirect import OpenerMessage
from openchannels.service.platforms.catalog import Platforms, PlatformView
from openchannels.service.platforms.metadata import Capabilities, metadata
from openchannels.service.services import Services
from openchannels.web import pages
from openchannels.web.texts import text

COOKIE_SECONDS = 3600
"""Minimum lifetime of a cookie: the result stays visible that long."""
OTHER_FIELDS, OTHER_BYTES = 10, 1024
"""More of the choice form than the accounts: its token and the decision."""
CONNECT: dict[AuthType, Literal["oauth", "qr", "cookie"]] = {
    AuthType.OAUTH2: "oauth",
    AuthType.QRCODE: "qr",
    AuthType.PLUGIN: "cookie",
}
DATABASES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}


@dataclass(frozen=True, slots=True)
class About:
    """What the home page shows about this installation."""

    version: str
    environment: Literal["real", "sandbox"]
    database: str
    sandbox_url: str | None


def cookie_name(session_id: str, *, secure: bool) -> str:
    """Returns the cookie's name: one per session, so that two connections do not interfere."""
    return f"__Host-oc_{session_id}" if secure else f"oc_{session_id}"


def cookie(session_id: str, proof: str, *, secure: bool, choice_seconds: float) -> str:
    """Returns the Set-Cookie value that proves that this browser returned from the platform."""
    name = cookie_name(session_id, secure=secure)
    end = "; Secure" if secure else ""
    max_age = max(COOKIE_SECONDS, int(choice_seconds))
    return f"{name}={proof}; Path=/; Max-Age={max_age}; HttpOnly; SameSite=Lax{end}"


def with_params(address: str, params: Mapping[str, str]) -> str:
    """Returns a URL with additional query parameters."""
    parts = urlsplit(address)
    query = "&".join(filter(None, (parts.query, urlencode(params))))
    return urlunsplit(parts._replace(query=query))


def account_key(uid: str, account: str | None) -> str:
    """Returns an account's value in the choice form."""
    return json.dumps([uid, account], ensure_ascii=False)


def read_account_key(value: str) -> tuple[str, str | None]:
    """Parses a value of `account_key`; anything else names no account."""
    try:
        uid, account = json.loads(value)
    except (ValueError, TypeError, RecursionError):
        return value, None
    if not isinstance(uid, str):
        return value, None
    return uid, account if isinstance(account, str) else None


def form_bounds(session: AuthSession) -> tuple[int, int]:
    """Returns fields and bytes of the choice form with every account of the session ticked."""
    keys = [
        account_key(offered["platformUid"], offered.get("account")) for offered in session.offered
    ]
    # A browser sends up to three bytes for each byte of a value.
    size = sum(len("account=&") + 3 * len(key.encode()) for key in keys)
    return len(keys) + OTHER_FIELDS, size + OTHER_BYTES


def session_cookie(cookies: Mapping[str, str], *, secure: bool) -> BrowserCookie:
    """Returns a function from session id to the session's cookie value.

    With https only the `__Host-` cookie counts: any subdomain can set one without that prefix.
    """
    return lambda session_id: cookies.get(cookie_name(session_id, secure=secure))


def choice(
    services: Services,
    session: AuthSession,
    locale: Locale,
    error: ServiceError | None,
    selected: Sequence[str],
) -> pages.ChoiceView:
    left = session.expires_at - services.context.clock()
    return pages.ChoiceView(
        platform_id=session.platform,
        platform_name=services.context.platforms.name(session.platform).in_locale(locale),
        workspace=session.user_id,
        session_id=session.id,
        csrf_token=services.browser_binding.form_token(session.id),
        action=f"/connect/{session.id}",
        candidates=[
            pages.CandidateView(
                key=account_key(offered["platformUid"], offered.get("account")),
                display_name=offered["displayName"],
                account=offered.get("account"),
                avatar_url=offered.get("avatarUrl"),
            )
            for offered in session.offered
        ],
        error_message=error.message(locale) if error else None,
        minutes_left=max(0, round(left / 60)),
        selected=selected,
        confirm=session.stage is SessionStage.CONFIRMING,
    )


def launch(
    services: Services, session: AuthSession, fields: Mapping[str, str], locale: Locale
) -> pages.ConnectView:
    name = services.context.platforms.name(session.platform)
    return pages.ConnectView(
        platform_id=session.platform,
        platform_name=name.in_locale(locale),
        workspace=session.user_id,
        action=f"/connect/{session.id}/go",
        fields=list(fields.items()),
    )


def leaving(
    services: Services, session: AuthSession, address: str, locale: Locale
) -> pages.LeavingView:
    name = services.context.platforms.name(session.platform)
    return pages.LeavingView(session.platform, name.in_locale(locale), address)


def result(
    services: Services,
    session: AuthSession,
    locale: Locale,
    relay: pages.Relay | None,
    redirect: str | None,
    opener: OpenerMessage | None,
    request_id: str,
) -> pages.ResultView:
    return pages.ResultView(
        platform_id=session.platform,
        platform_name=services.context.platforms.name(session.platform).in_locale(locale),
        outcome=_outcome(session.stage),
        workspace=session.user_id,
        accounts=[
            pages.ResultAccount(
                display_name=account["displayName"],
                avatar_url=account.get("avatarUrl"),
                account=account.get("account"),
            )
            for account in session.accounts
        ],
        error_code=session.error_code,
        error_message=failure(session, locale),
        advice=advice(session, locale),
        request_id=request_id,
        relay=relay,
        redirect_to=redirect,
        opener=opener,
    )


def _outcome(stage: SessionStage) -> Literal["completed", "failed", "pending"]:
    if stage is SessionStage.COMPLETED:
        return "completed"
    return "failed" if stage is SessionStage.FAILED else "pending"


ADVICE: dict[int, str] = {
    errors.AUTHORIZATION_DENIED.number: "denied",
    errors.PERMISSION_MISSING.number: "permission",
    errors.ACCOUNT_OF_ANOTHER_USER.number: "taken",
    errors.PLATFORM_RATE_LIMITED.number: "later",
    errors.PLATFORM_UNAVAILABLE.number: "later",
    errors.PLATFORM_CALL_FAILED.number: "operator",
}
"""By number, names of the texts that say what a person should do; `again` for every other error."""


REASON_ADVICE = {"not_confirmed": "advice_declined", "cancelled": "advice_cancelled"}
REASON_TEXTS = {"cancelled": "result_cancelled_text", "expired": "result_expired_text"}
"""By the service's own reasons, which say more than the error code."""


def _own_reason(session: AuthSession) -> str:
    """Returns why the service ended a session; empty where the platform gave the reason."""
    data = session.error_data
    return "" if "error" in data else str(data.get("reason", ""))


def failure(session: AuthSession, locale: Locale) -> str | None:
    """Returns what happened to a failed connection."""
    code = errors.CATALOGUE.get(session.error_code or 0)
    if code is None:
        return None
    by_reason = REASON_TEXTS.get(_own_reason(session))
    return text(locale, by_reason) if by_reason else code.message(locale, session.error_data)


def advice(session: AuthSession, locale: Locale) -> str | None:
    """Returns what a person should do about a failed connection."""
    if session.error_code is None:
        return None
    data = in_language(session.error_data, locale)
    if data.get("hint") is not None:
        reasons = (f"{one['name']}: {one['reason']}" for one in data.get("unusable", []))
        return " ".join((str(data["hint"]), *reasons))
    by_reason = REASON_ADVICE.get(_own_reason(session))
    if by_reason is not None:
        return text(locale, by_reason)
    return text(locale, f"advice_{ADVICE.get(session.error_code, 'again')}")


def home(services: Services, about: About, locale: Locale) -> pages.HomeView:
    return pages.HomeView(
        version=about.version,
        mode=about.environment,
        database=DATABASES[about.database],
        base_url=services.context.rules.public_url,
        platforms=_rows(services.context.platforms, locale),
        sandbox_url=about.sandbox_url,
    )


def _rows(platforms: Platforms, locale: Locale) -> list[pages.PlatformRow]:
    able = {one.id: one.capabilities for one in metadata(platforms)}
    return [_row(view, able[view.id], locale) for view in platforms.views()]


def _row(view: PlatformView, able: Capabilities, locale: Locale) -> pages.PlatformRow:
    return pages.PlatformRow(
        platform_id=view.id,
        name=view.name.in_locale(locale),
        connect=CONNECT[view.auth_type],
        ready=view.connectable,
        offers=_offers(able),
        missing=view.missing,
        works_reason=view.works_absent.in_locale(locale) if view.works_absent else None,
    )


def _offers(able: Capabilities) -> tuple[pages.Offer, ...]:
    offers: dict[pages.Offer, bool] = {
        "works": able.list_works,
        "figures": able.account_insights or able.work_insights,
        "publishing": able.publish,
        "engagement": able.comments is not None or bool(able.interactions),
    }
    return tuple(offer for offer, can in offers.items() if can)
