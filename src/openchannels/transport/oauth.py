"""The OAuth 2 engine: authorization URLs, token requests and token answers.

Sources: RFC 6749 (https://www.rfc-editor.org/rfc/rfc6749), RFC 7636 for PKCE.
"""

import base64
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal
from urllib.parse import quote

from openchannels.core.credentials import TokenModel, Tokens
from openchannels.core.platform_errors import Failure, FailureKind, PlatformFailure
from openchannels.transport.answers import body_of, retry_after, status_kind
from openchannels.transport.client import Answer, build_url
from openchannels.transport.platform_app import App
from openchannels.transport.platform_client import Classify, PlatformClient

EPOCH_MARGIN = 300
"""An `expires_in` above now plus this many seconds is a timestamp, not a duration."""

LAST_MOMENT = 100_000_000_000
"""The year 5138: a later expiry, or a negative one, is treated as absent."""


Descriptions = tuple[tuple[str, FailureKind], ...]
"""Patterns of an error's description and their meaning; the first that matches counts."""

NO_ERRORS: Mapping[str, FailureKind] = {}


@dataclass(frozen=True, slots=True)
class OAuthConfig:
    """A platform's variant of OAuth 2. URLs are the real ones; lifetimes are in seconds.

    `scopes` are requested by default; without `required_scopes` an account cannot be used.
    `answer_at` is the key that holds the token answer. `issuer` is the required value of an
    `iss` parameter, if there is one. `expires_is` says whether `expires_in` may be a timestamp in
    Unix seconds. `leeway` is how long before its expiry a token is refreshed on use.
    `default_lifetime` applies when the answer names no expiry. `code_param` is the callback's name
    for the code. `errors` are the platform's own errors of the token endpoint, beside those of
    RFC 6749; `descriptions` tell what an `invalid_request` means. `classify` reads answers of a
    token endpoint with another form. `denials` are values of the error parameter that mean
    misconfiguration, not a user's denial.

    Refreshing: `needs_live_access` says that an expired access token cannot be refreshed,
    `extend_after` how old one must be to be extended, `idle_life` how long a refresh token lives
    unused, `refresh_slides` that a refresh moves the refresh token's expiry.
    """

    authorize_url: str
    token_url: str
    scopes: tuple[str, ...] = ()
    required_scopes: tuple[str, ...] = ()
    scope_separator: str = " "
    scope_param: str | None = "scope"
    response_type: str | None = "code"
    code_param: str = "code"
    client_id_param: str = "client_id"
    client_secret_param: str = "client_secret"
    redirect_param: str = "redirect_uri"
    redirect_in_token: bool = True
    client_auth: Literal["body", "basic"] = "body"
    token_method: Literal["POST", "GET"] = "POST"
    pkce: bool = False
    pkce_encoding: Literal["base64url", "hex"] = "base64url"
    extra: Mapping[str, str] = field(default_factory=dict)
    denial_params: tuple[str, ...] = ("error",)
    denials: Mapping[str, FailureKind] = field(default_factory=dict)
    issuer: str | None = None
    answer_at: str | None = None
    token_model: TokenModel = TokenModel.NONE
    refresh_url: str | None = None
    revoke_url: str | None = None
    expires_is: Literal["duration", "either"] = "duration"
    default_lifetime: int | None = None
    leeway: int = 120
    needs_live_access: bool = False
    extend_after: int = 0
    idle_life: int | None = None
    refresh_slides: bool = False
    errors: Mapping[str, FailureKind] = field(default_factory=dict)
    descriptions: Descriptions = ()
    classify: Classify | None = None


def challenge(config: OAuthConfig, verifier: str) -> str:
    """The S256 challenge of a verifier."""
    raw = hashlib.sha256(verifier.encode()).digest()
    if config.pkce_encoding == "hex":
        return raw.hex()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def authorize_url(
    config: OAuthConfig,
    app: App,
    state: str,
    verifier: str | None,
    extra: Mapping[str, str | None] | None = None,
) -> str:
    """Returns the URL that a person opens to consent."""
    params: dict[str, str | None] = {
        "response_type": config.response_type,
        config.client_id_param: app.client_id,
        config.redirect_param: app.redirect_uri,
        "state": state,
    }
    if config.scope_param:
        params[config.scope_param] = config.scope_separator.join(app.scopes)
    if config.pkce and verifier:
        params["code_challenge"] = challenge(config, verifier)
        params["code_challenge_method"] = "S256"
    return build_url(config.authorize_url, {**params, **config.extra, **(extra or {})})


async def exchange(
    config: OAuthConfig, client: PlatformClient, code: str, verifier: str | None
) -> Tokens:
    """Redeems an authorization code. Never repeated: a code is single use."""
    params: dict[str, str | None] = {"grant_type": "authorization_code", "code": code}
    if config.redirect_in_token:
        params[config.redirect_param] = client.app.redirect_uri
    if config.pkce:
        params["code_verifier"] = verifier
    return await request_tokens(config, client, config.token_url, params, "auth.exchange")


async def refresh(config: OAuthConfig, client: PlatformClient, tokens: Tokens) -> Tokens:
    """Refresh by refresh token; what the answer leaves out is kept from the old tokens."""
    params = {"grant_type": "refresh_token", "refresh_token": tokens.refresh_token}
    url = config.refresh_url or config.token_url
    fresh = await request_tokens(config, client, url, params, "auth.refresh")
    return keep_old(tokens, fresh)


def keep_old(old: Tokens, fresh: Tokens) -> Tokens:
    """Returns the new tokens with missing values filled in from the old ones."""
    return Tokens(
        access_token=fresh.access_token,
        refresh_token=fresh.refresh_token or old.refresh_token,
        expires_at=fresh.expires_at,
        refresh_expires_at=fresh.refresh_expires_at or old.refresh_expires_at,
        scopes=fresh.scopes or old.scopes,
        extra={**old.extra, **fresh.extra},
    )


async def request_tokens(
    config: OAuthConfig,
    client: PlatformClient,
    url: str,
    params: Mapping[str, str | None],
    operation: str,
    *,
    classify: Classify | None = None,
) -> Tokens:
    """Calls a token endpoint, with the client authentication that the platform expects.

    `classify` reads the answer in place of the configuration's own.
    """
    given, headers = _signed(config, client.app, params)
    place = "form" if config.token_method == "POST" else "params"
    parts: dict[str, Any] = {place: given}
    answer = await client.call(
        config.token_method,
        url,
        operation=operation,
        headers=headers,
        idempotent=False,
        classify=classify or config.classify or token_classifier(config, client),
        **parts,
    )
    return read_tokens(config, client, answer, operation)


def _signed(
    config: OAuthConfig, app: App, params: Mapping[str, str | None]
) -> tuple[dict[str, str | None], dict[str, str]]:
    """Parameters and headers with the client authenticated as the platform wants it."""
    if config.client_auth == "basic":
        pair = f"{quote(app.client_id, safe='')}:{quote(app.client_secret, safe='')}"
        basic = base64.b64encode(pair.encode()).decode()
        return dict(params), {"Authorization": f"Basic {basic}"}
    client = {config.client_id_param: app.client_id, config.client_secret_param: app.client_secret}
    return {**params, **client}, {}


async def revoke(config: OAuthConfig, client: PlatformClient, token: str) -> None:
    """Take a token back at the platform, RFC 7009. One that is dead already is as good."""
    assert config.revoke_url is not None
    given, headers = _signed(config, client.app, {"token": token})
    try:
        await client.call(
            "POST",
            config.revoke_url,
            operation="auth.revoke",
            headers=headers,
            idempotent=True,
            classify=token_classifier(config, client),
            silent=True,
            form=given,
        )
    except PlatformFailure as failure:
        if failure.kind is not FailureKind.DEAD_GRANT and failure.reading.code != "invalid_token":
            raise


ERRORS = {
    "invalid_grant": FailureKind.DEAD_GRANT,
    "invalid_request": FailureKind.INVALID,
    "invalid_client": FailureKind.MISCONFIGURED,
    "unauthorized_client": FailureKind.MISCONFIGURED,
    "redirect_uri_mismatch": FailureKind.MISCONFIGURED,
    "unsupported_grant_type": FailureKind.MISCONFIGURED,
    "invalid_scope": FailureKind.MISCONFIGURED,
    "unsupported_response_type": FailureKind.MISCONFIGURED,
    "access_denied": FailureKind.INVALID,
    "invalid_token": FailureKind.INVALID,
    "unsupported_token_type": FailureKind.INVALID,
    "temporarily_unavailable": FailureKind.UNAVAILABLE,
    "server_error": FailureKind.UNAVAILABLE,
}
"""Errors of RFC 6749 sections 4.1.2.1 and 5.2 and RFC 7009 section 2.2.1, and one of OpenID."""


def token_classifier(config: OAuthConfig, client: PlatformClient) -> Classify:
    """Returns a classifier of token endpoints: RFC 6749, else the platform's own failures.

    An access token is not what these calls are authorized by, so a refused one is a refused app.
    """

    def classify(answer: Answer) -> Failure | None:
        body = body_of(answer)
        if answer.status < 300 and isinstance(body, dict) and _text(body.get("access_token")):
            return None
        if is_token_error(body, config.errors):
            return classify_token(answer, config.errors, config.descriptions)
        reading = client.classify(answer)
        if reading is None or reading.kind is not FailureKind.TOKEN_EXPIRED:
            return reading
        return replace(reading, kind=FailureKind.MISCONFIGURED)

    return classify


def is_token_error(body: Any, errors: Mapping[str, FailureKind] = NO_ERRORS) -> bool:
    """Returns whether a body is an error in the form of RFC 6749 section 5.2.

    An unknown error has to have a description: gateways answer `{"error": "..."}`, too.
    """
    error = body.get("error") if isinstance(body, dict) else None
    if not isinstance(error, str) or not error:
        return False
    return error in ERRORS or error in errors or bool(_text(body.get("error_description")))


def classify_token(
    answer: Answer,
    errors: Mapping[str, FailureKind] = NO_ERRORS,
    descriptions: Descriptions = (),
) -> Failure:
    """Returns the failure of an answer whose body is an error in the form of RFC 6749."""
    body = body_of(answer)
    error = body["error"]
    if answer.status == 429 or answer.status >= 500:
        kind = status_kind(answer.status)
    elif error == "invalid_request":
        description = str(body.get("error_description"))
        found = (kind for words, kind in descriptions if re.search(words, description, re.I))
        kind = next(found, FailureKind.INVALID)
    else:
        kind = errors.get(error) or ERRORS.get(error, FailureKind.INVALID)
    return Failure(kind, code=error[:64], retry_after=retry_after(answer))


def bearer(tokens: Tokens) -> dict[str, str]:
    """Returns the header that carries an access token, RFC 6750 section 2.1."""
    return {"Authorization": f"Bearer {tokens.access_token}"}


def read_tokens(config: OAuthConfig, client: PlatformClient, answer: Any, operation: str) -> Tokens:
    """Read a token answer: numbers may be text, and end, scope or refresh token may be absent."""
    body = answer.get(config.answer_at) if config.answer_at and isinstance(answer, dict) else answer
    if not isinstance(body, dict) or not _text(body.get("access_token")):
        raise client.malformed(operation)
    now = client.clock()
    lasting = _number(body.get("refresh_token_expires_in"))
    if lasting is None:
        lasting = _number(body.get("refresh_expires_in"))
    named = _number(body.get("refresh_token_expires_at"))
    return Tokens(
        access_token=body["access_token"],
        refresh_token=_text(body.get("refresh_token")),
        expires_at=_end(config, _number(body.get("expires_in")), now),
        refresh_expires_at=now + lasting if lasting else named or None,
        scopes=read_scopes(body.get("scope", body.get("scopes"))),
        extra={k: body[k] for k in ("id_token", "open_id", "openid", "user_id") if body.get(k)},
    )


def _end(config: OAuthConfig, value: float | None, now: float) -> float | None:
    if not value:
        return now + config.default_lifetime if config.default_lifetime else None
    if config.expires_is == "either" and value > now + EPOCH_MARGIN:
        return value
    return now + value


def read_scopes(value: Any) -> tuple[str, ...] | None:
    """Reads scopes from a list, or from text with spaces or commas; None if absent."""
    if isinstance(value, str):
        return tuple(value.replace(",", " ").split())
    if isinstance(value, list):
        return tuple(str(item) for item in value)
    return None


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (OverflowError, ValueError):
        return None
    return number if 0 <= number <= LAST_MOMENT else None
