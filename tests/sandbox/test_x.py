"""X: posts by id with what only their author sees, and analytics over time."""

from datetime import UTC, datetime
from typing import Any

import pytest

from .conftest import NOON, Client
from .oauth_platforms import PLATFORMS, TWITTER_API
from .oauth_protocol import bearer, login
from .test_single_works import twitter_works

X = PLATFORMS["twitter"]
DAY = 86_400
PRIVATE = "public_metrics,non_public_metrics,organic_metrics,author_id"
ANALYTICS = f"{TWITTER_API}/tweets/analytics"


def at(moment: float) -> str:
    return f"{datetime.fromtimestamp(moment, UTC):%Y-%m-%dT%H:%M:%SZ}"


async def posts(client: Client, head: dict[str, str], **query: str) -> dict[str, Any]:
    response = await client.get(f"{TWITTER_API}/tweets", params=query, headers=head)
    assert response.status_code == 200, response.text
    assert int(response.headers["x-rate-limit-remaining"]) > 0
    return response.json()


async def test_what_only_the_author_sees_of_recent_posts(still: Client) -> None:
    tokens = await login(still, X)
    head = bearer(tokens)
    (recent, *_) = [work["id"] for work in await twitter_works(still, tokens)]
    found = await posts(still, head, ids=recent, **{"tweet.fields": PRIVATE})
    (post,) = found["data"]
    seen, organic = post["non_public_metrics"], post["organic_metrics"]
    assert seen["impression_count"] == post["public_metrics"]["impression_count"] > 0
    assert organic["like_count"] == post["public_metrics"]["like_count"]
    assert seen["engagements"] >= seen["url_link_clicks"]

    mara = await login(still, X, sandbox_person="mara")
    foreign = (await twitter_works(still, mara))[0]["id"]
    mixed = await posts(
        still,
        head,
        ids=f"{foreign},99,{recent}",
        expansions="author_id",
        **{"tweet.fields": PRIVATE},
    )
    theirs, own = mixed["data"]
    assert "non_public_metrics" in own
    assert "non_public_metrics" not in theirs
    assert theirs["author_id"] != own["author_id"]
    assert [user["id"] for user in mixed["includes"]["users"]] == [
        theirs["author_id"],
        own["author_id"],
    ]
    kinds = [error["type"].rsplit("/", 1)[1] for error in mixed["errors"]]
    assert kinds == ["not-authorized-for-field"] * 2 + ["resource-not-found"]

    await still.post("/_clock", json={"advanceSeconds": 40 * DAY})
    head = bearer(await login(still, X))
    old = await posts(still, head, ids=recent, **{"tweet.fields": PRIVATE})
    assert "data" not in old
    assert {error["field"] for error in old["errors"]} == {"non_public_metrics", "organic_metrics"}


@pytest.mark.parametrize("granularity", ["hourly", "daily", "weekly", "total"])
async def test_analytics_add_up_to_the_counts_of_the_post(still: Client, granularity: str) -> None:
    tokens = await login(still, X)
    # The newest post is made at this very moment and gains its first views from now on.
    works = (await twitter_works(still, tokens))[1:5]
    sent = {
        "ids": ",".join(work["id"] for work in works),
        "start_time": at(NOON - 40 * DAY),
        "end_time": at(NOON + DAY),
        "granularity": granularity,
        "analytics.fields": "impressions,likes,media_views",
    }
    response = await still.get(ANALYTICS, params=sent, headers=bearer(tokens))
    rows = response.json()["data"]
    if granularity == "total":
        assert {"timestamped_metrics" in row for row in rows} == {True, False}
    for work, row in zip(works, rows, strict=True):
        spans = [one["metrics"] for one in row.get("timestamped_metrics", [{"metrics": row}])]
        public = work["public_metrics"]
        assert row["id"] == work["id"]
        assert sum(span["impressions"] for span in spans) == public["impression_count"]
        assert sum(span["likes"] for span in spans) == public["like_count"]
    if granularity == "daily":
        stamps = [one["timestamp"] for one in rows[0]["timestamped_metrics"]]
        assert len(stamps) == 41
        assert all(stamp.endswith("T00:00:00.000Z") for stamp in stamps[1:])


async def test_what_analytics_refuse(still: Client) -> None:
    head = bearer(await login(still, X))
    good = {"ids": "1", "start_time": at(NOON - DAY), "end_time": at(NOON)}
    for change, named in (
        ({"ids": ""}, "ids"),
        ({"ids": "abc"}, "ids"),
        ({"ids": ",".join(map(str, range(101)))}, "ids"),
        ({"start_time": ""}, "start_time"),
        ({"end_time": "yesterday"}, "end_time"),
        ({"end_time": "2026-11-25"}, "end_time"),
        ({"end_time": good["start_time"]}, "end_time"),
        ({"granularity": "monthly"}, "granularity"),
        ({"analytics.fields": "impression_count"}, "analytics.fields"),
    ):
        refused = await still.get(ANALYTICS, params=good | change, headers=head)
        assert refused.status_code == 400
        (error,) = refused.json()["errors"]
        assert list(error["parameters"]) == [named]
    for start in ("0001-01-01T00:00:00+14:00", "9999-12-30T00:00:00Z"):
        sent = {"ids": "1", "start_time": start, "end_time": "9999-12-31T00:00:00Z"}
        assert (await still.get(ANALYTICS, params=sent, headers=head)).status_code == 200
    unknown = (await still.get(ANALYTICS, params=good, headers=head)).json()
    assert "data" not in unknown
    assert unknown["errors"][0]["type"].endswith("resource-not-found")
    narrow = bearer(await login(still, X, sandbox_scopes="tweet.read"))
    assert (await still.get(ANALYTICS, params=good, headers=narrow)).status_code == 403
