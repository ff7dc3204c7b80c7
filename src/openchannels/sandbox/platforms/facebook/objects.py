"""What takes comments and likes: the published posts of a Page, their videos and photos, comments.

A video shares the comments of its post, and so does a photo that is alone in its post.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from openchannels.sandbox.comments import Comment, Comments
from openchannels.sandbox.dataset import Work
from openchannels.sandbox.emulator import Context
from openchannels.sandbox.grants import Token
from openchannels.sandbox.http import Request
from openchannels.sandbox.ids import decimal
from openchannels.sandbox.platforms.facebook.access import Access, unknown_object
from openchannels.sandbox.platforms.facebook.pages import Page
from openchannels.sandbox.platforms.facebook.posts import Post
from openchannels.sandbox.platforms.facebook.publications import Publications, is_pending

_MOST_DERIVED = 3
"""How far the ids of derived photos lie behind that of their post."""
_CLOSED = 7
"""Index modulo 13 of the posts that may not be commented on."""


@dataclass(frozen=True, slots=True)
class Target:
    """The object of a call on its Page. Comments are kept by `id`; `comment` is that of the call.

    `is_photo` is whether the call named a photo.
    """

    page: Page
    work: Work
    id: str
    comment: Comment | None = None
    is_photo: bool = False

    @property
    def takes_comments(self) -> bool:
        """Whether comments on it are allowed."""
        return self.work.post is not None or self.work.index % 13 != _CLOSED

    @property
    def is_post(self) -> bool:
        """Whether the call is about a post as a whole, not a comment or one photo of several."""
        return self.comment is None and _names_post(self.id)

    @property
    def liked(self) -> str:
        """The id of what the call likes."""
        return self.comment["id"] if self.comment else self.id


class Objects:
    """Finds the objects of calls."""

    def __init__(self, context: Context, access: Access, publications: Publications) -> None:
        self._documents = context.documents
        self._clock = context.clock
        self._tallies = context.tallies
        self._access = access
        self._publications = publications

    def comments(self, identifier: str) -> Comments:
        """Comments whose ids begin with the number of an object."""
        number = identifier.rpartition("_")[2]

        def comment_id(digits: int, parent: str) -> str:
            return f"{number}_{10**14 + digits % (9 * 10**14)}"

        tallies = self._tallies if _names_post(identifier) else None
        return Comments(self._documents, self._clock, tallies, "facebook", comment_id)

    def find_comment(self, node: str) -> Comment | None:
        """The comment with this id, whoever may see it."""
        return self.comments(node).find(node)

    def find(self, request: Request, token: Token, node: str) -> Target:
        """The object of a call. Raises GraphError 100/33 if there is none for the token."""
        comment = self.find_comment(node)
        target = self._find(request, token, comment["work"] if comment else node)
        if is_pending(target.work):
            raise unknown_object(node)
        return replace(target, comment=comment) if comment else target

    def _find(self, request: Request, token: Token, node: str) -> Target:
        named = "_" in node
        post = (self._access.post if named else self._access.video)(request, token, node)
        if post is None:
            return self._photo(request, token, node)
        return Target(self._access.page(token, post.id.partition("_")[0]), post.work, post.id)

    def _photo(self, request: Request, token: Token, node: str) -> Target:
        for page in self._access.pages_of_token(token):
            for work in self._near(page, node):
                post = Post(work, page.id, page.name, page.tiny, True, request.now)
                photos = post.photo_ids()
                if node in photos:
                    kept = post.id if len(photos) == 1 else node
                    return Target(page, work, kept, is_photo=True)
        raise unknown_object(node)

    def _near(self, page: Page, node: str) -> Iterator[Work]:
        """The posts that may show this photo."""
        yield from self._publications.series(page).posts()
        number = decimal(node)
        if number is not None:
            for behind in range(_MOST_DERIVED + 1):
                work = self._publications.find(page, str(number - behind))
                if work is not None:
                    yield work


def _names_post(identifier: str) -> bool:
    """Whether an object is a post, whose counts hold its comments; a photo has none here."""
    return "_" in identifier
