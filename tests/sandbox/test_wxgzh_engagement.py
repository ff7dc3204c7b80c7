"""Comments on articles of an official account: the one answer, chosen ones, who may have them."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from openchannels.sandbox import create_sandbox
from tests.harness.listening import listening
from tests.harness.receiver import Receiver

from .test_wxgzh import NOW, Platform
from .test_wxgzh_publishing import SUBMIT, Account

COMMENT = "/cgi-bin/comment"


@pytest.fixture
async def platform(receiver: Receiver) -> AsyncIterator[Platform]:
    sandbox = create_sandbox(clock=lambda: NOW)
    async with listening(sandbox) as url, httpx.AsyncClient(base_url=url) as client:
        one = Platform(client, receiver)
        await one.renew()
        yield one


class Article:
    """An article, and the calls about the comments on it."""

    def __init__(self, account: Account, message: int | str, index: int = 0) -> None:
        self.account, self.named = account, {"msg_data_id": message, "index": index}

    async def call(self, name: str, **more: Any) -> int:
        answer = await self.account.call(f"{COMMENT}/{name}", **self.named, **more)
        return int(answer["errcode"])

    async def list(self, **more: Any) -> dict[str, Any]:
        sent = {"begin": 0, "count": 49, "type": 0} | more
        return await self.account.call(f"{COMMENT}/list", **self.named, **sent)

    async def comments(self, **more: Any) -> dict[int, dict[str, Any]]:
        answer = await self.list(**more)
        assert answer["errcode"] == 0, answer
        return {one["user_comment_id"]: one for one in answer["comment"]}


async def article_of(account: Account) -> Article:
    """The article before the newest one, by the id that its address has."""
    answer = await account.call("/cgi-bin/freepublish/batchget", offset=1, count=1)
    url = answer["item"][0]["content"]["news_item"][0]["url"]
    return Article(account, int(httpx.URL(url).params["mid"]))


async def test_a_comment_is_answered_once_and_chosen(platform: Platform) -> None:
    account = Account(platform, await platform.authorize())
    one = await article_of(account)
    before = await one.comments()
    assert len(before) == (await one.list())["total"]
    assert "openid" in before[1]
    assert "openid" not in before[2]
    named = {"user_comment_id": 1}
    assert await one.call("reply/delete", **named) == 88008
    assert await one.call("reply/add", **named, content="") == 88007
    assert await one.call("reply/add", **named, content="已发") == 0
    assert await one.call("reply/add", **named, content="again") == 88005
    assert (await one.comments())[1]["reply"] == {"content": "已发", "create_time": int(NOW)}
    assert [await one.call("reply/delete", **named) for _ in range(2)] == [0, 88008]
    for call, kind in (("markelect", 1), ("markelect", 1), ("unmarkelect", 0)):
        assert await one.call(call, **named) == 0
        assert (await one.comments())[1]["comment_type"] == kind
    assert 1 in await one.comments(type=1)
    assert 1 not in await one.comments(type=2)
    first, second = [[*await one.comments(begin=n, count=1)] for n in range(2)]
    assert [*first, *second] == [*before][:2]
    assert await one.call("delete", **named) == 0
    assert await one.call("delete", **named) == 88008
    assert (await one.comments()).keys() == before.keys() - {1}

    for count in (0, 50):
        assert (await one.list(count=count))["errcode"] == 88010
    for message, index in ((1, 0), (one.named["msg_data_id"], 8)):
        assert (await Article(account, message, index).list())["errcode"] == 88001


async def test_a_submitted_article_is_opened_for_comments(platform: Platform) -> None:
    account = Account(platform, await platform.authorize())
    ids = await account.call(SUBMIT, media_id=await account.drafted())
    one = Article(account, ids["msg_data_id"])
    assert await one.comments() == {}
    assert await one.call("open") == 0
    opened = await one.comments()
    assert opened
    assert await one.call("close") == 0
    assert (await one.comments()).keys() == opened.keys()


async def test_accounts_that_see_it_otherwise(platform: Platform) -> None:
    mara = await article_of(Account(platform, await platform.authorize(sandbox_person="mara")))
    assert await mara.call("markelect", user_comment_id=1) == 88004
    assert await mara.call("markelect", user_comment_id=2) == 88003
    found = await mara.comments()
    assert 1 not in found
    assert await mara.call("reply/add", user_comment_id=2, content="a") == 0
    assert isinstance((await mara.comments())[2]["reply"], list)
    plain = await article_of(Account(platform, await platform.authorize()))
    person = {"sandbox_person": "unverified"}
    bare = Article(Account(platform, await platform.authorize(**person)), 2_650_000_000)
    assert (await bare.list())["errcode"] == 88000
    poor = await platform.authorize(sandbox_scopes="1,2,11")
    refused = Article(Account(platform, poor), plain.named["msg_data_id"])
    assert (await refused.list())["errcode"] == 48001
