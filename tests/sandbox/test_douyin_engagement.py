"""Douyin's comments: their ids in addresses, answers, the pinned one, and who may read them."""

from typing import Any
from urllib.parse import quote

from .conftest import Client
from .oauth_platforms import DOUYIN_HOST, PLATFORMS
from .oauth_protocol import Answer, login
from .test_douyin import head, listing

DOUYIN = PLATFORMS["douyin"]
SCOPES = "user_info,video.list.bind,item.comment,ma.item.comment"
COMMENTS = f"{DOUYIN_HOST}/item/comment"
DEVICE = (
    "&device_brand=apple&device_platform=iphone&device_type=iPhone13.2&ip=0.0.0.0"
    "&os_version=14.5&shark_channel=open_api"
)


class Owner:
    """An app that reads and writes comments on the newest work of a person."""

    def __init__(self, client: Client, tokens: Answer, item: str) -> None:
        self.client, self.tokens, self.item = client, tokens, item

    async def get(self, path: str, query: str = "", **ids: str) -> Any:
        named = {"open_id": self.tokens["open_id"], "item_id": self.item} | ids
        coded = "&".join(f"{name}={quote(value, safe='')}" for name, value in named.items())
        url = f"{DOUYIN_HOST}{path}?{coded}{query}"
        return (await self.client.get(url, headers=head(self.tokens))).json()

    async def listed(self, query: str = "", path: str = "/item/comment/list/", **ids: str) -> Any:
        return (await self.get(path, query, **ids))["data"]["list"]

    async def post(self, name: str, **body: Any) -> Any:
        sent, url = {"item_id": self.item} | body, f"{COMMENTS}/{name}/"
        query = {"open_id": self.tokens["open_id"]}
        answer = await self.client.post(url, params=query, json=sent, headers=head(self.tokens))
        return answer.json()


async def owner(client: Client, **more: str) -> Owner:
    tokens = await login(client, DOUYIN, **({"scope": SCOPES} | more))
    works = (await listing(client, tokens))["data"]["list"]
    return Owner(client, tokens, works[-1]["item_id"])


def code(answer: Any) -> int:
    return int(answer["extra"]["error_code"])


async def test_comments_are_answered_and_one_is_pinned(wired: Client) -> None:
    one = await owner(wired)
    reader, *_ = await one.listed()
    own = (await one.post("reply", content="轨迹在这里"))["data"]["comment_id"]
    assert own.startswith("@")
    assert {"+", "/", "="} <= {*own}
    answer = (await one.post("reply", comment_id=reader["comment_id"], content="已发"))["data"]
    path = "/item/comment/reply/list/"
    (shown,) = await one.listed(DEVICE, path, comment_id=reader["comment_id"])
    assert (shown["comment_id"], shown["content"]) == (answer["comment_id"], "已发")
    assert shown["reply_comment_id"] == reader["comment_id"]
    assert shown["comment_user_id"] == one.tokens["open_id"]
    bare = await one.get(path, comment_id=reader["comment_id"])
    assert code(bare) == 2100005
    found = {item["comment_id"]: item for item in await one.listed()}
    assert found[reader["comment_id"]]["reply_comment_total"] == 1
    assert (found[own]["content"], found[own]["top"]) == ("轨迹在这里", False)

    newest = [item["comment_id"] for item in await one.listed("&sort_type=time")]
    oldest = [item["comment_id"] for item in await one.listed("&sort_type=time_asc")]
    assert newest == oldest[::-1]
    assert code(await one.post("top", comment_id=own, top=True)) == 0
    assert (await one.listed())[0] | {"top": True} == found[own] | {"top": True}
    assert code(await one.post("top", comment_id=reader["comment_id"], top=True)) == 2100007
    assert code(await one.post("top", comment_id=own, top=False)) == 0
    assert not any(item["top"] for item in await one.listed())

    pages = [await one.get("/item/comment/list/", f"&count=1&cursor={n}") for n in range(2)]
    assert [page["data"]["cursor"] for page in pages] == [1, 2]
    assert pages[0]["data"]["has_more"] is True
    deep = (await one.get("/api/apps/v1/item/list_comment/", "&count=50"))["data"]
    listed = deep["data"]["list"] if "data" in deep else deep["list"]
    assert {item["comment_id"] for item in listed} == found.keys()


async def test_comments_that_are_not_given(wired: Client) -> None:
    one = await owner(wired)
    for query in ("&count=21", "&cursor=-1", "&sort_type=best"):
        assert code(await one.get("/item/comment/list/", query)) == 2100005
    unescaped = await one.get("/item/comment/list/", item_id=one.item.replace("=", ""))
    assert code(unescaped) == 2111007
    assert code(await one.post("reply", comment_id="@none", content="a")) == 2100005
    assert code(await one.post("reply", content=" ")) == 2100005
    assert code(await one.get("/video/comment/list/")) == 2190004
    poor = Owner(wired, await login(wired, DOUYIN), one.item)
    assert code(await poor.get("/item/comment/list/")) == 10004
    mara = await owner(wired, sandbox_person="mara")
    (reader, *_), path = await mara.listed(), "/item/comment/reply/list/"
    assert code(await mara.get(path, DEVICE, comment_id=reader["comment_id"])) == 2100005
    assert code(await mara.get(path, comment_id=reader["comment_id"])) == 0
