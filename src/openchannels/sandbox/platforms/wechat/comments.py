"""Comments on the articles of an official account, and what the account does with them.

An account answers each comment once, and chooses those that readers see. Where facts are not
confirmed, `mara` sees the other side: answers are a list, one comment of an article can be chosen,
and the first comment was deleted by its author.
https://developers.weixin.qq.com/doc/service/api/
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from openchannels.sandbox import sample_text
from openchannels.sandbox.dataset import Series, Work
from openchannels.sandbox.emulator import Context
from openchannels.sandbox.http import EarlyReply, Handler, Reply, Request, Route
from openchannels.sandbox.ids import letters
from openchannels.sandbox.platforms.wechat.accounts import (
    PUBLISHING,
    Account,
    done,
    error_reply,
    json_post,
)
from openchannels.sandbox.platforms.wechat.articles import (
    is_open_for_comments,
    numbers_of,
    publication_of,
)
from openchannels.sandbox.platforms.wechat.component import API
from openchannels.sandbox.platforms.wechat.materials import RequireAccount

MOST_PER_PAGE, MOST_REPLY, MOST_CHOSEN = 49, 600, 100
FEWEST_FIRST, MOST_FIRST, FIRST_SECONDS = 3, 5, 600
"""How many strangers comment on an article, and how long one after the other."""
_KIND = "wxgzh comments"
_ALL, _ORDINARY, _CHOSEN = range(3)
"""Which comments a list asks for."""
_DELETED, _WITHDRAWN = "deleted", "withdrawn"
_SEES_OTHERS = "mara"

Comment = dict[str, Any]


@dataclass
class _Article:
    """An article with its comments, oldest first."""

    account: Account
    key: str
    is_open: bool
    comments: list[Comment]


class ArticleComments:
    """The calls about comments. Those on an article are kept as one document."""

    def __init__(
        self,
        context: Context,
        require_account: RequireAccount,
        publications: Callable[[Account], Series],
    ) -> None:
        self._documents = context.documents
        self._require_account = require_account
        self._publications = publications

    def routes(self) -> list[Route]:
        """Their addresses."""
        calls: dict[str, Handler] = {
            "list": self.list_comments,
            "reply/add": self.add_reply,
            "reply/delete": self.delete_reply,
            "delete": self.delete,
            "markelect": self.choose,
            "unmarkelect": self.unchoose,
            "open": self.open,
            "close": self.close,
        }
        return [
            Route("*", API, f"/cgi-bin/comment/{name}", json_post(call))
            for name, call in calls.items()
        ]

    def list_comments(self, request: Request) -> Reply:
        """Comments on an article by offset, newest first."""
        sent = request.json
        wanted, begin, count = sent.get("type", _ALL), sent.get("begin"), sent.get("count")
        article = self._article(request)
        if type(begin) is not int or type(count) is not int:
            return error_reply(47001, "data format error")
        if not 0 < count <= MOST_PER_PAGE:
            return error_reply(88010, "count range error. cout <= 0 or count > 50")
        if begin < 0 or wanted not in (_ALL, _ORDINARY, _CHOSEN):
            return error_reply(40097, "invalid args")
        fitting = [
            one
            for one in article.comments[::-1]
            if not one["gone"] and (wanted == _ALL or one["chosen"] == (wanted == _CHOSEN))
        ]
        is_list = article.account.person == _SEES_OTHERS
        shown = [_shown(one, as_list=is_list) for one in fitting[begin : begin + count]]
        head = {"errcode": 0, "errmsg": "ok", "total": len(fitting)}
        return Reply.json({**head, "comment": shown})

    def add_reply(self, request: Request) -> Reply:
        """Answer a comment that has no answer."""
        article, comment = self._named(request)
        content = request.json.get("content")
        if comment["reply"]:
            return error_reply(88005, "already reply")
        if not isinstance(content, str) or not 0 < len(content) <= MOST_REPLY:
            return error_reply(88007, "reply content beyond max len or content len is zero")
        comment["reply"] = {"content": content, "create_time": int(request.now)}
        return self._keep(article)

    def delete_reply(self, request: Request) -> Reply:
        """Delete the answer to a comment."""
        article, comment = self._named(request)
        if not comment["reply"]:
            return error_reply(88008, "comment is not exist")
        comment["reply"] = None
        return self._keep(article)

    def delete(self, request: Request) -> Reply:
        """Delete a comment, and the answer to it."""
        article, comment = self._named(request)
        comment["gone"] = _DELETED
        return self._keep(article)

    def choose(self, request: Request) -> Reply:
        """Show a comment to readers."""
        article, comment = self._named(request)
        most = 1 if article.account.person == _SEES_OTHERS else MOST_CHOSEN
        chosen = [one for one in article.comments if one["chosen"] and not one["gone"]]
        if not comment["chosen"] and len(chosen) >= most:
            return error_reply(88003, "elect comment upper limit")
        comment["chosen"] = True
        return self._keep(article)

    def unchoose(self, request: Request) -> Reply:
        """Hide a comment from readers."""
        article, comment = self._named(request)
        comment["chosen"] = False
        return self._keep(article)

    def open(self, request: Request) -> Reply:
        """Let readers comment on an article."""
        return self._keep(self._article(request, is_open=True))

    def close(self, request: Request) -> Reply:
        """Let nobody comment on an article any more; the comments stay."""
        return self._keep(self._article(request, is_open=False))

    def _article(self, request: Request, *, is_open: bool | None = None) -> _Article:
        """The article that a call names, opened or closed if it asks for that.

        Strangers comment as soon as it is open. Raises EarlyReply.
        """
        account = self._require_account(request, PUBLISHING)
        if not account.is_verified:
            raise EarlyReply(error_reply(88000, "without comment privilege"))
        message, index = str(request.json.get("msg_data_id")), request.json.get("index", 0)
        work = publication_of(self._publications(account), message)
        if work is None or type(index) is not int or index + 1 not in numbers_of(work):
            raise EarlyReply(error_reply(88001, "msg_data is not exists"))
        key = f"{account.app_id} {message} {index}"
        kept = self._documents.get(_KIND, key) or {}
        if is_open is None:
            is_open = bool(kept.get("open", is_open_for_comments(work, index + 1)))
        article = _Article(account, key, is_open, kept.get("comments", []))
        if is_open and not article.comments:
            article.comments = _first_comments(account, work, index, request.now)
            self._keep(article)
        return article

    def _named(self, request: Request) -> tuple[_Article, Comment]:
        """The article and the comment of a call. Raises EarlyReply."""
        article = self._article(request)
        wanted = request.json.get("user_comment_id")
        comment = next((one for one in article.comments if one["id"] == wanted), None)
        if comment is not None and comment["gone"] == _WITHDRAWN:
            raise EarlyReply(error_reply(88004, "comment was deleted by user"))
        if comment is None or comment["gone"]:
            raise EarlyReply(error_reply(88008, "comment is not exist"))
        return article, comment

    def _keep(self, article: _Article) -> Reply:
        content = {"open": article.is_open, "comments": article.comments}
        self._documents.put(_KIND, article.key, content, article.account.app_id)
        return done()


def _first_comments(account: Account, work: Work, index: int, now: float) -> list[Comment]:
    """What strangers write; the second of them does not use WeChat."""
    count = work.number(104, FEWEST_FIRST, MOST_FIRST)
    return [
        {
            "id": number,
            "openid": "" if number == 2 else "o" + letters(20, account.app_id, work.index, number),
            "created": int(min(work.created + number * FIRST_SECONDS, now)),
            "content": work.pick(8 * number + index, sample_text.LINES_ZH),
            "chosen": number % 2 == 1,
            "reply": None,
            "gone": _WITHDRAWN if number == 1 and account.person == _SEES_OTHERS else "",
        }
        for number in range(1, count + 1)
    ]


def _shown(comment: Comment, *, as_list: bool) -> dict[str, Any]:
    """A comment as the list shows it."""
    shown = {
        "user_comment_id": comment["id"],
        "create_time": comment["created"],
        "content": comment["content"],
        "comment_type": int(comment["chosen"]),
    }
    if comment["openid"]:
        shown["openid"] = comment["openid"]
    if comment["reply"]:
        shown["reply"] = [comment["reply"]] if as_list else comment["reply"]
    return shown
