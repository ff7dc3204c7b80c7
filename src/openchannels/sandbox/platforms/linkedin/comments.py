"""LinkedIn: comments on posts, and answers to them.

Not every comment tells who wrote it, and `mara` gets URNs of comments by an older name.
https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/comments-api
"""

from typing import Any

from openchannels.sandbox.comments import Comment
from openchannels.sandbox.emulator import Emulator
from openchannels.sandbox.grants import Token
from openchannels.sandbox.http import EarlyReply, Reply, Request, Route
from openchannels.sandbox.platforms.linkedin.authors import authors_of
from openchannels.sandbox.platforms.linkedin.pages import RequireToken, error_reply, member_id
from openchannels.sandbox.platforms.linkedin.reactions import reactions_to
from openchannels.sandbox.platforms.linkedin.threads import (
    READING,
    WRITING,
    Thread,
    Threads,
    comment_urn,
)

DEFAULT_PAGE, MOST_PER_PAGE, MOST_TEXT = 10, 100, 1_250
_API = "api.linkedin.com"
_SEES_OLD_NAMES = "mara"
_UNNAMED = "reader-1"


class PostComments:
    """The calls about comments."""

    def __init__(self, emulator: Emulator, require_token: RequireToken, threads: Threads) -> None:
        self._documents = emulator.context.documents
        self._require_token = require_token
        self._threads = threads

    def routes(self) -> list[Route]:
        """Their addresses."""
        comments = "/rest/socialActions/{urn}/comments"
        return [
            Route("GET", _API, comments, self.list_comments),
            Route("POST", _API, comments, self.create),
            Route("GET", _API, f"{comments}/{{comment}}", self.show),
            Route("POST", _API, f"{comments}/{{comment}}", self.update),
            Route("DELETE", _API, f"{comments}/{{comment}}", self.delete),
        ]

    def list_comments(self, request: Request) -> Reply:
        """A page of the comments on a post, or of the answers to one, newest first."""
        token, query = self._require_token(request, *READING), request.query
        thread = self._threads.find(token, request.params["urn"])
        self._threads.require_readable(token, thread)
        start, count = query.integer("start", 0), query.integer("count", DEFAULT_PAGE)
        if start is None or start < 0 or count is None or not 1 <= count <= MOST_PER_PAGE:
            return error_reply(400, "ILLEGAL_ARGUMENT", "start or count")
        every = self._threads.comments.of(thread.work, thread.activity, thread.comment)
        shown = [self._resource(token, thread, one) for one in every[start : start + count]]
        where = {"start": start, "count": count, "links": [], "total": len(every)}
        return Reply.json({"paging": where, "elements": shown})

    def create(self, request: Request) -> Reply:
        """Comment on a post, or answer a comment that the call names as parent."""
        token, body = self._require_token(request, *WRITING), request.json
        thread = self._threads.find(token, request.params["urn"])
        parent = thread.entity if thread.comment else ""
        if body.get("parentComment", "") != parent or self._is_answer(thread):
            return error_reply(400, "INVALID_VALUE_FOR_FIELD", "/parentComment")
        named = str(body.get("object", ""))
        if named != thread.activity if parent else self._threads.find(token, named) != thread:
            return error_reply(400, "INVALID_VALUE_FOR_FIELD", "/object")
        actor = self._threads.actor(token, str(body.get("actor", "")))
        text, comments = _text(body.get("message")), self._threads.comments
        made = comments.add(thread.work, thread.activity, actor, text, request.now, thread.comment)
        return Reply.json(self._resource(token, thread, made), 201, x_restli_id=made["id"])

    def show(self, request: Request) -> Reply:
        """One comment."""
        token = self._require_token(request, *READING)
        thread, comment = self._comment(token, request)
        self._threads.require_readable(token, thread)
        return Reply.json(self._resource(token, thread, comment))

    def update(self, request: Request) -> Reply:
        """Change the text of one's own comment."""
        token = self._require_token(request, *WRITING)
        if request.headers.get("x-restli-method", "").upper() != "PARTIAL_UPDATE":
            return error_reply(400, "QUERY_PARAM_NOT_ALLOWED", "X-RestLi-Method")
        _, comment = self._comment(token, request)
        if self._threads.actor(token, request.query.get("actor")) != comment["author"]:
            return error_reply(403, "ACCESS_DENIED", "Not the author of the comment")
        text = _text(request.json.get("patch", {}).get("message", {}).get("$set"))
        self._threads.comments.put({**comment, "text": text, "updated": request.now})
        return Reply(204)

    def delete(self, request: Request) -> Reply:
        """Delete one's own comment; an organization may delete all under its posts."""
        token = self._require_token(request, *WRITING)
        thread, comment = self._comment(token, request)
        actor = self._threads.actor(token, request.query.get("actor"))
        author = authors_of(token.grant.person)[actor]
        is_owner = author.is_organization and author.creator == thread.work.owner
        if comment["author"] != actor and not is_owner:
            return error_reply(403, "ACCESS_DENIED", "Not enough permissions to delete")
        self._threads.comments.delete(comment)
        return Reply(204)

    def _comment(self, token: Token, request: Request) -> tuple[Thread, Comment]:
        """The post and the comment of a call. Raises EarlyReply with 404."""
        thread = self._threads.find(token, request.params["urn"])
        comment = self._threads.comments.find(request.params["comment"])
        if comment is None or comment["work"] != thread.activity:
            raise EarlyReply(error_reply(404, "RESOURCE_NOT_FOUND", "No such comment"))
        return thread, comment

    def _is_answer(self, thread: Thread) -> bool:
        """Whether the thread is about a comment that answers another one."""
        comment = self._threads.comments.find(thread.comment) if thread.comment else None
        return comment is not None and bool(comment["parent"])

    def _resource(self, token: Token, thread: Thread, comment: Comment) -> dict[str, Any]:
        activity, person = thread.activity, token.grant.person
        urn = comment_urn(activity, comment["id"])
        actor = _actor(comment)
        answers = len(self._threads.comments.of(thread.work, activity, comment["id"]))
        liked_by = [one["actor"] for one in reactions_to(self._documents, urn)]
        shown = {
            **actor,
            "id": comment["id"],
            "$URN" if person == _SEES_OLD_NAMES else "commentUrn": urn,
            "object": activity,
            "message": {"text": comment["text"], "attributes": []},
            "created": {**actor, "time": int(comment["created"] * 1000)},
            "lastModified": {**actor, "time": int(comment["updated"] * 1000)},
            "likesSummary": {
                "totalLikes": len(liked_by),
                "aggregatedTotalLikes": len(liked_by),
                "likedByCurrentUser": bool(authors_of(person).keys() & liked_by),
            },
            "commentsSummary": {
                "totalFirstLevelComments": answers,
                "aggregatedTotalComments": answers,
            },
        }
        if comment["parent"]:
            shown["parentComment"] = comment_urn(activity, comment["parent"])
        return shown


def _actor(comment: Comment) -> dict[str, str]:
    """The field with who wrote a comment, which can be missing."""
    author = str(comment["author"])
    if author == _UNNAMED:
        return {}
    return {"actor": author if author.startswith("urn:") else f"urn:li:person:{member_id(author)}"}


def _text(message: object) -> str:
    """The text of a comment. Raises EarlyReply with 400."""
    text = message.get("text") if isinstance(message, dict) else None
    if not isinstance(text, str) or not 0 < len(text) <= MOST_TEXT:
        raise EarlyReply(error_reply(400, "INVALID_VALUE_FOR_FIELD", "/message/text"))
    return text
