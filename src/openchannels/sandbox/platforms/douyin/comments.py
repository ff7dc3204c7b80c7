"""Comments on works at Douyin, and answers to them: for a website app, and a list for a mini-app.

Works and comments are named by their encoded ids only. The list of answers asks for facts about the
reader's device; whether it has to is not confirmed, and `mara` is refused when they are sent.
https://developer.open-douyin.com/docs/resource/zh-CN/dop/develop/openapi/interaction-management
"""

import base64
from collections.abc import Callable
from typing import Any

from openchannels.sandbox.comments import Comment, Comments
from openchannels.sandbox.dataset import Work
from openchannels.sandbox.emulator import Emulator
from openchannels.sandbox.grants import Token
from openchannels.sandbox.http import EarlyReply, Reply, Request, Route
from openchannels.sandbox.ids import digest
from openchannels.sandbox.platforms.douyin.login import HOST, TRIAL_HOST, open_id
from openchannels.sandbox.platforms.douyin.miniapp import is_deep, profile
from openchannels.sandbox.platforms.douyin.replies import (
    data_reply,
    error_reply,
    invalid_parameters,
    miniapp_reply,
)
from openchannels.sandbox.platforms.douyin.videos import VIDEO_IDS, item_id

SCOPE, MINIAPP_SCOPE = "item.comment", "ma.item.comment"
DEFAULT_PAGE, MOST_PER_PAGE, MOST_OF_MINIAPP = 10, 20, 50
MOST_LIKES = 40
_DEVICE = ("device_brand", "device_platform", "device_type", "ip", "os_version", "shark_channel")
_REFUSED_WITH_DEVICE = "mara"
_RECOMMENDED, _NEWEST, _OLDEST = "", "time", "time_asc"
_TOP = "douyin top comment"

RequireToken = Callable[[Request, str], Token]


class ItemComments:
    """The calls about comments."""

    def __init__(self, emulator: Emulator, require_token: RequireToken) -> None:
        self._emulator = emulator
        self._require_token = require_token
        self._documents = emulator.context.documents
        clock, tallies = emulator.context.clock, emulator.context.tallies
        self._comments = Comments(self._documents, clock, tallies, emulator.name, _comment_id)

    def routes(self) -> list[Route]:
        """Their addresses; those of companies belong to a trial that has ended."""
        comments = "/item/comment"
        return [
            route
            for host in (HOST, TRIAL_HOST)
            for route in (
                Route("GET", host, f"{comments}/list/", self.list_comments),
                Route("GET", host, f"{comments}/reply/list/", self.list_replies),
                Route("POST", host, f"{comments}/reply/", self.reply),
                Route("POST", host, f"{comments}/top/", self.top),
                Route("GET", host, "/api/apps/v1/item/list_comment/", self.list_for_miniapp),
                Route("*", host, "/video/comment/{call}/", self.refuse_companies),
                Route("*", host, "/video/comment/{call}/list/", self.refuse_companies),
            )
        ]

    def list_comments(self, request: Request) -> Reply:
        """Comments on a work from a cursor on."""
        token = self._require_token(request, SCOPE)
        work = self._work(request, token, request.query.get("item_id"))
        return data_reply(request, self._page(request, token, work, "", MOST_PER_PAGE))

    def list_replies(self, request: Request) -> Reply:
        """Answers to a comment from a cursor on."""
        token = self._require_token(request, SCOPE)
        work = self._work(request, token, request.query.get("item_id"))
        sent = [name for name in _DEVICE if request.query.get(name)]
        wanted = () if token.grant.person == _REFUSED_WITH_DEVICE else _DEVICE
        if sent != [*wanted] or (wanted and request.query.get("shark_channel") != "open_api"):
            return invalid_parameters(request)
        comment = self._comment(request, work, request.query.get("comment_id"))
        return data_reply(request, self._page(request, token, work, comment["id"], MOST_PER_PAGE))

    def list_for_miniapp(self, request: Request) -> Reply:
        """Comments on a work, for a mini-app."""
        token = self._require_token(request, MINIAPP_SCOPE)
        work = self._work(request, token, request.query.get("item_id"))
        data = self._page(request, token, work, "", MOST_OF_MINIAPP)
        return miniapp_reply(request, data, deep=is_deep(token.grant.person))

    def reply(self, request: Request) -> Reply:
        """Answer a comment, or comment on a work if none is named.

        What answers an answer stands below the same comment.
        """
        token, sent = self._require_token(request, SCOPE), request.json
        work = self._work(request, token, str(sent.get("item_id", "")))
        content, parent = sent.get("content"), ""
        if not isinstance(content, str) or not content.strip():
            return invalid_parameters(request)
        if sent.get("comment_id"):
            comment = self._comment(request, work, str(sent["comment_id"]))
            parent = comment["parent"] or comment["id"]
        video, author = VIDEO_IDS.id_of(work), token.grant.person
        made = self._comments.add(work, video, author, content, request.now, parent)
        return data_reply(request, {"comment_id": made["id"]})

    def top(self, request: Request) -> Reply:
        """Pin one of the author's own comments on the work, or take it down."""
        token, sent = self._require_token(request, SCOPE), request.json
        work = self._work(request, token, str(sent.get("item_id", "")))
        comment = self._comment(request, work, str(sent.get("comment_id", "")))
        if not isinstance(sent.get("top"), bool):
            return invalid_parameters(request)
        if comment["author"] != token.grant.person or comment["parent"]:
            return error_reply(request, 2100007, "无权限操作")
        video = VIDEO_IDS.id_of(work)
        if sent["top"]:
            self._documents.put(_TOP, video, {"comment": comment["id"]})
        elif self._pinned(video) == comment["id"]:
            self._documents.delete(_TOP, video)
        return data_reply(request, {})

    def refuse_companies(self, request: Request) -> Reply:
        """2190004: the capability is not given to apps any more."""
        return error_reply(request, 2190004, "应用未获得该能力")

    def _work(self, request: Request, token: Token, identifier: str) -> Work:
        """One of the person's works by its encoded id. Raises EarlyReply."""
        work = self._emulator.find_work(self._emulator.series(token.grant.person), identifier)
        if work is None or item_id(VIDEO_IDS.id_of(work)) != identifier:
            raise EarlyReply(error_reply(request, 2111007, "获取视频失败"))
        return work

    def _comment(self, request: Request, work: Work, identifier: str) -> Comment:
        """A comment on a work. Raises EarlyReply."""
        comment = self._comments.find(identifier)
        if comment is None or comment["work"] != VIDEO_IDS.id_of(work):
            raise EarlyReply(invalid_parameters(request))
        return comment

    def _page(
        self, request: Request, token: Token, work: Work, parent: str, most: int
    ) -> dict[str, Any]:
        """A page of comments, the pinned one first unless an order is asked for."""
        query, video = request.query, VIDEO_IDS.id_of(work)
        cursor, count = query.integer("cursor", 0), query.integer("count", DEFAULT_PAGE)
        order = query.get("sort_type")
        if cursor is None or cursor < 0 or count is None or not 1 <= count <= most:
            raise EarlyReply(invalid_parameters(request))
        if order not in (_RECOMMENDED, _NEWEST, _OLDEST):
            raise EarlyReply(invalid_parameters(request))
        found = self._comments.of(work, video, parent)
        if order == _OLDEST:
            found.reverse()
        if order == _RECOMMENDED:
            found.sort(key=lambda one: one["id"] != self._pinned(video))
        shown = [self._item(token, work, one) for one in found[cursor : cursor + count]]
        after = cursor + len(shown)
        return {"list": shown, "cursor": after, "has_more": after < len(found)}

    def _item(self, token: Token, work: Work, comment: Comment) -> dict[str, Any]:
        face, identifier = profile(comment["author"]), comment["id"]
        return {
            "comment_id": identifier,
            "comment_user_id": open_id(comment["author"], token.grant.client_id),
            "nick_name": face["nickname"],
            "avatar": face["avatar"],
            "content": comment["text"],
            "create_time": int(comment["created"]),
            "digg_count": digest("douyin likes", identifier) % MOST_LIKES,
            "reply_comment_total": len(self._comments.of(work, comment["work"], identifier)),
            "reply_comment_id": comment["parent"],
            "top": self._pinned(comment["work"]) == identifier,
        }

    def _pinned(self, video: str) -> str:
        """The id of the pinned comment on a work, or an empty string."""
        pinned = self._documents.get(_TOP, video)
        return str(pinned["comment"]) if pinned else ""


def _comment_id(number: int, parent: str) -> str:
    """`@` and base64 with `+`, `/` and `=`, as long as ids of works."""
    parts = [digest("douyin comment", number, parent, part).to_bytes(16) for part in range(4)]
    return "@" + base64.b64encode(b"\xfb\xef\xff" + b"".join(parts)[:61]).decode()
