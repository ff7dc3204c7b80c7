"""LinkedIn: posts that calls make, change and delete.

The same author and content within ten minutes is a duplicate. `mara` sees what was reported once:
after she has deleted a post, the same one is refused for a day, as a duplicate of a post that does
not exist.
https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/posts-api
"""

import re
from typing import Any

import msgspec

from openchannels.sandbox.dataset import Work
from openchannels.sandbox.emulator import Emulator
from openchannels.sandbox.http import EarlyReply, Reply, Request, Route, object_at
from openchannels.sandbox.ids import digits, hexadecimal
from openchannels.sandbox.platforms.linkedin.authors import (
    WRITING_SCOPES,
    Author,
    authors_of,
    require_author,
)
from openchannels.sandbox.platforms.linkedin.counts import RESHARED
from openchannels.sandbox.platforms.linkedin.little_text import MOST_VISIBLE, kept, visible_length
from openchannels.sandbox.platforms.linkedin.media import MediaUploads
from openchannels.sandbox.platforms.linkedin.pages import RequireToken, error_reply
from openchannels.sandbox.platforms.linkedin.threads import find_post

DUPLICATE_SECONDS, GHOST_SECONDS = 600, 86_400
POSTS_PER_DAY = 150
MOST_IMAGES, MOST_ALT_TEXT = 20, 4_086
_API = "api.linkedin.com"
_REQUIRED = ("author", "commentary", "visibility", "distribution", "lifecycleState")
_OPTIONAL = {"content", "isReshareDisabledByAuthor", "reshareContext"}
_READ_ONLY = {"id", "createdAt", "publishedAt", "lastModifiedAt", "lifecycleStateInfo"}
_CONTENTS = {"media", "multiImage", "article", "poll"}
_PATCHABLE = {
    "commentary", "contentCallToActionLabel", "contentLandingPage", "lifecycleState", "adContext",
}  # fmt: skip
_SHARED = re.compile(r"urn:li:(?:share|ugcPost):\d{1,25}")
_GHOSTS = "li_ghost"
_SEES_GHOSTS = "mara"


class Publishing:
    """The calls that write posts."""

    def __init__(
        self, emulator: Emulator, require_token: RequireToken, media: MediaUploads
    ) -> None:
        self._emulator = emulator
        self._documents = emulator.context.documents
        self._require_token = require_token
        self._media = media

    def routes(self) -> list[Route]:
        """Their addresses."""
        return [
            Route("POST", _API, "/rest/posts", self.create),
            Route("POST", _API, "/rest/posts/{urn}", self.update),
            Route("DELETE", _API, "/rest/posts/{urn}", self.delete),
        ]

    def create(self, request: Request) -> Reply:
        """Publish a post; its URN is in a header."""
        token = self._require_token(request, *WRITING_SCOPES)
        body = request.json
        _check_fields(body)
        author = require_author(token, str(body["author"]))
        _check_reach(body, author)
        _check_text(body["commentary"])
        reshared = self._reshared(body.get("reshareContext"), token.grant.person)
        files = self._check_content(body.get("content", {}), author.urn, request.now)
        refused = self._emulator.conduct.reject
        if refused:
            return error_reply(400, refused, f"{refused}: the content is not accepted")
        series = self._emulator.dataset.series(author.creator)
        if self._emulator.has_reached_cap(series, request.now, POSTS_PER_DAY):
            message = "Resource level throttle MEMBER DAY limit for calls to this resource is"
            return error_reply(429, "TOO_MANY_REQUESTS", f"{message} reached.", 101)
        same = _digest(body)
        self._check_duplicate(author, same, request.now)
        post = {
            "title": body["commentary"],
            "commentary": kept(body["commentary"]),
            "content": body.get("content", {}),
            "visibility": body["visibility"],
            "distribution": body["distribution"]["feedDistribution"],
            "reshared": object_at(body, "reshareContext").get("parent", ""),
            "noReshare": body.get("isReshareDisabledByAuthor", False),
            "files": files,
            "digest": same,
        }
        urn = self._emulator.work_id(series.publish_post(post, request.now))
        if reshared is not None:
            self._emulator.context.tallies.add(reshared.place, RESHARED, urn, request.now)
        return Reply(201, b"", {"x-restli-id": urn})

    def update(self, request: Request) -> Reply:
        """Change the text of a post.

        One that no call has published keeps its text all the same, as was seen at LinkedIn.
        """
        token = self._require_token(request, *WRITING_SCOPES)
        if request.headers.get("x-restli-method", "").upper() != "PARTIAL_UPDATE":
            return error_reply(400, "QUERY_PARAM_NOT_ALLOWED", "X-RestLi-Method")
        author, work = self._own(token.grant.person, request.params["urn"])
        if author is None or work is None:
            return error_reply(404, "RESOURCE_NOT_FOUND", "Could not find the post")
        require_author(token, author.urn)
        changes = object_at(request.json, "patch", "$set")
        if not changes or changes.keys() - _PATCHABLE:
            return error_reply(422, "INVALID_VALUE_FOR_FIELD", "Only some fields can be changed")
        text = changes.get("commentary")
        if text is not None and work.post is not None:
            if not isinstance(text, str):
                raise _wrong("commentary")
            _check_text(text)
            post = {**work.post, "title": text, "commentary": kept(text), "edited": request.now}
            self._emulator.dataset.series(author.creator).change_post(work, post)
        return Reply(204)

    def delete(self, request: Request) -> Reply:
        """Delete a post; one that is gone is no error."""
        token = self._require_token(request, *WRITING_SCOPES)
        urn = request.params["urn"]
        author, work = self._own(token.grant.person, urn)
        if author is None or work is None:
            return Reply(204)
        require_author(token, author.urn)
        self._emulator.delete(token.grant.person, author.urn, [urn])
        if work.post is not None and token.grant.person == _SEES_GHOSTS:
            ghost = {"until": request.now + GHOST_SECONDS}
            self._documents.put(_GHOSTS, f"{author.urn} {work.post['digest']}", ghost)
        return Reply(204)

    def _own(self, person: str, urn: str) -> tuple[Author | None, Work | None]:
        """A post of one of the person's authors."""
        for author in authors_of(person).values():
            work = self._emulator.find_work(self._emulator.dataset.series(author.creator), urn)
            if work is not None and self._emulator.work_id(work) == urn:
                return author, work
        return None, None

    def _check_content(self, content: dict[str, Any], owner: str, now: float) -> list[Any]:
        """The files of a post. Raises EarlyReply for content that LinkedIn refuses."""
        if len(content) > 1 or content.keys() - _CONTENTS:
            raise _wrong("content")
        images = object_at(content, "multiImage").get("images", [])
        if not isinstance(images, list):
            raise _wrong("content.multiImage.images")
        if "multiImage" in content and not 2 <= len(images) <= MOST_IMAGES:
            raise _wrong("content.multiImage.images")
        media = [content["media"]] if "media" in content else images
        if not all(isinstance(object_at(one).get("id"), str) for one in media):
            raise _wrong("content.media.id")
        if any(len(str(one.get("altText", ""))) > MOST_ALT_TEXT for one in media):
            raise _wrong("altText", "FIELD_LENGTH_TOO_LONG")
        if any(one["id"].startswith("urn:li:document:") and not one.get("title") for one in media):
            raise _wrong("content.media.title", "MISSING_FIELD")
        article = object_at(content, "article")
        if "article" in content and not (article.get("source") and article.get("title")):
            raise _wrong("content.article", "MISSING_FIELD")
        named = [one["id"] for one in media]
        named += [str(article["thumbnail"])] if "thumbnail" in article else []
        return [self._media.require_ready(urn, owner, now) for urn in named]

    def _reshared(self, context: Any, person: str) -> Work | None:
        """The post that is shared. Raises EarlyReply unless it is there and may be shared."""
        if context is None:
            return None
        urn = str(context.get("parent")) if isinstance(context, dict) else ""
        if not _SHARED.fullmatch(urn):
            raise _wrong("reshareContext.parent")
        work = find_post(self._emulator, person, urn)
        if work is None:
            raise EarlyReply(error_reply(404, "RESOURCE_NOT_FOUND", f"Could not find entity {urn}"))
        if work.post is not None and work.post["noReshare"]:
            raise EarlyReply(error_reply(403, "ACCESS_DENIED", "The post may not be reshared"))
        return work

    def _check_duplicate(self, author: Author, same: str, now: float) -> None:
        """Raises EarlyReply with 422 if the author has just published the same."""
        for work in self._emulator.dataset.series(author.creator).posts():
            if work.post is None or work.created <= now - DUPLICATE_SECONDS:
                continue
            if work.post["digest"] == same:
                raise EarlyReply(_duplicate(self._emulator.work_id(work)))
        ghost = self._documents.get(_GHOSTS, f"{author.urn} {same}")
        if ghost is not None and ghost["until"] > now:
            raise EarlyReply(_duplicate(f"urn:li:share:{digits(19, 'ghost', same, now)}"))


def _check_fields(body: dict[str, Any]) -> None:
    """Raises EarlyReply for a body that lacks a field, or has one that it may not have."""
    for name in _REQUIRED:
        if name not in body:
            raise _wrong(name, "MISSING_FIELD")
    if body.keys() & _READ_ONLY:
        message = "Read-only fields cannot be set"
        raise EarlyReply(error_reply(422, "INVALID_VALUE_FOR_FIELD", message))
    unknown = body.keys() - _OPTIONAL - set(_REQUIRED)
    if unknown:
        raise _wrong(min(unknown))
    if body["lifecycleState"] != "PUBLISHED":
        raise _wrong("lifecycleState")
    if not isinstance(body["commentary"], str) or not isinstance(body["distribution"], dict):
        raise _wrong("commentary or distribution")
    if not isinstance(body.get("content", {}), dict):
        raise _wrong("content")
    if not body["commentary"] and not body.get("content") and "reshareContext" not in body:
        raise _wrong("commentary", "MISSING_FIELD")
    if body.get("content") and "reshareContext" in body:
        raise _wrong("reshareContext")


def _check_reach(body: dict[str, Any], author: Author) -> None:
    """Raises EarlyReply for an audience that the author does not have."""
    closed = "CONNECTIONS" if not author.is_organization else "LOGGED_IN"
    if body["visibility"] not in ("PUBLIC", "LOGGED_IN", closed):
        raise _wrong("visibility")
    hidden = "NONE" if author.is_organization else "MAIN_FEED"
    if body["distribution"].get("feedDistribution") not in ("MAIN_FEED", hidden):
        raise _wrong("distribution.feedDistribution")


def _check_text(text: str) -> None:
    """Raises EarlyReply with 400 for a text that is too long for its readers."""
    if visible_length(text) > MOST_VISIBLE:
        raise _wrong("commentary", "FIELD_LENGTH_TOO_LONG")


def _wrong(name: str, code: str = "INVALID_VALUE_FOR_FIELD") -> EarlyReply:
    return EarlyReply(error_reply(400, code, f"/{name.replace('.', '/')} :: {code}"))


def _digest(body: dict[str, Any]) -> str:
    same = [body["commentary"], body.get("content", {}), body.get("reshareContext", {})]
    return hexadecimal(32, "li post", msgspec.json.encode(same, order="deterministic").decode())


def _duplicate(urn: str) -> Reply:
    kind = "com.linkedin.content.common.exception.BadRequestResponseException"
    inputs = {"description": "Duplicate post is detected", "input": {}, "code": "DUPLICATE_POST"}
    body = {
        "errorDetailType": "com.linkedin.common.error.BadRequest",
        "message": f"{kind}: Content is a duplicate of {urn}",
        "errorDetails": {"inputErrors": [inputs]},
        "status": 422,
    }
    return Reply.json(body, 422)
