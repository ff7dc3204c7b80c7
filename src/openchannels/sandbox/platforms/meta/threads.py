"""Threads API: sixty-day tokens that extend themselves, own posts by cursor, insights.

`mara` gets `paging.next` links, as Meta's sample application expects; everybody else gets
cursors only, as the guide says. The list can expand insights for everybody but `sparse`.
https://developers.facebook.com/docs/threads/retrieve-and-discover-posts
"""

import re
from typing import Any

from openchannels.sandbox.dataset import Series, Work
from openchannels.sandbox.emulator import Context, Emulator
from openchannels.sandbox.http import Reply, Request, Route
from openchannels.sandbox.images import avatar, cover
from openchannels.sandbox.platforms.meta import media
from openchannels.sandbox.platforms.meta.app_tokens import app_token
from openchannels.sandbox.platforms.meta.graph import Field, GraphError, read_fields
from openchannels.sandbox.platforms.meta.locations import Locations
from openchannels.sandbox.platforms.meta.login import MetaLogin
from openchannels.sandbox.platforms.meta.paging import page_of
from openchannels.sandbox.platforms.meta.threads_conversations import Conversations
from openchannels.sandbox.platforms.meta.threads_insights import (
    METRICS,
    post_insights,
    profile_insights,
)
from openchannels.sandbox.platforms.meta.threads_posts import (
    IDS,
    POST_FIELDS,
    post_node,
    profile,
    user_id,
    username,
)
from openchannels.sandbox.platforms.meta.threads_publishing import ThreadsPublishing
from openchannels.sandbox.platforms.meta.threads_replies import ThreadsReplies

HOSTS = ("graph.threads.net", "graph.threads.com")
AUTH_HOSTS = ("threads.com", "www.threads.com", "threads.net", "www.threads.net")
DEFAULT_PAGE, MOST_PER_PAGE = 25, 100
_TAGGING = "threads_location_tagging"
_PUBLISH = "threads_content_publish"
_QUOTA_SCOPES = {
    "reply_": "threads_manage_replies",
    "delete_": "threads_delete",
    "location_": _TAGGING,
}
_CONTAINER = {"error_message", "id", "status"}
_PROFILE = {
    "id", "username", "name", "threads_profile_picture_url", "threads_biography", "is_verified",
}  # fmt: skip


class Threads(Emulator):
    """One profile for every person; `empty` has no posts."""

    name = "threads"
    work_ids = IDS
    token_parameters = (*Emulator.token_parameters, "input_token")
    version = re.compile(r"^/v1\.0(?=/|$)")

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._locations = Locations()
        self._login = MetaLogin(
            context.grants, self.realm, "Threads", "THQWJ", "th", "threads_basic"
        )
        self._replies = ThreadsReplies(context)
        self._publishing = ThreadsPublishing(context, self._locations, self._replies)
        self._conversations = Conversations(self._login, self._replies, self._checked)

    def routes(self) -> list[Route]:
        """Consent pages on all hosts, token endpoints, profile, posts, insights, images."""
        pages = [
            Route("GET", host, "/oauth/authorize", self._login.authorize) for host in AUTH_HOSTS
        ]
        calls = [route for host in HOSTS for route in self._calls(host)]
        images = "scontent.cdninstagram.com"
        return [
            *pages,
            *calls,
            Route("GET", images, "/v/t51/face_{file}", avatar),
            Route("GET", images, "/v/t51/{file}", cover),
        ]

    def _calls(self, host: str) -> list[Route]:
        handlers = {
            "/access_token": self._login.exchange,
            "/refresh_access_token": self._login.extend,
            "/debug_token": self.debug_token,
            "/location_search": self.location_search,
            "/{user}/threads_insights": self.user_insights,
            "/{user}/threads_publishing_limit": self.limit,
            "/{user}/threads": self.posts,
            "/{post}/insights": self.post_insights,
            "/{node}": self.node,
        }
        tokens = [
            Route("POST", host, "/oauth/access_token", self.token),
            Route("GET", host, "/oauth/access_token", self.app_token),
        ]
        publishing = [
            Route("POST", host, "/{user}/threads", self.create, pulls="image_url"),
            Route("POST", host, "/{user}/threads_publish", self.publish_container),
            Route("POST", host, "/{post}/repost", self.repost),
            Route("DELETE", host, "/{post}", self.remove),
        ]
        return [
            *tokens,
            *publishing,
            *self._conversations.routes(host),
            *(Route("GET", host, path, h) for path, h in handlers.items()),
        ]

    def token(self, request: Request) -> Reply:
        """Exchange a code for a token of an hour; the user id is a number."""
        grant, value = self._login.redeem(request)
        return Reply.json({"access_token": value, "user_id": int(user_id(grant.person))})

    def app_token(self, request: Request) -> Reply:
        """The app's own token, with which it may inspect others."""
        client_id = self._login.require_client(request)
        if request.query.get("grant_type") != "client_credentials":
            raise GraphError(100, "Invalid grant_type")
        return app_token(self.grants, self.realm, client_id, "TH|")

    def debug_token(self, request: Request) -> Reply:
        """The validity and scopes of a token."""
        token = self.grants.token(request.parameter("input_token"), "user")
        if token is None:
            raise GraphError(190, "Invalid OAuth access token.")
        data = {
            "type": "USER",
            "application": token.grant.client_id,
            "expires_at": int(token.expires or 0),
            "is_valid": not token.grant.dead and not token.expired(request.now),
            "issued_at": int(token.issued),
            "scopes": list(token.grant.scopes),
            "user_id": user_id(token.grant.person),
        }
        return Reply.json({"data": data})

    def _own(self, request: Request, name: str) -> tuple[str, Series]:
        """The caller and their posts; another user's id is refused."""
        person = self._login.require_token(request, "threads_basic").grant.person
        if request.params[name] not in ("me", user_id(person)):
            raise GraphError(24, "The requested resource does not exist")
        return person, self.series(person)

    def node(self, request: Request) -> Reply:
        """The profile, or one post."""
        grant = self._login.require_token(request, "threads_basic").grant
        person, node = grant.person, request.params["node"]
        fields = self._checked(request)
        if node in ("me", user_id(person)):
            return Reply.json(media.select_fields(profile(person), fields, _PROFILE))
        place = self._locations.place(request, grant, node)
        if place is not None:
            self._login.require_token(request, _TAGGING)
            return Reply.json(place)
        container = self._publishing.container(person, node, request.now)
        if container is not None:
            return Reply.json(media.select_fields(container, fields, _CONTAINER))
        reply = self._replies.find(person, node)
        if reply is not None:
            shown = self._replies.node(person, reply)
            return Reply.json(media.select_fields(shown, fields, POST_FIELDS))
        return Reply.json(self._fields(self._work(person, node), fields, request.now))

    def _checked(self, request: Request) -> list[Field]:
        """The requested fields. Raises GraphError if a scope for one of them is missing."""
        fields = read_fields(request.query.get("fields") or "id")
        for one in fields:
            if one.name == "insights":
                self._login.require_token(request, "threads_manage_insights")
                media.metrics_of(one.modifiers.get("metric", ""), METRICS)
            elif one.name in ("location", "location_id"):
                self._login.require_token(request, _TAGGING)
        return fields

    def _work(self, person: str, identifier: str) -> Work:
        series = self.series(person)
        work = self.find_work(series, identifier)
        if work is None:
            raise GraphError(24, "The requested resource does not exist")
        return work

    def user_insights(self, request: Request) -> Reply:
        """The figures of the profile."""
        person, series = self._own(request, "user")
        self._login.require_token(request, "threads_manage_insights")
        return Reply.json(profile_insights(request, user_id(person), series))

    def create(self, request: Request) -> Reply:
        """A container."""
        person, _ = self._own(request, "user")
        token = self._login.require_token(request, _PUBLISH)
        return self._publishing.create(request, person, token.grant)

    def publish_container(self, request: Request) -> Reply:
        """Publish a container."""
        person, _ = self._own(request, "user")
        self._login.require_token(request, _PUBLISH)
        return self._publishing.publish(request, person)

    def limit(self, request: Request) -> Reply:
        """The quotas of a day; each has a scope of its own."""
        person, _ = self._own(request, "user")
        self._login.require_token(request, _PUBLISH)
        names = [one.name for one in read_fields(request.query.get("fields") or "quota_usage")]
        for prefix, scope in _QUOTA_SCOPES.items():
            if any(name.startswith(prefix) for name in names):
                self._login.require_token(request, scope)
        return Reply.json(self._publishing.limit(person, names, request.now))

    def repost(self, request: Request) -> Reply:
        """Repost an own post."""
        person = self._login.require_token(request, _PUBLISH).grant.person
        work = self._work(person, request.params["post"])
        return self._publishing.repost(work, request.now)

    def remove(self, request: Request) -> Reply:
        """Delete an own post, repost or reply."""
        person = self._login.require_token(request, "threads_delete").grant.person
        return self._publishing.remove(person, request.params["post"], request.now)

    def location_search(self, request: Request) -> Reply:
        """Places by text or coordinates."""
        token = self._login.require_token(request, _TAGGING)
        return Reply.json(self._locations.search(request, token.grant))

    def posts(self, request: Request) -> Reply:
        """A page of the person's own posts, newest first."""
        person, series = self._own(request, "user")
        fields = self._checked(request)
        if person == "sparse" and any(one.name == "insights" for one in fields):
            raise GraphError(1, "An unknown error occurred", http=500)
        page = page_of(request, series, DEFAULT_PAGE, MOST_PER_PAGE)
        data = [self._fields(work, fields, request.now) for work in page.items]
        path = f"/{user_id(person)}/threads"
        return Reply.json(page.answer(request, path, data, links=person == "mara"))

    def _fields(self, work: Work, fields: list[Field], now: float) -> dict[str, Any]:
        post = post_node(work)
        for one in fields:
            if one.name == "has_replies" and work.post is not None:
                post[one.name] = bool(self._replies.below(work))
            if one.name == "insights":
                asked = media.metrics_of(one.modifiers.get("metric", ""), METRICS)
                post["insights"] = post_insights(work, post["id"], asked, now)
        return media.select_fields(post, fields, POST_FIELDS)

    def post_insights(self, request: Request) -> Reply:
        """The insights of one post."""
        person = self._login.require_token(request, "threads_manage_insights").grant.person
        metrics = media.metrics_of(request.query.get("metric"), METRICS)
        work = self._work(person, request.params["post"])
        return Reply.json(post_insights(work, IDS.id_of(work), metrics, request.now))

    def describe(self, person: str) -> dict[str, Any]:
        """Id, user name, number of posts."""
        return {
            "person": person,
            "id": user_id(person),
            "username": username(person),
            "works": self.series(person).total,
        }

    def rate_limited(self, request: Request) -> Reply:
        """Code 4 with the usage header of the app."""
        reply = GraphError(4, "(#4) Application request limit reached", http=403).reply
        reply.headers["x-app-usage"] = '{"call_count":100,"total_time":60,"total_cputime":60}'
        return reply

    def dead_grant(self, request: Request) -> Reply:
        """190/458."""
        what = "Error validating access token: The user has not authorized application."
        return GraphError(190, what, 458).reply

    def missing_scope(self, request: Request) -> Reply:
        """Code 10."""
        message = "This action requires the threads_basic permission."
        return GraphError(10, message, http=403).reply

    def server_error(self, request: Request) -> Reply:
        """Code 2 under HTTP 500."""
        return GraphError(2, "An unexpected error has occurred.", http=500, transient=True).reply
