"""Comments and interactions: what each platform offers, done over the sandbox and read back."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from openchannels.core.engagement import FUNCTIONS
from tests.platforms import figures
from tests.platforms.cases import BY_NAME, OAUTH, each
from tests.platforms.live import EVERYTHING, USER, Live, running

ENGAGEMENT = "/api/v2/channels/engagement"
SETTINGS = {
    **{name: value for name, value in EVERYTHING.items() if not name.endswith("__SCOPES")},
    "OPENCHANNELS_PLATFORMS__YOUTUBE__RATE_AND_SUBSCRIBE": "true",
    "OPENCHANNELS_PLATFORMS__TWITTER__TIER": "enterprise",
    "OPENCHANNELS_PLATFORMS__TWITTER__CLIENT_ID": "sandbox-twitter-enterprise",
    "OPENCHANNELS_PLATFORMS__TWITTER__CLIENT_SECRET": "sandbox-twitter-enterprise-secret",
}
WORDS = "Iron and ash, cone 10."


@dataclass(frozen=True)
class Offer:
    """What a platform offers: how comments are paged, what is written, the functions.

    Where answers are no list of their own, they are among the comments. Not every list tells which
    comments are hidden.
    """

    mode: str = "none"
    writes: str = ""
    functions: set[str] = field(default_factory=set)
    lists_answers: bool = True
    tells_hidden: bool = True


MODERATION = {"delete_comment", "hide_reply", "unhide_reply"}
OFFERS = {
    "youtube": Offer(
        "cursor", "comment reply", {*MODERATION, "like", "unlike", "follow", "unfollow"}
    ),
    "facebook": Offer("cursor", "comment reply", {*MODERATION, "like", "unlike"}),
    "instagram": Offer("cursor", "comment reply", MODERATION),
    "threads": Offer("cursor", "comment reply", {*MODERATION, "repost", "undo_repost", "quote"}),
    "twitter": Offer("cursor", "comment reply", set(FUNCTIONS), tells_hidden=False),
    "linkedin": Offer(
        "page",
        "comment reply",
        {"delete_comment", "like", "unlike", "repost", "undo_repost", "quote"},
    ),
    "douyin": Offer("cursor", "comment reply"),
    "wxGzh": Offer("page", "reply", MODERATION, lists_answers=False),
}
"""By platform; those that are absent offer nothing."""


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """A service with every setting on that lets accounts do more."""
    with running(tmp_path_factory.mktemp("engagement"), **SETTINGS) as service:
        yield service


def offered(live: Live, platform: str) -> dict[str, Any]:
    rows = live.client.get("/api/v2/channels/platforms").json()["data"]
    [row] = [row for row in rows if row["platform"] == platform]
    found: dict[str, Any] = row["capabilities"]["engagement"]
    return found


def comments(live: Live, platform: str, work: str, **params: Any) -> dict[str, Any]:
    """The whole answer to a list of comments."""
    live.refill()
    asked = {
        "accountId": live.lister(platform),
        "platform": platform,
        "platformWorkId": work,
        **params,
    }
    answer: dict[str, Any] = live.client.get(f"{ENGAGEMENT}/comments", params=asked).json()
    return answer


def listed(live: Live, platform: str, work: str, **params: Any) -> dict[str, dict[str, Any]]:
    """All comments of a list by their ids, read page by page."""
    found: dict[str, dict[str, Any]] = {}
    paging: dict[str, Any] = {}
    while True:
        answer = comments(live, platform, work, **params, **paging)
        assert answer["code"] == 0, answer
        for item in answer["data"]["items"]:
            assert item["platformCommentId"] not in found
            found[item["platformCommentId"]] = item
        page = answer["data"]["pagination"]
        if not page["hasNext"]:
            return found
        paging = (
            {"pagination[cursor]": page["nextCursor"]}
            if page["mode"] == "cursor"
            else {"pagination[page]": page["page"] + 1, "pagination[pageSize]": page["pageSize"]}
        )


def write(live: Live, platform: str, work: str, content: str, parent: str = "") -> dict[str, Any]:
    """The whole answer to a comment, or to an answer to one."""
    live.refill()
    body = {"platform": platform, "platformWorkId": work, "content": content}
    if parent:
        body["parentCommentId"] = parent
    params = {"accountId": live.lister(platform)}
    answer = live.client.post(f"{ENGAGEMENT}/comments", params=params, json=body).json()
    assert isinstance(answer, dict)
    return answer


def call(live: Live, platform: str, name: str, **data: str) -> dict[str, Any]:
    """The whole answer to a function."""
    live.refill()
    body = {"platform": platform, "name": name, "data": data}
    params = {"accountId": live.lister(platform)}
    answer = live.client.post(f"{ENGAGEMENT}/function", params=params, json=body).json()
    assert isinstance(answer, dict)
    return answer


def counts(live: Live, platform: str, work: str) -> dict[str, int]:
    """The metrics of a work in the list of its account's newest ones."""
    items = figures.newest(live, platform, live.lister(platform))
    [found] = [item for item in items if item["platformWorkId"] == work]
    metrics: dict[str, int] = found["metrics"]
    return metrics


def counted(live: Live, platform: str, metric: str) -> tuple[str, int]:
    """The newest work that has a metric, and the metric."""
    for item in figures.newest(live, platform, live.lister(platform)):
        if metric in item.get("metrics", {}):
            return item["platformWorkId"], item["metrics"][metric]
    raise AssertionError(f"no work has {metric}")


def commented(live: Live, platform: str) -> tuple[str, dict[str, dict[str, Any]]]:
    """A work that others have commented on, and its comments."""
    for item in figures.newest(live, platform, live.lister(platform)):
        answer = comments(live, platform, item["platformWorkId"])
        if answer["code"] == 0 and answer["data"]["items"]:
            return item["platformWorkId"], listed(live, platform, item["platformWorkId"])
    raise AssertionError("no work has comments")


@each("engagement: capabilities")
def test_capabilities_say_what_is_offered(live: Live, platform: str) -> None:
    offer, found = OFFERS.get(platform, Offer()), offered(live, platform)
    told = {function["name"] for function in found["functions"]}
    assert (found["comments"]["list"]["pagination"]["mode"], told) == (offer.mode, offer.functions)
    assert found["comments"]["list"]["supported"] is (offer.mode != "none")
    assert found["comments"]["create"]["supported"] is bool(offer.writes)


@each("engagement: purposes", OAUTH)
def test_an_account_says_what_it_was_connected_for(live: Live, platform: str) -> None:
    app = live.platforms.app(BY_NAME[platform].id)
    assert app is not None
    granted = [p for p, scopes in app.purposes.items() if set(scopes) <= {*app.purposes["read"]}]
    for query, purposes in (({"purpose": "read"}, granted), ({}, [*app.purposes])):
        connected = live.service.connect(platform, "ida", choose=1000, user=USER, query=query)
        account = connected.status["accountIds"][0]
        assert live.auth_status(account)["purposes"] == purposes


@each("engagement: what is not offered")
def test_what_is_not_offered_is_refused_by_name(live: Live, platform: str) -> None:
    offer = OFFERS.get(platform, Offer())
    if offer.mode == "none":
        answer = comments(live, platform, "1")
        assert (answer["code"], answer["data"]["capability"]) == (
            15080,
            "engagement.listComments",
        )
    if not offer.writes:
        answer = write(live, platform, "1", WORDS)
        assert (answer["code"], answer["data"]["capability"]) == (
            15080,
            "engagement.createComment",
        )
    for name in ("bookmark", "follow"):
        if name not in offer.functions:
            answer = call(live, platform, name, platformWorkId="1", targetPlatformUid="1")
            assert (answer["code"], answer["data"]["capability"]) == (15080, f"engagement.{name}")


@pytest.mark.parametrize("platform", OFFERS)
def test_comments_are_written_answered_and_deleted(live: Live, platform: str) -> None:
    offer = OFFERS[platform]
    work, before = commented(live, platform)
    reader = next(iter(before))
    for item in before.values():
        assert item["platformWorkId"] == work
        assert item["content"]
    if "comment" in offer.writes.split():
        made = write(live, platform, work, WORDS)
        assert made["code"] == 0, made
        data = made["data"]
        assert (data["actionType"], data["targetType"], data["targetId"]) == (
            "comment",
            "work",
            work,
        )
        assert data["success"] is True
        own = data["platformActionId"]
        after = listed(live, platform, work)
        assert after.keys() - before.keys() == {own}
        assert after[own]["content"] == WORDS
        if "delete_comment" in offer.functions:
            gone = call(live, platform, "delete_comment", commentId=own)
            assert (gone["code"], gone["data"]["targetId"]) == (0, own)
            assert own not in listed(live, platform, work)
    if "reply" in offer.writes.split():
        answered = write(live, platform, work, WORDS, reader)
        assert answered["code"] == 0, answered
        assert answered["data"]["actionType"] == "reply"
        parent = {"parentCommentId": reader} if offer.lists_answers else {}
        answers = listed(live, platform, work, **parent)
        reply = answers[answered["data"]["platformActionId"]]
        assert (reply["content"], reply["parentCommentId"]) == (WORDS, reader)


HIDING = tuple(name for name, offer in OFFERS.items() if "hide_reply" in offer.functions)


@pytest.mark.parametrize("platform", HIDING)
def test_a_hidden_comment_is_shown_again(live: Live, platform: str) -> None:
    work, before = commented(live, platform)
    reader = next(iter(before))
    assert call(live, platform, "hide_reply", commentId=reader)["code"] == 0
    hidden = listed(live, platform, work).get(reader)
    if OFFERS[platform].tells_hidden:
        assert hidden is None or hidden["hidden"] is True
    for _ in range(2):
        assert call(live, platform, "unhide_reply", commentId=reader)["code"] == 0
    shown = listed(live, platform, work)[reader]
    assert shown.get("hidden") in (None, False)


TO_WORKS = ("like", "unlike", "repost", "undo_repost", "bookmark", "remove_bookmark")


@pytest.mark.parametrize("platform", OFFERS)
def test_what_sets_a_state_may_be_asked_for_twice(live: Live, platform: str) -> None:
    [work, *_] = figures.newest(live, platform, live.lister(platform))
    for name in TO_WORKS:
        if name not in OFFERS[platform].functions:
            continue
        for _ in range(2):
            answer = call(live, platform, name, platformWorkId=work["platformWorkId"])
            assert answer["code"] == 0, (name, answer)
            data = answer["data"]
            assert (data["actionType"], data["targetType"]) == (name, "work")


COUNTING_COMMENTS = tuple(name for name, offer in OFFERS.items() if "comment" in offer.writes)


@pytest.mark.parametrize("platform", COUNTING_COMMENTS)
def test_a_comment_counts_at_its_work_until_it_is_deleted(live: Live, platform: str) -> None:
    work, _ = commented(live, platform)
    before = counts(live, platform, work)["commentCount"]
    own = write(live, platform, work, f"{WORDS} (3)")["data"]["platformActionId"]
    assert counts(live, platform, work)["commentCount"] == before + 1
    if "delete_comment" in OFFERS[platform].functions:
        assert call(live, platform, "delete_comment", commentId=own)["code"] == 0
        assert counts(live, platform, work)["commentCount"] == before


COUNTED = {
    "like": ("unlike", "likeCount"),
    "repost": ("undo_repost", "shareCount"),
    "bookmark": ("remove_bookmark", "collectCount"),
}
"""What is done to a work, how it is taken back, and the metric that holds it."""


@pytest.mark.parametrize(
    ("platform", "name"),
    [(p, name) for p, offer in OFFERS.items() for name in COUNTED if name in offer.functions],
)
def test_what_is_done_to_a_work_counts_once_until_it_is_taken_back(
    live: Live, platform: str, name: str
) -> None:
    undo, metric = COUNTED[name]
    work, before = counted(live, platform, metric)
    for _ in range(2):
        assert call(live, platform, name, platformWorkId=work)["code"] == 0
        assert counts(live, platform, work)[metric] == before + 1
    assert call(live, platform, undo, platformWorkId=work)["code"] == 0
    assert counts(live, platform, work)[metric] == before


QUOTING = tuple(name for name, offer in OFFERS.items() if "quote" in offer.functions)


@pytest.mark.parametrize("platform", QUOTING)
def test_a_quote_is_a_work_of_its_own_and_counts_at_the_other(live: Live, platform: str) -> None:
    metric = "engagementCount" if platform == "threads" else "shareCount"
    work, before = counted(live, platform, metric)
    answer = call(live, platform, "quote", platformWorkId=work, content=f"{WORDS} (2)")
    assert answer["code"] == 0, answer
    assert counts(live, platform, work)[metric] == before + 1
    newest = figures.newest(live, platform, live.lister(platform))
    made = {one["platformWorkId"]: one for one in newest}[answer["data"]["platformActionId"]]
    assert made["description"].startswith(f"{WORDS} (2)")


@pytest.mark.parametrize("platform", OFFERS)
def test_a_work_that_is_not_there_is_said_to_be_missing(live: Live, platform: str) -> None:
    answer = comments(live, platform, "aB3dE5gH7jX")
    assert answer["code"] in (15079, 15070, 15078), answer
