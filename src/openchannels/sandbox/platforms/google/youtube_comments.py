"""Comments on videos: threads of one level, answers to them, and moderation.

https://developers.google.com/youtube/v3/docs/commentThreads
"""

from typing import Any

from openchannels.sandbox.comments import Comment, Comments
from openchannels.sandbox.dataset import Work
from openchannels.sandbox.emulator import Emulator
from openchannels.sandbox.grants import Token
from openchannels.sandbox.http import EarlyReply, Reply, Request, Route, object_at
from openchannels.sandbox.ids import decimal, encode
from openchannels.sandbox.platforms.google.accounts import api_error
from openchannels.sandbox.platforms.google.youtube_api import (
    COMMENTING,
    HOSTS,
    Access,
    bad_request,
    channel_id,
    forbidden,
    invalid,
    missing_parameter,
    not_found,
    read_parts,
)
from openchannels.sandbox.platforms.google.youtube_changes import UNITS
from openchannels.sandbox.platforms.google.youtube_comment_bodies import CommentView
from openchannels.sandbox.platforms.google.youtube_videos import find_video, takes_comments

DEFAULT_RESULTS, MOST_RESULTS = 20, 100
MOST_TEXT = 10_000
_DOMAIN, _THREADS = "youtube.comment", "youtube.commentThread"
_PARTS = {"id", "snippet", "replies"}
_PUBLISHED = "published"
_STATUSES = ("heldForReview", _PUBLISHED, "rejected")
_CHOICES = {
    "moderationStatus": (_PUBLISHED, ("heldForReview", "likelySpam", _PUBLISHED)),
    "order": ("time", ("time", "relevance")),
    "textFormat": ("html", ("html", "plainText")),
}
"""Parameters of a list: what stands for an absent one, and all values that there are."""


def _comment_id(number: int, parent: str) -> str:
    return f"{parent}.{encode(number, 22)}" if parent else f"Ug{encode(number, 20)}4AaABAg"


class VideoComments:
    """`commentThreads` and `comments`."""

    def __init__(self, emulator: Emulator, access: Access) -> None:
        self._emulator = emulator
        self._access = access
        context, hidden = emulator.context, set(_STATUSES) - {_PUBLISHED}
        self._comments = Comments(
            context.documents, context.clock, context.tallies, emulator.name, _comment_id, hidden
        )

    def routes(self) -> list[Route]:
        """Their addresses."""
        threads, comments = "/youtube/v3/commentThreads", "/youtube/v3/comments"
        return [
            route
            for host in HOSTS
            for route in (
                Route("GET", host, threads, self.list_threads),
                Route("POST", host, threads, self.create_thread),
                Route("GET", host, comments, self.list_replies),
                Route("POST", host, comments, self.reply),
                Route("PUT", host, comments, self.update),
                Route("DELETE", host, comments, self.delete),
                Route("POST", host, f"{comments}/setModerationStatus", self.moderate),
            )
        ]

    def list_threads(self, request: Request) -> Reply:
        """A page of the threads of a video, newest first; those that are held for its owner."""
        token, parts = self._access.require(request, COMMENTING), read_parts(request, _PARTS)
        if "id" in request.query:
            return invalid("operationNotSupported", "The id filter is not supported.", _THREADS)
        if not request.query.get("videoId"):
            return missing_parameter("videoId")
        wanted, _ = _chosen(request, "moderationStatus"), _chosen(request, "order")
        work, view = self._video(token, request, request.query.get("videoId"))
        if wanted != _PUBLISHED and view.owner != view.reader:
            return forbidden("forbidden", "The video is not yours.", _THREADS)
        terms = request.query.get("searchTerms").casefold()
        threads = [
            one
            for one in self._comments.of(work, self._emulator.work_id(work))
            if one["status"] == wanted and terms in one["text"].casefold()
        ]
        shown, page = _page(request, threads)
        items = [view.thread(one, self._answers(work, one), parts) for one in shown]
        return Reply.json({"kind": "youtube#commentThreadListResponse", **page, "items": items})

    def create_thread(self, request: Request) -> Reply:
        """Comment on a video."""
        token, _ = self._access.require(request, COMMENTING, UNITS), read_parts(request, _PARTS)
        snippet = object_at(request.json, "snippet")
        if not snippet.get("videoId"):
            message = "The comment names neither a channel nor a video."
            return invalid("channelOrVideoIdMissing", message, _THREADS)
        work, view = self._video(token, request, str(snippet["videoId"]))
        channel = channel_id(view.owner)
        if snippet.get("channelId", channel) != channel:
            return not_found("channel", _THREADS)
        text = _text(object_at(snippet, "topLevelComment", "snippet"))
        video = self._emulator.work_id(work)
        made = self._comments.add(work, video, view.reader, text, request.now)
        return Reply.json(view.thread(made, [], ["snippet"]))

    def list_replies(self, request: Request) -> Reply:
        """A page of the answers to a comment, newest first."""
        token, _ = self._access.require(request, COMMENTING), read_parts(request, _PARTS)
        thread, work = self._comment(token, request.query.get("parentId"), "parentComment")
        shown, page = _page(request, self._answers(work, thread))
        view = _view(token, request, work)
        items = [view.comment(one) for one in shown]
        return Reply.json({"kind": "youtube#commentListResponse", **page, "items": items})

    def reply(self, request: Request) -> Reply:
        """Answer a comment; an answer cannot be answered."""
        token, _ = self._access.require(request, COMMENTING, UNITS), read_parts(request, _PARTS)
        snippet = object_at(request.json, "snippet")
        if not snippet.get("parentId"):
            return invalid("parentIdMissing", "The parent comment is missing.", _DOMAIN)
        thread, work = self._comment(token, str(snippet["parentId"]), "parentComment")
        if thread["parent"]:
            return not_found("parentComment", _DOMAIN)
        view, text = _view(token, request, work), _text(snippet)
        made = self._comments.add(
            work, thread["work"], view.reader, text, request.now, thread["id"]
        )
        return Reply.json(view.comment(made))

    def update(self, request: Request) -> Reply:
        """Change the text of one's own comment."""
        token, _ = self._access.require(request, COMMENTING, UNITS), read_parts(request, _PARTS)
        comment, work = self._comment(token, str(request.json.get("id", "")))
        if comment["author"] != token.grant.person:
            return forbidden("forbidden", "The comment is not yours.", _DOMAIN)
        text = _text(request.json.get("snippet", {}))
        changed = {**comment, "text": text, "updated": request.now}
        self._comments.put(changed)
        return Reply.json(_view(token, request, work).comment(changed))

    def delete(self, request: Request) -> Reply:
        """Delete one's own comment; those of others can be rejected."""
        token = self._access.require(request, COMMENTING, UNITS)
        comment, _ = self._comment(token, request.query.get("id"))
        if comment["author"] != token.grant.person:
            return forbidden("forbidden", "The comment cannot be deleted.", _DOMAIN)
        self._comments.delete(comment)
        return Reply(204)

    def moderate(self, request: Request) -> Reply:
        """Hold, publish or reject comments on one's own videos."""
        token = self._access.require(request, COMMENTING, UNITS)
        status = request.query.get("moderationStatus")
        if status not in _STATUSES:
            return bad_request("moderationStatus is not valid.")
        if request.query.flag("banAuthor") and status != "rejected":
            return invalid("banWithoutReject", "Only who is rejected can be banned.", _DOMAIN)
        found = [self._comment(token, one) for one in request.query.split_values("id")]
        if not found:
            return missing_parameter("id")
        if any(work.owner.person != token.grant.person for _, work in found):
            return forbidden("forbidden", "The video is not yours.", _DOMAIN)
        for comment, _ in found:
            self._comments.put({**comment, "status": status})
        return Reply(204)

    def _video(self, token: Token, request: Request, video: str) -> tuple[Work, CommentView]:
        """A video that takes comments, and how the caller sees them. Raises EarlyReply."""
        work = find_video(self._emulator, token.grant.person, video, request.now)
        if work is None:
            raise EarlyReply(not_found("video", _THREADS))
        if not takes_comments(work):
            message = "The video identified by the videoId parameter has disabled comments."
            raise EarlyReply(forbidden("commentsDisabled", message, _THREADS))
        return work, _view(token, request, work)

    def _comment(
        self, token: Token, identifier: str, named: str = "comment"
    ) -> tuple[Comment, Work]:
        """A comment and its video. Raises EarlyReply with 404."""
        comment = self._comments.find(identifier)
        person, now = token.grant.person, self._emulator.context.clock.now()
        video = "" if comment is None else comment["work"]
        work = find_video(self._emulator, person, video, now)
        if comment is None or work is None:
            raise EarlyReply(not_found(named, _DOMAIN))
        return comment, work

    def _answers(self, work: Work, thread: Comment) -> list[Comment]:
        every = self._comments.of(work, thread["work"], thread["id"])
        return [one for one in every if one["status"] == _PUBLISHED]


def _view(token: Token, request: Request, work: Work) -> CommentView:
    is_plain = _chosen(request, "textFormat") == "plainText"
    return CommentView(work.owner.person, token.grant.person, is_plain)


def _chosen(request: Request, name: str) -> str:
    """The value of a parameter that has few. Raises EarlyReply with 400 for any other."""
    usual, known = _CHOICES[name]
    value = request.query.get(name, usual)
    if value not in known:
        raise EarlyReply(bad_request(f"Invalid value '{value}' for {name}: {', '.join(known)}."))
    return value


def _text(snippet: dict[str, Any]) -> str:
    """The text of a comment. Raises EarlyReply with 400."""
    text = snippet.get("textOriginal")
    if not isinstance(text, str) or not text.strip():
        raise EarlyReply(invalid("commentTextRequired", "The text is missing.", _DOMAIN))
    if len(text) > MOST_TEXT:
        raise EarlyReply(invalid("commentTextTooLong", "The text is too long.", _DOMAIN))
    return text


def _page(request: Request, every: list[Comment]) -> tuple[list[Comment], dict[str, Any]]:
    """A page of comments, and what the answer says of it. Raises EarlyReply with 400."""
    size = request.query.integer("maxResults", DEFAULT_RESULTS)
    place = request.query.get("pageToken").removeprefix("Z2V0")
    if size is None or not 1 <= size <= MOST_RESULTS:
        raise EarlyReply(bad_request("Invalid value for maxResults: 1 to 100."))
    start = decimal(place or "0")
    if start is None:
        message = "The request specifies an invalid page token."
        raise EarlyReply(api_error(400, "invalidPageToken", message, "INVALID_ARGUMENT"))
    info = {"totalResults": len(every), "resultsPerPage": size}
    after = {"nextPageToken": f"Z2V0{start + size}"} if start + size < len(every) else {}
    return every[start : start + size], {**after, "pageInfo": info}
