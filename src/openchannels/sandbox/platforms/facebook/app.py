"""Facebook Login and the Graph API for Pages.

https://developers.facebook.com/documentation/facebook-login/guides/advanced/manual-flow
"""

from collections.abc import Callable
from typing import Any

import msgspec

from openchannels.sandbox.dataset import Creator, Series, Work
from openchannels.sandbox.emulator import Context, ControlCall, DemoPersona, Emulator
from openchannels.sandbox.grants import Token
from openchannels.sandbox.http import Handler, Reply, Request, Route
from openchannels.sandbox.images import avatar, cover
from openchannels.sandbox.platforms.facebook import login
from openchannels.sandbox.platforms.facebook.access import Access, unknown_field, unknown_object
from openchannels.sandbox.platforms.facebook.accounts import (
    DEFAULT_PER_PAGE,
    MOST_PER_PAGE,
    Accounts,
)
from openchannels.sandbox.platforms.facebook.batch import MOST_PARTS, answer_batch
from openchannels.sandbox.platforms.facebook.comments import CommentCalls
from openchannels.sandbox.platforms.facebook.fields import USER_FIELDS, VIDEO_FIELDS
from openchannels.sandbox.platforms.facebook.insights import page_insights, video_insights
from openchannels.sandbox.platforms.facebook.likes import Likes
from openchannels.sandbox.platforms.facebook.objects import Objects
from openchannels.sandbox.platforms.facebook.page_comments import PageComments
from openchannels.sandbox.platforms.facebook.pages import (
    Page,
    pages_of,
    user_id,
    user_node,
)
from openchannels.sandbox.platforms.facebook.paging import page_of_posts
from openchannels.sandbox.platforms.facebook.posts import (
    Post,
    check_fields,
    metrics_of,
    post_id,
)
from openchannels.sandbox.platforms.facebook.publications import Publications
from openchannels.sandbox.platforms.facebook.publishing import Publishing
from openchannels.sandbox.platforms.facebook.usage import with_usage
from openchannels.sandbox.platforms.facebook.videos import Videos
from openchannels.sandbox.platforms.meta.graph import (
    HOST,
    VERSION,
    Field,
    GraphError,
    limit_of,
    oauth_token,
    project,
    read_fields,
)
from openchannels.sandbox.platforms.meta.professional import Professionals
from openchannels.sandbox.short_links import number_of, short_link

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

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._publications = Publications(context)
        self._videos = Videos(context, self._publications)
        self._access = Access(self.grants, self.realm, self._publications, self._videos)
        self._publishing = Publishing(context, self._access, self._publications, self._videos)
        self._instagram = Professionals(context, HOST)
        objects = Objects(context, self._access, self._publications)
        self._likes = Likes(context, self._access, objects)
        on_page = PageComments(self._access, objects, self._likes)
        self._comments = CommentCalls(context, self._access, on_page, self._instagram)
        self._accounts = Accounts(self._access, self.grants, self._instagram)

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
            ("POST", "/{node}", self.update),
            ("DELETE", "/{node}", self.remove),
            ("GET", "/{node}/stories", self.stories),
            ("GET", "/{node}/accounts", self.accounts),
            ("GET", "/{node}/published_posts", self.posts),
            ("GET", "/{node}/posts", self.posts),
            ("GET", "/{node}/insights", self.insights),
            ("GET", "/{node}/video_insights", self.video_insights),
        ]
        return [
            Route("*", "www.facebook.com", "/dialog/oauth", dialog.authorize),
            *(Route(method, HOST, path, does) for method, path, does in calls),
            *self._comments.routes(),
            *self._likes.routes(),
            *self._publishing.routes(),
            Route("GET", "scontent.xx.fbcdn.net", "/v/t39/{file}", cover),
            Route("GET", "platform-lookaside.fbsbx.com", "/platform/profilepic", avatar),
            short_link("fb.watch", "/{code}/", _page("watch/?v=")),
            short_link("www.facebook.com", "/share/v/{code}/", _page("watch/?v=")),
            short_link("www.facebook.com", "/share/r/{code}/", _page("reel/")),
            short_link("www.facebook.com", "/share/p/{code}/", _page("photo.php?fbid=")),
            short_link("www.facebook.com", "/share/{code}/", _page("reel/")),
        ]

    def permissions(self, request: Request) -> Reply:
        """The granted and the declined permissions."""
        grant = self._access.require_token(request).grant
        status = {True: "granted", False: "declined"}
        data = [
            {"permission": scope, "status": status[scope in grant.scopes]} for scope in grant.asked
        ]
        return Reply.json({"data": data})

    def revoke(self, request: Request) -> Reply:
        """Revoke one permission, or the whole grant with all its tokens."""
        token = self._access.require_token(request)
        if token.kind != "user":
            raise GraphError(100, "(#100) A user access token is required for this call")
        grant, one = token.grant, request.params.get("permission")
        if one:
            self.grants.set_scopes(grant, tuple(s for s in grant.scopes if s != one))
        else:
            self.grants.revoke(self.realm, grant.person, grant.client_id)
        return Reply.json({"success": True})

    def node(self, request: Request) -> Reply:
        """A person, a Page, a post or a comment."""
        token = self._access.require_token(request)
        return with_usage(token, self._node(request, token, request.params["node"]))

    def several(self, request: Request) -> Reply:
        """`ids=a,b`: several nodes, each counted as a call."""
        token = self._access.require_token(request)
        ids = request.query.split_values("ids")
        if not ids or len(ids) > MOST_PARTS:
            raise GraphError(100, f"(#100) The parameter ids takes 1 to {MOST_PARTS} ids")
        return with_usage(token, {one: self._node(request, token, one) for one in ids})

    def _node(self, request: Request, token: Token, node: str) -> dict[str, Any]:
        if self._comments.knows(token, node):
            return self._comments.show(request, token, node)
        fields = read_fields(request.query.get("fields"))
        if "_" in node:
            return self._access.post(request, token, node).fields(self._checked(token, fields))
        own = user_id(token.grant.person)
        if token.kind == "user" and node in ("me", own):
            return self._user(request, token, fields)
        person = token.grant.person
        if self._instagram.knows(person, node, request.now):
            self._require_instagram(token, fields)
            return self._instagram.node(person, node, fields or [Field("id")], request.now)
        made = self._publishing.video_node(token, node)
        if made is not None:
            return _video_fields(made, fields)
        video = self._access.video(request, token, node)
        if video is not None:
            return _video_fields(video.video(), fields)
        page = self._access.page(token, node)
        shown = self._accounts.page_fields(
            token, page, fields or [Field("id"), Field("name")], request.now
        )
        return {**shown, "id": page.id}

    def _user(self, request: Request, token: Token, fields: list[Field]) -> dict[str, Any]:
        node = user_node(token.grant.person)
        plain = [one for one in fields if one.name != "accounts"] or [Field("id"), Field("name")]
        shown: dict[str, Any] = project(node, plain)
        for one in fields:
            if one.name == "accounts":
                shown["accounts"] = self._accounts.edge(request, token, one.fields, one.modifiers)
            elif one.name not in USER_FIELDS:
                raise unknown_field(one.name, "User")
        return {**shown, "id": node["id"]}

    def accounts(self, request: Request) -> Reply:
        """The Pages of a user token."""
        token = self._access.require_token(request)
        if token.kind != "user" or request.params["node"] not in (
            "me",
            user_id(token.grant.person),
        ):
            raise unknown_field("accounts", "Page")
        names = ("limit", "after", "before")
        modifiers = {name: request.query.get(name) for name in names if name in request.query}
        fields = read_fields(request.query.get("fields"))
        return with_usage(token, self._accounts.edge(request, token, fields, modifiers))

    def posts(self, request: Request) -> Reply:
        """Published posts of a Page, newest first."""
        token = self._access.require_token(request)
        page = self._access.page(token, request.params["node"])
        self._access.require_scopes(token, "pages_read_engagement", "pages_read_user_content")
        fields = self._checked(token, read_fields(request.query.get("fields")))
        limit = limit_of(request.query.get("limit"), DEFAULT_PER_PAGE, MOST_PER_PAGE)
        series = self.dataset.series(page.creator)
        works, paging = page_of_posts(request, token, page, series, max(limit, 1))
        if token.grant.person == "sparse":
            works = [work for work in works if work.index % 3]
        now, own = request.now, token.kind == "page"
        name, tiny, page_id = page.name, page.tiny, page.id
        data = [Post(work, page_id, name, tiny, own, now).fields(fields) for work in works]
        return with_usage(token, {"data": data, "paging": paging} if paging else {"data": data})

    def insights(self, request: Request) -> Reply:
        """Insights of a Page, of one post, or of an Instagram account and its media."""
        token = self._access.require_token(request)
        node, person = request.params["node"], token.grant.person
        if self._instagram.knows(person, node, request.now):
            self._access.require_scopes(token, "instagram_manage_insights", "pages_read_engagement")
            return with_usage(token, self._instagram.insights(request, person, node))
        self._access.require_scopes(token, "read_insights")
        if "_" in node:
            metrics = metrics_of(request.query.get("metric"))
            return with_usage(token, self._access.post(request, token, node).insights(metrics))
        if self._access.video(request, token, node) is not None:
            raise unknown_field("insights", "Video")
        self._access.require_scopes(token, "pages_read_engagement")
        page = self._access.page(token, node)
        series = self.dataset.series(page.creator)
        return with_usage(token, page_insights(request, page, series))

    def video_insights(self, request: Request) -> Reply:
        """Insights of a video or reel by its own id."""
        token = self._access.require_token(request)
        self._access.require_scopes(token, "read_insights")
        node = request.params["node"]
        video = self._access.video(request, token, node)
        if video is None:
            raise unknown_object(node)
        return with_usage(token, video_insights(request.query.get("metric"), video))

    def update(self, request: Request) -> Reply:
        """Change a post, a video or a comment, or a media of Instagram."""
        token = self._access.require_token(request)
        node, person = request.params["node"], token.grant.person
        if self._comments.knows(token, node):
            return with_usage(token, self._comments.change(request, token, node))
        if self._instagram.find_work(person, node) is not None:
            self._access.require_scopes(token, "instagram_manage_comments")
            return with_usage(token, self._instagram.change(request, person, node))
        return self._publishing.update(request, token, node)

    def remove(self, request: Request) -> Reply:
        """Delete a post, a video, a photo or a comment, or a media of Instagram."""
        token = self._access.require_token(request)
        node, person = request.params["node"], token.grant.person
        if self._comments.knows(token, node):
            return with_usage(token, self._comments.delete(request, token, node))
        if self._instagram.knows(person, node, request.now):
            self._access.require_scopes(token, "instagram_manage_contents")
            return with_usage(token, self._instagram.remove(person, node, request.now))
        return self._publishing.delete(token, node)

    def stories(self, request: Request) -> Reply:
        """The stories of a Page or of an Instagram account."""
        token = self._access.require_token(request)
        node, person = request.params["node"], token.grant.person
        if self._instagram.is_account(person, node):
            self._access.require_scopes(token, "instagram_basic")
            fields = read_fields(request.query.get("fields") or "id")
            return with_usage(token, self._instagram.stories(person, fields, request.now))
        return with_usage(token, self._publishing.stories(request, token, node))

    def control_calls(self) -> list[ControlCall]:
        """The person, who publishes or discards a draft on facebook.com."""
        return self._publishing.control_calls()

    def credentials(self, request: Request) -> list[str]:
        """Those of the parameters, and the token of an upload."""
        return [oauth_token(request), *super().credentials(request)]

    def _require_instagram(self, token: Token, fields: list[Field]) -> None:
        self._access.require_scopes(token, "instagram_basic")
        if any(one.name == "insights" for one in fields):
            self._access.require_scopes(token, "instagram_manage_insights", "pages_read_engagement")

    def _checked(self, token: Token, fields: list[Field]) -> list[Field]:
        fields = fields or read_fields(_POST_DEFAULT)
        check_fields(fields)
        if any(one.name == "insights" for one in fields):
            self._access.require_scopes(token, "read_insights")
        return fields

    def batch(self, request: Request) -> Reply:
        """Up to 50 calls in one."""
        self._access.require_token(request)
        routes = [route for route in self.routes() if route.host == HOST]
        return answer_batch(request, routes, self.not_found)

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
        page = Page(series.owner.person, int(series.owner.slot))
        return self._publications.index_of(page, text.rpartition("_")[2])

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


def _video_fields(video: dict[str, Any], fields: list[Field]) -> dict[str, Any]:
    asked = fields or [Field("description"), Field("updated_time")]
    for one in asked:
        if one.name not in VIDEO_FIELDS:
            raise unknown_field(one.name, "Video")
    shown: dict[str, Any] = project(video, asked)
    return shown
