"""The draft box of an official account.

https://developers.weixin.qq.com/doc/service/api/draftbox/draftmanage/api_draft_add.html
"""

from typing import Any

import msgspec

from openchannels.sandbox.documents import Documents
from openchannels.sandbox.grants import random_text
from openchannels.sandbox.http import EarlyReply, Handler, Reply, Request, Route
from openchannels.sandbox.platforms.wechat.accounts import (
    MATERIALS,
    Account,
    done,
    error_reply,
    json_post,
)
from openchannels.sandbox.platforms.wechat.component import API
from openchannels.sandbox.platforms.wechat.draft_articles import literal_json, stored_article
from openchannels.sandbox.platforms.wechat.materials import Materials, RequireAccount

MOST_ARTICLES, MOST_LISTED = 8, 20
MOST_BODY = 2 << 20
_KIND = "wxgzh draft"


class Drafts:
    """Drafts by account; one that is being published, or was, is not in the box."""

    def __init__(
        self, documents: Documents, materials: Materials, require_account: RequireAccount
    ) -> None:
        self._documents = documents
        self._materials = materials
        self._require_account = require_account

    def routes(self) -> list[Route]:
        """The calls of the draft box."""
        calls: dict[str, Handler] = {
            "add": self.add,
            "get": self.get,
            "update": self.update,
            "delete": self.delete,
            "batchget": self.listed,
        }
        path = "/cgi-bin/draft"
        return [
            *(
                Route("*", API, f"{path}/{name}", json_post(call), max_body=MOST_BODY)
                for name, call in calls.items()
            ),
            Route("GET", API, f"{path}/count", self.count),
        ]

    def add(self, request: Request) -> Reply:
        """Make a draft of one to eight articles."""
        account = self._require_account(request, MATERIALS)
        sent = self._sent(request).get("articles")
        if not isinstance(sent, list) or not 1 <= len(sent) <= MOST_ARTICLES:
            return error_reply(47001, "data format error")
        articles = [stored_article(account, one, self._materials.find) for one in sent]
        id = random_text("", 43)
        self._keep(account, id, {"articles": articles, "updated": request.now})
        return Reply.json({"media_id": id, "item": []})

    def get(self, request: Request) -> Reply:
        """The articles of a draft."""
        account = self._require_account(request, MATERIALS)
        draft = self._named(account, request)
        return Reply.json({"news_item": [_shown(one, True) for one in draft["articles"]]})

    def update(self, request: Request) -> Reply:
        """Replace one article of a draft."""
        account = self._require_account(request, MATERIALS)
        draft = self._named(account, request)
        sent, place = self._sent(request), request.json.get("index", 0)
        if type(place) is not int or not 0 <= place < len(draft["articles"]):
            return error_reply(40114, "invalid index value")
        article = stored_article(account, sent.get("articles"), self._materials.find)
        draft["articles"][place] = article
        self._keep(account, str(sent["media_id"]), draft | {"updated": request.now})
        return done()

    def delete(self, request: Request) -> Reply:
        """Delete a draft."""
        account = self._require_account(request, MATERIALS)
        self._named(account, request)
        self.remove(str(request.json["media_id"]))
        return done()

    def listed(self, request: Request) -> Reply:
        """Drafts by offset, the newest first."""
        account = self._require_account(request, MATERIALS)
        offset, count = request.json.get("offset", 0), request.json.get("count")
        if type(offset) is not int or type(count) is not int or offset < 0:
            return error_reply(47001, "data format error")
        if not 1 <= count <= MOST_LISTED:
            return error_reply(40097, "invalid args")
        drafts = list(self._in_box(account).items())[::-1]
        whole = request.json.get("no_content", 0) != 1
        items = [
            {
                "media_id": id,
                "content": {"news_item": [_shown(one, whole) for one in draft["articles"]]},
                "update_time": int(draft["updated"]),
            }
            for id, draft in drafts[offset : offset + count]
        ]
        return Reply.json({"total_count": len(drafts), "item_count": len(items), "item": items})

    def count(self, request: Request) -> Reply:
        """How many drafts there are."""
        account = self._require_account(request, MATERIALS)
        return Reply.json({"total_count": len(self._in_box(account))})

    def find(self, account: Account, id: str) -> dict[str, Any] | None:
        """A draft that is in the box, or None."""
        return self._in_box(account).get(id)

    def take_out(self, account: Account, id: str) -> list[dict[str, Any]]:
        """Take a draft out of the box; returns its articles."""
        draft = self._in_box(account)[id]
        self._keep(account, id, draft | {"taken": True})
        return list(draft["articles"])

    def put_back(self, account: Account, id: str) -> None:
        """Put a draft that was not published back into the box."""
        draft = self._documents.get(_KIND, id)
        if draft is not None:
            self._keep(account, id, draft | {"taken": False})

    def remove(self, id: str) -> None:
        """Forget a draft."""
        self._documents.delete(_KIND, id)

    def _in_box(self, account: Account) -> dict[str, dict[str, Any]]:
        every = self._documents.of_owner(_KIND, account.app_id)
        return {id: draft for id, draft in every.items() if not draft.get("taken")}

    def _named(self, account: Account, request: Request) -> dict[str, Any]:
        draft = self.find(account, str(request.json.get("media_id")))
        if draft is None:
            raise EarlyReply(error_reply(40007, "invalid media_id"))
        return draft

    def _sent(self, request: Request) -> dict[str, Any]:
        try:
            return literal_json(request.body)
        except msgspec.DecodeError:
            raise EarlyReply(error_reply(47001, "data format error")) from None

    def _keep(self, account: Account, id: str, draft: dict[str, Any]) -> None:
        self._documents.put(_KIND, id, draft, account.app_id)


def _shown(article: dict[str, Any], with_content: bool) -> dict[str, Any]:
    preview = "http://mp.weixin.qq.com/s?preview=1"
    return article | {"url": preview} | ({} if with_content else {"content": ""})
