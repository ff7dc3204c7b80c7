"""LinkedIn: the member, the organisations they administer, and the organisations' posts.

`ida` administers one organisation, `mara` three and analyses a fourth, `many` 130, `empty` none.
Access tokens of every client id that ends in `-selfserve` come without a refresh token.
https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/posts-api
"""

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from openchannels.sandbox import words
from openchannels.sandbox.consent import decide, problem
from openchannels.sandbox.grants import Grant, NewGrant, Refused, Token, fresh
from openchannels.sandbox.ids import digits, hexadecimal, letters, pack, unpack
from openchannels.sandbox.pictures import avatar, cover
from openchannels.sandbox.platform import Platform
from openchannels.sandbox.wire import Reply, Request, Route, is_web_address
from openchannels.sandbox.world import Creator, Series, Work

CODE_SECONDS = 1800
ACCESS_SECONDS = 5_183_999
REFRESH_SECONDS = 31_535_999
DEFAULT_PAGE, MOST_PER_PAGE = 10, 100
VERSIONS = range(202511, 202700)
_WWW, _API = "www.linkedin.com", "api.linkedin.com"
_ID_BITS = 60
_FIRST_ID = 7_000_000_000_000_000_000
_HOW_MANY = {"empty": 0, "mara": 3, "many": 130}
_CONTENT = ("image", "text", "multiImage", "video", "article", "image", "document", "poll")
_ORGANIZATION = "urn:li:organization:"
_POSTING_ROLES = ("ADMINISTRATOR", "CONTENT_ADMINISTRATOR")


def refused(http: int, code: str, message: str, service: int = 100) -> Reply:
    """An error of the data API."""
    body = {"status": http, "serviceErrorCode": service, "code": code, "message": message}
    return Reply.json(body, http)


@dataclass(frozen=True, slots=True)
class Organization:
    """A page of an organisation and the person's role on it; `slot` counts from 0."""

    person: str
    slot: int
    role: str = "ADMINISTRATOR"

    @property
    def id(self) -> str:
        """Seven digits."""
        return digits(7, "linkedin organization", self.person, self.slot)

    @property
    def urn(self) -> str:
        """`urn:li:organization:{id}`."""
        return _ORGANIZATION + self.id

    @property
    def creator(self) -> Creator:
        """Whose posts it shows."""
        return Creator("linkedin", self.person, str(self.slot))

    def shown(self) -> dict[str, Any]:
        """The organisation as its administrators see it."""
        logo = f"urn:li:digitalmediaAsset:{letters(12, 'logo', self.urn)}"
        return {
            "id": int(self.id),
            "localizedName": f"{self.creator.pick('brand', words.BRANDS_EN)} {self.slot + 1}",
            "vanityName": f"org-{hexadecimal(6, 'vanity', self.urn)}",
            "logoV2": {"original": logo, "cropped": logo},
            "localizedWebsite": "https://kiln.example",
        }


def organizations_of(person: str) -> list[Organization]:
    """Every organisation a person has a role on."""
    found = [Organization(person, slot) for slot in range(_HOW_MANY.get(person, 1))]
    if person == "mara":
        found.append(Organization(person, 3, "ANALYST"))
    return found


def post_urn(work: Work) -> str:
    """`urn:li:share:...`, every third `urn:li:ugcPost:...`."""
    number = _FIRST_ID + pack(work.owner.key, work.index, _ID_BITS)
    return f"urn:li:{'ugcPost' if work.index % 3 == 2 else 'share'}:{number}"


def _index(owner: Creator, urn: str) -> int | None:
    number = urn.rpartition(":")[2]
    if not number.isdigit() or int(number) < _FIRST_ID:
        return None
    return unpack(owner.key, int(number) - _FIRST_ID, _ID_BITS)


class LinkedIn(Platform):
    """The member, and the organisations behind the same token."""

    name = "linkedin"

    def routes(self) -> list[Route]:
        """Consent page, token endpoints, member, organisations, posts and their parts."""
        return [
            Route("GET", _WWW, "/oauth/v2/authorization", self.authorize),
            Route("POST", _WWW, "/oauth/v2/accessToken", self.token),
            Route("POST", _WWW, "/oauth/v2/revoke", self.revoke),
            Route("GET", _API, "/v2/userinfo", self.userinfo),
            Route("GET", _API, "/v2/me", self.me),
            Route("GET", _API, "/rest/organizationAcls", self.acls),
            Route("GET", _API, "/rest/organizations", self.organizations),
            Route("GET", _API, "/rest/networkSizes/{urn}", self.network_size),
            Route("GET", _API, "/rest/posts", self.posts),
            Route("GET", _API, "/rest/organizationalEntityShareStatistics", self.statistics),
            Route("GET", _API, "/rest/socialMetadata", self.social_metadata),
            Route("GET", _API, "/rest/images", self.images),
            Route("GET", _API, "/rest/videos", self.videos),
            Route("GET", "media.licdn.com", "/dms/image/logo/{file}", avatar),
            Route("GET", "media.licdn.com", "/dms/image/{file}", cover),
        ]

    def authorize(self, request: Request) -> Reply:
        """The consent step; all scopes are accepted together."""
        query = request.query
        client_id, back = query.get("client_id"), query.get("redirect_uri")
        scopes = tuple(query.get("scope").split())
        if not client_id or not is_web_address(back) or query.get("response_type") != "code":
            return problem(request, "LinkedIn", "invalid_redirect_uri", "redirect_uri")
        state = {"state": query.get("state")} if "state" in query else {}
        if not scopes:
            told = {"error": "invalid_scope_error", "error_description": "Scope is missing"}
            return Reply.redirect(back, {**told, **state})
        decision = decide(request, "LinkedIn", client_id, scopes)
        if isinstance(decision, Reply):
            return decision
        if not decision.approved:
            message = "The user cancelled LinkedIn authorization"
            told = {"error": "user_cancelled_authorize", "error_description": message}
            return Reply.redirect(back, {**told, **state})
        code = fresh("AQT", 100)
        new = NewGrant(self.realm, decision.person, client_id, back, scopes, decision.scopes)
        self.grants.open(new, code, CODE_SECONDS)
        return Reply.redirect(back, {"code": code, **state})

    def token(self, request: Request) -> Reply:
        """Code exchange and programmatic refresh."""
        form = request.form
        client_id = form.get("client_id")
        if not self.grants.secret_fits(self.realm, client_id, form.get("client_secret")):
            return _oauth_error(401, "invalid_client", "Client authentication failed")
        if form.get("grant_type") == "authorization_code":
            try:
                grant = self.grants.redeem(form.get("code"), client_id, form.get("redirect_uri"))
            except Refused:
                message = "Unable to retrieve access token: appid/redirect uri/code verifier does"
                message += " not match authorization code. Or authorization code expired."
                return _oauth_error(400, "invalid_request", message)
            return self._answer(grant, None, request.now)
        if form.get("grant_type") == "refresh_token":
            return self._refresh(form.get("refresh_token"), client_id, request.now)
        return _oauth_error(400, "unsupported_grant_type", "grant_type")

    def _refresh(self, value: str, client_id: str, now: float) -> Reply:
        token = self.grants.token(value, "refresh")
        dead = token is None or token.grant.dead or token.expired(now)
        if dead or token is None or token.grant.client_id != client_id:
            message = "The provided authorization grant or refresh token is invalid, expired or"
            return _oauth_error(400, "invalid_request", f"{message} revoked")
        return self._answer(token.grant, token, now)

    def _answer(self, grant: Grant, refresh: Token | None, now: float) -> Reply:
        """A fresh access token; the refresh token stays and its time runs down."""
        answer: dict[str, Any] = {
            "access_token": self.grants.issue(grant, "access", fresh("AQX", 300), ACCESS_SECONDS),
            "expires_in": ACCESS_SECONDS,
            "scope": ",".join(grant.scopes),
            "token_type": "Bearer",
        }
        if refresh is not None:
            answer["refresh_token"] = refresh.value
            answer["refresh_token_expires_in"] = int((refresh.expires or now) - now)
        elif not grant.client_id.endswith("-selfserve"):
            value = fresh("AQW", 300)
            answer["refresh_token"] = self.grants.issue(grant, "refresh", value, REFRESH_SECONDS)
            answer["refresh_token_expires_in"] = REFRESH_SECONDS
        return Reply.json(answer)

    def revoke(self, request: Request) -> Reply:
        """Ends the grant, whichever of its tokens is shown."""
        form = request.form
        client_id = form.get("client_id")
        if not self.grants.secret_fits(self.realm, client_id, form.get("client_secret")):
            return _oauth_error(401, "invalid_client", "Client authentication failed")
        token = self.grants.token(form.get("token"), "access", "refresh")
        if token is not None and token.grant.client_id == client_id:
            self.grants.end(self.realm, token.grant.person, client_id)
        return Reply()

    def _allowed(self, request: Request, *scopes: str) -> Token | Reply:
        """The token of a call that needs one of the scopes; `/rest` names a living version."""
        token = self.grants.token(request.bearer, "access")
        if token is None:
            return refused(401, "INVALID_ACCESS_TOKEN", "Invalid access token", 65600)
        if token.grant.dead:
            message = "The token used in the request has been revoked by the user"
            return refused(401, "REVOKED_ACCESS_TOKEN", message, 65601)
        if token.expired(request.now):
            message = "The token used in the request has expired"
            return refused(401, "EXPIRED_ACCESS_TOKEN", message, 65602)
        if request.path.startswith("/rest/"):
            version = request.headers.get("linkedin-version", "")
            if not version:
                return refused(400, "VERSION_MISSING", "A version must be present.")
            if not version.isdigit() or int(version) not in VERSIONS:
                message = f"Requested version {version} is not active"
                return refused(426, "NONEXISTENT_VERSION", message)
        if scopes and not set(scopes) & set(token.grant.scopes):
            return self.missing_scope(request)
        return token

    def userinfo(self, request: Request) -> Reply:
        """The member by OpenID Connect."""
        token = self._allowed(request, "openid", "profile")
        if isinstance(token, Reply):
            return token
        given, family = _names(token.grant.person)
        return Reply.json(
            {
                "sub": _member(token.grant.person),
                "name": f"{given} {family}",
                "given_name": given,
                "family_name": family,
                "picture": _picture(token.grant.person),
                "locale": {"country": "US", "language": "en"},
            }
        )

    def me(self, request: Request) -> Reply:
        """The member by the basic profile."""
        token = self._allowed(request, "r_basicprofile", "r_liteprofile")
        if isinstance(token, Reply):
            return token
        given, family = _names(token.grant.person)
        vanity = f"{token.grant.person.lower()}-{hexadecimal(4, 'vanity', token.grant.person)}"
        return Reply.json(
            {
                "id": _member(token.grant.person),
                "localizedFirstName": given,
                "localizedLastName": family,
                "vanityName": vanity,
            }
        )

    def acls(self, request: Request) -> Reply:
        """The member's roles, a page at a time."""
        token = self._allowed(request, "rw_organization_admin", "r_organization_admin")
        if isinstance(token, Reply):
            return token
        query = request.query
        start, count = query.integer("start", 0), query.integer("count", DEFAULT_PAGE)
        if query.get("q") != "roleAssignee" or start is None or not count or start < 0:
            return refused(400, "ILLEGAL_ARGUMENT", "q, start or count")
        every = organizations_of(token.grant.person)
        role = query.get("role")
        fitting = [one for one in every if not role or one.role == role]
        assignee = f"urn:li:person:{_member(token.grant.person)}"
        elements = [
            {
                "role": one.role,
                "organization": one.urn,
                "roleAssignee": assignee,
                "state": "APPROVED",
            }
            for one in fitting[start : start + min(count, 100)]
        ]
        paging = {"start": start, "count": count, "links": [], "total": len(fitting)}
        return Reply.json({"paging": paging, "elements": elements})

    def organizations(self, request: Request) -> Reply:
        """Organisations by id, as a batch."""
        token = self._allowed(request, "rw_organization_admin", "r_organization_admin")
        if isinstance(token, Reply):
            return token
        known = {one.id: one for one in organizations_of(token.grant.person)}
        wanted = _listed(request.query.get("ids"))
        results = {one: known[one].shown() for one in wanted if one in known}
        statuses = {one: 404 for one in wanted if one not in known}
        return Reply.json({"results": results, "statuses": statuses, "errors": {}})

    def network_size(self, request: Request) -> Reply:
        """How many follow an organisation."""
        token = self._allowed(request, "rw_organization_admin", "r_organization_admin")
        if isinstance(token, Reply):
            return token
        one = self._organization(token.grant.person, request.params["urn"])
        if one is None:
            return self.not_found(request)
        kinds = ("COMPANY_FOLLOWED_BY_MEMBER", "CompanyFollowedByMember")
        if request.query.get("edgeType") not in kinds:
            return refused(400, "ILLEGAL_ARGUMENT", "edgeType")
        size = one.creator.growing("followers", 50, 30_000, request.now)
        return Reply.json({"firstDegreeSize": size})

    def _organization(self, person: str, urn: str) -> Organization | None:
        return next((one for one in organizations_of(person) if one.urn == urn), None)

    def posts(self, request: Request) -> Reply:
        """Posts of an organisation by offset; those of a member are closed."""
        token = self._allowed(request, "r_organization_social")
        if isinstance(token, Reply):
            return token
        query = request.query
        author = query.get("author")
        if query.get("q") != "author" or request.headers.get("x-restli-method") != "FINDER":
            return refused(400, "QUERY_PARAM_NOT_ALLOWED", "q=author by the FINDER method")
        start, count = query.integer("start", 0), query.integer("count", DEFAULT_PAGE)
        if start is None or start < 0 or count is None or not 1 <= count <= MOST_PER_PAGE:
            return refused(400, "ILLEGAL_ARGUMENT", "start or count")
        one = self._organization(token.grant.person, author)
        if one is None or one.role not in _POSTING_ROLES:
            message = "Not enough permissions to access: partnerApiPosts.FINDER-author.20260901"
            return refused(403, "ACCESS_DENIED", message)
        series = self.world.series(one.creator)
        works = series.slice(start, count)
        links = []
        if start + len(works) < series.total:
            where = f"/rest/posts?author={quote(author, safe='')}&count={count}&q=author"
            href = f"{where}&sortBy=CREATED&start={start + count}"
            links.append({"type": "application/json", "rel": "next", "href": href})
        paging = {"start": start, "count": count, "links": links}
        return Reply.json({"paging": paging, "elements": [_post(w, one.urn) for w in works]})

    def statistics(self, request: Request) -> Reply:
        """Numbers of posts; a post without data has no element."""
        token = self._allowed(request, "rw_organization_admin")
        if isinstance(token, Reply):
            return token
        query = request.query
        one = self._organization(token.grant.person, query.get("organizationalEntity"))
        if query.get("q") != "organizationalEntity" or one is None:
            return refused(400, "ILLEGAL_ARGUMENT", "organizationalEntity")
        if one.role != "ADMINISTRATOR":
            return refused(403, "ACCESS_DENIED", "Not enough permissions")
        series = self.world.series(one.creator)
        elements = []
        for name, kind in (("shares", "share"), ("ugcPosts", "ugcPost")):
            for urn in _listed(query.get(name)):
                work = series.at(_index(one.creator, urn))
                if work is not None and work.index % 10 != 7:
                    counts = _counts(work, request.now)
                    element = {"organizationalEntity": one.urn, kind: urn}
                    elements.append(element | {"totalShareStatistics": counts})
        paging = {"start": 0, "count": 10, "links": []}
        return Reply.json({"paging": paging, "elements": elements})

    def social_metadata(self, request: Request) -> Reply:
        """Reactions and comments of posts, for those who may not read the statistics."""
        token = self._allowed(request, "r_organization_social", "r_organization_social_feed")
        if isinstance(token, Reply):
            return token
        results = {}
        for urn in _listed(request.query.get("ids")):
            work = self._work(token.grant.person, urn)
            if work is not None:
                counts = _counts(work, request.now)
                like = {"reactionType": "LIKE", "count": counts["likeCount"]}
                results[urn] = {
                    "reactionSummaries": {"LIKE": like},
                    "commentsState": "OPEN",
                    "commentSummary": {"count": counts["commentCount"], "topLevelCount": 1},
                }
        return Reply.json({"results": results, "statuses": {}, "errors": {}})

    def _work(self, person: str, urn: str) -> Work | None:
        for one in organizations_of(person):
            work = self.world.series(one.creator).at(_index(one.creator, urn))
            if work is not None:
                return work
        return None

    def images(self, request: Request) -> Reply:
        """Download addresses of images, which expire."""
        return self._media(request, "urn:li:image:", "downloadUrl")

    def videos(self, request: Request) -> Reply:
        """Thumbnails of videos."""
        return self._media(request, "urn:li:video:", "thumbnail")

    def _media(self, request: Request, kind: str, field: str) -> Reply:
        token = self._allowed(request, "r_organization_social")
        if isinstance(token, Reply):
            return token
        results = {
            urn: {
                "id": urn,
                "status": "AVAILABLE",
                field: f"https://media.licdn.com/dms/image/{hexadecimal(16, 'li media', urn)}",
                "downloadUrlExpiresAt": int((request.now + 3600) * 1000),
            }
            for urn in _listed(request.query.get("ids"))
            if urn.startswith(kind)
        }
        return Reply.json({"results": results, "statuses": {}, "errors": {}})

    def describe(self, person: str) -> dict[str, Any]:
        """The member's id, and the organisations with their numbers of posts."""
        every = organizations_of(person)
        return {
            "person": person,
            "id": _member(person),
            "organizations": [
                {
                    "urn": one.urn,
                    "role": one.role,
                    "name": one.shown()["localizedName"],
                    "works": self.world.series(one.creator).total,
                }
                for one in every
            ],
            "works": self._series(person, "").total if every else 0,
        }

    def _series(self, person: str, account: str) -> Series:
        every = organizations_of(person)
        slot = next((one.slot for one in every if account in (one.urn, one.id)), 0)
        return self.world.series(Organization(person, slot).creator)

    def _knows(self, person: str, account: str) -> bool:
        every = organizations_of(person)
        return bool(every) and (not account or any(account in (o.urn, o.id) for o in every))

    def publish(self, person: str, account: str, count: int, now: float) -> list[str] | None:
        """New posts on top of an organisation, the first one without its id."""
        if not self._knows(person, account):
            return None
        return [post_urn(work) for work in self._series(person, account).add(count, now)]

    def delete(self, person: str, account: str, ids: list[str]) -> list[str] | None:
        """Posts deleted."""
        if not self._knows(person, account):
            return None
        series = self._series(person, account)
        return series.remove(ids, lambda one: _index(series.owner, one))

    def rate_limited(self, request: Request) -> Reply:
        """429 without a header: until midnight UTC."""
        message = "Resource level throttle APPLICATION DAY limit for calls to this resource is"
        return refused(429, "TOO_MANY_REQUESTS", f"{message} reached.", 101)

    def dead_grant(self, request: Request) -> Reply:
        """`invalid_request` in a refresh, 401 REVOKED on a call."""
        if request.path == "/oauth/v2/accessToken":
            message = "The provided authorization grant or refresh token is invalid, expired or"
            return _oauth_error(400, "invalid_request", f"{message} revoked")
        message = "The token used in the request has been revoked by the user"
        return refused(401, "REVOKED_ACCESS_TOKEN", message, 65601)

    def missing_scope(self, request: Request) -> Reply:
        """403 ACCESS_DENIED."""
        resource = request.path.rpartition("/")[2]
        return refused(403, "ACCESS_DENIED", f"Not enough permissions to access: {resource}")

    def server_error(self, request: Request) -> Reply:
        """500."""
        return refused(500, "INTERNAL_SERVER_ERROR", "Internal Server Error", 0)

    def not_found(self, request: Request) -> Reply:
        """404."""
        return refused(404, "RESOURCE_NOT_FOUND", f"No virtual resource found for {request.path}")


def _oauth_error(http: int, error: str, description: str) -> Reply:
    return Reply.json({"error": error, "error_description": description}, http)


def _listed(text: str) -> list[str]:
    """The members of `List(a,b)`."""
    found = re.fullmatch(r"List\((.*)\)", text)
    return [part for part in found[1].split(",") if part] if found else []


def _member(person: str) -> str:
    return letters(10, "linkedin member", person)


def _names(person: str) -> tuple[str, str]:
    creator = Creator("linkedin", person)
    return creator.pick("first", words.FIRST_NAMES_EN), creator.pick("last", words.LAST_NAMES_EN)


def _picture(person: str) -> str:
    return f"https://media.licdn.com/dms/image/logo/{hexadecimal(16, 'li face', person)}"


def _counts(work: Work, now: float) -> dict[str, Any]:
    return {
        "uniqueImpressionsCount": work.portion(now, 60, 500, 800),
        "shareCount": work.portion(now, 66, 0, 4),
        "engagement": 0.0612,
        "clickCount": work.portion(now, 72, 10, 60),
        "likeCount": work.portion(now, 78, 5, 50),
        "impressionCount": work.views(now),
        "commentCount": work.portion(now, 84, 0, 6),
    }


def _content(work: Work, urn: str) -> dict[str, Any] | None:
    kind = _CONTENT[work.index % len(_CONTENT)]
    media = letters(12, "li content", urn)
    image = f"urn:li:image:{media}"
    whole: dict[str, dict[str, Any]] = {
        "image": {"media": {"id": image, "altText": "a picture"}},
        "multiImage": {"multiImage": {"images": [{"id": image}, {"id": f"{image}2"}]}},
        "video": {"media": {"id": f"urn:li:video:{media}", "title": work.title_en()}},
        "document": {"media": {"id": f"urn:li:document:{media}", "title": "Notes"}},
        "article": {
            "article": {
                "source": "https://kiln.example/notes",
                "thumbnail": image,
                "title": work.title_en(),
            }
        },
        "poll": {"poll": {"question": "Which glaze?", "options": [{"text": "Ash"}]}},
    }
    return whole.get(kind)


def _post(work: Work, author: str) -> dict[str, Any]:
    urn = post_urn(work)
    moment = work.created * 1000 + work.number(100, 0, 999)
    text = f"{work.title_en()} \\#pottery with @[Ida Holm](urn:li:person:{_member('ida')})"
    dark = work.index % 13 == 9
    post: dict[str, Any] = {
        "id": urn,
        "author": author,
        "commentary": text,
        "visibility": "PUBLIC",
        "lifecycleState": "PUBLISHED",
        "lifecycleStateInfo": {"isEditedByAuthor": False},
        "createdAt": moment,
        "publishedAt": moment,
        "lastModifiedAt": moment + 1000,
        "distribution": {"feedDistribution": "NONE" if dark else "MAIN_FEED"},
        "isReshareDisabledByAuthor": False,
    }
    content = _content(work, urn)
    return post | ({"content": content} if content else {})
