"""The Palaver API v1: OAuth with PKCE, talks by the id of the last one.

https://palaver.example/docs
"""

from typing import Any

from openchannels.sandbox import sample_text
from openchannels.sandbox.consent import decide, problem
from openchannels.sandbox.dataset import Work
from openchannels.sandbox.emulator import DemoPersona, Emulator
from openchannels.sandbox.grants import CodeRefused, NewGrant, Token, random_text
from openchannels.sandbox.http import EarlyReply, Reply, Request, Route, is_web_address
from openchannels.sandbox.work_ids import DecimalIds

CODE_SECONDS, ACCESS_SECONDS, REFRESH_SECONDS = 60, 3600, 90 * 86_400
DEFAULT_PAGE, MOST_PER_PAGE = 10, 30
_API = "api.palaver.example"
_IDS = DecimalIds(1_000_000_000, bits=50)


def failure(status: int, code: str) -> Reply:
    """An error, with the number of the call in a header."""
    return Reply.json({"error": code}, status, x_palaver_call=random_text("call-", 8))


class Palaver(Emulator):
    """One account for every person."""

    name = "palaver"
    persona = DemoPersona(person="mara")
    work_ids = _IDS

    def routes(self) -> list[Route]:
        """Consent page, token endpoint, profile and talks."""
        return [
            Route("GET", "palaver.example", "/consent", self.authorize),
            Route("POST", _API, "/v1/token", self.token),
            Route("GET", _API, "/v1/me", self.me),
            Route("GET", _API, "/v1/talks", self.talks),
        ]

    def authorize(self, request: Request) -> Reply:
        """The consent step."""
        query = request.query
        client_id, back = query.get("client_id"), query.get("redirect_uri")
        scopes = tuple(query.split_values("scope"))
        if not client_id or not is_web_address(back) or not query.get("code_challenge"):
            return problem(request, "Palaver", "request", "client_id, redirect_uri or challenge")
        decision = decide(request, "Palaver", client_id, scopes)
        if not decision.approved:
            return Reply.redirect(back, {"error": "access_denied", **request.state})
        code = random_text()
        new = NewGrant(
            self.realm, decision.person, client_id, back, scopes, decision.scopes,
            query.get("code_challenge"), query.get("code_challenge_method"),
        )  # fmt: skip
        self.grants.open_grant(new, code, CODE_SECONDS)
        return Reply.redirect(back, {"code": code, **request.state})

    def token(self, request: Request) -> Reply:
        """Code exchange, and refresh by a token that stays the same."""
        form = request.form
        client_id = form.get("client_id")
        if not self.grants.check_secret(self.realm, client_id, form.get("client_secret")):
            return failure(401, "invalid_client")
        if form.get("grant_type") == "refresh_token":
            token = self.grants.live_token(form.get("refresh_token"), request.now, "refresh")
            if token is None:
                return failure(400, "invalid_grant")
            return Reply.json(self._access(token))
        try:
            back, verifier = form.get("redirect_uri"), form.get("code_verifier")
            grant = self.grants.redeem(form.get("code"), client_id, back, verifier)
        except CodeRefused:
            return failure(400, "invalid_grant")
        refresh = self.grants.issue(grant, "refresh", random_text("pr_"), REFRESH_SECONDS)
        token = self.grants.token(refresh, "refresh")
        assert token is not None
        return Reply.json({**self._access(token), "refresh_token": refresh})

    def _access(self, token: Token) -> dict[str, Any]:
        access = self.grants.issue(token.grant, "access", random_text("pa_"), ACCESS_SECONDS)
        return {
            "access_token": access,
            "expires_in": ACCESS_SECONDS,
            "scope": " ".join(token.grant.scopes),
        }

    def _require_token(self, request: Request) -> Token:
        token = self.grants.token(request.bearer, "access")
        if token is None or token.grant.dead:
            raise EarlyReply(self.dead_grant(request))
        if token.expired(request.now):
            raise EarlyReply(failure(401, "token_expired"))
        self.require_scopes(request, token.grant, "talks.read")
        return token

    def me(self, request: Request) -> Reply:
        """The profile."""
        return Reply.json(self.describe(self._require_token(request).grant.person))

    def talks(self, request: Request) -> Reply:
        """Talks, newest first, behind the one that `after` names."""
        person = self._require_token(request).grant.person
        limit = request.query.integer("limit", DEFAULT_PAGE)
        if limit is None or not 1 <= limit <= MOST_PER_PAGE:
            return failure(400, "limit")
        series = self.series(person)
        found = series.slice(0, limit + 1)
        if after := request.query.get("after"):
            index = self.work_index(series, after)
            if index is None:
                return failure(400, "after")
            found = series.older_than(index, limit + 1)
        shown = [_talk(work, request.now) for work in found[:limit]]
        more = shown[-1]["id"] if len(found) > limit else None
        return Reply.json({"talks": shown, "after": more})

    def describe(self, person: str) -> dict[str, Any]:
        """The profile, as the platform tells it."""
        creator = self.creator(person)
        return {
            "id": f"p{creator.number('id', 10_000, 99_999)}",
            "handle": person,
            "name": creator.pick("brand", sample_text.BRANDS_EN),
            "picture": None,
            "listeners": creator.number("listeners", 5, 9_000),
            "talks": self.series(person).total,
        }

    def rate_limited(self, request: Request) -> Reply:
        return failure(429, "slow_down")

    def dead_grant(self, request: Request) -> Reply:
        return failure(401, "token_dead")

    def missing_scope(self, request: Request) -> Reply:
        return failure(403, "scope")

    def server_error(self, request: Request) -> Reply:
        return failure(500, "ours")


def _talk(work: Work, now: float) -> dict[str, Any]:
    identifier = _IDS.id_of(work)
    return {
        "id": identifier,
        "title": work.title_en(),
        "link": f"https://palaver.example/talks/{identifier}",
        "published": work.created,
        "heard": work.views(now),
        "applause": work.share_of_views(now, 60, 5, 40),
    }
