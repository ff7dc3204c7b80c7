"""Comments on Douyin: lists by cursor, answers, and the encrypted ids that they need."""

import json
from typing import Any

import pytest

from openchannels.connectors.douyin.connector import Douyin
from openchannels.core.credentials import Tokens
from openchannels.core.engagement import Comment
from openchannels.core.platform_errors import FailureKind, PlatformFailure
from openchannels.core.platforms import Platform
from openchannels.transport.client import TransportError
from tests.connectors.engaging import Engaging
from tests.connectors.support import NOW, FakeSend, account_of, answer, page

OPEN_ID, VIDEO = "_000Qad4cv2xU8d5aHkEBRU7e0WPXm3yDcn6", "7558123456789012345"
ITEM = "@8hxdhauTCMppanGnM4ltGM780mDqPP+KPpR0qQOmLVAXb/T060zdRmYqig357zEBq6CZRp4NVe6qLIJW/V/x1w=="
LISTED_ONLY = ("user_info", "video.list.bind", "item.comment")
LOST = TransportError("timeout", "the deadline passed")
DONE = {"error_code": 0, "description": ""}
PAGE = json.loads(
    """
{"data":{"error_code":0,"description":"","cursor":10,"has_more":true,"list":[{"comment_id":"@9Vw","comment_user_id":"u2","nick_name":"阿木","avatar":"https://p.example/a.jpeg","content":"怎么做的","create_time":1607399832,"digg_count":6,"reply_comment_total":2,"reply_comment_id":"","top":false}]},"extra":{"error_code":0}}
"""
)


def engaging(send: FakeSend, scopes: Any = LISTED_ONLY, **known: Any) -> Engaging:
    tokens = Tokens("act.1", scopes=scopes, extra={"open_id": OPEN_ID})
    account = account_of(Platform("douyin"), OPEN_ID)
    return Engaging(Douyin(), account, tokens, send, known=known)


def written(number: int, **more: Any) -> dict[str, Any]:
    return {
        "comment_id": f"@c{number}",
        "comment_user_id": OPEN_ID,
        "content": "谢谢",
        "create_time": int(NOW),
        "reply_comment_id": "",
        **more,
    }


def listing(*comments: Any, **more: Any) -> dict[str, Any]:
    return {"data": {**DONE, "cursor": 0, "has_more": False, "list": list(comments), **more}}


async def test_comments_newest_first() -> None:
    sent = FakeSend().on("/item/comment/list/", listing(), cursor="10")
    own = engaging(sent.on("/item/comment/list/", PAGE))
    listed = await own.comments(ITEM, page(limit=10))
    assert listed.items == [
        Comment(
            id="@9Vw",
            content="怎么做的",
            work_id=ITEM,
            author_name="阿木",
            author_uid="u2",
            created_at=1607399832,
            likes=6,
            replies=2,
        )
    ]
    assert sent.params() == {
        "open_id": OPEN_ID,
        "item_id": ITEM,
        "cursor": "0",
        "count": "10",
        "sort_type": "time",
    }
    assert sent.calls[0].headers["access-token"] == "act.1"
    last = await own.comments(ITEM, page(listed.next, limit=10))
    assert (last.items, last.next) == ([], None)


async def test_answers_to_a_comment() -> None:
    answers = listing(written(1), written(2, reply_comment_id="@c1"))
    sent = FakeSend().on("/item/comment/reply/list/", answers)
    listed = await engaging(sent).comments(ITEM, page(limit=20), "@9Vw")
    assert [one.parent_id for one in listed.items] == ["@9Vw", "@c1"]
    params = sent.params()
    assert (params["comment_id"], params["shark_channel"], params["ip"]) == (
        "@9Vw",
        "open_api",
        "0.0.0.0",
    )


async def test_a_comment_and_an_answer() -> None:
    sent = FakeSend().on("/item/comment/reply/", {"data": {**DONE, "comment_id": "@c9"}})
    own = engaging(sent, itemId=ITEM)
    assert await own.do("comment", VIDEO, "谢谢") == "@c9"
    assert await own.do("reply", "@9Vw", "谢谢", VIDEO) == "@c9"
    assert [json.loads(call.body or b"") for call in sent.calls] == [
        {"item_id": ITEM, "content": "谢谢"},
        {"item_id": ITEM, "content": "谢谢", "comment_id": "@9Vw"},
    ]
    assert sent.params() == {"open_id": OPEN_ID}


async def test_the_encrypted_id_of_a_video_is_read_once() -> None:
    video = {"data": {**DONE, "list": [{"item_id": ITEM, "video_id": VIDEO}]}}
    sent = FakeSend().on("/video/video_data/", video).on("/item/comment/list/", listing())
    own = engaging(sent, scopes=(*LISTED_ONLY, "video.data.bind"))
    for _ in range(2):
        await own.comments(VIDEO, page())
        assert sent.params()["item_id"] == ITEM
    assert json.loads(sent.calls[0].body or b"") == {"video_ids": [VIDEO]}
    assert len(sent.calls) == 3


async def test_without_the_scope_for_single_videos_the_list_is_searched() -> None:
    others = [{"item_id": f"@other{n}", "video_id": f"100000{n}"} for n in range(3)]
    first = {"data": {**DONE, "cursor": 5, "has_more": True, "list": others}}
    own_video = {"item_id": ITEM, "video_id": VIDEO}
    second = {"data": {**DONE, "cursor": 9, "has_more": True, "list": [own_video]}}
    sent = FakeSend().on("/video/video_list/", second, cursor="5")
    sent.on("/video/video_list/", first).on("/item/comment/list/", listing(written(1)))
    [one] = (await engaging(sent).comments(VIDEO, page())).items
    assert (one.work_id, sent.params()["item_id"]) == (VIDEO, ITEM)
    ended = {"data": {**DONE, "cursor": 0, "has_more": False, "list": others}}
    with pytest.raises(PlatformFailure) as missing:
        await engaging(FakeSend().on("/video/video_list/", ended)).comments(VIDEO, page())
    assert missing.value.kind is FailureKind.NOT_FOUND


@pytest.mark.parametrize("named", ["x", "../list", "@a b"])
async def test_ids_of_another_form_name_nothing(named: str) -> None:
    own = engaging(FakeSend())
    for call in (lambda: own.comments(named, page()), lambda: own.do("comment", named, "x")):
        with pytest.raises(PlatformFailure) as missing:
            await call()
        assert missing.value.kind is FailureKind.NOT_FOUND


async def test_a_lost_comment_is_found_by_its_author_text_and_time() -> None:
    others = [
        written(1, comment_user_id="u2"),
        written(2, content="谢谢!"),
        written(3, create_time=int(NOW) - 3600),
    ]
    sent = FakeSend().on("/item/comment/list/", listing(*others, written(4)))
    sent.on("/item/comment/reply/list/", listing(*others))
    own = engaging(sent)
    assert await own.find("comment", ITEM, "谢谢") == "@c4"
    assert await own.find("reply", "@9Vw", "谢谢", ITEM) is None
    assert sent.params()["comment_id"] == "@9Vw"


@pytest.mark.parametrize(
    ("reply", "kind", "doubtful"),
    [
        (LOST, FailureKind.UNAVAILABLE, True),
        ({"data": DONE}, FailureKind.MALFORMED, True),
        ({"data": {"error_code": 2100004}}, FailureKind.UNAVAILABLE, True),
        ({"data": {"error_code": 2190004}}, FailureKind.PERMISSION, False),
        ({"data": {"error_code": 2100005}}, FailureKind.INVALID, False),
        (answer({"data": {"error_code": 2190008}}), FailureKind.TOKEN_EXPIRED, False),
    ],
)
async def test_a_comment_is_never_sent_twice(reply: Any, kind: FailureKind, doubtful: bool) -> None:
    sent = FakeSend().on("/item/comment/reply/", reply)
    with pytest.raises(PlatformFailure) as failure:
        await engaging(sent).do("comment", ITEM, "谢谢")
    assert (failure.value.kind, failure.value.doubtful) == (kind, doubtful)
    assert len(sent.calls) == 1


def test_mini_apps_have_none_of_it() -> None:
    own = engaging(FakeSend())
    assert own.engagement.available(own.client.app)
    mini = Engaging(Douyin(), own.account, own.tokens, own.send, {"form": "miniapp"})
    assert not own.engagement.available(mini.client.app)
