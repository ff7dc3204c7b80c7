"""Comments on media of Instagram and answers to them, as both ways in show them.

https://developers.facebook.com/docs/instagram-platform/comment-moderation
"""

import re
from typing import Any

from openchannels.sandbox.clock import utc_text
from openchannels.sandbox.comments import Comment, Comments
from openchannels.sandbox.dataset import Work
from openchannels.sandbox.emulator import Context
from openchannels.sandbox.http import Request
from openchannels.sandbox.ids import digest, digits
from openchannels.sandbox.platforms.meta.graph import Field, GraphError, limit_of, read_fields
from openchannels.sandbox.platforms.meta.media import select_fields
from openchannels.sandbox.platforms.meta.paging import page_of_rows
from openchannels.sandbox.platforms.meta.professional import (
    Professionals,
    account_id,
    unknown_object,
    username,
)
from openchannels.sandbox.platforms.meta.strangers import user_name

MOST_PER_PAGE = 50
MOST_TEXT, MOST_HASHTAGS, MOST_LINKS = 300, 4, 1
_HIDDEN = "hidden"
_DEFAULT = "id,text,timestamp"
_FIELDS = {
    "from", "hidden", "id", "legacy_instagram_comment_id", "like_count", "media", "parent_id",
    "replies", "text", "timestamp", "user", "username",
}  # fmt: skip


def _comment_id(number: int, parent: str) -> str:
    return f"178{number % 10**14:014d}"


class MediaComments:
    """The comments on the media of all persons."""

    def __init__(self, context: Context, professionals: Professionals) -> None:
        self._professionals = professionals
        self._comments = Comments(
            context.documents, context.clock, context.tallies, "instagram", _comment_id
        )

    def knows(self, person: str, identifier: str) -> bool:
        """Whether this is a comment on one of the person's media."""
        found = self._comments.find(identifier)
        return found is not None and self._media(person, found["work"]) is not None

    def list_comments(self, request: Request, person: str, media: str) -> dict[str, Any]:
        """A page of the comments on a media, newest first, without the answers to them."""
        return self._page(request, person, media, f"/{media}/comments")

    def list_answers(self, request: Request, person: str, identifier: str) -> dict[str, Any]:
        """A page of the answers to a comment."""
        comment = self._require(person, identifier)
        return self._page(request, person, comment["work"], f"/{identifier}/replies", identifier)

    def show(self, request: Request, person: str, identifier: str) -> dict[str, Any]:
        """One comment."""
        return self._node(request, person, self._require(person, identifier), _asked(request))

    def create(self, request: Request, person: str, media: str) -> dict[str, Any]:
        """Comment on a media."""
        return self._write(request, person, media)

    def answer(self, request: Request, person: str, identifier: str) -> dict[str, Any]:
        """Answer a comment; the answer to an answer stands below the comment."""
        found = self._require(person, identifier)
        top = self._require(person, found["parent"]) if found["parent"] else found
        if top["status"] == _HIDDEN:
            raise GraphError(100, "(#100) Replies to hidden comments are not possible.")
        return self._write(request, person, top["work"], top["id"])

    def change(self, request: Request, person: str, identifier: str) -> dict[str, Any]:
        """Hide a comment or show it again; those of the owner of the media stay visible."""
        comment, wanted = self._require(person, identifier), request.parameter("hide").lower()
        if wanted not in ("true", "false"):
            raise GraphError(100, "(#100) The parameter hide is required")
        if comment["author"] != person:
            status = _HIDDEN if wanted == "true" else "published"
            self._comments.put({**comment, "status": status})
        return {"success": True}

    def delete(self, request: Request, person: str, identifier: str) -> dict[str, Any]:
        """Delete any comment on one's own media, with the answers to it."""
        self._comments.delete(self._require(person, identifier))
        return {"success": True}

    def _media(self, person: str, identifier: str) -> Work | None:
        return self._professionals.find_work(person, identifier)

    def _require(self, person: str, identifier: str) -> Comment:
        """A comment on one of the person's media. Raises GraphError 100/33."""
        found = self._comments.find(identifier)
        if found is None or self._media(person, found["work"]) is None:
            raise unknown_object()
        return found

    def _page(
        self, request: Request, person: str, media: str, path: str, parent: str = ""
    ) -> dict[str, Any]:
        fields, limit = _asked(request), limit_of(request.query.get("limit"), MOST_PER_PAGE, 10**6)
        rows = self._written(person, media, parent)
        page = page_of_rows(request, rows, min(limit, MOST_PER_PAGE))
        nodes = [self._node(request, person, one, fields) for one in page.items]
        return page.answer(request, path, nodes)

    def _written(self, person: str, media: str, parent: str) -> list[Comment]:
        """What has been written, newest first. Raises GraphError 100/33 for no media."""
        work = self._media(person, media)
        if work is None:
            raise unknown_object()
        return self._comments.of(work, media, parent)

    def _write(self, request: Request, person: str, media: str, parent: str = "") -> dict[str, Any]:
        work = self._media(person, media)
        if work is None:
            raise unknown_object()
        if not self._professionals.takes_comments(media):
            raise GraphError(100, "(#100) Comments are turned off for this media.")
        text = _text(request)
        return {"id": self._comments.add(work, media, person, text, request.now, parent)["id"]}

    def _node(
        self, request: Request, person: str, comment: Comment, fields: list[Field]
    ) -> dict[str, Any]:
        author, identifier = comment["author"], comment["id"]
        is_own = author == person
        name = username(person) if is_own else user_name(author)
        number = account_id(person) if is_own else digits(16, "instagram reader", author)
        node = {
            "id": identifier,
            "text": comment["text"],
            "timestamp": f"{utc_text(comment['created'])}+0000",
            "username": name,
            "from": {"id": number, "username": name},
            "like_count": digest(identifier, "likes") % 4,
            "hidden": comment["status"] == _HIDDEN,
            "media": {"id": comment["work"]},
            "parent_id": comment["parent"] or None,
        }
        for one in fields:
            if one.name == "replies":
                inside = one.fields or read_fields(_DEFAULT)
                answers = self._written(person, comment["work"], identifier)
                shown = [self._node(request, person, answer, inside) for answer in answers]
                node["replies"] = {"data": shown} if shown else None
        return select_fields(node, fields, _FIELDS)


def _asked(request: Request) -> list[Field]:
    return read_fields(request.query.get("fields") or _DEFAULT)


def _text(request: Request) -> str:
    """The text of a comment. Raises GraphError 100 for one that Instagram does not take."""
    text = request.parameter("message").strip()
    if not text or len(text) > MOST_TEXT:
        raise GraphError(100, f"(#100) The message must have 1 to {MOST_TEXT} characters.")
    if len(re.findall(r"#\w", text)) > MOST_HASHTAGS:
        raise GraphError(100, f"(#100) The message has more than {MOST_HASHTAGS} hashtags.")
    if len(re.findall(r"https?://\S", text)) > MOST_LINKS:
        raise GraphError(100, f"(#100) The message has more than {MOST_LINKS} URL.")
    if text.isupper():
        raise GraphError(100, "(#100) The message consists of capital letters.")
    return text
