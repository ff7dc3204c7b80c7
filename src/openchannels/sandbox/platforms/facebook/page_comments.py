"""Comments on the works of a Page: two levels, since an answer to an answer is filed one higher.

The Pages of `mara` rank comments where a call names no order.
https://developers.facebook.com/docs/graph-api/reference/object/comments
"""

from typing import Any

from openchannels.sandbox.comments import Comment
from openchannels.sandbox.grants import Token
from openchannels.sandbox.http import Request
from openchannels.sandbox.ids import digits, hexadecimal
from openchannels.sandbox.platforms.facebook.access import Access, unknown_field, unknown_object
from openchannels.sandbox.platforms.facebook.fields import COMMENT_FIELDS
from openchannels.sandbox.platforms.facebook.likes import Likes
from openchannels.sandbox.platforms.facebook.objects import Objects, Target
from openchannels.sandbox.platforms.facebook.posts import moment
from openchannels.sandbox.platforms.meta.graph import (
    Field,
    limit_of,
    project,
    read_fields,
    refusal,
)
from openchannels.sandbox.platforms.meta.paging import page_of_rows
from openchannels.sandbox.platforms.meta.strangers import full_name

DEFAULT_PAGE, MOST_PER_PAGE, MOST_TEXT = 25, 100, 8_000
_CHRONOLOGICAL, _NEWEST, _RANKED = "chronological", "reverse_chronological", "ranked"
_HIDDEN = "hidden"
_UNNAMED = "reader-2"
"""A stranger who does not show who they are."""
_DEFAULT = "created_time,from,message,id"
_AUTHOR = [Field("id"), Field("name")]


class PageComments:
    """The comments of all Pages."""

    def __init__(self, access: Access, objects: Objects, likes: Likes) -> None:
        self._access = access
        self._objects = objects
        self._likes = likes

    def knows(self, node: str) -> bool:
        """Whether this is a comment on the work of some Page."""
        return self._objects.find_comment(node) is not None

    def list_comments(self, request: Request, token: Token, node: str) -> dict[str, Any]:
        """A page of the comments on an object; the token of a person sees none."""
        self._access.require_scopes(token, "pages_read_engagement")
        fields = _asked(request, _DEFAULT)
        target = self._objects.find(request, token, node)
        order = _choice(request, "order", _CHRONOLOGICAL, _NEWEST)
        order = order or (_RANKED if target.page.person == "mara" else _CHRONOLOGICAL)
        rows = self._ordered(request, token, target, order)
        limit = limit_of(request.query.get("limit"), DEFAULT_PAGE, MOST_PER_PAGE)
        page = page_of_rows(request, rows, limit)
        nodes = [self._node(request, token, target, one, fields) for one in page.items]
        answer = page.answer(request, f"/{node}/comments", nodes)
        wanted = request.query.get("summary", "false").lower()
        if wanted in ("false", "0"):
            return answer
        summary: dict[str, Any] = {"total_count": len(rows)}
        if wanted != "total_count":
            summary |= {"order": order, "can_comment": target.takes_comments}
        return answer | {"summary": summary}

    def show(self, request: Request, token: Token, node: str) -> dict[str, Any]:
        """One comment."""
        self._access.require_scopes(token, "pages_read_engagement")
        target, comment = self._commented(request, token, node)
        return self._node(request, token, target, comment, _asked(request, _DEFAULT))

    def create(self, request: Request, token: Token, node: str) -> dict[str, Any]:
        """Comment on an object as the Page, or answer a comment."""
        self._access.require_engaging(token)
        fields, text = _asked(request, "id"), _text(request)
        target = self._objects.find(request, token, node)
        if not target.takes_comments:
            code = "100" if target.page.person == "mara" else "1705"
            raise refusal(code, f"(#{code}) Comments are disabled for this object")
        answered = target.comment
        parent = (answered["parent"] or answered["id"]) if answered else ""
        comments, page = self._objects.comments(target.id), target.page
        made = comments.add(target.work, target.id, page.id, text, request.now, parent)
        return self._node(request, token, target, made, fields)

    def change(self, request: Request, token: Token, node: str) -> dict[str, Any]:
        """Change the text of the Page's own comment, or hide or show one of somebody else."""
        self._access.require_engaging(token)
        target, comment = self._commented(request, token, node)
        is_own = comment["author"] == target.page.id
        hidden, changes = request.parameter("is_hidden").lower(), {}
        if request.parameter("message"):
            if not is_own:
                raise refusal("200", "(#200) Only own comments can be edited", 403)
            changes = {"text": _text(request), "updated": request.now}
        if hidden:
            if is_own or hidden not in ("true", "false", "1", "0"):
                raise refusal("100", "(#100) This comment cannot be hidden")
            changes["status"] = _HIDDEN if hidden in ("true", "1") else "published"
        if not changes:
            raise refusal("100", "(#100) The parameter message or is_hidden is required")
        self._objects.comments(target.id).put({**comment, **changes})
        return {"success": True}

    def delete(self, request: Request, token: Token, node: str) -> dict[str, Any]:
        """Delete any comment on the Page's works, with the answers to it."""
        self._access.require_engaging(token)
        target, comment = self._commented(request, token, node)
        self._objects.comments(target.id).delete(comment)
        return {"success": True}

    def _commented(self, request: Request, token: Token, node: str) -> tuple[Target, Comment]:
        """A comment and what it is on. Raises GraphError 100/33 if there is none for the token."""
        target = self._objects.find(request, token, node)
        if target.comment is None or token.kind != "page":
            raise unknown_object(node)
        return target, target.comment

    def _ordered(self, request: Request, token: Token, target: Target, order: str) -> list[Comment]:
        levels = _choice(request, "filter", "toplevel", "stream")
        if token.kind != "page" or not target.takes_comments:
            return []
        comments = self._objects.comments(target.id)
        found = comments.of(target.work, target.id, target.comment["id"] if target.comment else "")
        if levels == "stream" and target.comment is None:
            found += [
                answer for one in found for answer in comments.of(target.work, target.id, one["id"])
            ]
        since = request.query.integer("since", 0) or 0
        found = [one for one in found if one["created"] >= since]
        found.sort(key=lambda one: float(one["created"]), reverse=order == _NEWEST)
        if order == _RANKED:
            found.sort(key=lambda one: self._likes.count(target.page, one["id"]), reverse=True)
        return found

    def _node(
        self, request: Request, token: Token, target: Target, comment: Comment, fields: list[Field]
    ) -> dict[str, Any]:
        identifier, page = comment["id"], target.page
        is_own = comment["author"] == page.id
        answers = self._objects.comments(target.id).of(target.work, target.id, identifier)
        node = {
            "id": identifier,
            "message": comment["text"],
            "created_time": moment(comment["created"]),
            "from": self._author(token, target, comment),
            "like_count": self._likes.count(page, identifier),
            "user_likes": self._likes.has(page, identifier),
            "comment_count": len(answers),
            "parent": {"id": comment["parent"]} if comment["parent"] else None,
            "is_hidden": comment["status"] == _HIDDEN,
            "can_hide": not is_own,
            "can_reply_privately": not is_own,
            **dict.fromkeys(("can_comment", "can_like", "can_remove"), True),
            "permalink_url": f"https://www.facebook.com/{target.id}"
            f"?comment_id={identifier.partition('_')[2]}",
        }
        shown: dict[str, Any] = project(
            {name: value for name, value in node.items() if value is not None}, fields
        )
        return shown

    def _author(self, token: Token, target: Target, comment: Comment) -> dict[str, Any] | None:
        """Who wrote a comment; None where the caller may not know."""
        author, page = comment["author"], target.page
        if "pages_read_user_content" not in token.grant.scopes or author == _UNNAMED:
            return None
        is_own = author == page.id
        number = page.id if is_own else digits(16, "facebook reader", author)
        face = f"https://scontent.xx.fbcdn.net/v/t39/{hexadecimal(16, 'face', number)}.jpg"
        name = page.name if is_own else full_name(author)
        return {"id": number, "name": name, "picture": {"data": {"url": face}}}


def _asked(request: Request, default: str) -> list[Field]:
    """The requested fields. Raises GraphError 100 for an unknown one."""
    fields = read_fields(request.query.get("fields") or default)
    for one in fields:
        if one.name not in COMMENT_FIELDS:
            raise unknown_field(one.name, "Comment")
        if one.name == "from":
            one.fields = one.fields or _AUTHOR
    return fields


def _choice(request: Request, name: str, *values: str) -> str:
    """One of the values of a parameter, or nothing. Raises GraphError 100 for another one."""
    value = request.query.get(name)
    if value not in ("", *values):
        raise refusal("100", f"(#100) Param {name} must be one of {{{', '.join(values)}}}")
    return value


def _text(request: Request) -> str:
    """The text of a comment. Raises GraphError 100."""
    text = request.parameter("message")
    if not 0 < len(text.strip()) <= MOST_TEXT:
        raise refusal("100", f"(#100) Param message must have 1 to {MOST_TEXT} characters")
    return text
