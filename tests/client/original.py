"""A service with the original's contract: it knows no periods, and no fields of ours."""

from collections.abc import Mapping, Sequence
from typing import Any

from tests.client.stub import Answer, Received, Stub, failure, success

V2 = "/api/v2/channels"
LIMIT = 3
"""The most works of one page."""


def work(number: int) -> dict[str, Any]:
    """A work: those of lower numbers are newer, by a day each."""
    at = f"2026-01-{28 - number:02}T08:00:00.000Z"
    return {"platformWorkId": f"w{number}", "contentMode": "video", "publishedAt": at}


def account(name: str) -> dict[str, Any]:
    """An account with the fields that the original's schema requires."""
    return {
        "id": name, "userId": "u", "type": "youtube", "uid": name, "nickname": name,
        "groupId": "65f0c0ffee65f0c0ffee65f0", "status": 1,
    }  # fmt: skip


PLATFORM = {
    "platform": "youtube",
    "displayName": {"en-US": "YouTube", "zh-CN": "YouTube"},
    "logoUrl": "https://a.example/y.png",
    "authType": "oauth2",
    "editor": "text",
    "contentLimits": {"modes": ["video"]},
    "mediaRules": {},
    "topic": {"supported": True},
    "capabilities": {
        "work": {
            "listWorks": True,
            "listWorksPagination": {"mode": "cursor", "defaultLimit": 2, "maxLimit": LIMIT},
        }
    },
    "optionSchema": {},
    "status": "available",
}


class Original:
    """Answers as the original does; `works` are those of each account."""

    def __init__(self, stub: Stub, works: Mapping[str, Sequence[dict[str, Any]]]) -> None:
        self._works = works
        stub.marked = False
        stub.answer = self.answer

    def answer(self, request: Received) -> Answer:
        where = request.path.removeprefix(V2)
        if where == "/platforms":
            return success([PLATFORM])
        if where == "/accounts" and request.method == "DELETE":
            return Answer({"code": 0, "message": "请求成功"})
        if where == "/accounts":
            listed = [account(name) for name in self._works]
            return success({"total": len(listed), "list": listed})
        if where.endswith("/auth-status"):
            return success({"status": 1})
        if where == "/works/youtube":
            return self.list_works(request.query)
        if where == "/account-groups":
            return success([{"id": "g", "name": "default", "hasBrowserConfig": False}])
        if where == "/works/link-info":
            return failure(400)
        return failure(404)

    def list_works(self, query: Mapping[str, str]) -> Answer:
        """A page by cursor; nothing else of the query is read."""
        name = query["accountId"]
        if name not in self._works:
            return failure(12600)
        works = self._works[name]
        limit = int(query.get("pagination[limit]", 2))
        if limit > LIMIT:
            return failure(15089)
        begin = int(query.get("pagination[cursor]", "0"))
        end = begin + limit
        has_next = end < len(works)
        pagination = {
            "mode": "cursor",
            "hasNext": has_next,
            "hasPrevious": False,
            "limit": limit,
            **({"nextCursor": str(end)} if has_next else {}),
        }
        page = {"platform": "youtube", "items": works[begin:end], "pagination": pagination}
        return success(page)
