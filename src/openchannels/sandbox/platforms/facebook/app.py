"""Facebook Login and the Graph API for Pages.

https://developers.facebook.com/documentation/facebook-login/guides/advanced/manual-flow
"""

from collections.abc import Callable
from typing import Any

import msgspec

from openchannels.sandbox.dataset import Creator, Series, Work
from openchannels.sandbox.emulator import DemoPersona, Emulator
from openchannels.sandbox.grants import Grant, Token
from openchannels.sandbox.http import Fields, Handler, Reply, Request, Route
from openchannels.sandbox.ids import letters
from openchannels.sandbox.images import avatar, cover
from openchannels.sandbox.platforms.facebook import login
from openchannels.sandbox.platforms.facebook.fields import PAGE_FIELDS, USER_FIELDS
from openchannels.sandbox.platforms.facebook.pages import (
    Page,
    pages_of,
    user_id,
    user_node,
)
from openchannels.sandbox.platforms.facebook.paging import field_text, page_of_posts
from openchannels.sandbox.platforms.facebook.posts import (
    Post,
    check_fields,
    metrics_of,
    post_id,
    post_index,
)
from openchannels.sandbox.platforms.meta.app_tokens import APP
from openchannels.sandbox.platforms.meta.graph import (
    HOST,
    VERSION,
    Field,
    GraphError,
    check_proof,
    cursor,
    limit_of,
    paging_url,
    project,
    read_cursor,
    read_fields,
)
from openchannels.sandbox.short_links import number_of, short_link

MOST_PER_PAGE, DEFAULT_PER_PAGE = 100, 25
MOST_PARTS = 50
_POST_DEFAULT = "created_time,message,story,id"


def _page(path: str) -> Callable[[str], str]:
    """Makes the address of a work of its code."""
    return lambda code: f"https://www.facebook.com/{path}{number_of(code)}"


class Facebook(Emulator):
    """Pages: `mara` has three, `many` 130, `empty` none, everybody else one.

    Two persons show unusual paging: `timeline` pages by time, `sparse` has gaps in its pages.
    """

    name = "facebook"
    persona = DemoPersona(person="mara")
    version = VERSION
    token_parameters = (*Emulator.token_parameters, "fb_exchange_token", "input_token")

    def routes(self) -> list[Route]:
        """The dialog, tokens, nodes and edges, batches, images."""
        dialog = login.Login(self.grants)
        calls: list[tuple[str, str, Handler]] = [
            ("*", "/oauth/access_token", dialog.access_token),
            ("GET", "/debug_token", dialog.debug_token),
            ("GET", "/me/permissions", self.permissions),
            ("DELETE", "/me/permissions", self.revoke),
            ("DELETE", "/me/permissions/{permission}", self.revoke),
            ("POST", "/", self.batch),
            ("GET", "/", self.several),
            ("GET", "/{node}", self.node),
            ("GET", "/{node}/accounts", self.accounts),
            ("GET", "/{node}/published_posts", self.posts),
            ("GET", "/{node}/posts", self.posts),
            ("GET", "/{node}/insights", self.insights),
        ]
        return [
            Route("*", "www.facebook.com", "/dialog/oauth", dialog.authorize),
            *(Route(method, HOST, path, does) for method, path, does in calls),
            Route("GET", "scontent.xx.fbcdn.net", "/v/t39/{file}", cover),
            Route("GET", "platform-lookaside.fbsbx.com", "/platform/profilepic", avatar),
            short_link("fb.watch", "/{code}/", _page("watch/?v=")),
            short_link("www.facebook.com", "/share/v/{code}/", _page("watch/?v=")),
            short_link("www.facebook.com", "/share/r/{code}/", _page("reel/")),
            short_link("www.facebook.com", "/share/p/{code}/", _page("photo.php?fbid=")),
            short_link("www.facebook.com", "/share/{code}/", _page("reel/")),
        ]

    def _require_token(self, request: Request) -> Token:
        value = request.access_token
        token = self.grants.token(value, "user", "page", APP)
        if not value or (token is not None and token.kind == APP):
            what = "An active access token must be used to query information about the user."
            raise GraphError(2500, what)
        if token is None:
            raise GraphError(190, "Invalid OAuth access token - Cannot parse access token", None)
        if token.grant.dead:
            raise login.app_removed()
        if token.expired(request.now):
            raise GraphError(190, "Error validating access token: Session has expired.", 463)
        check_proof(request, value, self.grants.secret_of(self.realm, token.grant.client_id))
        return token

    def _pages(self, grant: Grant) -> list[Page]:
        shared = grant.detail["pages"]
        pages = pages_of(grant.person)
        return pages if shared is None else [page for page in pages if page.id in shared]

    def _page(self, token: Token, node: str) -> Page:
        """The Page of a call: the named one, or with `me` the one of a Page token."""
        wanted = token.account if node == "me" and token.kind == "page" else node
        for page in self._pages(token.grant):
            if page.id == wanted and (token.kind == "user" or token.account == page.id):
                return page
        raise GraphError(
            100,
            f"Unsupported get request. Object with ID '{node}' does not exist, cannot be loaded"
            " due to missing permissions, or does not support this operation.",
            33,
        )

    def permissions(self, request: Request) -> Reply:
        """The granted and the declined permissions."""
        grant = self._require_token(request).grant
        status = {True: "granted", False: "declined"}
        data = [
            {"permission": scope, "status": status[scope in grant.scopes]} for scope in grant.asked
        ]
        return Reply.json({"data": data})

    def revoke(self, request: Request) -> Reply:
        """Revoke one permission, or the whole grant with all its tokens."""
        token = self._require_token(request)
        if token.kind != "user":
            raise GraphError(100, "(#100) A user access token is required for this call")
        grant, one = token.grant, request.params.get("permission")
        if one:
            self.grants.set_scopes(grant, tuple(s for s in grant.scopes if s != one))
        else:
            self.grants.revoke(self.realm, grant.person, grant.client_id)
        return Reply.json({"success": True})

    def node(self, request: Request) -> Reply:
        """A person, a Page or a post."""
        token = self._require_token(request)
        return self._reply(token, self._node(request, token, request.params["node"]))

    def several(self, request: Request) -> Reply:
        """`ids=a,b`: several nodes, each counted as a call."""
        token = self._require_token(request)
        ids = request.query.split_values("ids")
        if not ids or len(ids) > MOST_PARTS:
            raise GraphError(100, f"(#100) The parameter ids takes 1 to {MOST_PARTS} ids")
        return self._reply(token, {one: self._node(request, token, one) for one in ids})

    def _node(self, request: Request, token: Token, node: str) -> dict[str, Any]:
        fields = read_fields(request.query.get("fields"))
        if "_" in node:
            return self._post(request, token, node).fields(self._checked(token, fields))
        own = user_id(token.grant.person)
        if token.kind == "user" and node in ("me", own):
            return self._user(request, token, fields)
        page = self._page(token, node)
        shown = self._page_fields(token, page, fields or [Field("id"), Field("name")], request.now)
        return {**shown, "id": page.id}

    def _user(self, request: Request, token: Token, fields: list[Field]) -> dict[str, Any]:
        node = user_node(token.grant.person)
        plain = [one for one in fields if one.name != "accounts"] or [Field("id"), Field("name")]
        shown: dict[str, Any] = project(node, plain)
        for one in fields:
            if one.name == "accounts":
                shown["accounts"] = self._accounts(request, token, one.fields, one.modifiers)
            elif one.name not in USER_FIELDS:
                raise _unknown_field(one.name, "User")
        return {**shown, "id": node["id"]}

    def _page_fields(
        self, token: Token, page: Page, fields: list[Field], now: float
    ) -> dict[str, Any]:
        node = page.node(now)
        for one in fields:
            if one.name not in PAGE_FIELDS:
                raise _unknown_field(one.name, "Page")
            if one.name == "access_token":
                node["access_token"] = self._page_token(token, page, now)
        shown: dict[str, Any] = project(node, fields)
        return shown

    def _page_token(self, token: Token, page: Page, now: float) -> str:
        """The Page's token, which never expires if the user token is long-lived."""
        if token.kind == "page":
            return token.value
        value = "EAAGP" + letters(21, token.value, page.id) + letters(21, page.id, token.value)
        known = self.grants.token(value, "page")
        if known is None:
            long = token.account == login.LONG or token.expires is None
            left = None if long or token.expires is None else token.expires - now
            self.grants.issue(token.grant, "page", value, left, page.id)
        return value

    def accounts(self, request: Request) -> Reply:
        """The Pages of a user token."""
        token = self._require_token(request)
        if token.kind != "user" or request.params["node"] not in (
            "me",
            user_id(token.grant.person),
        ):
            raise _unknown_field("accounts", "Page")
        names = ("limit", "after", "before")
        modifiers = {name: request.query.get(name) for name in names if name in request.query}
        fields = read_fields(request.query.get("fields"))
        return self._reply(token, self._accounts(request, token, fields, modifiers))

    def _accounts(
        self, request: Request, token: Token, fields: list[Field], modifiers: dict[str, str]
    ) -> dict[str, Any]:
        pages = self._pages(token.grant) if "pages_show_list" in token.grant.scopes else []
        limit = limit_of(modifiers.get("limit", ""), DEFAULT_PER_PAGE, MOST_PER_PAGE)
        start = read_cursor(modifiers["after"]) + 1 if modifiers.get("after") else 0
        end = start + limit
        if modifiers.get("before"):
            end = read_cursor(modifiers["before"])
            start = max(0, end - limit)
        some = pages[start:end]
        if not some:
            return {"data": []}
        default = [Field(name) for name in ("access_token", "category", "name", "id", "tasks")]
        edge: dict[str, Any] = {
            "data": [
                self._page_fields(token, page, fields or default, request.now) for page in some
            ],
            "paging": {
                "cursors": {"before": cursor(start), "after": cursor(start + len(some) - 1)}
            },
        }
        query = {"access_token": token.value, "limit": str(limit)}
        if fields:
            query["fields"] = field_text(fields)
        path, cursors = f"/{user_id(token.grant.person)}/accounts", edge["paging"]["cursors"]
        if end < len(pages):
            more = {**query, "after": cursors["after"]}
            edge["paging"]["next"] = paging_url(request, HOST, path, more)
        if start:
            more = {**query, "before": cursors["before"]}
            edge["paging"]["previous"] = paging_url(request, HOST, path, more)
        return edge

    def posts(self, request: Request) -> Reply:
        """Published posts of a Page, newest first."""
        token = self._require_token(request)
        page = self._page(token, request.params["node"])
        self._require_scopes(token, "pages_read_engagement", "pages_read_user_content")
        fields = self._checked(token, read_fields(request.query.get("fields")))
        limit = limit_of(request.query.get("limit"), DEFAULT_PER_PAGE, MOST_PER_PAGE)
        series = self.dataset.series(page.creator)
        works, paging = page_of_posts(request, token, page, series, max(limit, 1))
        if token.grant.person == "sparse":
            works = [work for work in works if work.index % 3]
        now, own = request.now, token.kind == "page"
        name, tiny, page_id = page.name, page.tiny, page.id
        data = [Post(work, page_id, name, tiny, own, now).fields(fields) for work in works]
        return self._reply(token, {"data": data, "paging": paging} if paging else {"data": data})

    def insights(self, request: Request) -> Reply:
        """Insights of one post."""
        token = self._require_token(request)
        self._require_scopes(token, "read_insights")
        metrics = metrics_of(request.query.get("metric"))
        post = self._post(request, token, request.params["node"])
        return self._reply(token, post.insights(metrics))

    def _post(self, request: Request, token: Token, node: str) -> Post:
        page = self._page(token, node.partition("_")[0])
        work = self.dataset.series(page.creator).work_at(post_index(page.creator, node))
        if work is None:
            raise GraphError(100, f"Unsupported get request. Object '{node}' does not exist", 33)
        own = token.kind == "page"
        return Post(work, page.id, page.name, page.tiny, own, request.now)

    def _checked(self, token: Token, fields: list[Field]) -> list[Field]:
        fields = fields or read_fields(_POST_DEFAULT)
        check_fields(fields)
        if any(one.name == "insights" for one in fields):
            self._require_scopes(token, "read_insights")
        return fields

    def _require_scopes(self, token: Token, *scopes: str) -> None:
        for scope in scopes:
            if scope in token.grant.scopes:
                continue
            if scope == "read_insights":
                what = "(#200) Requires read_insights permission to manage the object insights"
                raise GraphError(200, what, http=403)
            raise GraphError(10, f"(#10) This endpoint requires the '{scope}' permission", http=403)

    def batch(self, request: Request) -> Reply:
        """Up to 50 calls in one."""
        self._require_token(request)
        try:
            parts = msgspec.json.decode(request.parameter("batch"), type=list[dict[str, str]])
        except msgspec.DecodeError as error:
            raise GraphError(100, "(#100) batch must be a JSON array of requests") from error
        if not 0 < len(parts) <= MOST_PARTS:
            raise GraphError(100, f"(#100) Too many requests in batch: 1 to {MOST_PARTS}")
        routes = [route for route in self.routes() if route.host == HOST]
        answers = [self._part(request, part, routes) for part in parts]
        if request.parameter("include_headers").lower() != "false":
            answers = [{**answer, "headers": []} for answer in answers]
        return Reply.json(answers)

    def _part(self, request: Request, part: dict[str, str], routes: list[Route]) -> dict[str, Any]:
        path, _, query = part.get("relative_url", "").partition("?")
        fields = Fields.parse(query)
        if "access_token" not in fields:
            value = request.access_token
            fields = Fields([*fields.pairs(), ("access_token", value)])
        path = VERSION.sub("", "/" + path.strip("/"), 1)
        method = part.get("method", "GET").upper()
        inner = Request(method, HOST, path, fields, {}, b"", request.now)
        for route in routes:
            params = route.match(method, path)
            if params is not None and path != "/":
                inner.params = params
                reply = route.answer(inner)
                return {"code": reply.status, "body": reply.body.decode()}
        return {"code": 404, "body": self.not_found(inner).body.decode()}

    def _reply(self, token: Token, content: Any) -> Reply:
        """The reply with the usage header of the kind of token."""
        usage: dict[str, Any] = {"call_count": 1, "total_time": 1, "total_cputime": 1}
        name = "x-app-usage"
        if token.kind == "page":
            name = "x-business-use-case-usage"
            row = {"type": "pages", **usage, "estimated_time_to_regain_access": 0}
            usage = {token.account: [row]}
        reply = Reply.json(content)
        reply.headers[name] = msgspec.json.encode(usage).decode()
        return reply

    def describe(self, person: str) -> dict[str, Any]:
        """The person's id and every Page with its number of works."""
        pages = [
            {"id": page.id, "name": page.name, "works": self.dataset.series(page.creator).total}
            for page in pages_of(person)
        ]
        works = pages[0]["works"] if pages else 0
        return {"person": person, "userId": user_id(person), "pages": pages, "works": works}

    def creators(self, person: str) -> dict[str, Creator]:
        """The person's Pages by id."""
        return {page.id: page.creator for page in pages_of(person)}

    def work_id(self, work: Work) -> str:
        """The id of a post, which begins with its Page's."""
        return post_id(Page(work.owner.person, int(work.owner.slot)).id, work)

    def work_index(self, series: Series, text: str) -> int | None:
        """The index of a post by its id."""
        return post_index(series.owner, text)

    def rate_limited(self, request: Request) -> Reply:
        """80001 with the usage header of a Page token, else 4."""
        token = self.grants.token(request.access_token)
        usage: dict[str, Any] = {"call_count": 100, "total_time": 40, "total_cputime": 40}
        if token is None or token.kind != "page":
            reply = GraphError(4, "(#4) Application request limit reached", http=403).reply
            reply.headers["x-app-usage"] = msgspec.json.encode(usage).decode()
            return reply
        what = "(#80001) There have been too many calls to this Page account."
        reply = GraphError(80001, what, 2446079).reply
        row = {"type": "pages", **usage, "estimated_time_to_regain_access": 12}
        usage = {token.account: [row]}
        reply.headers["x-business-use-case-usage"] = msgspec.json.encode(usage).decode()
        return reply

    def dead_grant(self, request: Request) -> Reply:
        """190/458: the person removed the app."""
        return login.app_removed().reply

    def missing_scope(self, request: Request) -> Reply:
        """10: a permission is missing."""
        what = "(#10) This endpoint requires the 'pages_read_engagement' permission"
        return GraphError(10, what, http=403).reply

    def server_error(self, request: Request) -> Reply:
        """Code 2 under HTTP 500, transient."""
        what = "An unexpected error has occurred. Please retry your request later."
        return GraphError(2, what, http=500, transient=True).reply

    def not_found(self, request: Request) -> Reply:
        """2500: an unknown path."""
        return GraphError(2500, "Unknown path components: " + request.path, http=400).reply


def _unknown_field(name: str, node: str) -> GraphError:
    what = f"(#100) Tried accessing nonexisting field ({name}) on node type ({node})"
    return GraphError(100, what)
