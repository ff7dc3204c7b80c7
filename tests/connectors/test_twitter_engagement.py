"""Engagement on X: replies searched for, posts that answer, and lists of an account's own."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openchannels.connectors.twitter.connector import Twitter
from openchannels.core.clock import iso
from openchannels.core.credentials import Tokens
from openchannels.core.engagement import Comment, InteractionName
from openchannels.core.platform_errors import FailureKind, PlatformFailure
from openchannels.core.platforms import Platform, Text
from openchannels.transport.rate_limits import BucketState, PlatformRateLimits
from tests.connectors.engaging import Engaging
from tests.connectors.publishing import methods
from tests.connectors.support import (
    ANOTHER_SHAPE,
    NOW,
    FakeSend,
    account_of,
    answer,
    is_malformed,
    page,
)

UID, WORK, MADE, STRANGER = (
    "1583024775512345678",
    "1990019999999999999",
    "1990020000000000001",
    "77",
)
EMPTY = {"meta": {"result_count": 0}}
ENTERPRISE = {"tier": "enterprise"}


def engaging(send: FakeSend, **options: Any) -> Engaging:
    account = account_of(Platform("twitter"), UID, handle="kiln")
    return Engaging(Twitter(), account, Tokens("t"), send, options)


def reply(number: int, answers: str = WORK, **more: Any) -> dict[str, Any]:
    return {
        "id": str(number),
        "text": "Which cone &amp; ash?",
        "created_at": iso(NOW),
        "public_metrics": {"like_count": 3, "reply_count": 1},
        "referenced_tweets": [{"type": "replied_to", "id": answers}],
        **more,
    }


def problem(status: int, detail: str, kind: str = "about:blank") -> Any:
    body = {"title": "Forbidden", "status": status, "detail": detail, "type": kind}
    return answer(body, status)


def body_of(send: FakeSend, index: int = -1) -> Any:
    return json.loads(send.calls[index].body or b"null")


async def test_replies_name_what_they_answer_and_no_author_unless_asked() -> None:
    found = {"data": [reply(11), reply(12, "11")], "meta": {"next_token": "n"}}
    sent = FakeSend().on("/search/recent", found)
    listed = await engaging(sent).comments(WORK, page(limit=10))
    first = Comment(
        id="11",
        content="Which cone & ash?",
        work_id=WORK,
        created_at=NOW,
        likes=3,
        replies=1,
    )
    assert listed.items[0] == first
    assert [one.parent_id for one in listed.items] == [None, "11"]
    assert sent.params() == {
        "query": f"conversation_id:{WORK} is:reply",
        "sort_order": "recency",
        "max_results": "10",
        "tweet.fields": "created_at,public_metrics,referenced_tweets,note_tweet",
    }


async def test_authors_are_named_where_that_is_paid_for() -> None:
    users = [{"id": STRANGER, "name": "Ida", "username": "ida"}]
    found = {"data": [reply(11, author_id=STRANGER)], "includes": {"users": users}, "meta": {}}
    sent = FakeSend().on("/search/recent", found)
    own = engaging(sent, comment_authors=True)
    [one] = (await own.comments(WORK, page(limit=10))).items
    assert (one.author_uid, one.author_name) == (STRANGER, "Ida")
    assert sent.params()["expansions"] == "author_id"


async def test_a_small_page_keeps_the_rest_of_ten_for_the_next() -> None:
    """X finds ten or more; those that are left come without being read again as another page."""
    found = {"data": [reply(n) for n in range(11, 21)], "meta": {"next_token": "n"}}
    sent = FakeSend().on("/search/recent", {"data": [reply(21)], "meta": {}}, next_token="n")
    own = engaging(sent.on("/search/recent", found))
    seen: list[str] = []
    position = None
    while True:
        listed = await own.comments(WORK, page(position, limit=3))
        seen += [one.id for one in listed.items]
        assert int(sent.params()["max_results"]) >= 10
        position = listed.next
        if position is None:
            break
    assert seen == [str(n) for n in range(11, 22)]


@given(sizes=st.lists(st.integers(0, 4), min_size=1, max_size=6), limit=st.integers(1, 5))
@settings(max_examples=40, deadline=None)
async def test_every_reply_is_listed_once(sizes: list[int], limit: int) -> None:
    numbers = iter(range(100, 200))
    fetches = [[reply(next(numbers)) for _ in range(size)] for size in sizes]
    sent = FakeSend()
    for index, posts in reversed(list(enumerate(fetches))):
        meta = {"next_token": f"n{index + 1}"} if index + 1 < len(fetches) else {}
        token = {"next_token": f"n{index}"} if index else {}
        sent.on("/search/recent", {"data": posts, "meta": meta}, **token)
    own, seen, position = engaging(sent), [], None
    while True:
        listed = await own.comments(WORK, page(position, limit=limit))
        seen += [one.id for one in listed.items]
        position = listed.next
        if position is None:
            break
    assert seen == [post["id"] for posts in fetches for post in posts]


async def test_a_work_that_answers_another_begins_no_conversation() -> None:
    direct = f"in_reply_to_tweet_id:{WORK}"
    more = {"data": [reply(13)], "meta": {}}
    sent = FakeSend().on("/search/recent", EMPTY, query=f"conversation_id:{WORK} is:reply")
    sent.on("/search/recent", more, query=direct, next_token="n")
    sent.on("/search/recent", {"data": [reply(12)], "meta": {"next_token": "n"}}, query=direct)
    own = engaging(sent)
    first = await own.comments(WORK, page(limit=10))
    assert [one.id for one in first.items] == ["12"]
    second = await own.comments(WORK, page(first.next, limit=10))
    assert ([one.id for one in second.items], second.next) == (["13"], None)
    assert len(sent.calls) == 3


async def test_answers_to_a_comment() -> None:
    sent = FakeSend().on("/search/recent", {"data": [reply(12, "11")], "meta": {}})
    [one] = (await engaging(sent).comments(WORK, page(limit=10), "11")).items
    assert (one.work_id, one.parent_id) == (WORK, "11")
    assert sent.params()["query"] == "in_reply_to_tweet_id:11"


async def test_the_newer_names_of_fields_are_taken_and_remembered() -> None:
    renamed = {
        "type": "https://api.x.com/2/problems/invalid-request",
        "title": "Invalid Request",
        "detail": "...",
        "parameter": "tweet.fields",
        "status": 400,
    }
    new = reply(12, "11")
    new["referenced_posts"] = new.pop("referenced_tweets")
    found = {"data": [new], "meta": {}}
    fields = "created_at,public_metrics,referenced_posts,note_post"
    sent = FakeSend().on("/search/recent", found, **{"post.fields": fields})
    own = engaging(sent.on("/search/recent", answer(renamed, 400)))
    for calls in (2, 3):
        [one] = (await own.comments(WORK, page(limit=10))).items
        assert (one.parent_id, len(sent.calls)) == ("11", calls)


@pytest.mark.parametrize("named", ["../users", "aB3dE5gH7jX", ""])
async def test_ids_of_another_form_name_nothing(named: str) -> None:
    own = engaging(FakeSend(), **ENTERPRISE)
    for call in (
        lambda: own.comments(named, page()),
        lambda: own.comments(WORK, page(), named),
        lambda: own.do("like", named),
        lambda: own.do("unfollow", named),
        lambda: own.do("delete_comment", named),
    ):
        with pytest.raises(PlatformFailure) as refused:
            await call()
        assert refused.value.kind is FailureKind.NOT_FOUND


async def test_comments_answers_and_quotes_are_posts() -> None:
    made = answer({"data": {"id": MADE, "text": "t"}}, 201)
    sent = FakeSend().on("/2/tweets", made)
    own = engaging(sent, **ENTERPRISE)
    for name, target, more in (
        ("comment", WORK, {"reply": {"in_reply_to_tweet_id": WORK}}),
        ("reply", "11", {"reply": {"in_reply_to_tweet_id": "11"}}),
        ("quote", WORK, {"quote_tweet_id": WORK}),
    ):
        assert await own.do(name, target, " Cone 10.\n", WORK) == MADE
        assert body_of(sent) == {"text": "Cone 10.", **more}


async def test_an_answer_that_names_no_post_leaves_open_what_came_of_it() -> None:
    sent = FakeSend().on("/2/tweets", answer({"errors": [{"title": "odd"}]}))
    with pytest.raises(PlatformFailure) as lost:
        await engaging(sent).do("comment", WORK, "Cone 10.")
    assert lost.value.doubtful
    assert len(sent.calls) == 1


@pytest.mark.parametrize(
    ("said", "kind", "code"),
    [
        ("You are not allowed to create a Tweet with duplicate content.", "invalid", "duplicate"),
        (
            "Reply to this conversation is not allowed because you have not been mentioned or"
            " otherwise engaged by the author of the post you are replying to.",
            "permission",
            "reply-not-allowed",
        ),
        ("You are not permitted to perform this action.", "invalid", "not-permitted"),
        (
            "You attempted to reply to a Tweet that is deleted or not visible to you.",
            "not_found",
            "target-gone",
        ),
        ("Forbidden", "permission", None),
    ],
)
async def test_refusals_that_x_tells_in_words(said: str, kind: str, code: str | None) -> None:
    sent = FakeSend().on("/2/tweets", problem(403, said))
    with pytest.raises(PlatformFailure) as refused:
        await engaging(sent).do("comment", WORK, "Cone 10.")
    failure = refused.value
    assert (failure.kind, failure.doubtful) == (kind, False)
    assert (failure.reading.code or "").startswith(code or "")
    assert (code is None) == (failure.reading.code is None)
    explained = code in ("duplicate", "reply-not-allowed")
    assert isinstance(failure.reading.detail, Text) is explained


async def test_a_lost_post_is_found_by_what_it_says_and_answers() -> None:
    def post(number: int, **more: Any) -> dict[str, Any]:
        return {**reply(number), "text": "Cone 10 https://t.co/AbC", **more}

    others = [
        post(1, text="Cone 10"),
        reply(2, "12") | {"text": "Cone 10 https://t.co/AbC"},
        post(3, created_at=iso(NOW - 3600)),
    ]
    said = "Cone 10 https://kiln.example"
    sent = FakeSend().on(f"/users/{UID}/tweets", {"data": [*others, post(4)], "meta": {}})
    assert await engaging(sent).find("comment", WORK, said) == "4"
    sent = FakeSend().on(f"/users/{UID}/tweets", {"data": others, "meta": {}})
    assert await engaging(sent).find("comment", WORK, said) is None
    quoted = post(5, referenced_tweets=[{"type": "quoted", "id": WORK}])
    sent = FakeSend().on(f"/users/{UID}/tweets", {"data": [quoted, post(4)], "meta": {}})
    assert await engaging(sent).find("quote", WORK, said) == "5"


async def test_lists_of_an_account() -> None:
    rows = {
        "like": ("likes", {"tweet_id": WORK}, "unlike"),
        "repost": ("retweets", {"tweet_id": WORK}, "undo_repost"),
        "bookmark": ("bookmarks", {"tweet_id": WORK}, "remove_bookmark"),
        "follow": ("following", {"target_user_id": WORK}, "unfollow"),
    }
    for name, (path, body, undone) in rows.items():
        told = {"data": {"done": True, **({"rest_id": MADE} if name == "repost" else {})}}
        sent = FakeSend().on(f"/users/{UID}/{path}", told).on(f"/{path}/{WORK}", {"data": {}})
        own = engaging(sent, **ENTERPRISE)
        assert await own.do(name, WORK) == (MADE if name == "repost" else None)
        assert body_of(sent) == body
        assert await own.do(undone, WORK) is None
        assert methods(sent.calls) == [f"POST {path}", f"DELETE {WORK}"]


@pytest.mark.parametrize("status", [400, 403])
async def test_what_is_done_already_is_a_success(status: int) -> None:
    said = problem(status, "You have already retweeted this Tweet.")
    assert await engaging(FakeSend().on("/retweets", said)).do("repost", WORK) is None
    sent = FakeSend().on("/retweets", problem(status, "You cannot retweet this Tweet."))
    with pytest.raises(PlatformFailure):
        await engaging(sent).do("repost", WORK)


async def test_replies_are_hidden_shown_and_deleted() -> None:
    sent = FakeSend().on("/11/hidden", {"data": {"hidden": True}}, {"data": {"hidden": False}})
    own = engaging(sent.on("/tweets/11", {"data": {"deleted": True}}))
    await own.do("hide_reply", "11")
    assert body_of(sent) == {"hidden": True}
    await own.do("unhide_reply", "11")
    assert body_of(sent) == {"hidden": False}
    with pytest.raises(PlatformFailure) as unclear:
        await own.do("hide_reply", "11")
    assert unclear.value.kind is FailureKind.MALFORMED
    await own.do("delete_comment", "11")
    assert methods(sent.calls)[-1] == "DELETE 11"


async def test_the_tier_of_the_app_says_what_it_may() -> None:
    closed = {"like", "unlike", "follow", "unfollow", "quote"}
    self_serve, enterprise = engaging(FakeSend()), engaging(FakeSend(), **ENTERPRISE)
    engagement = self_serve.engagement
    offered = engagement.interactions(self_serve.client.app)
    assert engagement.interactions(enterprise.client.app).keys() - offered.keys() == closed
    assert set(InteractionName) - offered.keys() == closed
    assert "like.write" not in engagement.scopes_for(self_serve.client.app)
    assert "like.write" in engagement.scopes_for(enterprise.client.app)


async def test_what_is_read_and_written_is_charged() -> None:
    told: list[tuple[str, int, float]] = []
    limits = PlatformRateLimits(
        BucketState(lambda: NOW), lambda: NOW, lambda *entry: told.append(entry)
    )
    users = [{"id": STRANGER, "name": "Ida"}]
    found = {"data": [reply(11), reply(12)], "includes": {"users": users}, "meta": {}}
    sent = FakeSend().on("/search/recent", found)
    own = engaging(sent.on("/2/tweets", answer({"data": {"id": MADE}}, 201)))
    own.client = replace(own.client, rate_limits=limits, cost=own.connector.cost)
    await own.comments(WORK, page(limit=10))
    assert told == [("comments.list", 1, 0.0), ("comments.list", 0, 0.02)]
    told.clear()
    await own.do("comment", WORK, "see https://kiln.example")
    assert sum(cost for _, _, cost in told) == pytest.approx(0.2)


@pytest.mark.parametrize("name", ["like", "unlike", "follow", "unfollow", "repost"])
async def test_an_answer_of_another_shape_says_nothing_of_a_list(name: str) -> None:
    sent = FakeSend()
    for path in ("likes", "following", "retweets", f"likes/{WORK}", f"following/{WORK}"):
        sent.on(path, ANOTHER_SHAPE)
    assert await is_malformed(engaging(sent, **ENTERPRISE).do(name, WORK))
