"""Accounts, locations and posts of Google Business Profile; its login is tested with the others."""

from typing import Any

import pytest

from .conftest import Client, walk
from .oauth_platforms import GBP_ACCOUNTS, GBP_LOCATIONS, GBP_POSTS, PLATFORMS
from .oauth_protocol import Answer, bearer, login

GOOGLE = PLATFORMS["google_business"]


async def get(client: Client, tokens: Answer, url: str, **params: str) -> Any:
    return (await client.get(url, params=params, headers=bearer(tokens))).json()


async def paged(
    client: Client, tokens: Answer, url: str, name: str, **params: str
) -> list[dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}

    async def read(at: str) -> tuple[list[str], Any]:
        body = await get(client, tokens, url, **(params | ({"pageToken": at} if at else {})))
        rows = {row["name"]: row for row in body.get(name, [])}
        found.update(rows)
        return list(rows), body.get("nextPageToken")

    names = await walk(read, "")
    assert len(names) == len(set(names))
    return [found[one] for one in names]


async def test_accounts_twenty_a_page_and_the_personal_one_first(sandbox: Client) -> None:
    tokens = await login(sandbox, GOOGLE, sandbox_person="many")
    first = await get(sandbox, tokens, GBP_ACCOUNTS, pageSize="100")
    assert len(first["accounts"]) == 20
    every = await paged(sandbox, tokens, GBP_ACCOUNTS, "accounts")
    world = (await sandbox.get("/_world/google_business/many")).json()
    assert [one["name"] for one in every] == world["accounts"]
    kinds = [one["type"] for one in every]
    assert (kinds[0], set(kinds[1:])) == ("PERSONAL", {"LOCATION_GROUP"})


async def test_locations_of_all_accounts_and_of_each(sandbox: Client) -> None:
    tokens = await login(sandbox, GOOGLE, sandbox_person="many")
    world = (await sandbox.get("/_world/google_business/many")).json()
    known = [one["name"] for one in world["locations"]]
    mask = {"readMask": "name,title,metadata", "pageSize": "100"}
    everywhere = await paged(
        sandbox, tokens, f"{GBP_LOCATIONS}/accounts/-/locations", "locations", **mask
    )
    assert [one["name"] for one in everywhere] == known
    assert set(everywhere[0]) == {"name", "title", "metadata"}
    assert {one["metadata"]["hasVoiceOfMerchant"] for one in everywhere} == {True, False}
    each = []
    for account in world["accounts"][:3]:
        url = f"{GBP_LOCATIONS}/{account}/locations"
        each += [one["name"] for one in await paged(sandbox, tokens, url, "locations", **mask)]
    # The first one is reached through the personal account and through its group.
    assert each == [known[0], *known[:10]]


@pytest.mark.parametrize(
    ("params", "status"),
    [
        ({}, 400),
        ({"readMask": "name,nonsense"}, 400),
        ({"readMask": "name", "pageSize": "101"}, 400),
        ({"readMask": "name", "pageToken": "xx"}, 400),
        ({"readMask": "name"}, 200),
    ],
)
async def test_a_read_mask_is_required(
    sandbox: Client, params: dict[str, str], status: int
) -> None:
    tokens = await login(sandbox, GOOGLE)
    url = f"{GBP_LOCATIONS}/accounts/-/locations"
    response = await sandbox.get(url, params=params, headers=bearer(tokens))
    assert response.status_code == status


async def test_posts_are_named_with_the_owning_account(sandbox: Client) -> None:
    tokens = await login(sandbox, GOOGLE, sandbox_person="mara")
    world = (await sandbox.get("/_world/google_business/mara")).json()
    personal, group = world["accounts"]
    second = world["locations"][1]["name"]
    posts = await paged(sandbox, tokens, f"{GBP_POSTS}/{group}/{second}/localPosts", "localPosts")
    assert len(posts) == world["locations"][1]["works"]
    states = {post["state"] for post in posts}
    assert states == {"LIVE", "PROCESSING", "REJECTED", "SCHEDULED", "RECURRING"}
    assert all("event" in post for post in posts if post["topicType"] != "STANDARD")
    wrong = await sandbox.get(f"{GBP_POSTS}/{personal}/{second}/localPosts", headers=bearer(tokens))
    assert (wrong.status_code, wrong.json()["error"]["status"]) == (404, "NOT_FOUND")


async def test_an_unticked_scope_closes_the_profile(sandbox: Client) -> None:
    tokens = await login(sandbox, GOOGLE, sandbox_scopes="openid")
    response = await sandbox.get(GBP_ACCOUNTS, headers=bearer(tokens))
    assert response.status_code == 403
    assert "ACCESS_TOKEN_SCOPE_INSUFFICIENT" in response.text


FIGURES = "/businessprofileperformance.googleapis.com/v1"
IMPRESSIONS = [
    f"BUSINESS_IMPRESSIONS_{device}_{place}"
    for device in ("DESKTOP", "MOBILE")
    for place in ("MAPS", "SEARCH")
]


def dates(first: str, last: str, name: str = "dailyRange.{}Date") -> dict[str, str]:
    """The parameters of a range of dates or months."""
    parts = ("year", "month", "day")
    return {
        f"{name.format(end)}.{part}": str(int(number))
        for end, text in (("start", first), ("end", last))
        for part, number in zip(parts, text.split("-"), strict=False)
    }


MONTH = dates("2026-10-25", "2026-11-25")


async def test_one_post_is_the_listed_one(still: Client) -> None:
    tokens = await login(still, GOOGLE, sandbox_person="mara")
    world = (await still.get("/_world/google_business/mara")).json()
    group, second = world["accounts"][1], world["locations"][1]["name"]
    posts = await paged(still, tokens, f"{GBP_POSTS}/{group}/{second}/localPosts", "localPosts")
    for post in posts[:9]:
        assert await get(still, tokens, f"{GBP_POSTS}/{post['name']}") == post
    name = posts[0]["name"]
    elsewhere = name.replace(second, world["locations"][2]["name"])
    for unknown in (name[:-3] + "000", elsewhere, name.replace(group, "accounts/1"), f"{name}x"):
        error = (await get(still, tokens, f"{GBP_POSTS}/{unknown}"))["error"]
        assert (error["code"], error["status"]) == (404, "NOT_FOUND")


async def test_figures_of_a_location_by_day(still: Client) -> None:
    tokens = await login(still, GOOGLE, sandbox_person="mara")
    places = (await still.get("/_world/google_business/mara")).json()["locations"]
    several = "{}:fetchMultiDailyMetricsTimeSeries"
    told = []
    for place in places[:2]:
        url = f"{FIGURES}/{several.format(place['name'])}"
        sent: Any = {"dailyMetrics": [*IMPRESSIONS, "BUSINESS_FOOD_ORDERS"], **MONTH}
        answer = await get(still, tokens, url, **sent)
        (group,) = answer["multiDailyMetricTimeSeries"]
        told.append(group["dailyMetricTimeSeries"])
        names = [series["dailyMetric"] for series in told[-1]]
        assert names == [*IMPRESSIONS, "BUSINESS_FOOD_ORDERS"]
    assert told[0] != told[1]
    days = [series["timeSeries"]["datedValues"] for series in told[0]]
    assert days[0][0]["date"] == {"year": 2026, "month": 10, "day": 25}
    # The last three days have no entry, and nothing is no value.
    assert days[0][-1]["date"] == {"year": 2026, "month": 11, "day": 21}
    assert all(int(day["value"]) > 0 for series in days for day in series if "value" in day)
    assert any("value" not in day for day in days[-1])
    snaked = {key.replace("R", "_r").replace("D", "_d"): value for key, value in MONTH.items()}
    one = f"{FIGURES}/{places[1]['name']}:getDailyMetricsTimeSeries"
    alone = await get(still, tokens, one, dailyMetric=IMPRESSIONS[0], **snaked)
    assert alone["timeSeries"] == told[1][0]["timeSeries"]
    words = f"{FIGURES}/{places[0]['name']}/searchkeywords/impressions/monthly"
    months = dates("2026-09", "2026-10", "monthlyRange.{}Month")
    first = await get(still, tokens, words, **months, pageSize="3")
    rest = await get(still, tokens, words, **months, pageToken=first["nextPageToken"])
    found = first["searchKeywordsCounts"] + rest["searchKeywordsCounts"]
    assert len({one["searchKeyword"] for one in found}) == len(found) == 5


async def test_figures_of_a_location_are_refused(still: Client) -> None:
    tokens = await login(still, GOOGLE)
    own = (await still.get("/_world/google_business/ida")).json()["locations"][0]["name"]
    foreign = (await still.get("/_world/google_business/mara")).json()["locations"][0]["name"]
    clicks = {"dailyMetrics": "WEBSITE_CLICKS"}
    for name, params, code in (
        (own, clicks | MONTH, 200),
        (own, MONTH, 400),
        (own, clicks, 400),
        (own, {"dailyMetrics": "FOLLOWERS"} | MONTH, 400),
        (own, clicks | dates("2026-11-25", "2026-10-25"), 400),
        (own, clicks | dates("2026-11-31", "2026-12-01"), 400),
        (foreign, clicks | MONTH, 404),
        ("locations/123", clicks | MONTH, 404),
        ("locations/abc", clicks | MONTH, 400),
    ):
        url = f"{FIGURES}/{name}:fetchMultiDailyMetricsTimeSeries"
        answer = await still.get(url, params=params, headers=bearer(tokens))
        assert answer.status_code == code, (name, params)
    poor = await login(still, GOOGLE, sandbox_scopes="openid")
    url = f"{FIGURES}/{own}:fetchMultiDailyMetricsTimeSeries"
    assert (await get(still, poor, url, **clicks, **MONTH))["error"]["code"] == 403
    old = await get(still, tokens, url, **clicks, **dates("2020-01-01", "2020-01-31"))
    (group,) = old["multiDailyMetricTimeSeries"]
    assert group["dailyMetricTimeSeries"] == [{"dailyMetric": "WEBSITE_CLICKS", "timeSeries": {}}]
