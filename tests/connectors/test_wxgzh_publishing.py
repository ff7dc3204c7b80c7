"""Publishing articles of a WeChat official account: pictures, a draft, a submission, its result."""

import json
from dataclasses import replace
from typing import Any

import pytest

from openchannels.connectors.wechat.official_account.article import (
    FOREIGN_LINK,
    REMOVED_ELEMENT,
    REMOVED_PICTURE,
    article_of,
)
from openchannels.connectors.wechat.official_account.connector import WxGzh
from openchannels.connectors.wechat.official_account.draft import NO_COMMENTS, NO_COVER_IN_TEXT
from openchannels.core import errors
from openchannels.core.credentials import Tokens
from openchannels.core.platform_errors import FailureKind, PlatformFailure
from openchannels.core.platforms import Platform
from openchannels.core.publications import (
    Accepted,
    Content,
    Later,
    NeedsAction,
    NotPublished,
    PublicationRefused,
    Published,
    Ready,
    Undecided,
)
from openchannels.transport.client import TransportError
from tests.connectors import test_wxgzh as wire
from tests.connectors.publishing import Desk, FakeFile, image, job_of, methods
from tests.connectors.support import (
    ANOTHER_SHAPE,
    NOW,
    FakeSend,
    account_of,
    answer,
    is_malformed,
)

APPID, ARTICLE = wire.AUTHORIZER, "b5O2OUs25HBxRceL7hfReg"
URL = "https://mp.weixin.qq.com/s?__biz=MzA5&mid=2650001234&idx=1&sn=9c1e#rd"
SITE = "https://mp.weixin.qq.com"
LOST = TransportError("timeout", "the deadline passed")
ONE, TWO = "https://files.example/0", "https://files.example/1"
SUBMITTED = {"errcode": 0, "publish_id": 100000001, "msg_data_id": "2247503051"}
DRAFTED: dict[str, Any] = {"cover": "perm0", "draft": "d1", "begun_at": NOW}


def refused(code: int) -> dict[str, Any]:
    return {"errcode": code, "errmsg": "no rid: 1"}


def platform() -> FakeSend:
    sent = FakeSend().on("/uploadimg", *({"url": f"http://mmbiz.qpic.cn/p{n}/0"} for n in range(3)))
    added = [{"media_id": f"perm{n}", "url": f"http://mmbiz.qpic.cn/m{n}/0"} for n in range(3)]
    return (
        sent.on("/add_material", *added)
        .on("/draft/add", {"media_id": "d1", "item": []})
        .on("/freepublish/submit", SUBMITTED)
    )


def desk(send: FakeSend, scopes: tuple[str, ...] | None = ("7", "11"), **options: Any) -> Desk:
    tokens = Tokens("a", scopes=scopes)
    return Desk(WxGzh(), account_of(Platform("wxGzh"), APPID), tokens, send, options)


def job(*media: FakeFile, **more: Any) -> Any:
    given: dict[str, Any] = {
        "title": "折多山七天路书",
        "body": f'<p>出发</p><p><img src="{ONE}"></p>',
        "cover": image(),
        **more,
    }
    return job_of(*(media or (image(), image("image/png"))), **given)


def sent_draft(sent: FakeSend) -> Any:
    [draft] = [call for call in sent.calls if call.url.endswith("/draft/add")]
    return json.loads(draft.body or b"")["articles"][0]


async def test_pictures_draft_and_submission() -> None:
    sent = platform()
    option = {"author": "阿周", "digest": "海拔", "open_comment": 1, "only_fans_can_comment": 0}
    own, one = desk(sent), job(option={**option, "sourceUrl": "https://example.org/a"})
    assert await own.prepare(one) == Ready()
    assert await own.commit(one) == Accepted(5.0)
    assert methods(sent.calls) == [
        *("POST add_material", "POST uploadimg", "POST uploadimg", "POST add", "POST submit")
    ]
    assert sent.calls[0].params == {"access_token": "a", "type": "image"}
    assert b'name="media"; filename="picture.jpg"\r\nContent-Type: image/jpeg' in (
        sent.calls[0].body or b""
    )
    assert b'filename="picture.png"' in (sent.calls[2].body or b"")
    assert b"\\u" not in (sent.calls[3].body or b"")
    assert sent_draft(sent) == {
        "article_type": "news",
        "title": "折多山七天路书",
        "author": "阿周",
        "digest": "海拔",
        "content": '<p>出发</p><p><img src="http://mmbiz.qpic.cn/p0/0"/></p>'
        '<p><img src="http://mmbiz.qpic.cn/p1/0"/></p>',
        "content_source_url": "https://example.org/a",
        "thumb_media_id": "perm0",
        "need_open_comment": 1,
        "only_fans_can_comment": 0,
    }
    assert json.loads(sent.calls[-1].body or b"") == {"media_id": "d1"}
    assert (one.state["publish_id"], one.state["msg_data_id"]) == ("100000001", "2247503051")
    assert one.progress.keys == [f"{APPID}:100000001"]


async def test_large_and_other_pictures_go_into_the_library() -> None:
    sent = platform()
    await desk(sent).prepare(job(image(size=3_000_000), image("image/gif"), image(size=999_999)))
    assert methods(sent.calls) == [
        *("POST add_material", "POST add_material", "POST add_material", "POST uploadimg"),
        "POST add",
    ]


async def test_pictures_without_a_text_are_a_picture_message() -> None:
    sent = platform()
    await desk(sent).prepare(one := job(body="", cover=None))
    draft = sent_draft(sent)
    assert (draft["article_type"], draft["content"]) == ("newspic", "")
    assert draft["image_info"] == {
        "image_list": [{"image_media_id": "perm0"}, {"image_media_id": "perm1"}]
    }
    assert one.state["cover"] == "perm0"


async def test_a_cover_is_needed() -> None:
    with pytest.raises(PublicationRefused):
        await desk(FakeSend()).prepare(job_of(title="t", body="<p>x</p>"))


def test_what_becomes_of_the_html() -> None:
    made = article_of(
        '<script>x<p></script><form><button>no</form><p style="color:red" onclick="x">a&amp;b<br>'
        f'<img src="{TWO}"><img src="https://other.example/x.png"><img>'
        '<img src="https://mmbiz.qpic.cn/old/0"><a href="java\nscript:x">j</a>'
        '<a href="https://other.example">o</a><a href="https://mp.weixin.qq.com/s/x">w</a></p>',
        [ONE, TWO],
        {0: "http://mmbiz.qpic.cn/0", 1: "http://mmbiz.qpic.cn/1"},
    )
    assert made.html == (
        '<p style="color:red">a&amp;b<br/><img src="http://mmbiz.qpic.cn/1"/>'
        '<img src="http://mmbiz.qpic.cn/0"/><img src="https://mmbiz.qpic.cn/old/0"/><a>j</a>'
        '<a href="https://other.example">o</a><a href="https://mp.weixin.qq.com/s/x">w</a></p>'
    )
    assert made.warnings == (REMOVED_ELEMENT, REMOVED_PICTURE, FOREIGN_LINK)


async def test_length_is_counted_with_the_pictures() -> None:
    with pytest.raises(PublicationRefused) as raised:
        await desk(platform()).prepare(job(body="长" * 19_990))
    assert raised.value.code is errors.PUBLISH_VALIDATION_FAILED


async def test_an_account_without_comments_publishes_without() -> None:
    sent = FakeSend().on("/draft/add", refused(88000), {"media_id": "d1"})
    sent.on("/add_material", {"media_id": "m"}).on("/uploadimg", {"url": "http://mmbiz.qpic.cn/0"})
    own, one = desk(sent), job(option={"open_comment": 1, "showCoverPic": 1})
    assert await own.prepare(one) == Ready()
    second = json.loads(sent.calls[-1].body or b"")["articles"][0]
    assert "need_open_comment" not in second
    assert one.state["warnings"] == [NO_COVER_IN_TEXT, NO_COMMENTS]


async def test_a_cover_that_is_not_known_is_sent_again_once() -> None:
    sent = FakeSend().on("/draft/add", refused(40007)).on("/add_material", {"media_id": "m"})
    own, one = desk(sent.on("/uploadimg", {"url": "http://mmbiz.qpic.cn/0"})), job()
    assert await own.prepare(one) == Later(1.0, "uploading")
    with pytest.raises(PublicationRefused):
        await own.prepare(one)
    assert methods(sent.calls).count("POST add_material") == 2


async def test_a_killed_process_goes_on_with_the_submission() -> None:
    sent = platform()
    await desk(sent).publish(job(state=DRAFTED))
    assert methods(sent.calls) == ["POST submit"]


@pytest.mark.parametrize(
    ("path", "code", "error"),
    [
        ("/add_material", 40005, errors.MEDIA_UNSUPPORTED),
        ("/add_material", 45001, errors.MEDIA_UNSUPPORTED),
        ("/draft/add", 45003, errors.PUBLISH_VALIDATION_FAILED),
        ("/draft/add", 53404, errors.PUBLISH_VALIDATION_FAILED),
        ("/freepublish/submit", 53503, errors.PUBLISH_VALIDATION_FAILED),
        ("/freepublish/submit", 48004, errors.PERMISSION_MISSING),
    ],
)
async def test_refusals(path: str, code: int, error: Any) -> None:
    sent = platform()
    sent._script.insert(0, (path, {}, [answer(refused(code))]))
    with pytest.raises(PublicationRefused) as raised:
        await desk(sent).publish(job())
    assert (raised.value.code, raised.value.platform_code) == (error, str(code))
    assert raised.value.final


async def test_the_missing_permission_set_is_named() -> None:
    sent = FakeSend().on("/add_material", refused(48001))
    with pytest.raises(PlatformFailure) as raised:
        await desk(sent).prepare(job())
    assert raised.value.kind is FailureKind.PERMISSION
    assert "set 11" in raised.value.reading.detail.en  # type: ignore[union-attr]
    publisher = desk(sent).publisher
    app = desk(sent).client.app
    assert [publisher.missing_scopes(app, held) for held in (["7"], ["7", "11"], ["100"])] == [
        *(("11",), (), ())
    ]


@pytest.mark.parametrize(
    ("code", "kind", "doubtful"),
    [
        (-1, FailureKind.UNAVAILABLE, True),
        (40007, FailureKind.NOT_FOUND, True),
        (42001, FailureKind.TOKEN_EXPIRED, False),
        (45009, FailureKind.QUOTA, False),
        (45011, FailureKind.RATE_LIMITED, False),
        (50002, FailureKind.SUSPENDED, False),
    ],
)
async def test_failures_of_the_submission(code: int, kind: FailureKind, doubtful: bool) -> None:
    own = desk(FakeSend().on("/freepublish/submit", refused(code)))
    with pytest.raises(PlatformFailure) as raised:
        await own.commit(job(state=DRAFTED))
    assert raised.value.kind is kind
    assert own.publisher.is_doubtful(raised.value) is doubtful


async def test_an_administrator_has_half_an_hour() -> None:
    own, one = desk(FakeSend().on("/freepublish/submit", refused(89503))), job(state=DRAFTED)
    with pytest.raises(PlatformFailure) as raised:
        await own.commit(one)
    assert raised.value.reading.retry_after == 1800.0
    assert not own.publisher.is_doubtful(raised.value)
    with pytest.raises(PublicationRefused):
        await own.commit(one)


@pytest.mark.parametrize("code", [48001, 61007, 53504, 53505])
async def test_what_a_person_has_to_publish(code: int) -> None:
    own = desk(FakeSend().on("/freepublish/submit", refused(code)))
    assert await own.commit(job(state=DRAFTED)) == NeedsAction("draft", link=SITE)


async def test_drafts_only() -> None:
    for own in (desk(FakeSend(), ("11",)), desk(FakeSend(), publish="draft")):
        assert await own.commit(job(state=DRAFTED)) == NeedsAction("draft", link=SITE)


def listed(*articles: dict[str, Any], at: float = NOW) -> dict[str, Any]:
    items = [
        {"article_id": f"{ARTICLE}{n or ''}", "update_time": at, "content": {"news_item": [one]}}
        for n, one in enumerate(articles)
    ]
    return {"total_count": len(items), "item_count": len(items), "item": items}


def shown(**more: Any) -> dict[str, Any]:
    return {"title": "折多山七天路书", "digest": "d", "url": URL.replace("https", "http"), **more}


async def test_a_lost_submission_is_found_by_its_cover() -> None:
    sent = FakeSend().on("/freepublish/submit", LOST)
    sent.on("/batchget", listed(shown(thumb_media_id="other"), shown(thumb_media_id="perm0")))
    own, one = desk(sent), job(state=DRAFTED)
    with pytest.raises(PlatformFailure) as raised:
        await own.commit(one)
    assert own.publisher.is_doubtful(raised.value)
    assert await own.settle(one, 5.0) == Undecided(5.0)
    assert await own.settle(one, 11.0) == Published(f"{ARTICLE}1", URL)


async def test_without_covers_title_digest_and_time_decide() -> None:
    old, twin = listed(shown(), at=NOW - 100), listed(shown(), shown())
    one = job(state=DRAFTED, option={"digest": "d"})
    found = listed(shown(digest="x"), shown())
    assert await desk(FakeSend().on("/batchget", found)).settle(one, 11.0) == Published(
        f"{ARTICLE}1", URL
    )
    for answered in (old, twin):
        own = desk(FakeSend().on("/batchget", answered))
        assert await own.settle(one, 11.0) == Undecided(19.0)
    taken = replace(one, taken_work_ids=frozenset({ARTICLE}))
    assert await desk(FakeSend().on("/batchget", twin)).settle(taken, 11.0) == Published(
        f"{ARTICLE}1", URL
    )


async def test_a_draft_that_is_still_there_is_submitted_once_more() -> None:
    sent = FakeSend().on("/batchget", listed()).on("/draft/get", {"news_item": [{}]})
    own, one = desk(sent), job(state=DRAFTED)
    assert await own.settle(one, 301.0) == Undecided(599.0)
    assert await own.settle(one, 901.0) == NotPublished()
    assert await own.settle(one, 901.0) == Undecided(300.0)


async def test_a_draft_that_has_left_the_box_is_waited_for() -> None:
    own = desk(FakeSend().on("/batchget", listed()).on("/draft/get", refused(40007)))
    assert await own.settle(job(state=DRAFTED), 901.0) == Undecided(300.0)


def result(status: int, **more: Any) -> dict[str, Any]:
    detail = {"item": [{"idx": 1, "article_url": URL.replace("https", "http")}]}
    return {"publish_id": "1", "publish_status": status, "article_detail": detail, **more}


async def test_the_result_is_asked_for() -> None:
    sent = FakeSend().on("/freepublish/get", result(1), result(0, article_id=ARTICLE))
    state = {**DRAFTED, "publish_id": "1", "msg_data_id": "9", "warnings": ["w"]}
    own, one = desk(sent), replace(job(state=state), committed_at=NOW, now=NOW + 10.0)
    assert await own.poll(one) == Later(10.0, "review")
    assert await own.poll(one) == Published(
        ARTICLE, URL, link_meta={"msgDataId": "9"}, warnings=("w",)
    )
    assert json.loads(sent.calls[0].body or b"") == {"publish_id": "1"}
    late = desk(FakeSend().on("/freepublish/get", result(1)))
    assert await late.poll(replace(one, now=NOW + 7200)) == Later(900.0, "review")


@pytest.mark.parametrize("status", [2, 3, 4])
async def test_what_does_not_come_out(status: int) -> None:
    own = desk(FakeSend().on("/freepublish/get", result(status, fail_idx=[1])))
    with pytest.raises(PublicationRefused) as raised:
        await own.poll(job(state={**DRAFTED, "publish_id": "1"}))
    assert (raised.value.platform_code, raised.value.final) == (str(status), True)


@pytest.mark.parametrize("status", [5, 6])
async def test_what_came_out_and_is_gone(status: int) -> None:
    own = desk(FakeSend().on("/freepublish/get", result(status, article_id=ARTICLE)))
    found = await own.poll(job(state={**DRAFTED, "publish_id": "1"}))
    assert isinstance(found, Published)
    assert len(found.warnings) == 1


async def test_a_draft_is_looked_after_until_a_person_has_published_it() -> None:
    found = listed(shown(thumb_media_id="perm0"))
    own, one = desk(FakeSend().on("/batchget", listed(), found)), job(state=DRAFTED)
    assert await own.held(one) == Later(1800.0, "draft")
    assert await own.held(one) == Published(ARTICLE, URL)


async def test_deleting_twice() -> None:
    sent = FakeSend().on("/freepublish/delete", {"errcode": 0}, refused(53600), refused(48001))
    own = desk(sent)
    await own.remove(ARTICLE)
    await own.remove(ARTICLE)
    assert json.loads(sent.calls[0].body or b"") == {"article_id": ARTICLE}
    with pytest.raises(PlatformFailure):
        await own.remove(ARTICLE)


def finished(status: int, name: str = "PUBLISHJOBFINISH", **more: str) -> str:
    inner = "".join(f"<{tag}><![CDATA[{value}]]></{tag}>" for tag, value in more.items())
    item = f"<item><idx>1</idx><article_url><![CDATA[{URL}]]></article_url></item>"
    return (
        "<xml><ToUserName><![CDATA[gh_4]]></ToUserName><MsgType><![CDATA[event]]></MsgType>"
        f"<Event><![CDATA[{name}]]></Event><PublishEventInfo><publish_id>100000001</publish_id>"
        f"<publish_status>{status}</publish_status>{inner}<article_detail><count>1</count>{item}"
        "</article_detail></PublishEventInfo></xml>"
    )


@pytest.mark.parametrize("name", ["PUBLISHJOBFINISH", "FreePublishJobFinish"])
async def test_the_event_of_a_result(name: str) -> None:
    client, message = wire.line(FakeSend()), finished(0, name, article_id=ARTICLE)
    push = wire.pushed(message)
    taken = await wire.take(client, replace(push, app_id=APPID))
    [report] = taken.reports
    assert report.key == f"{APPID}:100000001"
    account, state = account_of(Platform("wxGzh"), APPID), {"publish_id": "100000001"}
    publisher = WxGzh.publisher
    assert publisher.reported(account, Content(), state, [report.facts]) == Published(ARTICLE, URL)
    # Each account counts its own publications: without the account nothing is named.
    assert not (await wire.take(client, push)).reports
    [failed] = (await wire.take(client, replace(wire.pushed(finished(4)), app_id=APPID))).reports
    with pytest.raises(PublicationRefused):
        publisher.reported(account, Content(), state, [report.facts, failed.facts])
    other = {"publish_id": "100000002"}
    assert publisher.reported(account, Content(), other, [failed.facts]) is None


async def test_an_answer_of_another_shape_does_not_show_a_draft() -> None:
    own = desk(FakeSend().on("/batchget", listed()).on("/draft/get", ANOTHER_SHAPE))
    assert await is_malformed(own.settle(job(state=DRAFTED), 901.0))
