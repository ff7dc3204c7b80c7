"""LinkedIn: comments on posts, answers to them, and reactions.

Comments name the activity of a post, whose number is one more than that of the post.
https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/comments-api
"""

import re
from typing import Any

from openchannels.sandbox.comments import Comment, Comments
from openchannels.sandbox.dataset import Work
from openchannels.sandbox.emulator import Emulator
from openchannels.sandbox.grants import Token
from openchannels.sandbox.http import EarlyReply, Reply, Request, Route
from openchannels.sandbox.platforms.linkedin.authors import authors_of
from openchannels.sandbox.platforms.linkedin.pages import RequireToken, error_reply, member_id
from openchannels.sandbox.platforms.linkedin.posts import post_index

DEFAULT_PAGE, MOST_PER_PAGE, MOST_TEXT = 10, 100, 1_250
_API = "api.linkedin.com"
_READING = ("r_organization_social", "r_organization_social_feed")
_MEMBER = ("w_member_social_feed", "w_member_social")
_ORGANIZATION = ("w_organization_social_feed", "w_organization_social")
_COMMENT = re.compile(r"urn:li:comment:\((urn:li:activity:\d+),(\d+)\)")
_REACTION = re.compile(r"\(actor:(urn:li:(?:person|organization):[\w-]+),entity:(.+)\)")
_TYPES = {"LIKE", "PRAISE", "EMPATHY", "INTEREST", "APPRECIATION", "ENTERTAINMENT"}
_KIND = "li_reaction"


def _comment_id(number: int, parent: str) -> str:
    return str(7_300_000_000_000_000_000 + number % 10**17)


class SocialActions:
    """The calls about comments and reactions."""

    def __init__(self, emulator: Emulator, require_token: RequireToken) -> None:
        self._emulator = emulator
        self._documents = emulator.context.documents
        self._require_token = require_token
        self._comments = Comments(self._documents, emulator.name, _comment_id)

    def routes(self) -> list[Route]:
        """Their addresses."""
        comments = "/rest/socialActions/{urn}/comments"
        return [
            Route("GET", _API, comments, self.list_comments),
            Route("POST", _API, comments, self.create),
            Route("GET", _API, f"{comments}/{{comment}}", self.show),
            Route("POST", _API, f"{comments}/{{comment}}", self.update),
            Route("DELETE", _API, f"{comments}/{{comment}}", self.delete),
            Route("POST", _API, "/rest/reactions", self.react),
            Route("DELETE", _API, "/rest/reactions/{key}", self.undo_reaction),
        ]

    def list_comments(self, request: Request) -> Reply:
        """A page of the comments on a post, or of the answers to one."""
        token = self._require_token(request, *_READING)
        work, activity, parent = self._thread(token, request.params["urn"])
        if work.owner.slot == "member":
            message = "Not enough permissions to access: socialActions.comments.GET_ALL"
            return error_reply(403, "ACCESS_DENIED", message)
        start, count = (
            request.query.integer("start", 0),
            request.query.integer("count", DEFAULT_PAGE),
        )
        if start is None or start < 0 or count is None or not 1 <= count <= MOST_PER_PAGE:
            return error_reply(400, "ILLEGAL_ARGUMENT", "start or count")
        every = self._comments.of(work, activity, parent)
        shown = [self._resource(work, one) for one in every[start : start + count]]
        where = {"start": start, "count": count, "links": [], "total": len(every)}
        return Reply.json({"paging": where, "elements": shown})

    def create(self, request: Request) -> Reply:
        """Comment on a post, or answer a comment that the call names as parent."""
        token = self._require_token(request, *_MEMBER, *_ORGANIZATION)
        work, activity, parent = self._thread(token, request.params["urn"])
        body = request.json
        named = _COMMENT.fullmatch(str(body.get("parentComment", "")))
        if (named[2] if named else "") != parent:
            return error_reply(400, "INVALID_VALUE_FOR_FIELD", "/parentComment")
        if not parent and self._thread(token, str(body.get("object", "")))[1] != activity:
            return error_reply(400, "INVALID_VALUE_FOR_FIELD", "/object")
        if parent and body.get("object") != activity:
            return error_reply(400, "INVALID_VALUE_FOR_FIELD", "/object")
        actor, text = self._actor(token, str(body.get("actor", ""))), _text(body.get("message"))
        made = self._comments.add(activity, actor, text, request.now, parent)
        return Reply.json(self._resource(work, made), 201, x_restli_id=made["id"])

    def show(self, request: Request) -> Reply:
        """One comment."""
        token = self._require_token(request, *_READING)
        work, comment = self._comment(token, request)
        return Reply.json(self._resource(work, comment))

    def update(self, request: Request) -> Reply:
        """Change the text of one's own comment."""
        token = self._require_token(request, *_MEMBER, *_ORGANIZATION)
        _, comment = self._comment(token, request)
        self._require_own(token, request, comment)
        changed = request.json.get("patch", {}).get("message", {}).get("$set")
        text = _text(changed)
        self._comments.put({**comment, "text": text, "updated": request.now})
        return Reply(204)

    def delete(self, request: Request) -> Reply:
        """Delete one's own comment; an organization may delete all under its posts."""
        token = self._require_token(request, *_MEMBER, *_ORGANIZATION)
        work, comment = self._comment(token, request)
        actor = self._actor(token, request.query.get("actor"))
        author = authors_of(token.grant.person)[actor]
        if comment["author"] != actor and author.creator != work.owner:
            return error_reply(403, "ACCESS_DENIED", "Not enough permissions to delete")
        self._comments.delete(comment)
        return Reply(204)

    def react(self, request: Request) -> Reply:
        """React to a post or comment; a repeated reaction takes the place of the first."""
        token = self._require_token(request, *_MEMBER, *_ORGANIZATION)
        actor = self._actor(token, request.query.get("actor"))
        root, kind = str(request.json.get("root", "")), request.json.get("reactionType")
        self._thread(token, root)
        if kind not in _TYPES:
            return error_reply(400, "INVALID_VALUE_FOR_FIELD", "/reactionType")
        self._documents.put(_KIND, f"{actor} {root}", {"type": kind})
        return Reply(201)

    def undo_reaction(self, request: Request) -> Reply:
        """Take a reaction back."""
        token = self._require_token(request, *_MEMBER, *_ORGANIZATION)
        found = _REACTION.fullmatch(request.params["key"])
        if found is None:
            return error_reply(400, "ILLEGAL_ARGUMENT", "key")
        actor = self._actor(token, found[1])
        deleted = self._documents.delete(_KIND, f"{actor} {found[2]}")
        return Reply(204) if deleted else error_reply(404, "RESOURCE_NOT_FOUND", "No reaction")

    def _thread(self, token: Token, urn: str) -> tuple[Work, str, str]:
        """The post of a thread, its activity, and the id of a comment whose answers are meant.

        Raises EarlyReply with 404.
        """
        found = _COMMENT.fullmatch(urn)
        post = found[1] if found else urn
        kind, _, number = post.rpartition(":")
        if kind == "urn:li:activity" and number.isdecimal():
            number = str(int(number) - 1)
        for author in authors_of(token.grant.person).values():
            series = self._emulator.dataset.series(author.creator)
            work = series.work_at(post_index(author.creator, f"urn:li:share:{number}"))
            if work is not None:
                return work, f"urn:li:activity:{int(number) + 1}", found[2] if found else ""
        raise EarlyReply(error_reply(404, "RESOURCE_NOT_FOUND", f"Could not find entity {urn}"))

    def _comment(self, token: Token, request: Request) -> tuple[Work, Comment]:
        """The post and the comment of a call. Raises EarlyReply with 404."""
        work, activity, _ = self._thread(token, request.params["urn"])
        comment = self._comments.find(request.params["comment"])
        if comment is None or comment["work"] != activity:
            raise EarlyReply(error_reply(404, "RESOURCE_NOT_FOUND", "No such comment"))
        return work, comment

    def _actor(self, token: Token, urn: str) -> str:
        """The URN of who acts. Raises EarlyReply unless the token may act for them."""
        author = authors_of(token.grant.person).get(urn)
        scopes = _ORGANIZATION if author and author.is_organization else _MEMBER
        if author is None or not set(scopes) & set(token.grant.scopes):
            raise EarlyReply(error_reply(403, "ACCESS_DENIED", "Not enough permissions: [/actor]"))
        return urn

    def _require_own(self, token: Token, request: Request, comment: Comment) -> None:
        """Raises EarlyReply with 403 for another's comment."""
        if self._actor(token, request.query.get("actor")) != comment["author"]:
            raise EarlyReply(error_reply(403, "ACCESS_DENIED", "Not the author of the comment"))

    def _resource(self, work: Work, comment: Comment) -> dict[str, Any]:
        activity, author = comment["work"], comment["author"]
        is_urn = author.startswith("urn:")
        actor = author if is_urn else f"urn:li:person:{member_id(author)}"
        answers = len(self._comments.of(work, activity, comment["id"]))
        shown = {
            "id": comment["id"],
            "commentUrn": f"urn:li:comment:({activity},{comment['id']})",
            "actor": actor,
            "object": activity,
            "message": {"text": comment["text"], "attributes": []},
            "created": {"actor": actor, "time": int(comment["created"] * 1000)},
            "lastModified": {"actor": actor, "time": int(comment["updated"] * 1000)},
            "likesSummary": {"totalLikes": 0, "aggregatedTotalLikes": 0},
            "commentsSummary": {
                "totalFirstLevelComments": answers,
                "aggregatedTotalComments": answers,
            },
        }
        if comment["parent"]:
            shown["parentComment"] = f"urn:li:comment:({activity},{comment['parent']})"
        return shown


def _text(message: object) -> str:
    """The text of a comment. Raises EarlyReply with 400."""
    text = message.get("text") if isinstance(message, dict) else None
    if not isinstance(text, str) or not 0 < len(text) <= MOST_TEXT:
        raise EarlyReply(error_reply(400, "INVALID_VALUE_FOR_FIELD", "/message/text"))
    return text
