"""Publishing of an official account: pictures, drafts, submission, its outcome, deletion."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from litestar.testing import AsyncTestClient

from openchannels.sandbox import create_sandbox
from tests.harness.receiver import Message, Receiver

from .conftest import Client, advance, pushes
from .test_wxgzh import API, HOOK, NOW, Platform, opened

SUBMIT, RESULT = "/cgi-bin/freepublish/submit", "/cgi-bin/freepublish/get"
BATCH = {"offset": 0, "count": 1}
JPEG = b"\xff\xd8\xff\xe0 a picture"


class Account:
    """A component that acts for one account."""

    def __init__(self, platform: Platform, info: dict[str, Any]) -> None:
        self.platform, self.info = platform, info
        self.client: Client = platform.client

    async def call(self, path: str, **body: Any) -> dict[str, Any]:
        return await self.platform.call(self.info, path, **body)

    async def write(self, path: str, body: str | bytes) -> dict[str, Any]:
        url = f"{API}{path}?access_token={self.info['authorizer_access_token']}"
        head = {"content-type": "application/json"}
        return (await self.client.post(url, content=body, headers=head)).json()

    async def send(self, path: str, content: bytes, **query: str) -> dict[str, Any]:
        files = {"media": ("a.jpg", content, "image/jpeg")}
        query["access_token"] = self.info["authorizer_access_token"]
        return (await self.client.post(f"{API}{path}", params=query, files=files)).json()

    async def cover(self) -> str:
        answer = await self.send("/cgi-bin/material/add_material", JPEG, type="image")
        return str(answer["media_id"])

    async def article(self, **more: Any) -> dict[str, Any]:
        return {"title": "路书", "content": "<p>a</p>", "thumb_media_id": await self.cover()} | more

    async def draft(self, *articles: dict[str, Any]) -> dict[str, Any]:
        sent = json.dumps({"articles": articles}, ensure_ascii=False)
        return await self.write("/cgi-bin/draft/add", sent.encode())

    async def drafted(self, **more: Any) -> str:
        return str((await self.draft(await self.article(**more)))["media_id"])

    async def newest(self) -> dict[str, Any]:
        return (await self.call("/cgi-bin/freepublish/batchget", **BATCH))["item"][0]


@pytest.fixture
async def platform(receiver: Receiver) -> AsyncIterator[Platform]:
    sandbox = create_sandbox(clock=lambda: NOW, push_to=receiver.origin)
    async with AsyncTestClient(sandbox) as client:
        client.follow_redirects = False
        one = Platform(client, receiver)
        await one.renew()
        yield one


@pytest.fixture
async def account(platform: Platform) -> Account:
    return Account(platform, await platform.authorize())


def is_outcome(message: Message) -> bool:
    return message.path.startswith(f"{HOOK}/wx")


async def test_a_draft_is_published_and_told(account: Account, receiver: Receiver) -> None:
    await account.client.put("/_publishing/wxGzh", json={"processingSeconds": 60})
    picture = (await account.send("/cgi-bin/media/uploadimg", JPEG))["url"]
    own, foreign = f'<img src="{picture}"/>', '<img src="https://elsewhere.example/a.jpg">'
    content = f"<p>出发</p>{own}{foreign}<script>x()</script>"
    article = await account.article(title="折多山七天路书", content=content, author="阿周")
    media = (await account.draft(article))["media_id"]
    (kept,) = (await account.call("/cgi-bin/draft/get", media_id=media))["news_item"]
    assert (kept["content"], kept["digest"]) == (f"<p>出发</p>{own}", "出发")
    before = (await account.call("/cgi-bin/draft/batchget", **BATCH))["total_count"]

    ids = await account.call(SUBMIT, media_id=media)
    assert ids["errcode"] == 0
    assert (await account.call(SUBMIT, media_id=media))["errcode"] == 40007
    assert (await account.call(RESULT, publish_id=ids["publish_id"]))["publish_status"] == 1
    assert (await account.newest())["content"]["news_item"][0]["title"] != article["title"]
    await advance(account.client, 60)
    (push,) = await pushes(receiver, 1, is_outcome)
    assert push.path.startswith(f"{HOOK}/{account.info['authorizer_appid']}?")
    told = opened(push)
    assert (told["Event"], told["publish_status"]) == ("PUBLISHJOBFINISH", "0")
    result = await account.call(RESULT, publish_id=ids["publish_id"])
    (item,) = result["article_detail"]["item"]
    assert (told["article_id"], told["article_url"]) == (result["article_id"], item["article_url"])
    assert told["publish_id"] == ids["publish_id"]

    newest = await account.newest()
    (shown,) = newest["content"]["news_item"]
    assert (newest["article_id"], newest["update_time"]) == (result["article_id"], int(NOW) + 60)
    assert shown["url"] == item["article_url"]
    assert {name: shown[name] for name in kept if name != "url"} == {
        name: kept[name] for name in kept if name != "url"
    }
    assert shown["thumb_media_id"] == article["thumb_media_id"]
    assert ids["msg_data_id"] in item["article_url"] or "/s/" in item["article_url"]
    gone = await account.call("/cgi-bin/draft/batchget", **BATCH)
    assert gone["total_count"] == before - 1
    delete = {"article_id": result["article_id"]}
    assert (await account.call("/cgi-bin/freepublish/delete", **delete))["errcode"] == 0
    assert (await account.call("/cgi-bin/freepublish/delete", **delete))["errcode"] == 53600
    after = await account.call(RESULT, publish_id=ids["publish_id"])
    assert after["publish_status"] == 5


async def test_every_field_of_an_article_has_its_code(account: Account) -> None:
    article = await account.article()
    for change, code in (
        ({"title": "题" * 33}, 45003),
        ({"title": " "}, 45003),
        ({"author": "x" * 17}, 45110),
        ({"digest": "x" * 129}, 45004),
        ({"content": "x" * 20_000}, 45166),
        ({"content": ""}, 45166),
        ({"content_source_url": "x" * 1025}, 41039),
        ({"thumb_media_id": "none"}, 40007),
        ({"article_type": "video"}, 40097),
        ({"article_type": "newspic"}, 40007),
        ({"product_info": {"footer": 1}}, 53404),
    ):
        assert (await account.draft(article | change))["errcode"] == code
    assert (await account.draft())["errcode"] == 47001
    pictures = [{"image_media_id": await account.cover()} for _ in range(2)]
    wish = {"article_type": "newspic", "image_info": {"image_list": pictures}}
    media = (await account.draft(article | wish))["media_id"]
    (shown,) = (await account.call("/cgi-bin/draft/get", media_id=media))["news_item"]
    assert shown["thumb_media_id"] == pictures[0]["image_media_id"]
    assert shown["content"] == "a"

    escaped = json.dumps({"articles": [article | {"title": "路书\\n"}]})
    media = (await account.write("/cgi-bin/draft/add", escaped))["media_id"]
    (shown,) = (await account.call("/cgi-bin/draft/get", media_id=media))["news_item"]
    assert shown["title"] == "\\u8def\\u4e66\\n"
    for index, code in ((1, 40114), (0, 0)):
        sent = {"media_id": media, "index": index, "articles": article | {"title": "new"}}
        assert (await account.call("/cgi-bin/draft/update", **sent))["errcode"] == code
    (shown,) = (await account.call("/cgi-bin/draft/get", media_id=media))["news_item"]
    assert shown["title"] == "new"


async def test_pictures_that_are_refused(account: Account) -> None:
    material, text = "/cgi-bin/material/add_material", "/cgi-bin/media/uploadimg"
    for path, content, query, code in (
        (material, b"", {"type": "image"}, 41005),
        (material, b"nothing", {"type": "image"}, 40005),
        (material, JPEG, {"type": "film"}, 40004),
        (text, b"GIF89a", {}, 40005),
        (text, JPEG + bytes(1 << 20), {}, 40009),
    ):
        assert (await account.send(path, content, **query))["errcode"] == code
    cover = await account.cover()
    for code in (0, 40007):
        deleted = await account.call("/cgi-bin/material/del_material", media_id=cover)
        assert deleted["errcode"] == code


@pytest.mark.parametrize(
    ("wish", "status"),
    [({"reject": "2"}, 2), ({"reject": "policy"}, 4), ({"audited": False}, 3)],
)
async def test_a_submission_that_fails(
    account: Account, receiver: Receiver, wish: dict[str, Any], status: int
) -> None:
    await account.client.put("/_publishing/wxGzh", json=wish)
    media = await account.drafted()
    ids = await account.call(SUBMIT, media_id=media)
    (push,) = await pushes(receiver, 1, is_outcome)
    assert (opened(push)["publish_status"], opened(push)["fail_idx"]) == (str(status), "1")
    result = await account.call(RESULT, publish_id=ids["publish_id"])
    assert (result["publish_status"], result["fail_idx"]) == (status, [1])
    assert "news_item" in await account.call("/cgi-bin/draft/get", media_id=media)


async def test_rights_and_the_quota(platform: Platform, account: Account) -> None:
    for scopes, path, body in (("1,2,7", "/cgi-bin/draft/add", {"articles": []}),
                               ("1,2,11", SUBMIT, {"media_id": "x"})):  # fmt: skip
        narrow = Account(platform, await platform.authorize(sandbox_scopes=scopes))
        assert (await narrow.call(path, **body))["errcode"] == 48001
    unverified = Account(platform, await platform.authorize(sandbox_person="unverified"))
    shown = await platform.component(
        "api_get_authorizer_info", authorizer_appid=unverified.info["authorizer_appid"]
    )
    media = await unverified.drafted()
    open_comment = await unverified.article(need_open_comment=1)
    assert (await unverified.draft(open_comment))["errcode"] == 88000
    is_service = shown["authorizer_info"]["service_type_info"]["id"] == 2
    submitted = await unverified.call(SUBMIT, media_id=media)
    assert submitted["errcode"] == (0 if is_service else 48001)

    await account.client.put("/_publishing/wxGzh", json={"dailyCap": 1})
    account.info = await platform.authorize()
    assert (await account.call(SUBMIT, media_id=await account.drafted()))["errcode"] == 0
    second = await account.drafted()
    assert (await account.call(SUBMIT, media_id=second))["errcode"] == 45009
    quota = await account.call("/cgi-bin/openapi/quota/get", cgi_path=SUBMIT)
    assert quota["quota"] == {"daily_limit": 1, "used": 1, "remain": 0}
    other = await account.call("/cgi-bin/openapi/quota/get", cgi_path="/cgi-bin/none")
    assert other["errcode"] == 76021


async def test_single_articles_are_deleted(account: Account) -> None:
    first, second = await account.article(title="one"), await account.article(title="two")
    media = (await account.draft(first, second))["media_id"]
    await account.call(SUBMIT, media_id=media)
    newest = await account.newest()
    wish = {"article_id": newest["article_id"], "index": 1}
    for code in (0, 53600):
        assert (await account.call("/cgi-bin/freepublish/delete", **wish))["errcode"] == code
    articles = (await account.newest())["content"]["news_item"]
    assert [(one["title"], one["is_deleted"]) for one in articles] == [
        ("one", True),
        ("two", False),
    ]
