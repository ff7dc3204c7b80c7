"""The calls about comments: on the works of a Page, and on the media of an Instagram account.

https://developers.facebook.com/docs/pages-api/comments-mentions
"""

from collections.abc import Callable
from typing import Any

from openchannels.sandbox.emulator import Context
from openchannels.sandbox.grants import Token
from openchannels.sandbox.http import Reply, Request, Route
from openchannels.sandbox.platforms.facebook.access import Access
from openchannels.sandbox.platforms.facebook.page_comments import PageComments
from openchannels.sandbox.platforms.facebook.usage import with_usage
from openchannels.sandbox.platforms.meta.graph import HOST
from openchannels.sandbox.platforms.meta.instagram_comments import MediaComments
from openchannels.sandbox.platforms.meta.professional import Professionals

INSTAGRAM_SCOPES = ("instagram_basic", "instagram_manage_comments", "pages_read_engagement")
Answer = dict[str, Any]


class CommentCalls:
    """Leads each call to the comments that it is about."""

    def __init__(
        self,
        context: Context,
        access: Access,
        on_page: PageComments,
        professionals: Professionals,
    ) -> None:
        self._access = access
        self._on_page = on_page
        self._professionals = professionals
        self._on_instagram = MediaComments(context, professionals)

    def routes(self) -> list[Route]:
        """Those that list and write; single comments are nodes."""
        return [
            Route("GET", HOST, "/{node}/comments", self.list_comments),
            Route("POST", HOST, "/{node}/comments", self.create),
        ]

    def list_comments(self, request: Request) -> Reply:
        """A page of comments."""
        token, node = self._access.require_token(request), request.params["node"]
        on_instagram, on_page = self._on_instagram.list_comments, self._on_page.list_comments
        return with_usage(token, self._answer(request, token, node, on_instagram, on_page))

    def create(self, request: Request) -> Reply:
        """Write a comment."""
        token, node = self._access.require_token(request), request.params["node"]
        on_instagram, on_page = self._on_instagram.create, self._on_page.create
        return with_usage(token, self._answer(request, token, node, on_instagram, on_page))

    def knows(self, token: Token, node: str) -> bool:
        """Whether this is a comment."""
        return self._on_instagram.knows(token.grant.person, node) or self._on_page.knows(node)

    def show(self, request: Request, token: Token, node: str) -> Answer:
        """One comment."""
        return self._answer(request, token, node, self._on_instagram.show, self._on_page.show)

    def change(self, request: Request, token: Token, node: str) -> Answer:
        """Hide or show a comment, or change its text."""
        return self._answer(request, token, node, self._on_instagram.change, self._on_page.change)

    def delete(self, request: Request, token: Token, node: str) -> Answer:
        """Delete a comment."""
        return self._answer(request, token, node, self._on_instagram.delete, self._on_page.delete)

    def _answer(
        self,
        request: Request,
        token: Token,
        node: str,
        on_instagram: Callable[[Request, str, str], Answer],
        on_page: Callable[[Request, Token, str], Answer],
    ) -> Answer:
        """The answer of where the media or comment belongs. Raises GraphError."""
        person = token.grant.person
        is_media = self._professionals.find_work(person, node) is not None
        if is_media or self._on_instagram.knows(person, node):
            self._access.require_scopes(token, *INSTAGRAM_SCOPES)
            return on_instagram(request, person, node)
        return on_page(request, token, node)
