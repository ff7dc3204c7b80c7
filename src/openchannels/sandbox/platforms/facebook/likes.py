"""Likes of a Page on posts, photos, videos and comments.

https://developers.facebook.com/docs/graph-api/reference/object/likes
"""

from openchannels.sandbox.emulator import Context
from openchannels.sandbox.http import Reply, Request, Route
from openchannels.sandbox.ids import digest
from openchannels.sandbox.platforms.facebook.access import Access
from openchannels.sandbox.platforms.facebook.objects import Objects, Target
from openchannels.sandbox.platforms.facebook.pages import Page
from openchannels.sandbox.platforms.facebook.posts import LIKED
from openchannels.sandbox.platforms.facebook.usage import with_usage
from openchannels.sandbox.platforms.meta.graph import HOST, refusal

_KIND = "facebook like"


class Likes:
    """What Pages like, and the calls about it. Both a second like and an unlike of nothing work."""

    def __init__(self, context: Context, access: Access, objects: Objects) -> None:
        self._documents = context.documents
        self._tallies = context.tallies
        self._access = access
        self._objects = objects

    def routes(self) -> list[Route]:
        """Their addresses."""
        return [
            Route("GET", HOST, "/{node}/likes", self.show),
            Route("POST", HOST, "/{node}/likes", self.like),
            Route("DELETE", HOST, "/{node}/likes", self.unlike),
        ]

    def has(self, page: Page, identifier: str) -> bool:
        """Whether a Page likes an object."""
        return self._documents.get(_KIND, _key(page, identifier)) is not None

    def count(self, page: Page, comment: str) -> int:
        """How many like a comment."""
        return digest(comment, "likes") % 4 + self.has(page, comment)

    def show(self, request: Request) -> Reply:
        """The Page, if it likes the object; nobody else is named."""
        token = self._access.require_token(request)
        self._access.require_scopes(token, "pages_read_engagement")
        target = self._objects.find(request, token, request.params["node"])
        page = target.page
        own = token.kind == "page" and self.has(page, target.liked)
        return with_usage(token, {"data": [{"id": page.id, "name": page.name}] if own else []})

    def like(self, request: Request) -> Reply:
        """Like an object as the Page."""
        target = self._target(request)
        self._documents.put(_KIND, _key(target.page, target.liked), {})
        if target.is_post:
            self._tallies.add(target.work.place, LIKED, target.page.id, request.now)
        return Reply.json({"success": True})

    def unlike(self, request: Request) -> Reply:
        """Take a like back; that of a photo stays."""
        target = self._target(request)
        if target.is_photo:
            raise refusal("100", "Unsupported delete request.")
        self._documents.delete(_KIND, _key(target.page, target.liked))
        if target.is_post:
            self._tallies.remove(target.work.place, LIKED, target.page.id)
        return Reply.json({"success": True})

    def _target(self, request: Request) -> Target:
        token = self._access.require_token(request)
        self._access.require_engaging(token)
        return self._objects.find(request, token, request.params["node"])


def _key(page: Page, identifier: str) -> str:
    return f"{page.id} {identifier}"
