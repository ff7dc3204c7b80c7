"""Publishing on Douyin: works handed over to the person, and works that the server publishes."""

import hashlib
import json
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl

import pytest

from openchannels.connectors.douyin.connector import Douyin, read_event
from openchannels.connectors.douyin.hand_over import schema, schema_values, signature
from openchannels.connectors.douyin.publisher import OTHER_ACCOUNT
from openchannels.connectors.douyin.upload import part_sizes
from openchannels.core import errors
from openchannels.core.credentials import Tokens
from openchannels.core.inbound import InboundMessage, InboundRefused
from openchannels.core.platform_errors import FailureKind, PlatformFailure
from openchannels.core.platforms import Platform
from openchannels.core.publications import (
    Accepted,
    Content,
    HandOver,
    Later,
    LinkStatus,
    Medium,
    MediumKind,
    NeedsAction,
    PublicationRefused,
    Published,
    Ready,
    Undecided,
)
from openchannels.transport.client import TransportError
from tests.connectors.publishing import MIB, Desk, FakeFile, image, job_of, methods
from tests.connectors.support import NOW, FakeSend, account_of, answer

OPEN_ID, ITEM, VIDEO = "_000Qad", "@8hxdhauTCM", "7558123456789012345"
LINK = f"https://www.douyin.com/video/{VIDEO}"
TICKET, NONCE = "@demoTicket0123456789==", "9fKq2Lm7Pz0Xc4Vb8Nn1Rt6Yw3Ua5EiG"
LOST = TransportError("timeout", "the deadline passed")
BY_HAND = NeedsAction("hand_over")
SCOPES = ("video.list.bind", "video.create.bind", "video.data.bind")


def ok(**data: Any) -> dict[str, Any]:
    return {"data": {"error_code": 0, "description": "", **data}, "extra": {"error_code": 0}}


def refused(code: int) -> dict[str, Any]:
    told = {"error_code": code, "description": "不行"}
    return {"data": told, "extra": told}


def desk(send: FakeSend, scopes: tuple[str, ...] = SCOPES, **options: Any) -> Desk:
    tokens = Tokens("act.1", scopes=scopes, extra={"open_id": OPEN_ID})
    return Desk(Douyin(), account_of(Platform("douyin"), OPEN_ID), tokens, send, options)


def server(send: FakeSend, scopes: tuple[str, ...] = SCOPES, **options: Any) -> Desk:
    return desk(send, scopes, publish="server", **options)


def job(size: int = 5 * MIB, **more: Any) -> Any:
    given: dict[str, Any] = {"title": "榫卯", "body": "三十天 小凳+ #木工 #手作", **more}
    return job_of(FakeFile(size=size, filename="v.mp4"), **given)


# Handing over


def sharing(*share_ids: str) -> FakeSend:
    sent = FakeSend().on("/client_token/", ok(access_token="clt.1", expires_in=7200))
    sent.on("/share-id/", *(ok(share_id=one) for one in share_ids or ("s1",)))
    sent.on("/getticket/", ok(ticket=TICKET, expires_in=7200))
    return sent.on("/get_share/", {"err_no": 28001018, "err_msg": "no"})


async def act(own: Desk, job: Any) -> HandOver:
    made = await own.publisher.user_action(own.client, own.account, own.tokens, job)
    assert made is not None
    return made


def parameters(made: HandOver) -> list[tuple[str, str]]:
    return parse_qsl(made.scheme_url.partition("?")[2])


def test_the_signature_and_schema_of_the_documents() -> None:
    assert signature(TICKET, NONCE, 1_760_000_000) == "4ed4b2d9b22eca441bb60b55ee85671a"
    values = {
        "client_key": "aw7demo",
        "hashtag_list": ["木工"],
        "share_to_publish": 1,
        "share_type": "h5",
        "state": "1760000000123456",
        "title": "榫卯 小凳",
        "video_path": "https://media.example.org/p/7f3c/v.mp4",
    }
    assert schema(values, TICKET, NONCE, 1_760_000_000) == (
        "snssdk1128://openplatform/share?client_key=aw7demo&hashtag_list=%5B%22%E6%9C%A8%E5%B7%A5"
        "%22%5D&nonce_str=9fKq2Lm7Pz0Xc4Vb8Nn1Rt6Yw3Ua5EiG&share_to_publish=1&share_type=h5&"
        "signature=4ed4b2d9b22eca441bb60b55ee85671a&state=1760000000123456&timestamp=1760000000&"
        "title=%E6%A6%AB%E5%8D%AF%20%E5%B0%8F%E5%87%B3&"
        "video_path=https%3A%2F%2Fmedia.example.org%2Fp%2F7f3c%2Fv.mp4"
    )


async def test_a_work_waits_for_the_person_and_the_hand_over_is_made_on_demand() -> None:
    sent = sharing()
    own, one = desk(sent), job()
    assert await own.prepare(one) == Ready()
    assert await own.commit(one) == BY_HAND
    assert not sent.calls
    made = await act(own, one)
    assert (made.share_id, made.short_link, made.expires_at) == ("s1", None, NOW + 3600)
    assert methods(sent.calls) == ["POST ", "POST ", "GET ", "POST "]
    token, share, ticket, short = sent.calls
    assert json.loads(token.body or b"")["grant_type"] == "client_credential"
    assert (share.params, share.headers["access-token"]) == ({"need_callback": "true"}, "clt.1")
    assert ticket.headers["access-token"] == "clt.1"
    assert json.loads(short.body or b"")["client_ticket"] == TICKET
    shown = parameters(made)
    assert [name for name, _ in shown] == sorted(name for name, _ in shown)
    values = dict(shown)
    assert "%20" in made.scheme_url
    assert "%2B" in made.scheme_url
    assert {
        "client_key": "app-id",
        "state": "s1",
        "title": "三十天 小凳+",
        "short_title": "榫卯",
        "hashtag_list": '["木工","手作"]',
        "title_hashtag_list": '[{"name":"木工","start":7},{"name":"手作","start":7}]',
        "video_path": "https://oc.example/pull/v.mp4",
        "share_to_publish": "1",
        "signature": signature(TICKET, values["nonce_str"], int(NOW)),
    }.items() <= values.items()
    assert not {"private_status", "download_type"} & values.keys()
    assert one.progress.keys == ["s1"]


async def test_options_and_pictures_of_a_hand_over() -> None:
    option = {"short_title": "凳", "private_status": 1, "download_type": 2, "cover_tsp": 5}
    values = await schema_values(job(option=option))
    assert (values["short_title"], values["private_status"], values["download_type"]) == (
        "凳",
        1,
        2,
    )
    usual = await schema_values(job(option={"private_status": 0, "download_type": 1}))
    assert not {"private_status", "download_type"} & usual.keys()
    long = await schema_values(job(title="一个很长很长很长很长很长的标题"))
    assert long["title"] == "一个很长很长很长很长很长的标题\n三十天 小凳+"
    two = job_of(image(filename="a.jpg"), image(filename="b.jpg"), title="榫卯")
    assert await schema_values(two) == {
        "image_list_path": ["https://oc.example/pull/a.jpg", "https://oc.example/pull/b.jpg"],
        "title": "榫卯",
    }
    single = await schema_values(job_of(image(filename="a.jpg")))
    assert single == {"image_path": "https://oc.example/pull/a.jpg"}


async def test_a_hand_over_is_made_again_and_the_old_one_stays_known() -> None:
    sent = sharing("s1", "s2")
    own, one = desk(sent), job()
    first = await act(own, one)
    assert await act(own, replace(one, now=NOW + 2900)) == first
    second = await act(own, replace(one, now=NOW + 7200))
    assert (second.share_id, one.progress.keys) == ("s2", ["s1", "s2"])
    asked = [call.url.rsplit("/", 2)[1] for call in sent.calls]
    # The right to the short form is not asked for again; token and ticket are kept.
    assert asked.count("get_share") == 1
    assert (asked.count("client_token"), asked.count("getticket")) == (1, 1)


async def test_dead_tokens_are_replaced_with_their_ticket() -> None:
    sent = FakeSend().on(
        "/client_token/", ok(access_token="clt.1"), ok(access_token="clt.2", expires_in=7200)
    )
    sent.on("/share-id/", ok(share_id="s1"), refused(28001003), ok(share_id="s2"))
    sent.on("/getticket/", ok(ticket="t1"), ok(ticket="t2"))
    own, one = desk(sent.on("/get_share/", refused(2190004))), job()
    await act(own, one)
    made = await act(own, replace(one, now=NOW + 3500))
    values = dict(parameters(made))
    assert (made.share_id, values["state"]) == ("s2", "s2")
    assert values["signature"] == signature("t2", values["nonce_str"], int(NOW + 3500))


async def test_share_ids_by_get_and_the_short_form() -> None:
    sent = FakeSend().on("/client_token/", ok(access_token="clt.1"))
    sent.on("/share-id/", answer(b"", 405), ok(share_id="s1"))
    sent.on("/getticket/", ok(ticket=TICKET))
    short = "snssdk1128://webview?url=https%3A%2F%2Fopen.douyin.com%2Fplatform"
    sent.on("/get_share/", {"data": {"schema": short}, "err_no": 0})
    made = await act(desk(sent), job())
    assert (made.share_id, made.scheme_url) == ("s1", short)
    assert [call.method for call in sent.calls[1:3]] == ["POST", "GET"]


async def test_a_mini_app_hands_over_with_a_website_app() -> None:
    sent = sharing()
    options = {"form": "miniapp", "share_client_id": "aw9", "share_client_secret": "s"}
    own = desk(sent, **options)
    assert dict(parameters(await act(own, job())))["client_key"] == "aw9"
    assert json.loads(sent.calls[0].body or b"")["client_key"] == "aw9"
    assert own.publisher.available(own.client.app)
    assert not own.publisher.available(desk(sent, form="miniapp").client.app)


def listed(*videos: dict[str, Any]) -> dict[str, Any]:
    return ok(list=list(videos), cursor=0, has_more=False)


def video(**more: Any) -> dict[str, Any]:
    return {"item_id": ITEM, "video_id": VIDEO, "title": "x", "create_time": int(NOW + 5), **more}


async def test_a_missing_webhook_is_made_up_for_by_the_list() -> None:
    posted = video(title="三十天 小凳+ 改了一点 #木工")
    early = video(video_id="1", item_id="@1", title=posted["title"], create_time=NOW - 5)
    sent = FakeSend().on(
        "/video_list/",
        listed(early, posted),
        listed(posted, {**posted, "item_id": "@2", "video_id": "2"}),
    )
    own, one = desk(sent), job(state={"first_made_at": NOW})
    found = await own.held(one)
    assert isinstance(found, Published)
    assert (found.work_id, found.link, found.link_meta) == (VIDEO, LINK, {"matched": "title"})
    assert await own.held(one) == Later(600.0, "hand_over")
    assert await own.held(job()) == Later(600.0, "hand_over")
    assert await desk(FakeSend(), ("user_info",)).held(one) == Later(600.0, "hand_over")


# Webhooks


def push(event: Any, secret: str = "app-secret", **options: Any) -> Any:
    body = json.dumps(event).encode()
    digest = hashlib.sha1(secret.encode() + body).hexdigest()
    message = InboundMessage("POST", headers={"x-douyin-signature": digest}, body=body)
    own = desk(FakeSend(), **options)
    inbound = own.connector.inbound
    assert inbound is not None
    return inbound.receive(own.client, message)


def created(content: Any, sender: str = OPEN_ID) -> dict[str, Any]:
    return {"event": "create_video", "from_user_id": sender, "content": content}


POSTED = {"share_id": "s1", "item_id": ITEM, "video_id": VIDEO, "has_default_hashtag": False}


@pytest.mark.parametrize("content", [POSTED, json.dumps(POSTED)])
async def test_a_posted_work_is_reported(content: Any) -> None:
    [report] = (await push(created(content))).reports
    assert report.key == "s1"
    account, work = account_of(Platform("douyin"), OPEN_ID), Content("t")
    assert Douyin.publisher.reported(account, work, {}, [report.facts]) == Published(
        VIDEO, LINK, LinkStatus.READY, {"itemId": ITEM}
    )
    pictures = Content("t", media=(Medium("https://a.example", MediumKind.IMAGE),))
    out = Douyin.publisher.reported(account, pictures, {}, [report.facts])
    assert isinstance(out, Published)
    assert out.link == f"https://www.douyin.com/note/{VIDEO}"


async def test_another_account_has_posted_it() -> None:
    [report] = (await push(created(POSTED, "_000other"))).reports
    account = account_of(Platform("douyin"), OPEN_ID)
    out = Douyin.publisher.reported(account, Content(), {}, [report.facts])
    assert isinstance(out, Published)
    assert (out.work_id, out.link_meta, out.warnings) == (
        *(VIDEO, {"publishedBy": "_000other"}, (OTHER_ACCOUNT,)),
    )
    # A mini-app knows its people under other ids, which must not be compared.
    options = {"form": "miniapp", "share_client_id": "aw9", "share_client_secret": "s"}
    [report] = (await push(created(POSTED, "_000other"), "s", **options)).reports
    assert "open_id" not in report.facts


async def test_pushes_that_say_nothing() -> None:
    with pytest.raises(InboundRefused):
        await push(created(POSTED), "wrong")
    for content in ("{", {"share_id": "s1"}, {"item_id": ITEM}, None):
        assert not read_event(created(content), NOW).reports
    assert Douyin.publisher.reported(account_of(Platform("douyin"), "1"), Content(), {}, []) is None


async def test_an_item_without_its_public_id_is_looked_for() -> None:
    account = account_of(Platform("douyin"), OPEN_ID)
    facts = {"share_id": "s1", "item_id": ITEM}
    assert Douyin.publisher.reported(account, Content(), {}, [facts]) == Published(
        ITEM, None, LinkStatus.PENDING
    )
    own = desk(FakeSend().on("/video_list/", listed(video(video_id="")), listed(video())))
    assert await own.verify(job(), ITEM) == Later(60.0, "link")
    assert await own.verify(job(), ITEM) == Published(
        VIDEO, LINK, LinkStatus.READY, {"itemId": ITEM}
    )
    assert await own.verify(job(), VIDEO) == Published(VIDEO)


# By server

FILE = "v0200f450000bn8c6aa0ifki8fikg1b0"
SENT: dict[str, Any] = {"file_id": FILE}


def taking() -> FakeSend:
    sent = FakeSend().on("/upload_video/", ok(video={"video_id": FILE}))
    sent.on("/init_video_part_upload/", ok(upload_id="@up+1")).on("/upload_video_part/", ok())
    sent.on("/complete_video_part_upload/", ok(video={"video_id": FILE}))
    sent.on("/upload_image/", ok(image={"image_id": "@i1"}), ok(image={"image_id": "@i2"}))
    return sent.on("/create_video/", ok(item_id=ITEM)).on("/create_image_text/", ok(item_id=ITEM))


def names(sent: FakeSend) -> list[str]:
    return [call.url.rsplit("/", 2)[1] for call in sent.calls]


async def test_a_large_video_goes_in_parts() -> None:
    sent = taking()
    own, one = server(sent), job(120 * MIB, cover=image(), option={"cover_tsp": 1500})
    assert await own.prepare(one) == Ready()
    assert await own.commit(one) == Accepted(60.0, ITEM)
    assert names(sent) == [
        *("upload_image", "init_video_part_upload", *["upload_video_part"] * 6),
        *("complete_video_part_upload", "create_video"),
    ]
    parts = sent.calls[2:8]
    assert [part.params for part in parts] == [
        {"open_id": OPEN_ID, "upload_id": "@up+1", "part_number": number} for number in range(1, 7)
    ]
    assert one.video.reads == [(n * 20 * MIB, 20 * MIB) for n in range(6)]
    assert b'name="video"; filename="video.mp4"' in (parts[0].body or b"")
    assert parts[0].headers["access-token"] == "act.1"
    assert json.loads(sent.calls[-1].body or b"") == {
        "video_id": FILE,
        "text": "榫卯\n三十天 小凳+ #木工 #手作",
        "cover_tsp": 1.5,
        "custom_cover_image_url": "@i1",
    }


async def test_small_videos_and_pictures() -> None:
    sent = taking()
    await server(sent).publish(job(option={"private_status": 0, "download_type": 2}))
    assert names(sent) == ["upload_video", "create_video"]
    body = json.loads(sent.calls[-1].body or b"")
    assert (body["private_status"], body["download_type"]) == (0, 2)
    sent = taking()
    await server(sent).publish(job_of(image(), image(), title="榫卯"))
    assert names(sent) == ["upload_image", "upload_image", "create_image_text"]
    assert json.loads(sent.calls[-1].body or b"") == {"image_list": ["@i1", "@i2"], "text": "榫卯"}


@pytest.mark.parametrize(
    ("size", "sizes"),
    [(60, [20, 20, 20]), (64, [20, 20, 24]), (65, [20, 20, 20, 5]), (3, [3])],
)
def test_a_last_part_is_never_too_small(size: int, sizes: list[int]) -> None:
    assert part_sizes(size * MIB) == [one * MIB for one in sizes]


async def test_a_cut_part_is_sent_again_and_a_lost_upload_begun_again() -> None:
    sent = FakeSend().on("/init_video_part_upload/", ok(upload_id="a"), ok(upload_id="b"))
    busy = answer(b"", 502)
    sent.on("/upload_video_part/", ok(), busy, busy, ok(), refused(2100005), ok())
    sent.on("/complete_video_part_upload/", ok(video={"video_id": FILE}))
    own, one = server(sent), job(60 * MIB)
    with pytest.raises(PlatformFailure):
        await own.prepare(one)
    assert await own.prepare(one) == Later(5.0, "uploading")
    assert await own.prepare(one) == Ready()
    uploads = [
        (c.params["upload_id"], c.params["part_number"])
        for c in sent.calls
        if "part_number" in c.params
    ]
    assert uploads == [*[("a", n) for n in (1, 2, 2, 2, 3)], *[("b", n) for n in (1, 2, 3)]]


@pytest.mark.parametrize("failing", [answer(refused(2190005)), answer(b"", 413)])
async def test_a_video_that_is_too_large_for_one_request(failing: Any) -> None:
    sent = taking()
    sent._script.insert(0, ("/upload_video/", {}, [failing]))
    own, one = server(sent), job(30 * MIB)
    assert await own.prepare(one) == Later(1.0, "uploading")
    assert await own.prepare(one) == Ready()
    assert names(sent)[-3:] == [
        "upload_video_part",
        "upload_video_part",
        "complete_video_part_upload",
    ]


@pytest.mark.parametrize(
    ("code", "error", "final"),
    [
        (2114007, errors.PLATFORM_RATE_LIMITED, True),
        (2114006, errors.MEDIA_UNSUPPORTED, True),
        (2190007, errors.MEDIA_PROCESSING_FAILED, False),
        (2100005, errors.PUBLISH_VALIDATION_FAILED, True),
        (2100009, errors.PERMISSION_MISSING, True),
    ],
)
async def test_refusals_of_the_publication(code: int, error: Any, final: bool) -> None:
    own = server(FakeSend().on("/create_video/", refused(code)))
    with pytest.raises(PublicationRefused, match="不行") as raised:
        await own.commit(job(state=SENT))
    assert (raised.value.code, raised.value.final) == (error, final)


@pytest.mark.parametrize(
    ("code", "kind", "doubtful"),
    [
        (28001003, FailureKind.TOKEN_EXPIRED, False),
        (28001018, FailureKind.PERMISSION, False),
        (2190001, FailureKind.QUOTA, False),
        (2100004, FailureKind.UNAVAILABLE, True),
    ],
)
async def test_failures_of_the_publication(code: int, kind: FailureKind, doubtful: bool) -> None:
    own = server(FakeSend().on("/create_video/", refused(code)))
    with pytest.raises(PlatformFailure) as raised:
        await own.commit(job(state=SENT))
    assert raised.value.kind is kind
    assert own.publisher.is_doubtful(raised.value) is doubtful


async def test_a_refused_app_hands_over_where_the_operator_wants_that() -> None:
    sent = FakeSend().on("/upload_video/", refused(28001018)).on("/create_video/", refused(2190004))
    for state in ({}, SENT):
        own, one = server(sent, hand_over_if_refused=True), job(state=dict(state))
        assert await own.publish(one) == BY_HAND
        assert await own.settle(one) == BY_HAND
    with pytest.raises(PlatformFailure):
        await server(sent).prepare(job())


async def test_a_lost_creation_is_found_or_left_to_a_person() -> None:
    text = "榫卯\n三十天 小凳+ #木工 #手作"
    sent = FakeSend().on("/create_video/", LOST)
    sent.on("/video_list/", listed(video(), video(item_id="@2", video_id="2", title=text)))
    own, one = server(sent), job(state=SENT)
    with pytest.raises(PlatformFailure) as raised:
        await own.commit(one)
    assert own.publisher.is_doubtful(raised.value)
    assert await own.settle(one, 5.0) == Undecided(15.0)
    assert await own.settle(one, 21.0) == Accepted(60.0, "2")
    assert (one.state["item_id"], one.state["video_id"]) == ("@2", "2")
    twins = listed(video(title=text), video(item_id="@2", video_id="2", title=text))
    for shown in (listed(), twins):
        own = server(FakeSend().on("/video_list/", shown))
        assert await own.settle(job(state=SENT), 901.0) == Undecided(300.0)
    blind = server(FakeSend(), ("video.create.bind",))
    assert await blind.settle(job(state=SENT), 30.0) == Undecided(1200.0)


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (4, Later(60.0, "review")),
        (1, Published(VIDEO, LINK, LinkStatus.READY, {"itemId": ITEM})),
        (7, Published(VIDEO, LINK, LinkStatus.READY, {"itemId": ITEM})),
    ],
)
async def test_the_review_is_followed(status: int, outcome: Any) -> None:
    own = server(FakeSend().on("/video_data/", listed(video(video_status=status))))
    one = replace(job(state={"item_id": ITEM}), committed_at=NOW)
    assert await own.poll(one) == outcome


async def test_a_review_refuses_and_without_the_scope_what_was_accepted_is_the_end() -> None:
    own = server(FakeSend().on("/video_data/", listed(video(video_status=2))))
    with pytest.raises(PublicationRefused):
        await own.poll(job(state={"item_id": ITEM}))
    blind = server(FakeSend(), ("video.create.bind",))
    assert await blind.poll(job(state={"item_id": ITEM})) == Published(
        ITEM, None, LinkStatus.PENDING
    )


def test_what_each_way_takes() -> None:
    own, by_server = desk(FakeSend()), server(FakeSend())
    publisher, apps = own.publisher, [one.client.app for one in (own, by_server)]
    assert [publisher.missing_scopes(app, ()) for app in apps] == [(), ("video.create.bind",)]
    assert [publisher.pulls_media(app, Content(), {}) for app in apps] == [True, False]
