"""Engagement on LinkedIn: comments, reactions, and reshares of pages and of members."""

import json
from copy import deepcopy
from typing import Any
from urllib.parse import quote, unquote

import pytest

from openchannels.connectors.linkedin.connector import LinkedIn
from openchannels.core.credentials import Tokens
from openchannels.core.engagement import Comment
from openchannels.core.paging import NumberRequest
from openchannels.core.platform_errors import FailureKind, PlatformFailure
from openchannels.core.platforms import Platform, Text
from openchannels.transport.client import TransportError
from tests.connectors.engaging import Engaging
from tests.connectors.publishing import methods
from tests.connectors.support import NOW, FakeSend, account_of, answer, is_malformed

PAGE, MEMBER = "urn:li:organization:2414183", "782bbtaQex"
WORK, ACTIVITY = "urn:li:share:7378012345678901234", "urn:li:activity:7378012345678901235"
OURS = "urn:li:share:7378012345678909999"
READER = f"urn:li:comment:({ACTIVITY},7380000000000000001)"
LOST = TransportError("timeout", "the deadline passed")
FIRST = NumberRequest(1, 10)
LISTED = json.loads(
    """
{"paging":{"start":0,"count":10,"links":[],"total":3},"elements":[{"id":"7380000000000000001","commentUrn":"urn:li:comment:(urn:li:activity:7378012345678901235,7380000000000000001)","actor":"urn:li:person:782bbtaQex","object":"urn:li:activity:7378012345678901235","message":{"text":"Lovely glaze","attributes":[]},"created":{"actor":"urn:li:person:782bbtaQex","time":1795946400123},"lastModified":{"actor":"urn:li:person:782bbtaQex","time":1795946400123},"likesSummary":{"totalLikes":2,"aggregatedTotalLikes":2,"likedByCurrentUser":false},"commentsSummary":{"totalFirstLevelComments":1,"aggregatedTotalComments":1}}]}
"""  # noqa: E501
)


def engaging(send: FakeSend, uid: str = PAGE, scopes: Any = ()) -> Engaging:
    account = account_of(Platform("linkedin"), uid, nickname="Kiln & Clay")
    return Engaging(LinkedIn(), account, Tokens("t", scopes=scopes), send)


def body_of(send: FakeSend, index: int = -1) -> Any:
    return json.loads(send.calls[index].body or b"null")


def comments_of(urn: str) -> str:
    return f"/rest/socialActions/{quote(urn, safe='')}/comments"


def comment(number: int, text: str = "Thank you", **more: Any) -> dict[str, Any]:
    return {
        "commentUrn": f"urn:li:comment:({ACTIVITY},{number})",
        "actor": PAGE,
        "message": {"text": text},
        "created": {"time": NOW * 1000},
        **more,
    }


def reshare(urn: str, parent: str = WORK, **more: Any) -> dict[str, Any]:
    return {"id": urn, "reshareContext": {"parent": parent}, "createdAt": NOW * 1000, **more}


def duplicate(urn: str = OURS) -> Any:
    inputs = [{"code": "DUPLICATE_POST", "description": "Duplicate post is detected"}]
    message = f"Content is a duplicate of {urn}"
    body = {"status": 422, "message": message, "errorDetails": {"inputErrors": inputs}}
    return answer(body, 422)


async def test_comments_of_a_post() -> None:
    sent = FakeSend().on(comments_of(WORK), LISTED)
    listed = await engaging(sent).comments(WORK, FIRST)
    assert listed.items == [
        Comment(
            id=READER,
            content="Lovely glaze",
            work_id=WORK,
            author_uid="urn:li:person:782bbtaQex",
            created_at=1795946400.123,
            likes=2,
            replies=1,
        )
    ]
    assert (listed.has_next, listed.total) == (False, 3)
    assert sent.params() == {"start": "0", "count": "10"}
    assert sent.calls[0].headers["LinkedIn-Version"] == "202609"


async def test_pages_go_on_by_the_total_or_while_they_are_full() -> None:
    sent = FakeSend().on(comments_of(WORK), LISTED)
    listed = await engaging(sent).comments(WORK, NumberRequest(3, 1))
    assert (listed.has_next, sent.params()["start"]) == (False, "2")
    assert (await engaging(sent).comments(WORK, NumberRequest(2, 1))).has_next
    untold = deepcopy(LISTED)
    del untold["paging"]["total"]
    sent = FakeSend().on(comments_of(WORK), untold)
    assert (await engaging(sent).comments(WORK, NumberRequest(1, 1))).has_next
    assert not (await engaging(sent).comments(WORK, NumberRequest(1, 2))).has_next


async def test_answers_to_a_comment_are_a_list_of_their_own() -> None:
    """An older answer names a comment by another member, and an actor may be missing."""
    old = comment(2, parentComment=READER)
    old["$URN"] = old.pop("commentUrn")
    bare = comment(3)
    del bare["actor"]
    sent = FakeSend().on(comments_of(READER), {"elements": [old, bare]})
    first, second = (await engaging(sent).comments(WORK, FIRST, READER)).items
    assert (first.id, first.parent_id, first.author_uid, first.author_name) == (
        f"urn:li:comment:({ACTIVITY},2)",
        READER,
        PAGE,
        "Kiln & Clay",
    )
    assert (second.parent_id, second.author_uid, second.author_name) == (READER, None, None)


async def test_members_cannot_read_comments() -> None:
    with pytest.raises(PlatformFailure) as closed:
        await engaging(FakeSend(), MEMBER).comments(WORK, FIRST)
    assert closed.value.kind is FailureKind.PERMISSION
    assert isinstance(closed.value.reading.detail, Text)
    sent = FakeSend().on(comments_of(WORK), LISTED)
    reader = engaging(sent, MEMBER, ("r_member_social_feed",))
    [one] = (await reader.comments(WORK, FIRST)).items
    assert one.author_name == "Kiln & Clay"


async def test_a_comment_and_an_answer() -> None:
    made = answer({"commentUrn": f"urn:li:comment:({ACTIVITY},9)"}, 201, {"x-restli-id": "9"})
    said = "(ash) & #glaze_1"
    sent = FakeSend().on(comments_of(WORK), made).on(comments_of(READER), made)
    own = engaging(sent, MEMBER)
    assert await own.do("comment", WORK, said) == f"urn:li:comment:({ACTIVITY},9)"
    assert body_of(sent) == {
        "actor": f"urn:li:person:{MEMBER}",
        "object": WORK,
        "message": {"text": said},
    }
    assert await own.do("reply", READER, said, WORK) == f"urn:li:comment:({ACTIVITY},9)"
    assert body_of(sent) == {
        "actor": f"urn:li:person:{MEMBER}",
        "object": ACTIVITY,
        "message": {"text": said},
        "parentComment": READER,
    }
    sent = FakeSend().on(comments_of(READER), answer(b"", 201, {"x-restli-id": "9"}))
    assert await engaging(sent).do("reply", READER, said) == f"urn:li:comment:({ACTIVITY},9)"


@pytest.mark.parametrize("reply", [answer(b"", 201), answer({"message": "m", "status": 409}, 409)])
async def test_an_answer_that_leaves_open_what_came_of_it(reply: Any) -> None:
    sent = FakeSend().on(comments_of(WORK), reply)
    with pytest.raises(PlatformFailure) as lost:
        await engaging(sent).do("comment", WORK, "Thank you")
    assert (lost.value.doubtful, len(sent.calls)) == (True, 1)


async def test_a_lost_comment_is_found_by_its_author_text_and_time() -> None:
    others = [
        comment(1, actor="urn:li:person:x"),
        comment(2, "Thanks"),
        comment(3, created={"time": (NOW - 3600) * 1000}),
    ]
    sent = FakeSend().on(comments_of(WORK), {"elements": [*others, comment(4)]})
    assert await engaging(sent).find("comment", WORK, "Thank you") == (
        f"urn:li:comment:({ACTIVITY},4)"
    )
    sent = FakeSend().on(comments_of(WORK), {"elements": others})
    assert await engaging(sent).find("comment", WORK, "Thank you") is None
    assert await engaging(FakeSend(), MEMBER).find("comment", WORK, "Thank you") is None


@pytest.mark.parametrize("named", ["7380000000000000001", "urn:li:comment:(x,1)/../", "../x"])
async def test_ids_of_another_form_name_nothing(named: str) -> None:
    own = engaging(FakeSend())
    for call in (
        lambda: own.comments(named, FIRST),
        lambda: own.comments(WORK, FIRST, named),
        lambda: own.do("reply", named, "x"),
        lambda: own.do("like", named),
        lambda: own.do("repost", named),
        lambda: own.do("delete_comment", named),
    ):
        with pytest.raises(PlatformFailure) as missing:
            await call()
        assert missing.value.kind is FailureKind.NOT_FOUND


async def test_a_comment_is_deleted_by_its_urn() -> None:
    path = f"{comments_of(ACTIVITY)}/7380000000000000001"
    sent = FakeSend().on(path, answer(b"", 204))
    await engaging(sent).do("delete_comment", READER)
    assert (sent.calls[0].method, sent.params()) == ("DELETE", {"actor": PAGE})
    gone = answer({"status": 404, "message": "gone", "code": "NOT_FOUND"}, 404)
    with pytest.raises(PlatformFailure) as missing:
        await engaging(FakeSend().on(path, gone)).do("delete_comment", READER)
    assert missing.value.kind is FailureKind.NOT_FOUND


@pytest.mark.parametrize("status", [201, 409, 422])
async def test_a_like_that_is_there_already_is_one(status: int) -> None:
    reply = answer({"status": status, "message": "m"} if status > 400 else b"", status)
    sent = FakeSend().on("/rest/reactions", reply)
    assert await engaging(sent).do("like", WORK) is None
    assert sent.params() == {"actor": PAGE}
    assert body_of(sent) == {"root": WORK, "reactionType": "LIKE"}


@pytest.mark.parametrize("status", [204, 404])
async def test_a_like_that_is_not_there_is_taken_back(status: int) -> None:
    reply = answer({"status": status, "message": "m"} if status > 400 else b"", status)
    entity = f"(actor:{quote(PAGE, safe='')},entity:{quote(WORK, safe='')})"
    sent = FakeSend().on(f"/rest/reactions/{entity}", reply)
    assert await engaging(sent).do("unlike", WORK) is None
    assert methods(sent.calls)[0].startswith("DELETE ")


async def test_reshares_with_and_without_words() -> None:
    sent = FakeSend().on("/rest/posts", answer(b"", 201, {"x-restli-id": OURS}))
    own = engaging(sent)
    assert await own.do("repost", WORK) == OURS
    assert (body_of(sent)["commentary"], body_of(sent)["reshareContext"]) == ("", {"parent": WORK})
    assert await own.do("quote", WORK, "Tip 1) #ash") == OURS
    assert body_of(sent)["commentary"] == r"Tip 1\) {hashtag|\#|ash}"
    assert body_of(sent)["author"] == PAGE


async def test_a_page_has_shared_a_post_already_if_linkedin_shows_that() -> None:
    shown = f"/rest/posts/{quote(OURS, safe='')}"
    sent = FakeSend().on("/rest/posts", duplicate()).on(shown, {"id": OURS})
    assert await engaging(sent).do("repost", WORK) == OURS
    gone = answer({"status": 404, "message": "gone"}, 404)
    sent = FakeSend().on("/rest/posts", duplicate()).on(shown, gone)
    for own, name in (
        (engaging(sent), "repost"),
        (engaging(sent), "quote"),
        (engaging(sent, MEMBER), "repost"),
    ):
        with pytest.raises(PlatformFailure) as refused:
            await own.do(name, WORK, "words" if name == "quote" else "")
        assert refused.value.kind is FailureKind.INVALID
        assert refused.value.reading.code == "DUPLICATE_POST"


async def test_a_lost_reshare_of_a_page_is_looked_for() -> None:
    posts = [
        reshare("urn:li:share:1", parent="urn:li:share:2"),
        reshare("urn:li:share:3", commentary=r"Tip \(2\)"),
        reshare("urn:li:share:4", createdAt=(NOW - 3600) * 1000),
        {"id": "urn:li:share:5", "createdAt": NOW * 1000},
    ]
    sent = FakeSend().on("/rest/posts", {"elements": [*posts, reshare(OURS)]})
    own = engaging(sent)
    assert await own.find("repost", WORK) == OURS
    assert await own.find("quote", WORK, "Tip (2)") == "urn:li:share:3"
    assert await own.find("quote", WORK, "Tip (3)") is None
    assert {call.method for call in sent.calls} == {"GET"}


async def test_a_lost_reshare_of_a_member_is_made_once_more() -> None:
    """LinkedIn refuses it if the first one is out, and names that."""
    sent = FakeSend().on("/rest/posts", duplicate())
    assert await engaging(sent, MEMBER).find("repost", WORK) == OURS
    sent = FakeSend().on("/rest/posts", answer(b"", 201, {"x-restli-id": OURS}))
    assert await engaging(sent, MEMBER).find("repost", WORK) == OURS
    with pytest.raises(PlatformFailure):
        await engaging(FakeSend().on("/rest/posts", LOST), MEMBER).find("repost", WORK)


async def test_a_reshare_is_taken_back_however_far_down_it_is() -> None:
    full = {"elements": [{"id": f"urn:li:share:{n}"} for n in range(100)]}
    deleted = f"/rest/posts/{quote(OURS, safe='')}"
    quoted = reshare("urn:li:share:7", commentary="words")
    sent = FakeSend().on("/rest/posts", full, {"elements": [quoted, reshare(OURS)]})
    sent.on(deleted, answer(b"", 204))
    assert await engaging(sent).do("undo_repost", WORK) is None
    assert [unquote(one) for one in methods(sent.calls)] == [
        "GET posts",
        "GET posts",
        f"DELETE {OURS}",
    ]
    sent = FakeSend().on("/rest/posts", {"elements": []})
    assert await engaging(sent).do("undo_repost", WORK) is None
    with pytest.raises(PlatformFailure) as endless:
        await engaging(FakeSend().on("/rest/posts", full)).do("undo_repost", WORK)
    assert endless.value.kind is FailureKind.NOT_FOUND
    with pytest.raises(PlatformFailure) as closed:
        await engaging(FakeSend(), MEMBER).do("undo_repost", WORK)
    assert closed.value.kind is FailureKind.PERMISSION


@pytest.mark.parametrize(
    ("granted", "needed", "missing"),
    [
        (("w_organization_social_feed",), "like", ()),
        (("w_member_social",), "comment", ()),
        (("r_organization_social",), "comment", ("w_organization_social_feed",)),
        (("w_member_social_feed",), "repost", ("w_organization_social",)),
        (("r_organization_social",), None, ()),
        (("r_member_social_feed",), None, ()),
        (("r_basicprofile",), None, ("r_organization_social_feed",)),
    ],
)
def test_one_of_the_scopes_will_do(granted: Any, needed: str | None, missing: Any) -> None:
    own = engaging(FakeSend())
    engagement, app = own.engagement, own.client.app
    rules = {name.value: rule.scopes for name, rule in engagement.rules.items()}
    scopes = engagement.list_scopes if needed is None else rules[needed]
    assert tuple(engagement.missing_scopes(app, scopes, granted)) == missing


def test_all_of_it_takes_a_scope_of_each_kind() -> None:
    own = engaging(FakeSend())
    engagement, app = own.engagement, own.client.app
    needed = engagement.scopes_for(app)
    assert not engagement.missing_scopes(app, needed, needed)
    assert engagement.missing_scopes(app, needed, ("r_organization_social",)) == [
        "w_organization_social_feed",
        "w_organization_social",
    ]


@pytest.mark.parametrize(
    ("name", "target"), [("like", WORK), ("unlike", WORK), ("delete_comment", READER)]
)
async def test_a_page_of_a_network_does_nothing(name: str, target: str) -> None:
    entity = f"(actor:{quote(PAGE, safe='')},entity:{quote(WORK, safe='')})"
    sent = FakeSend()
    for path in ("/reactions", f"/{entity}", f"{comments_of(ACTIVITY)}/7380000000000000001"):
        sent.on(path, answer(b"<html>"))
    assert await is_malformed(engaging(sent).do(name, target))


@pytest.mark.parametrize("parent", [{}, [], [WORK], 5, None])
async def test_what_is_no_parent_makes_no_reshare(parent: Any) -> None:
    post = {"id": OURS, "createdAt": int(NOW * 1000), "reshareContext": {"parent": parent}}
    sent = FakeSend().on("/rest/posts", {"elements": [post], "paging": {}})
    assert await engaging(sent).find("repost", WORK) is None
