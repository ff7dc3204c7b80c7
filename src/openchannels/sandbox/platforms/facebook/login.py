"""Facebook Login: the dialog, the two steps of the token exchange, token inspection.

https://developers.facebook.com/docs/facebook-login/access-tokens/refreshing
"""

from typing import Any

from openchannels.sandbox.consent import Choice, decide, person_named, problem
from openchannels.sandbox.grants import CodeRefused, Grant, Grants, NewGrant, Token, random_text
from openchannels.sandbox.http import Reply, Request, is_web_address
from openchannels.sandbox.platforms.facebook.pages import pages_of, user_id
from openchannels.sandbox.platforms.meta.app_tokens import APP, app_token
from openchannels.sandbox.platforms.meta.graph import GraphError

REALM = "facebook"
LONG = "long"
CODE_SECONDS = 600
SHORT_SECONDS = 5400
LONG_SECONDS = 5_183_944
DATA_ACCESS_SECONDS = 90 * 86_400
_CONFIGURED = (
    "pages_show_list", "pages_read_engagement", "pages_read_user_content", "read_insights",
    "business_management", "pages_manage_posts",
)  # fmt: skip
_REFUSALS = {
    "used": ("This authorization code has been used.", 36009),
    "expired": ("This authorization code has expired.", 36007),
    "redirect_uri": (
        "Error validating verification code. Please make sure your redirect_uri is identical to"
        " the one you used in the OAuth dialog request",
        36008,
    ),
}


def app_removed() -> GraphError:
    """190/458: the person has removed the app."""
    what = "Error validating access token: The user has not authorized application."
    return GraphError(190, what, 458)


class Login:
    """The dialog and the token endpoints."""

    def __init__(self, grants: Grants) -> None:
        self._grants = grants

    def authorize(self, request: Request) -> Reply:
        """The dialog; with `config_id` the scopes are fixed and can only be granted all at once."""
        error = _request_error(request)
        if error:
            return problem(request, "Facebook", *error)
        client_id, redirect_uri = request.parameter("client_id"), request.parameter("redirect_uri")
        configured = bool(request.parameter("config_id"))
        scopes = _scopes(request)
        asked = _CONFIGURED if configured else tuple(scopes)
        person = person_named(request)
        choices = [Choice(page.id, page.name) for page in pages_of(person)]
        decision = decide(request, "Facebook", client_id, asked, choices)
        if not decision.approved:
            refusal = {"error": "access_denied", "error_reason": "user_denied"}
            refusal["error_description"] = "Permissions error."
            return Reply.redirect(redirect_uri, {**refusal, **request.state})
        granted = decision.scopes
        if configured and granted != asked:
            granted = ()
        code = random_text("AQD", 120)
        pages = None if decision.accounts is None else list(decision.accounts)
        asked, granted = ("public_profile", *asked), ("public_profile", *granted)
        new = NewGrant(
            REALM, decision.person, client_id, redirect_uri, asked, granted, detail={"pages": pages}
        )
        self._grants.open_grant(new, code, CODE_SECONDS)
        answer = {"code": code, **request.state}
        if "granted_scopes" in request.parameter("response_type"):
            answer["granted_scopes"] = ",".join(granted)
        return Reply.redirect(redirect_uri, answer)

    def access_token(self, request: Request) -> Reply:
        """Exchange a code for a short-lived token, or that one for a token of about 60 days.

        With the grant type `client_credentials` it is the app's own token.
        """
        client_id, secret = request.client()
        if not client_id:
            raise GraphError(101, "Missing client_id parameter.")
        if not self._grants.check_secret(REALM, client_id, secret):
            raise GraphError(1, "Error validating client secret.")
        if request.parameter("grant_type") == "client_credentials":
            return app_token(self._grants, REALM, client_id)
        if request.parameter("grant_type") == "fb_exchange_token":
            return self._extend(request, client_id)
        try:
            redirect_uri = request.parameter("redirect_uri")
            grant = self._grants.redeem(request.parameter("code"), client_id, redirect_uri)
        except CodeRefused as refused:
            what = "Invalid verification code format."
            raise GraphError(100, *_REFUSALS.get(refused.reason, (what, None))) from refused
        return self._answer(grant, SHORT_SECONDS, "")

    def _extend(self, request: Request, client_id: str) -> Reply:
        token = self._grants.token(request.parameter("fb_exchange_token"), "user")
        if token is None or token.grant.client_id != client_id:
            raise GraphError(190, "Invalid OAuth access token.")
        if token.grant.dead:
            raise app_removed()
        if token.expired(request.now):
            raise GraphError(190, "Error validating access token: Session has expired.", 463)
        return self._answer(token.grant, LONG_SECONDS, LONG)

    def _answer(self, grant: Grant, lifetime: int, length: str) -> Reply:
        value = self._grants.issue(
            grant, "user", random_text("EAAGm0PX4ZCps", 150), lifetime, length
        )
        return Reply.json({"access_token": value, "token_type": "bearer", "expires_in": lifetime})

    def debug_token(self, request: Request) -> Reply:
        """Inspect a token, with the app's own token `id|secret` or a user's."""
        asking = request.access_token
        app, _, secret = asking.partition("|")
        known = self._grants.token(asking, "user", APP)
        if known is None and not self._grants.check_secret(REALM, app, secret):
            raise GraphError(190, "Invalid OAuth access token signature.")
        token = self._grants.token(request.parameter("input_token"), "user", "page")
        if token is None:
            error = {"code": 190, "message": "Invalid OAuth access token."}
            data: dict[str, Any] = {"error": error, "is_valid": False, "scopes": []}
        else:
            data = _inspected(token, request.now)
        return Reply.json({"data": data})


def _scopes(request: Request) -> list[str]:
    """The scopes in the query or the form."""
    return request.query.split_values("scope") or request.form.split_values("scope")


def _inspected(token: Token, now: float) -> dict[str, Any]:
    grant = token.grant
    valid = not grant.dead and not token.expired(now)
    data: dict[str, Any] = {
        "app_id": grant.client_id,
        "type": token.kind.upper(),
        "application": grant.client_id,
        "expires_at": 0 if token.expires is None else int(token.expires),
        "data_access_expires_at": int(grant.created) + DATA_ACCESS_SECONDS,
        "is_valid": valid,
        "issued_at": int(token.issued),
        "scopes": list(grant.scopes),
        "user_id": user_id(grant.person),
    }
    if token.kind == "page":
        data["profile_id"] = token.account
    if grant.detail["pages"] is not None:
        targets = {"scope": "pages_show_list", "target_ids": grant.detail["pages"]}
        data["granular_scopes"] = [targets]
    if not valid:
        subcode = 458 if grant.dead else 463
        data["error"] = {"code": 190, "message": "Error validating token", "subcode": subcode}
    return data


def _request_error(request: Request) -> tuple[str, str] | None:
    if not request.parameter("client_id"):
        return "101", "The parameter client_id is required."
    if not is_web_address(request.parameter("redirect_uri")):
        return "191", "Can't load URL: the redirect URI is not among the app's valid ones."
    kinds = set(request.parameter("response_type").replace(",", " ").split())
    if not kinds <= {"code", "granted_scopes"}:
        return "100", "The parameter response_type must be code."
    return None
