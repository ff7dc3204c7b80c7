"""Comments on articles of a WeChat official account: replies, deletion, and what readers see."""

import json
from typing import Any

import pytest

from openchannels.connectors.wechat.official_account.connector import WxGzh
from openchannels.core.credentials import Tokens
from openchannels.core.engagement import Comment
from openchannels.core.paging import NumberRequest
from openchannels.core.platform_errors import FailureKind, PlatformFailure
from openchannels.core.platforms import Platform, Text
from openchannels.transport.client import TransportError
from tests.connectors.engaging import Engaging
from tests.connectors.support import FakeSend, account_of

APPID, ARTICLE, MID = "wxf8b4f85f3a794e77", "b5O2OUs25HBxRceL7hfReg", 2650001234
AT = 1760000000
DONE = {"errcode": 0, "errmsg": "ok"}
LOST = TransportError("timeout", "the deadline passed")
COMMENT_ID = f"{MID}_0_1"


def engaging(send: FakeSend, **known: Any) -> Engaging:
    account = account_of(Platform("wxGzh"), APPID, nickname="Kiln")
    return Engaging(WxGzh(), account, Tokens("a", scopes=("7",)), send, known=known)


def refused(code: int) -> dict[str, Any]:
    return {"errcode": code, "errmsg": "no rid: 1"}


def comment(number: int, kind: int = 0, **more: Any) -> dict[str, Any]:
    return {
        "user_comment_id": number,
        "openid": "oV5",
        "create_time": AT,
        "content": "求轨迹",
        "comment_type": kind,
        **more,
    }


def answered(reply: Any = None) -> dict[str, Any]:
    reply = reply or {"content": "已发", "create_time": AT + 100}
    return {**DONE, "total": 2, "comment": [comment(1, 1, reply=reply), comment(2)]}


def bodies(send: FakeSend) -> list[Any]:
    return [json.loads(call.body or b"null") for call in send.calls]


def article(*numbers: int) -> dict[str, Any]:
    address = "http://mp.weixin.qq.com/s?__biz=MzA5&mid={}&idx={}&sn=9c1e#rd"
    items = [{"title": "t", "url": address.format(MID, number)} for number in numbers]
    return {"news_item": items}


@pytest.mark.parametrize("form", ["object", "list"])
async def test_a_reply_is_a_comment_of_its_own(form: str) -> None:
    reply = {"content": "已发", "create_time": AT + 100}
    sent = FakeSend().on("/comment/list", answered([reply] if form == "list" else reply))
    own = engaging(sent, msgDataId=str(MID))
    listed = await own.comments(ARTICLE, NumberRequest(1, 20))
    assert listed.items == [
        Comment(
            id=COMMENT_ID,
            content="求轨迹",
            work_id=ARTICLE,
            author_uid="oV5",
            created_at=AT,
            hidden=False,
        ),
        Comment(
            id=f"{COMMENT_ID}:reply",
            content="已发",
            work_id=ARTICLE,
            parent_id=COMMENT_ID,
            author_name="Kiln",
            author_uid=APPID,
            created_at=AT + 100,
        ),
        Comment(
            id=f"{MID}_0_2",
            content="求轨迹",
            work_id=ARTICLE,
            author_uid="oV5",
            created_at=AT,
            hidden=True,
        ),
    ]
    assert (listed.has_next, listed.total) == (False, 2)
    assert bodies(sent) == [{"msg_data_id": MID, "index": 0, "begin": 0, "count": 20, "type": 0}]


async def test_pages_are_counted_from_their_first_comment() -> None:
    sent = FakeSend().on("/comment/list", {**DONE, "total": 99, "comment": [comment(1)]})
    listed = await engaging(sent, msgDataId="7").comments(ARTICLE, NumberRequest(3, 49))
    assert (bodies(sent)[0]["begin"], bodies(sent)[0]["count"]) == (98, 49)
    assert not listed.has_next
    sent = FakeSend().on("/comment/list", {**DONE, "comment": [comment(1), comment(2)]})
    assert (await engaging(sent, msgDataId="7").comments(ARTICLE, NumberRequest(1, 2))).has_next


async def test_an_article_of_another_origin_is_named_by_its_address() -> None:
    sent = FakeSend().on("/freepublish/getarticle", article(1, 2)).on("/comment/list", answered())
    own = engaging(sent)
    for _ in range(2):
        listed = await own.comments(f"{ARTICLE}_2", NumberRequest(1, 20))
        assert listed.items[0].id == f"{MID}_1_1"
    assert [call.url.rsplit("/", 1)[1] for call in sent.calls] == ["getarticle", "list", "list"]
    sent = FakeSend().on("/comment/list", answered())
    listed = await engaging(sent).comments(f"{MID}_2", NumberRequest(1, 20))
    assert listed.items[0].id == f"{MID}_1_1"


@pytest.mark.parametrize(
    ("work", "found"),
    [
        (ARTICLE, {"news_item": [{"url": "http://mp.weixin.qq.com/s/abc"}]}),
        (f"{ARTICLE}_4", article(1)),
        ("../x", None),
    ],
)
async def test_an_article_that_nothing_names(work: str, found: Any) -> None:
    sent = FakeSend().on("/freepublish/getarticle", found)
    with pytest.raises(PlatformFailure) as missing:
        await engaging(sent).comments(work, NumberRequest(1, 20))
    assert missing.value.kind is FailureKind.NOT_FOUND


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (88000, FailureKind.PERMISSION),
        (88001, FailureKind.NOT_FOUND),
        (88002, FailureKind.INVALID),
        (88008, FailureKind.NOT_FOUND),
        (88010, FailureKind.INVALID),
        (42001, FailureKind.TOKEN_EXPIRED),
        (45009, FailureKind.QUOTA),
    ],
)
async def test_codes(code: int, kind: FailureKind) -> None:
    sent = FakeSend().on("/comment/list", refused(code)).on("/comment/delete", refused(code))
    own = engaging(sent, msgDataId="7")
    for call in (
        lambda: own.comments(ARTICLE, NumberRequest(1, 20)),
        lambda: own.do("delete_comment", COMMENT_ID),
    ):
        with pytest.raises(PlatformFailure) as failure:
            await call()
        assert failure.value.kind is kind


async def test_what_is_done_to_a_comment_needs_its_id_alone() -> None:
    key = {"msg_data_id": MID, "index": 0, "user_comment_id": 1}
    reply = f"{COMMENT_ID}:reply"
    for name, target, path in (
        ("delete_comment", COMMENT_ID, "/comment/delete"),
        ("delete_comment", reply, "/comment/reply/delete"),
        ("hide_reply", COMMENT_ID, "/comment/unmarkelect"),
        ("unhide_reply", COMMENT_ID, "/comment/markelect"),
    ):
        sent = FakeSend().on(path, DONE)
        assert await engaging(sent).do(name, target) is None
        assert bodies(sent) == [key]
    sent = FakeSend().on("/comment/reply/add", DONE)
    assert await engaging(sent).do("reply", COMMENT_ID, "已发", ARTICLE) == reply
    assert bodies(sent) == [{**key, "content": "已发"}]
    assert "已发".encode() in (sent.calls[0].body or b"")
    for name, target in (("hide_reply", reply), ("reply", reply), ("delete_comment", "1")):
        with pytest.raises(PlatformFailure) as missing:
            await engaging(FakeSend()).do(name, target, "x")
        assert missing.value.kind is FailureKind.NOT_FOUND


async def test_a_second_reply_is_done_only_if_it_says_the_same() -> None:
    sent = FakeSend().on("/comment/reply/add", refused(88005)).on("/comment/list", answered())
    assert await engaging(sent).do("reply", COMMENT_ID, "已发") == f"{COMMENT_ID}:reply"
    with pytest.raises(PlatformFailure) as refusal:
        await engaging(sent).do("reply", COMMENT_ID, "again")
    assert refusal.value.kind is FailureKind.INVALID
    assert isinstance(refusal.value.reading.detail, Text)


async def test_a_lost_reply_is_looked_for_page_by_page() -> None:
    full = {**DONE, "total": 51, "comment": [comment(number) for number in range(2, 51)]}
    sent = FakeSend().on("/comment/list", full, answered())
    assert await engaging(sent).find("reply", COMMENT_ID, "已发") == f"{COMMENT_ID}:reply"
    assert [body["begin"] for body in bodies(sent)] == [0, 49]
    sent = FakeSend().on("/comment/list", {**DONE, "total": 1, "comment": [comment(1)]})
    assert await engaging(sent).find("reply", COMMENT_ID, "已发") is None
    sent = FakeSend().on("/comment/reply/add", LOST)
    with pytest.raises(PlatformFailure) as lost:
        await engaging(sent).do("reply", COMMENT_ID, "已发")
    assert (lost.value.doubtful, len(sent.calls)) == (True, 1)
