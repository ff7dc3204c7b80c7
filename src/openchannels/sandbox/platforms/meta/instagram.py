"""Instagram API with Instagram Login, and the media edge of Facebook Login.

The list can expand insights for everybody but `sparse`: one of these works was posted before the
account became professional, which makes the whole call fail.
https://developers.facebook.com/docs/instagram-platform/instagram-api-with-instagram-login
"""

from collections.abc import Callable
from typing import Any

from openchannels.sandbox.emulator import Context, Emulator
from openchannels.sandbox.http import MAX_UPLOAD, Handler, Reply, Request, Route
from openchannels.sandbox.ids import letters
from openchannels.sandbox.images import avatar, cover
from openchannels.sandbox.platforms.meta import media as meta_media
from openchannels.sandbox.platforms.meta.graph import (
    HOST,
    VERSION,
    Field,
    GraphError,
    oauth_token,
    read_fields,
)
from openchannels.sandbox.platforms.meta.instagram_comments import MediaComments
from openchannels.sandbox.platforms.meta.instagram_publishing import IDS
from openchannels.sandbox.platforms.meta.login import MetaLogin
from openchannels.sandbox.platforms.meta.media_insights import METRICS
from openchannels.sandbox.platforms.meta.paging import page_of
from openchannels.sandbox.platforms.meta.professional import (
    IMAGES,
    Professionals,
    account_id,
    app_id,
    unknown_object,
    username,
)
from openchannels.sandbox.platforms.meta.rupload import UPLOADS, upload_refused
from openchannels.sandbox.short_links import short_link

DEFAULT_PAGE, MOST_PER_PAGE = 25, 100
_GRAPH = "graph.instagram.com"
_BASIC = "instagram_business_basic"
_PUBLISH = "instagram_business_content_publish"
_COMMENTS = "instagram_business_manage_comments"
_INSIGHTS = "instagram_business_manage_insights"


def _page(kind: str) -> Callable[[str], str]:
    """Makes the address of a post of its share code."""
    return lambda code: f"https://www.instagram.com/{kind}/{letters(11, 'share', code)}/"


class Instagram(Emulator):
    """One professional account for every person; `empty` has no media."""

    name = "instagram"
    work_ids = IDS
    version = VERSION

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._here = Professionals(context, _GRAPH)
        self._at_facebook = Professionals(context, HOST)
        self._comments = MediaComments(context, self._here)
        self._login = MetaLogin(context.grants, self.realm, "Instagram", "IGAAG1ZB", "ig", _BASIC)

    def routes(self) -> list[Route]:
        """Consent page, token endpoints, profile, media on both hosts, images."""
        calls: dict[str, Handler] = {
            "/access_token": self._login.exchange,
            "/refresh_access_token": self._login.extend,
            "/{node}/insights": self.insights,
            "/{node}": self.node,
        }
        publishing = [route for host in (_GRAPH, HOST) for route in self._publishing(host)]
        return [
            Route("GET", "www.instagram.com", "/oauth/authorize", self._login.authorize),
            Route("POST", "api.instagram.com", "/oauth/access_token", self.token),
            *publishing,
            Route("GET", _GRAPH, "/{user}/stories", self.stories),
            Route("GET", _GRAPH, "/{node}/comments", self.comments),
            Route("POST", _GRAPH, "/{node}/comments", self.comment),
            *(route for host in (_GRAPH, HOST) for route in self._answering(host)),
            Route("POST", _GRAPH, "/{node}", self.update),
            Route("DELETE", _GRAPH, "/{node}", self.delete_comment),
            *(Route("GET", _GRAPH, path, handler) for path, handler in calls.items()),
            Route(
                "POST",
                UPLOADS,
                "/ig-api-upload/{version}/{container}",
                self.upload,
                max_body=MAX_UPLOAD,
            ),
            Route("GET", IMAGES, "/v/t51/ig_face_{file}", avatar),
            Route("GET", IMAGES, "/v/t51/ig_{file}", cover),
            short_link("www.instagram.com", "/share/p/{code}", _page("p")),
            short_link("www.instagram.com", "/share/reel/{code}", _page("reel")),
            short_link("www.instagram.com", "/share/{code}", _page("p")),
        ]

    def _publishing(self, host: str) -> list[Route]:
        """The calls that both hosts have."""
        return [
            Route("GET", host, "/{user}/media", self.media),
            Route("POST", host, "/{user}/media", self.create, pulls="image_url"),
            Route("POST", host, "/{user}/media_publish", self.publish_container),
            Route("GET", host, "/{user}/content_publishing_limit", self.limit),
        ]

    def _answering(self, host: str) -> list[Route]:
        """The calls about answers to comments; other calls with a comment are Facebook's there."""
        return [
            Route("GET", host, "/{node}/replies", self.answers),
            Route("POST", host, "/{node}/replies", self.answer),
        ]

    def token(self, request: Request) -> Reply:
        """Exchange a code for a token of an hour, wrapped in a list as documented."""
        grant, value = self._login.redeem(request)
        answer: dict[str, Any] = {"access_token": value, "user_id": app_id(grant.person)}
        if grant.person == "mara":
            number = int(app_id(grant.person))
            flat = {"user_id": number, "permissions": list(grant.scopes)}
            return Reply.json(answer | flat)
        return Reply.json({"data": [answer | {"permissions": ",".join(grant.scopes)}]})

    def _person(self, request: Request, scope: str = _BASIC) -> str:
        return self._login.require_token(request, scope).grant.person

    def node(self, request: Request) -> Reply:
        """The profile, or one work."""
        person = self._person(request)
        fields = read_fields(request.query.get("fields") or "id")
        node = request.params["node"]
        if self._comments.knows(person, node):
            return Reply.json(self._comments.show(request, self._commenter(request), node))
        self._require_insights(request, fields)
        return Reply.json(self._here.node(person, node, fields, request.now))

    def _require_insights(self, request: Request, fields: list[Field]) -> None:
        if any(one.name == "insights" for one in fields):
            self._person(request, _INSIGHTS)

    def insights(self, request: Request) -> Reply:
        """The insights of the account, or of one work."""
        person = self._person(request, _INSIGHTS)
        return Reply.json(self._here.insights(request, person, request.params["node"]))

    def _caller(
        self, request: Request, scope: str, facebook_scope: str
    ) -> tuple[str, Professionals]:
        """The caller, and the accounts as their host shows them. Raises GraphError."""
        if request.host == _GRAPH:
            return self._person(request, scope), self._here
        token = self.grants.live_token(request.access_token, request.now, "user", "page")
        if token is None:
            raise GraphError(190, "Invalid OAuth access token.")
        if facebook_scope not in token.grant.scopes:
            raise GraphError(10, f"This action requires the {facebook_scope} permission.", http=403)
        return token.grant.person, self._at_facebook

    def _owner(
        self, request: Request, scope: str, facebook_scope: str
    ) -> tuple[str, Professionals]:
        """The same of a call about the caller's own account."""
        person, shown = self._caller(request, scope, facebook_scope)
        if not shown.is_account(person, request.params["user"]):
            raise unknown_object()
        return person, shown

    def media(self, request: Request) -> Reply:
        """A page of the person's media, newest first."""
        fields = read_fields(request.query.get("fields") or "id")
        person, shown = self._owner(request, _BASIC, "instagram_basic")
        if any(one.name == "insights" for one in fields):
            self._caller(request, _INSIGHTS, "instagram_manage_insights")
        return self._page(request, person, fields, shown)

    def create(self, request: Request) -> Reply:
        """A container."""
        person, shown = self._owner(request, _PUBLISH, "instagram_content_publish")
        return shown.publishing.create(request, person)

    def publish_container(self, request: Request) -> Reply:
        """Publish a container."""
        person, shown = self._owner(request, _PUBLISH, "instagram_content_publish")
        return shown.publishing.publish(request, person)

    def limit(self, request: Request) -> Reply:
        """The daily quota."""
        person, shown = self._owner(request, _PUBLISH, "instagram_content_publish")
        return shown.publishing.limit(request, person)

    def stories(self, request: Request) -> Reply:
        """The stories that still live."""
        person = self._person(request)
        if not self._here.is_account(person, request.params["user"]):
            raise unknown_object()
        fields = read_fields(request.query.get("fields") or "id")
        return Reply.json(self._here.stories(person, fields, request.now))

    def upload(self, request: Request) -> Reply:
        """Bytes for a container; a token that does not fit is refused under HTTP 400."""
        token = self.grants.live_token(oauth_token(request), request.now, "user", "page")
        if token is None or "instagram_content_publish" not in token.grant.scopes:
            what = "User not authorized to perform this request"
            return upload_refused("NotAuthorizedError", what)
        return self._at_facebook.publishing.upload(request, token.grant.person)

    def _commenter(self, request: Request) -> str:
        """The caller of a call about comments. Raises GraphError."""
        for scope in ("instagram_basic", "pages_read_engagement"):
            self._caller(request, _BASIC, scope)
        return self._caller(request, _COMMENTS, "instagram_manage_comments")[0]

    def comments(self, request: Request) -> Reply:
        """A page of the comments on a media."""
        person = self._commenter(request)
        return Reply.json(self._comments.list_comments(request, person, request.params["node"]))

    def comment(self, request: Request) -> Reply:
        """Comment on a media."""
        person = self._commenter(request)
        return Reply.json(self._comments.create(request, person, request.params["node"]))

    def answers(self, request: Request) -> Reply:
        """A page of the answers to a comment."""
        person = self._commenter(request)
        return Reply.json(self._comments.list_answers(request, person, request.params["node"]))

    def answer(self, request: Request) -> Reply:
        """Answer a comment."""
        person = self._commenter(request)
        return Reply.json(self._comments.answer(request, person, request.params["node"]))

    def update(self, request: Request) -> Reply:
        """Allow or forbid comments on a media, or hide or show a comment."""
        person, node = self._commenter(request), request.params["node"]
        if self._comments.knows(person, node):
            return Reply.json(self._comments.change(request, person, node))
        return Reply.json(self._here.change(request, person, node))

    def delete_comment(self, request: Request) -> Reply:
        """Delete a comment; media cannot be deleted here."""
        person = self._commenter(request)
        return Reply.json(self._comments.delete(request, person, request.params["node"]))

    def credentials(self, request: Request) -> list[str]:
        """Those of the parameters, and the token of an upload."""
        return [oauth_token(request), *super().credentials(request)]

    def _page(
        self, request: Request, person: str, fields: list[Field], shown: Professionals
    ) -> Reply:
        wants = [one for one in fields if one.name == "insights"]
        for one in wants:
            meta_media.metrics_of(one.modifiers.get("metric", ""), METRICS)
        if wants and person == "sparse":
            message = "Media posted before business account conversion"
            raise GraphError(100, message, 2108006)
        page = page_of(request, self.series(person), DEFAULT_PAGE, MOST_PER_PAGE)
        data = [shown.fields(work, fields, request.now) for work in page.items]
        return Reply.json(page.answer(request, f"/{account_id(person)}/media", data))

    def describe(self, person: str) -> dict[str, Any]:
        """Ids, user name, number of media."""
        return {
            "person": person,
            "userId": account_id(person),
            "id": app_id(person),
            "username": username(person),
            "works": self.series(person).total,
        }

    def rate_limited(self, request: Request) -> Reply:
        """80002 with the usage header that names the minutes to wait."""
        reply = GraphError(80002, "(#80002) There have been too many calls.", http=400).reply
        usage = '{"17841401234567890":[{"type":"instagram","call_count":100,"total_cputime":20,'
        usage += '"total_time":20,"estimated_time_to_regain_access":5}]}'
        reply.headers["x-business-use-case-usage"] = usage
        return reply

    def dead_grant(self, request: Request) -> Reply:
        """190/458."""
        what = "Error validating access token: The user has not authorized application."
        return GraphError(190, what, 458).reply

    def missing_scope(self, request: Request) -> Reply:
        """Code 10."""
        message = "This action requires the instagram_business_basic permission."
        return GraphError(10, message, http=403).reply

    def server_error(self, request: Request) -> Reply:
        """Code 2 under HTTP 500."""
        return GraphError(2, "An unexpected error has occurred.", http=500, transient=True).reply
