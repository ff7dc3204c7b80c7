"""The calls that list replies on Threads and hide them.

https://developers.facebook.com/docs/threads/reply-management
"""

from collections.abc import Callable

from openchannels.sandbox.comments import Comment
from openchannels.sandbox.dataset import Work
from openchannels.sandbox.http import Reply, Request, Route
from openchannels.sandbox.platforms.meta.graph import Field, limit_of, refusal
from openchannels.sandbox.platforms.meta.login import MetaLogin
from openchannels.sandbox.platforms.meta.media import select_fields
from openchannels.sandbox.platforms.meta.paging import page_of_rows
from openchannels.sandbox.platforms.meta.threads_posts import POST_FIELDS, user_id
from openchannels.sandbox.platforms.meta.threads_replies import ThreadsReplies

DEFAULT_PAGE, MOST_PER_PAGE = 25, 100
_BASIC, _READ, _MANAGE = "threads_basic", "threads_read_replies", "threads_manage_replies"

ReadFields = Callable[[Request], list[Field]]
"""The fields that a call asks for, if its token may see them."""


class Conversations:
    """Lists and moderates replies."""

    def __init__(self, login: MetaLogin, replies: ThreadsReplies, fields: ReadFields) -> None:
        self._login = login
        self._replies = replies
        self._fields = fields

    def routes(self, host: str) -> list[Route]:
        """Their addresses on a host."""
        return [
            Route("GET", host, "/{node}/replies", self.list_replies),
            Route("GET", host, "/{node}/conversation", self.list_conversation),
            Route("POST", host, "/{node}/manage_reply", self.manage),
        ]

    def list_replies(self, request: Request) -> Reply:
        """A page of the direct replies to a post or reply, or of a person's own replies."""
        person, node = self._person(request, _BASIC), request.params["node"]
        if node in ("me", user_id(person)):
            path = f"/{user_id(person)}/replies"
            return self._page(request, person, path, self._replies.own(person))
        self._person(request, _READ)
        work, parent = self._replies.post(person, node), ""
        if work is None:
            reply = self._replies.find(person, node)
            work, parent = (self._replies.post(person, reply["work"]) if reply else None), node
        found = self._replies.below(_existing(work), parent)
        return self._page(request, person, f"/{node}/replies", found)

    def list_conversation(self, request: Request) -> Reply:
        """A page of the replies to a post at all depths."""
        person, node = self._person(request, _BASIC), request.params["node"]
        self._person(request, _READ)
        if self._replies.find(person, node) is not None:
            raise refusal("100", "(#100) The conversation is available for root posts only")
        work = _existing(self._replies.post(person, node))
        found = self._replies.conversation(work)
        return self._page(request, person, f"/{node}/conversation", found)

    def manage(self, request: Request) -> Reply:
        """Hide a reply, or show it again."""
        person, hidden = self._person(request, _MANAGE), request.parameter("hide").lower()
        if hidden not in ("true", "false"):
            raise refusal("100", "(#100) The parameter hide is required")
        self._replies.hide(person, request.params["node"], hidden == "true")
        return Reply.json({"success": True})

    def _person(self, request: Request, scope: str) -> str:
        return self._login.require_token(request, scope).grant.person

    def _page(self, request: Request, person: str, path: str, newest: list[Comment]) -> Reply:
        fields, query = self._fields(request), request.query
        oldest_first = query.get("reverse").lower() in ("false", "0")
        limit = limit_of(query.get("limit"), DEFAULT_PAGE, MOST_PER_PAGE)
        page = page_of_rows(request, newest[::-1] if oldest_first else newest, limit)
        nodes = (self._replies.node(person, one) for one in page.items)
        data = [select_fields(one, fields, POST_FIELDS) for one in nodes]
        return Reply.json(page.answer(request, path, data, links=person == "mara"))


def _existing(work: Work | None) -> Work:
    """Raises GraphError 24 if there is none."""
    if work is None:
        raise refusal("24", "The requested resource does not exist")
    return work
