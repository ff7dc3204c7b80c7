"""Comments on videos: threads of one level, answers to them, and moderation.

https://developers.google.com/youtube/v3/docs/commentThreads
"""

from typing import Any

from openchannels.sandbox.comments import Comment, Comments
from openchannels.sandbox.dataset import Work
from openchannels.sandbox.emulator import Emulator
from openchannels.sandbox.grants import Token
from openchannels.sandbox.http import EarlyReply, Reply, Request, Route
from openchannels.sandbox.ids import encode, letters
from openchannels.sandbox.platforms.google.accounts import api_error, timestamp
from openchannels.sandbox.platforms.google.youtube_api import (
    COMMENTING,
    HOSTS,
    Access,
    bad_request,
    channel_id,
    channel_title,
    forbidden,
    invalid,
    missing_parameter,
    not_found,
    read_parts,
)
from openchannels.sandbox.platforms.google.youtube_changes import UNITS
from openchannels.sandbox.platforms.google.youtube_videos import takes_comments

DEFAULT_RESULTS, MOST_RESULTS, SHOWN_REPLIES = 20, 100, 5
MOST_TEXT = 10_000
_DOMAIN = "youtube.comment"
_PARTS = {"id", "snippet", "replies"}
_STATUSES = ("heldForReview", "published", "rejected")


def _comment_id(number: int, parent: str) -> str:
    return f"{parent}.{encode(number, 22)}" if parent else f"Ug{encode(number, 20)}4AaABAg"


class VideoComments:
    """`commentThreads` and `comments`."""

    def __init__(self, emulator: Emulator, access: Access) -> None:
        self._emulator = emulator
        self._access = access
        self._comments = Comments(emulator.context.documents, emulator.name, _comment_id)

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
        """A page of the threads of a video, newest first."""
        token, parts = self._access.require(request, COMMENTING), read_parts(request, _PARTS)
        work = self._work(token, request.query.get("videoId"))
        wanted = request.query.get("moderationStatus", "published")
        threads = self._comments.of(work, self._emulator.work_id(work))
        fitting = [one for one in threads if one["status"] == wanted]
        shown, page = _page(request, fitting)
        items = [self._thread(token, work, one, parts) for one in shown]
        return Reply.json({"kind": "youtube#commentThreadListResponse", **page, "items": items})

    def create_thread(self, request: Request) -> Reply:
        """Comment on a video."""
        token, _ = self._access.require(request, COMMENTING, UNITS), read_parts(request, _PARTS)
        snippet = request.json.get("snippet", {})
        work = self._work(token, str(snippet.get("videoId", "")))
        text = _text(snippet.get("topLevelComment", {}).get("snippet", {}))
        video, author = self._emulator.work_id(work), token.grant.person
        made = self._comments.add(video, author, text, request.now)
        return Reply.json(self._thread(token, work, made, ["snippet"]))

    def list_replies(self, request: Request) -> Reply:
        """A page of the answers to a comment."""
        token, _ = self._access.require(request, COMMENTING), read_parts(request, _PARTS)
        thread = self._comment(token, request.query.get("parentId"), "parentComment")
        work = self._work(token, thread["work"])
        answers = self._comments.of(work, thread["work"], thread["id"])
        shown, page = _page(request, answers)
        items = [self._resource(token, one) for one in shown]
        return Reply.json({"kind": "youtube#commentListResponse", **page, "items": items})

    def reply(self, request: Request) -> Reply:
        """Answer a comment; an answer cannot be answered."""
        token, _ = self._access.require(request, COMMENTING, UNITS), read_parts(request, _PARTS)
        snippet = request.json.get("snippet", {})
        if not snippet.get("parentId"):
            return invalid("parentIdMissing", "The parent comment is missing.", _DOMAIN)
        thread = self._comment(token, str(snippet["parentId"]), "parentComment")
        if thread["parent"]:
            return not_found("parentComment", _DOMAIN)
        text, author = _text(snippet), token.grant.person
        made = self._comments.add(thread["work"], author, text, request.now, thread["id"])
        return Reply.json(self._resource(token, made))

    def update(self, request: Request) -> Reply:
        """Change the text of one's own comment."""
        token, _ = self._access.require(request, COMMENTING, UNITS), read_parts(request, _PARTS)
        comment = self._comment(token, str(request.json.get("id", "")))
        if comment["author"] != token.grant.person:
            return forbidden("forbidden", "The comment is not yours.", _DOMAIN)
        text = _text(request.json.get("snippet", {}))
        changed = {**comment, "text": text, "updated": request.now}
        self._comments.put(changed)
        return Reply.json(self._resource(token, changed))

    def delete(self, request: Request) -> Reply:
        """Delete one's own comment; those of others can be rejected."""
        token = self._access.require(request, COMMENTING, UNITS)
        comment = self._comment(token, request.query.get("id"))
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
        for one in [self._comment(token, one) for one in request.query.split_values("id")]:
            self._comments.put({**one, "status": status})
        return Reply(204)

    def _work(self, token: Token, video: str) -> Work:
        """A video that takes comments. Raises EarlyReply."""
        if not video:
            raise EarlyReply(missing_parameter("videoId"))
        work = self._emulator.find_work(self._emulator.series(token.grant.person), video)
        if work is None:
            raise EarlyReply(not_found("video", "youtube.commentThread"))
        if not takes_comments(work):
            message = "The video identified by the videoId parameter has disabled comments."
            raise EarlyReply(forbidden("commentsDisabled", message, "youtube.commentThread"))
        return work

    def _comment(self, token: Token, identifier: str, named: str = "comment") -> Comment:
        """A comment on one of the person's videos. Raises EarlyReply with 404."""
        comment = self._comments.find(identifier)
        series = self._emulator.series(token.grant.person)
        if comment is None or self._emulator.find_work(series, comment["work"]) is None:
            raise EarlyReply(not_found(named, _DOMAIN))
        return comment

    def _thread(
        self, token: Token, work: Work, comment: Comment, parts: list[str]
    ) -> dict[str, Any]:
        answers = self._comments.of(work, comment["work"], comment["id"])
        snippet = {
            "channelId": channel_id(token.grant.person),
            "videoId": comment["work"],
            "topLevelComment": self._resource(token, comment),
            "canReply": True,
            "totalReplyCount": len(answers),
            "isPublic": comment["status"] == "published",
        }
        thread = {"kind": "youtube#commentThread", "id": comment["id"], "snippet": snippet}
        if "replies" in parts and answers:
            shown = [self._resource(token, one) for one in answers[:SHOWN_REPLIES]]
            thread["replies"] = {"comments": shown}
        return thread

    def _resource(self, token: Token, comment: Comment) -> dict[str, Any]:
        person, author = token.grant.person, comment["author"]
        is_own = author == person
        name = channel_title(self._emulator.creator(person)) if is_own else author
        channel = channel_id(person) if is_own else f"UC{letters(22, author, comment['work'])}"
        snippet = {
            "channelId": channel_id(person),
            "videoId": comment["work"],
            "textDisplay": comment["text"],
            "authorDisplayName": f"@{name.replace(' ', '').lower()}",
            "authorChannelId": {"value": channel},
            "canRate": True,
            "viewerRating": "none",
            "likeCount": 0,
            "publishedAt": timestamp(comment["created"]),
            "updatedAt": timestamp(comment["updated"]),
        }
        if is_own:
            snippet["textOriginal"] = comment["text"]
        if comment["parent"]:
            snippet["parentId"] = comment["parent"]
        return {"kind": "youtube#comment", "id": comment["id"], "snippet": snippet}


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
    if place and not place.isdecimal():
        message = "The request specifies an invalid page token."
        raise EarlyReply(api_error(400, "invalidPageToken", message, "INVALID_ARGUMENT"))
    start = int(place or 0)
    info = {"totalResults": len(every), "resultsPerPage": size}
    after = {"nextPageToken": f"Z2V0{start + size}"} if start + size < len(every) else {}
    return every[start : start + size], {**after, "pageInfo": info}
