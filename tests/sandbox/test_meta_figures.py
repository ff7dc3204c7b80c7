"""One work, figures and places of Facebook, Instagram and Threads, as a stranger asks for them."""

from typing import Any

import pytest
from litestar.testing import AsyncTestClient

from openchannels.sandbox import create_sandbox

from .conftest import NOON, Client, advance
from .oauth_platforms import PLATFORMS
from .oauth_protocol import Answer, asked, login
from .test_facebook import GRAPH, page_of
from .test_facebook import login as facebook_login

DAY = 86_400
INSTAGRAM = "/graph.instagram.com/v26.0"
THREADS = "/graph.threads.net/v1.0"
FACEBOOK_SCOPES = (
    "pages_show_list,pages_read_engagement,pages_read_user_content,read_insights,"
    "instagram_basic,instagram_manage_insights"
)
PAGE_METRICS = (
    "page_media_view,page_total_media_view_unique,page_post_engagements,page_follows,"
    "page_daily_follows_unique,page_video_views,page_total_actions,"
    "page_actions_post_reactions_total"
)
MEDIA = "views,reach,saved,shares,total_interactions,likes,comments,reposts"
TOTALS = (
    "views,reach,likes,comments,saves,shares,replies,reposts,total_interactions,"
    "accounts_engaged,profile_links_taps"
)
TOTALS_OF_A_DAY = {"metric": TOTALS, "period": "day", "metric_type": "total_value"}
OF_POSTS = "views,likes,replies,reposts,quotes,shares"
SCOPES = {
    "instagram": "instagram_business_basic,instagram_business_manage_insights",
    "threads": "threads_basic,threads_manage_insights,threads_location_tagging",
}
Told = dict[str, Any]


async def page(client: Client, **more: str) -> Answer:
    """The token of a Page, and its id."""
    return await page_of(client, await facebook_login(client, scope=FACEBOOK_SCOPES, **more))


async def meta_login(client: Client, name: str, **more: str) -> Answer:
    protocol = PLATFORMS[name]
    return await login(client, protocol, **asked("client_id", name, SCOPES[name]) | more)


async def get(client: Client, url: str, token: Answer, **params: Any) -> Told:
    response = await client.get(url, params={"access_token": token["access_token"], **params})
    body: Told = response.json()
    assert response.status_code == 200, body
    return body


async def refusal(client: Client, url: str, token: Answer, **params: Any) -> tuple[int, int | None]:
    response = await client.get(url, params={"access_token": token["access_token"], **params})
    assert response.status_code in (400, 403), response.text
    error = response.json()["error"]
    return error["code"], error.get("error_subcode")


def values(answer: Told) -> dict[str, Any]:
    """The first or only value of each metric."""
    rows = answer["data"]
    found = {row["name"]: row.get("total_value") or row["values"][0] for row in rows}
    return {name: value["value"] for name, value in found.items()}


async def test_a_post_of_facebook_is_counted_alike_everywhere(still: Client) -> None:
    token = await page(still)
    listed = "insights.metric(post_media_view,post_clicks),shares"
    listed += ",reactions.limit(0).summary(total_count),attachments{media_type,target{id}}"
    url = f"{GRAPH}/{token['id']}/published_posts"
    posts = (await get(still, url, token, fields=listed, limit=24))["data"]
    await advance(still, 0)
    for post in posts:
        detail = await get(still, f"{GRAPH}/{post['id']}", token, fields=listed)
        assert detail == post
        told = values(detail["insights"])
        metrics = "post_media_view,post_clicks,post_reactions_by_type_total,"
        metrics += "post_reactions_like_total,post_activity_by_action_type"
        edge = values(await get(still, f"{GRAPH}/{post['id']}/insights", token, metric=metrics))
        assert {name: edge[name] for name in told} == told
        kinds = edge["post_reactions_by_type_total"]
        assert sum(kinds.values()) == detail["reactions"]["summary"]["total_count"]
        assert edge["post_reactions_like_total"] == kinds.get("like", 0)
    (video, *_) = [
        one["attachments"]["data"][0]["target"]["id"]
        for one in posts
        if one.get("attachments", {}).get("data", [{}])[0].get("media_type") == "video"
    ]
    asked_for = "id,status,published,permalink_url,post_id,title,description,created_time,length"
    node = await get(still, f"{GRAPH}/{video}", token, fields=asked_for)
    assert node["status"]["publishing_phase"]["publish_status"] == "published"
    plays = await get(still, f"{GRAPH}/{video}/video_insights", token, metric="total_video_views")
    metric = "post_video_views"
    edge = values(await get(still, f"{GRAPH}/{node['post_id']}/insights", token, metric=metric))
    assert values(plays)["total_video_views"] == edge["post_video_views"] > 0
    assert await refusal(still, f"{GRAPH}/{video}/insights", token, metric=metric) == (100, None)


async def test_a_page_has_figures_by_day_that_add_up(still: Client) -> None:
    token = await page(still)
    url = f"{GRAPH}/{token['id']}/insights"
    span = {"since": "2026-11-11", "until": "2026-11-25"}
    days = await get(still, url, token, metric=PAGE_METRICS, period="day", **span)
    rows = {row["name"]: [one["value"] for one in row["values"]] for row in days["data"]}
    assert set(rows) == set(PAGE_METRICS.split(","))
    ends = [one["end_time"] for one in days["data"][0]["values"]]
    assert (ends[0], ends[-1]) == ("2026-11-12T08:00:00+0000", "2026-11-25T08:00:00+0000")
    assert len(ends) == 14
    assert {"previous", "next"} == set(days["paging"])
    views, reached = rows["page_media_view"], rows["page_total_media_view_unique"]
    assert all(view > reach > 0 for view, reach in zip(views, reached, strict=True))
    assert len(set(views)) > 3
    weeks = await get(still, url, token, metric='["page_media_view"]', period="week", **span)
    assert weeks["data"][0]["values"][-1]["value"] == sum(views[-7:])
    follows, won = rows["page_follows"], rows["page_daily_follows_unique"]
    assert follows[-1] - follows[0] == sum(won[1:])
    lifetime = await get(
        still, url, token, metric="page_actions_post_reactions_total", period="lifetime"
    )
    assert sum(values(lifetime)["page_actions_post_reactions_total"].values()) > 0
    other = await page(still, sandbox_person="mara")
    theirs = await get(
        still, f"{GRAPH}/{other['id']}/insights", other, metric=PAGE_METRICS, period="day", **span
    )
    assert theirs["data"][0]["values"] != days["data"][0]["values"]


PAGE_REFUSALS: list[tuple[Told, tuple[int, int | None]]] = [
    ({}, (3001, 1504028)),
    ({"metric": "page_impressions_unique"}, (100, None)),
    ({"metric": "page_media_view", "period": "hour"}, (100, None)),
    ({"metric": "page_media_view", "since": "soon"}, (100, None)),
    ({"metric": "page_media_view", "since": "2026-02-01", "until": "2026-01-01"}, (100, None)),
    ({"metric": "page_media_view", "since": "2026-01-01", "until": "2026-04-03"}, (100, None)),
]


async def test_figures_of_facebook_are_refused(still: Client) -> None:
    token = await page(still)
    url = f"{GRAPH}/{token['id']}/insights"
    for params, expected in PAGE_REFUSALS:
        assert await refusal(still, url, token, **params) == expected, params
    other = (await still.get("/_world/facebook/mara")).json()["pages"][1]["id"]
    for node in (other, "123456789012345", f"{other}_1", f"{token['id']}_1"):
        told = await refusal(still, f"{GRAPH}/{node}/insights", token, metric="post_clicks")
        assert told == (100, 33)
        assert await refusal(still, f"{GRAPH}/{node}", token) == (100, 33)
    poor = await page(still, sandbox_scopes="pages_show_list,pages_read_engagement")
    told = await refusal(still, url, poor, metric="page_media_view", period="day")
    assert told == (200, None)
    tiny = (await still.get("/_world/facebook/mara")).json()["pages"][2]["id"]
    small = await page(still, sandbox_person="mara", sandbox_pages=tiny)
    none = await get(still, f"{GRAPH}/{tiny}/insights", small, metric="page_media_view")
    assert none["data"] == []


async def test_instagram_counts_alike_by_both_logins(still: Client) -> None:
    here, there = await meta_login(still, "instagram"), await page(still)
    user = (await still.get("/_world/instagram/ida")).json()["userId"]
    linked = "instagram_business_account{id,username,followers_count,media_count}"
    shown = await get(still, f"{GRAPH}/{there['id']}", there, fields=linked)
    fields = "id,username,followers_count,media_count"
    profile = await get(still, f"{GRAPH}/{user}", there, fields=fields)
    assert shown["instagram_business_account"] == profile
    own = await get(still, f"{INSTAGRAM}/me", here, fields=f"user_id,{fields}")
    assert {**own, "id": own["user_id"]} == {**profile, "user_id": user}
    listed = f"like_count,comments_count,media_product_type,insights.metric({MEDIA})"
    media = (await get(still, f"{INSTAGRAM}/me/media", here, fields=listed, limit=20))["data"]
    empty = 0
    for one in media:
        detail = await get(still, f"{INSTAGRAM}/{one['id']}", here, fields=listed)
        edge = await get(still, f"{INSTAGRAM}/{one['id']}/insights", here, metric=MEDIA)
        counts = values(edge)
        empty += not counts
        assert detail == one
        assert counts == values(detail["insights"])
        if counts:
            assert counts["comments"] == detail["comments_count"]
            assert counts["likes"] == detail.get("like_count", counts["likes"])
            parts = ("likes", "comments", "saved", "shares", "reposts")
            assert counts["total_interactions"] == sum(counts[name] for name in parts)
            both = f"saved_count,shares_count,insights.metric({MEDIA})"
            same = await get(still, f"{GRAPH}/{one['id']}", there, fields=both)
            assert values(same["insights"]) == counts
            assert (same["saved_count"], same["shares_count"]) == (
                counts["saved"],
                counts["shares"],
            )
    assert empty == 1
    by_product = {one["media_product_type"]: one["id"] for one in media}
    for product, metric, status in (
        ("REELS", "ig_reels_video_view_total_time,ig_reels_avg_watch_time,reels_skip_rate", 200),
        ("REELS", "profile_visits", 400),
        ("FEED", "follows,profile_visits,profile_activity", 200),
        ("FEED", "ig_reels_avg_watch_time", 400),
        ("FEED", "facebook_views", 400),
        ("FEED", "impressions", 400),
        ("FEED", "total_views", 400),
    ):
        sent = {"metric": metric, "access_token": here["access_token"]}
        url = f"{INSTAGRAM}/{by_product[product]}/insights"
        assert (await still.get(url, params=sent)).status_code == status, metric
    url = f"{GRAPH}/{by_product['FEED']}/insights"
    total = await get(still, url, there, metric="total_views", metric_type="total_value")
    assert total["data"][0]["total_value"]["value"] > 0


@pytest.mark.parametrize("host", [INSTAGRAM, GRAPH])
async def test_an_instagram_account_has_totals_and_one_series(still: Client, host: str) -> None:
    token = await (meta_login(still, "instagram") if host == INSTAGRAM else page(still))
    user = (await still.get("/_world/instagram/ida")).json()["userId"]
    url, now = f"{host}/{user}/insights", NOON
    start = now - 20 * DAY
    asked_for = TOTALS_OF_A_DAY | {"since": start, "until": now}
    totals = values(await get(still, url, token, **asked_for))
    assert list(totals) == TOTALS.split(",")
    half = now - 10 * DAY
    older = values(await get(still, url, token, **asked_for | {"until": half}))
    newer = values(await get(still, url, token, **asked_for | {"since": half}))
    assert older["views"] + newer["views"] == totals["views"] > newer["views"] > 0
    kinds = asked_for | {"metric": "views", "breakdown": "media_product_type"}
    parts = (await get(still, url, token, **kinds))["data"][0]["total_value"]
    assert parts["value"] == totals["views"]
    assert sum(one["value"] for one in parts["breakdowns"][0]["results"]) == totals["views"]
    series = {"metric": "reach", "period": "day", "metric_type": "time_series"}
    days = await get(still, url, token, **series, since=start, until=now)
    reached = [one["value"] for one in days["data"][0]["values"]]
    assert len(reached) == 20
    assert min(reached) > 0
    won = {"metric": "follower_count,reach", "period": "day"}
    assert len((await get(still, url, token, **won))["data"]) == 2
    follows = TOTALS_OF_A_DAY | {"metric": "follows_and_unfollows", "breakdown": "follow_type"}
    assert "breakdowns" in (await get(still, url, token, **follows))["data"][0]["total_value"]
    people = {"metric": "follower_demographics", "period": "lifetime", "timeframe": "this_month"}
    people |= {"metric_type": "total_value", "breakdown": "country"}
    assert (await get(still, url, token, **people))["data"][0]["total_value"]["breakdowns"]
    for change in (
        {"metric": "impressions"},
        {"metric": ""},
        {"period": "week"},
        {"period": ""},
        {"metric_type": ""},
        {"metric_type": "sum"},
        {"breakdown": "age"},
        {"since": now - 31 * DAY - 3601},
        {"since": now + DAY},
        {"metric": "follower_count"},
        {"metric": "follower_demographics", "period": "lifetime"},
    ):
        assert (await refusal(still, url, token, **asked_for | change))[0] == 100, change
    others = (await still.get("/_world/instagram/mara")).json()["userId"]
    assert await refusal(still, f"{host}/{others}/insights", token, **asked_for) == (100, 33)


async def test_threads_counts_posts_and_profiles(still: Client) -> None:
    token = await meta_login(still, "threads")
    listed = f"id,media_type,insights.metric({OF_POSTS})"
    posts = (await get(still, f"{THREADS}/me/threads", token, fields=listed, limit=14))["data"]
    for post in posts:
        detail = await get(still, f"{THREADS}/{post['id']}", token, fields=listed)
        edge = await get(still, f"{THREADS}/{post['id']}/insights", token, metric=OF_POSTS)
        assert detail == post
        assert detail["insights"] == edge
        assert (edge["data"] == []) == (post["media_type"] == "REPOST_FACADE")
    now = NOON
    metrics = "views,likes,replies,reposts,quotes,clicks,followers_count"
    span = {"since": now - 20 * DAY, "until": now}
    url = f"{THREADS}/me/threads_insights"
    told = await get(still, url, token, metric=metrics, **span)
    rows = {row["name"]: row for row in told["data"]}
    assert list(rows) == metrics.split(",")
    views = [one["value"] for one in rows["views"]["values"]]
    assert len(views) == 20
    assert sum(views) > rows["likes"]["total_value"]["value"] > 0
    assert rows["clicks"]["link_total_values"][0]["value"] > 0
    people = await get(still, url, token, metric="follower_demographics", breakdown="age")
    assert people["data"][0]["total_value"]["breakdowns"]
    for params in (
        {"metric": "impressions"},
        {},
        {"metric": "views", "since": 1_712_991_599},
        {"metric": "views", "since": now, "until": now - 1},
        {"metric": "follower_demographics"},
    ):
        assert (await refusal(still, url, token, **params))[0] == 100, params
    mara = await meta_login(still, "threads", sandbox_person="mara")
    strict = {"metric": "followers_count", **span}
    assert (await refusal(still, url, mara, **strict))[0] == 100
    foreign = f"{THREADS}/{posts[0]['id']}"
    assert (await refusal(still, foreign, mara))[0] == 24
    assert (await refusal(still, f"{foreign}/insights", mara, metric="views"))[0] == 24
    poor = await meta_login(still, "threads", sandbox_scopes="threads_basic")
    assert (await refusal(still, url, poor, metric="views"))[0] == 10
    assert (await refusal(still, foreign, poor, fields=listed))[0] == 10


async def test_threads_finds_places(still: Client) -> None:
    token = await meta_login(still, "threads")
    url = f"{THREADS}/location_search"
    fields = "id,name,address,city,country,latitude,longitude,postal_code"
    (one, *_) = (await get(still, url, token, q="Pier Seven", fields=fields))["data"]
    assert set(one) == set(fields.split(","))
    assert (await get(still, url, token, query="pier seven"))["data"][0] == one
    near = (await get(still, url, token, latitude="38.7", longitude="-9.1"))["data"]
    assert near[0] == one
    assert await get(still, f"{THREADS}/{one['id']}", token, fields=fields) == one
    assert (await get(still, url, token, q="Atlantis"))["data"] == []
    listed = {"fields": "location_id,location{id,name,city,country}", "limit": 25}
    posts = (await get(still, f"{THREADS}/me/threads", token, **listed))["data"]
    assert any(post["location"]["id"] == post["location_id"] for post in posts if len(post) > 1)
    for params in ({}, {"latitude": "38.7"}, {"latitude": "x", "longitude": "1"}, {"q": ""}):
        assert (await refusal(still, url, token, **params))[0] == 100
    assert (await refusal(still, url, token, q="x", fields="zip"))[0] == 100
    poor = await meta_login(still, "threads", sandbox_scopes="threads_basic")
    assert (await refusal(still, url, poor, q="Pier"))[0] == 10
    mara = await meta_login(still, "threads", sandbox_person="mara")
    for _ in range(500):
        found = await get(still, url, mara, q="Pier Seven")
    assert found["data"][0]["id"] == int(one["id"])
    assert (await refusal(still, url, mara, q="Pier"))[0] == 4
    await advance(still, DAY + 1)
    assert (await get(still, url, mara, q="Pier"))["data"]


async def test_a_day_of_an_account_is_what_its_works_grew() -> None:
    midnight = 1_795_507_200  # 2026-11-24T00:00:00 in Los Angeles
    world = create_sandbox(works=20, clock=lambda: midnight - 1800.0)
    async with AsyncTestClient(world) as client:
        client.follow_redirects = False
        tokens = {name: await meta_login(client, name) for name in ("instagram", "threads")}
        tokens["facebook"] = await page(client)
        owner = f"{GRAPH}/{tokens['facebook']['id']}"
        lists = {
            "facebook": (f"{owner}/published_posts", "post_media_view"),
            "instagram": (f"{INSTAGRAM}/me/media", "views"),
            "threads": (f"{THREADS}/me/threads", "views"),
        }

        async def counted(name: str) -> int:
            url, metric = lists[name]
            sent = {"fields": f"insights.metric({metric})", "limit": 50}
            works = (await get(client, url, tokens[name], **sent))["data"]
            return sum(sum(values(one["insights"]).values()) for one in works)

        await advance(client, 1800)
        before = {name: await counted(name) for name in lists}
        await advance(client, DAY)
        grown = {name: await counted(name) - before[name] for name in lists}
        span = {"since": midnight, "until": midnight + DAY}
        for name, url, params in (
            ("facebook", f"{owner}/insights", {"metric": "page_media_view", "period": "day"}),
            ("threads", f"{THREADS}/me/threads_insights", {"metric": "views"}),
        ):
            told = await get(client, url, tokens[name], **params, **span)
            (day,) = told["data"][0]["values"]
            assert day["value"] == grown[name] > 0, name
        total = TOTALS_OF_A_DAY | {"metric": "views", **span}
        told = await get(client, f"{INSTAGRAM}/me/insights", tokens["instagram"], **total)
        assert values(told)["views"] >= grown["instagram"] > 0


async def test_controls_reach_the_new_calls(still: Client) -> None:
    token = await page(still)
    path = f"/v26.0/{token['id']}/insights"
    fault = {"host": "graph.facebook.com", "path": path, "kind": "rate_limit", "times": 1}
    await still.post("/_faults", json=fault | {"person": "ida"})
    url = f"/graph.facebook.com{path}"
    told = await refusal(still, url, token, metric="page_media_view")
    assert told == (80001, 2446079)
    assert (await get(still, url, token, metric="page_media_view"))["data"]
