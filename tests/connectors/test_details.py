"""Single works and their figures, over the answers of the platforms' documentation."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from openchannels.connectors.google.youtube.api import ANALYTICS_SCOPE
from openchannels.connectors.registry import CONNECTORS
from openchannels.core.credentials import Tokens
from openchannels.core.insights import Period
from openchannels.core.platform_errors import FailureKind, PlatformFailure
from openchannels.core.platforms import Platform
from openchannels.core.works import Metrics
from tests.connectors.figures import answers_of, graph_error
from tests.connectors.figures.works import (
    CASES,
    CLIP,
    IMAGES,
    LOCAL,
    POST,
    REEL,
    SHARE,
    SHARE_PATH,
    SOCIAL,
    THREAD,
    VIDEO,
    YOUTUBE,
)
from tests.connectors.support import NOW, FakeSend, answer


@pytest.mark.parametrize("name", CASES)
async def test_a_work_is_read_by_its_id(name: str) -> None:
    case = CASES[name]
    send = case.send()
    found = await case.fetch(send)
    assert (found.work.id, found.work.metrics) == (case.work_id, case.metrics)
    assert (found.author, len(send.calls)) == (case.author, case.calls)
    if case.shape is not None:
        assert (found.work.mode, found.work.title, found.work.status) == case.shape


COUNTED = [name for name, case in CASES.items() if case.platform != "google_business"]


@pytest.mark.parametrize("name", COUNTED)
async def test_figures_of_a_work_come_with_the_work(name: str) -> None:
    case = CASES[name]
    if "/reports" in case.script:
        case = replace(case, script={**case.script, "/reports": "no_days"}, metrics=YOUTUBE)
    send = case.send()
    found = await case.figures(send)
    assert found.work is not None
    assert (found.work.id, found.metrics) == (case.work_id, case.metrics)
    assert (list(found.spans), len(send.calls)) == ([], case.calls)


@pytest.mark.parametrize(
    ("name", "at", "strange"),
    [
        ("a post", "from", {"id": "999", "name": "Another bakery"}),
        ("a reel", "owner", {"id": "999"}),
        ("a thread", "owner", {"id": "999"}),
        ("a post", "from", None),
        ("a reel", "owner", None),
        ("a thread", "owner", ["999"]),
    ],
)
async def test_the_author_is_who_the_answer_names(name: str, at: str, strange: Any) -> None:
    case = CASES[name]
    [(path, reply)] = case.script.items()
    known = answers_of(case.platform)[reply] if isinstance(reply, str) else reply
    found = await case.fetch(FakeSend().on(path, {**known, at: strange, "username": "another"}))
    expected = strange["id"] if isinstance(strange, dict) else None
    assert (found.author, found.work.author_uid) == (expected, expected)
    assert found.work.author_name != case.account.nickname


async def test_a_stranger_at_linkedin_has_public_counts_only() -> None:
    case = replace(CASES["an organization's post"], script={SOCIAL: "social", IMAGES: "images"})
    stranger = {**answers_of("linkedin")["post"], "author": "urn:li:organization:9"}
    found = await case.fetch(case.send().on(SHARE_PATH, stranger))
    assert (found.author, found.work.author_name) == ("urn:li:organization:9", None)
    assert found.work.metrics == Metrics(likes=19, comments=3)


async def test_a_person_at_linkedin_has_no_posts() -> None:
    case = CASES["an organization's post"]
    person = replace(case.account, uid="urn:li:person:782bbtaQex")
    details = CONNECTORS[Platform("linkedin")].details
    assert details is not None
    with pytest.raises(PlatformFailure) as caught:
        await details.fetch(case.client(FakeSend()), person, case.tokens, SHARE)
    assert caught.value.kind is FailureKind.PERMISSION


UNKNOWN = [
    ("a post", f"/{POST}", answer(graph_error(100, 33, "Unsupported get request."), 400)),
    ("a post", f"/{POST}", answer(graph_error(803), 404)),
    ("a video", f"/{VIDEO}", answer(graph_error(100, 33, "Unsupported get request."), 400)),
    ("a video", f"/{VIDEO}", answer(graph_error(100, message="nonexisting field (views)"), 400)),
    ("a reel", f"/{REEL}", answer(graph_error(100, 33, "Unsupported get request."), 400)),
    ("a reel", f"/{REEL}", answer(graph_error(24, 2207006), 400)),
    ("a thread", f"/{THREAD}", answer(graph_error(24), 400)),
    ("a thread", f"/{THREAD}", answer(graph_error(100, message="Object does not exist"), 500)),
    (
        "an organization's post",
        SHARE_PATH,
        answer({"status": 404, "code": "RESOURCE_NOT_FOUND", "message": "gone"}, 404),
    ),
    (
        "a local post",
        f"/{LOCAL}",
        answer({"error": {"code": 404, "message": "no", "status": "NOT_FOUND"}}, 404),
    ),
]


@pytest.mark.parametrize(("name", "path", "reply"), UNKNOWN)
async def test_an_unknown_work_is_not_found_by_one_call(name: str, path: str, reply: Any) -> None:
    send = FakeSend().on(path, reply)
    with pytest.raises(PlatformFailure) as caught:
        await CASES[name].fetch(send)
    assert (caught.value.kind, caught.value.operation) == (FailureKind.NOT_FOUND, "works.read")
    assert (len(send.calls), caught.value.sent) == (1, True)


ENTRY = {
    "snippet": {"channelId": CASES["a clip"].author, "title": "Glaze test 14"},
    "contentDetails": {"videoId": CLIP, "videoPublishedAt": "2026-10-02T17:00:09Z"},
    "status": {"privacyStatus": "public"},
}
NO_ENTRY: list[Any] = [
    answers_of("youtube")["no_videos"],
    {"pageInfo": {}, "items": [{**ENTRY, "snippet": {"title": "Deleted video"}}]},
    {"pageInfo": {}, "items": [{**ENTRY, "contentDetails": {"videoId": "another"}}]},
    answer({"error": {"code": 404, "errors": [{"reason": "videoNotFound"}]}}, 404),
    answer({"error": {"code": 404, "errors": [{"reason": "playlistNotFound"}]}}, 404),
]


async def test_a_clip_that_only_the_list_shows_is_what_the_list_says() -> None:
    """YouTube hides the video itself where it is blocked."""
    send = FakeSend().on("/videos", answers_of("youtube")["no_videos"])
    send.on("/playlistItems", {"pageInfo": {}, "items": [ENTRY]})
    found = await CASES["a clip"].fetch(send)
    assert (found.work.title, found.work.metrics) == ("Glaze test 14", Metrics())
    assert found.author == CASES["a clip"].author
    assert found.work.published_at == datetime(2026, 10, 2, 17, 0, 9, tzinfo=UTC).timestamp()
    assert (len(send.calls), send.params()["videoId"]) == (2, CLIP)


@pytest.mark.parametrize("entry", NO_ENTRY)
async def test_a_clip_that_no_list_shows_is_not_found(entry: Any) -> None:
    send = FakeSend().on("/videos", answers_of("youtube")["no_videos"])
    send.on("/playlistItems", entry)
    with pytest.raises(PlatformFailure) as caught:
        await CASES["a clip"].fetch(send)
    assert (caught.value.kind, caught.value.sent) == (FailureKind.NOT_FOUND, True)


async def test_what_is_refused_of_one_post_says_nothing_of_the_list() -> None:
    case = CASES["a post, a metric refused"]
    send = case.send().on("/published_posts", {"data": []})
    client, connector = case.client(send), CONNECTORS[Platform("facebook")]
    assert connector.details is not None
    await connector.details.fetch(client, case.account, case.tokens, POST)
    assert "post_clicks" in send.params(0)["fields"]
    assert "post_clicks" not in send.params(1)["fields"]
    assert client.cache.get(f"facebook.insights_accepted:{case.account.id}") is None


async def test_days_of_a_video_are_those_of_its_report() -> None:
    case = CASES["a clip with Analytics"]
    case = replace(case, script={"/videos": "videos", "/reports": "days"})
    case = replace(case, tokens=Tokens("t", scopes=(ANALYTICS_SCOPE,)))
    send = case.send()
    since, until = (datetime(2026, 8, day, 12, tzinfo=UTC).timestamp() for day in (1, 2))
    found = await case.figures(send, Period(since, until))
    first, second = found.spans
    assert first.metrics == Metrics(views=120, plays=120, likes=3, shares=2, watch_seconds=2460)
    assert second.metrics == Metrics(views=98, plays=98, shares=1, watch_seconds=2340)
    midnight = datetime(2026, 8, 1, 7, tzinfo=UTC).timestamp()
    assert [first.start, first.end, second.start] == [midnight, second.start, midnight + 86_400]
    assert found.metrics == replace(YOUTUBE, shares=3, watch_seconds=4800)
    asked = send.params()
    assert (asked["startDate"], asked["endDate"]) == ("2026-08-01", "2026-08-02")
    assert (asked["dimensions"], asked["filters"]) == ("day", f"video=={CLIP}")


@pytest.mark.parametrize(("status", "given"), [(403, True), (503, False)])
async def test_a_refused_report_costs_its_figures_alone(status: int, given: bool) -> None:
    case = CASES["a clip with Analytics"]
    refusal = answer({"error": {"code": status, "message": "no", "status": "ODD"}}, status)
    send = replace(case, script={"/videos": "videos"}).send().on("/reports", refusal)
    if given:
        assert (await case.figures(send)).metrics == YOUTUBE
    else:
        with pytest.raises(PlatformFailure):
            await case.figures(send)


async def test_a_period_without_an_end_ends_now() -> None:
    case = replace(CASES["a clip with Analytics"], script={"/videos": "videos", "/reports": "days"})
    send = case.send()
    await case.figures(send, Period(until=NOW + 1e6))
    assert (send.params()["startDate"], send.params()["endDate"]) == ("2026-08-24", "2026-09-21")
