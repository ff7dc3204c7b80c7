"""Single videos, reports and categories of YouTube, as a stranger asks for them."""

from typing import Any

import pytest

from .conftest import Client, advance
from .test_youtube import API, READ, bearer, login

DAY = 86_400
REPORTS = "/youtubeanalytics.googleapis.com/v2/reports"
ANALYTICS = f"{READ} https://www.googleapis.com/auth/yt-analytics.readonly"
COUNTS = "views,likes,comments,shares,estimatedMinutesWatched"
METRICS = f"{COUNTS},averageViewDuration,averageViewPercentage,subscribersGained,subscribersLost"
ALL_TIME = {"ids": "channel==MINE", "startDate": "2005-02-14", "endDate": "2026-11-25"}
MONTH = ALL_TIME | {"startDate": "2026-10-26", "metrics": METRICS, "dimensions": "day"}
Told = dict[str, Any]


async def analyst(client: Client, **more: str) -> dict[str, str]:
    return bearer(await login(client, scope=ANALYTICS, **more))


async def get(client: Client, url: str, head: dict[str, str], **params: str) -> Told:
    response = await client.get(url, params=params, headers=head)
    assert response.status_code == 200, response.text
    body: Told = response.json()
    return body


async def refusal(client: Client, url: str, head: dict[str, str], **params: str) -> tuple[int, str]:
    response = await client.get(url, params=params, headers=head)
    error = response.json()["error"]
    assert error["code"] == response.status_code
    return response.status_code, error["errors"][0]["reason"]


def columns(table: Told) -> dict[str, list[Any]]:
    names = [column["name"] for column in table["columnHeaders"]]
    return dict(zip(names, map(list, zip(*table["rows"], strict=True)), strict=True))


async def uploads(client: Client, head: dict[str, str], count: int) -> list[str]:
    world = (await client.get("/_world/youtube/ida")).json()["channels"][0]
    sent = {"part": "snippet", "playlistId": world["uploads"], "maxResults": str(count)}
    items = (await get(client, f"{API}/playlistItems", head, **sent))["items"]
    return [item["snippet"]["resourceId"]["videoId"] for item in items]


async def test_reports_add_up_to_the_counts_of_videos(still: Client) -> None:
    head = await analyst(still)
    ids = await uploads(still, head, 50)
    sent = {"part": "statistics,contentDetails", "id": ",".join(ids)}
    listed = {one["id"]: one for one in (await get(still, f"{API}/videos", head, **sent))["items"]}
    await advance(still, 4 * DAY)
    head = await analyst(still)
    later = ALL_TIME | {"endDate": "2026-11-29", "filters": f"video=={','.join(ids)}"}
    table = columns(await get(still, REPORTS, head, **later, metrics=COUNTS, dimensions="video"))
    reported = dict(zip(table["video"], table["views"], strict=True))
    assert 40 < len(reported) < 50
    now = {one["id"]: one for one in (await get(still, f"{API}/videos", head, **sent))["items"]}
    for one, views in reported.items():
        if one in listed:
            before, after = (int(at[one]["statistics"]["viewCount"]) for at in (listed, now))
            # The last two days have not been processed.
            assert before <= views <= after
            alone = await get(still, f"{API}/videos", head, part="statistics", id=one)
            assert alone["items"][0]["statistics"] == now[one]["statistics"]
    (one, *_) = reported
    alone = later | {"filters": f"video=={one}", "metrics": METRICS}
    days = columns(await get(still, REPORTS, head, **alone, dimensions="day", sort="day"))
    (total,) = (await get(still, REPORTS, head, **alone))["rows"]
    assert sum(days["views"]) == total[0] == reported[one]
    assert days["day"] == sorted(days["day"])
    assert days["day"][-1] == "2026-11-26"
    months = columns(await get(still, REPORTS, head, **alone, dimensions="month"))
    assert sum(months["views"]) == total[0]


async def test_a_channel_grows_by_its_days(still: Client) -> None:
    await advance(still, 20 * 3600)  # to midnight in Los Angeles
    head = await analyst(still)
    mine = {"part": "statistics", "mine": "true"}
    before = (await get(still, f"{API}/channels", head, **mine))["items"][0]["statistics"]
    await advance(still, DAY)
    head = await analyst(still)
    after = (await get(still, f"{API}/channels", head, **mine))["items"][0]["statistics"]
    await advance(still, 2 * DAY)
    head = await analyst(still)
    month = columns(await get(still, REPORTS, head, **MONTH | {"endDate": "2026-11-29"}))
    day = dict(zip(month["day"], month["views"], strict=True))["2026-11-26"]
    grown = int(after["viewCount"]) - int(before["viewCount"])
    # Every eleventh video has no data in Analytics.
    assert grown * 0.8 < day <= grown
    assert len(month["day"]) == 32
    assert min(month["subscribersGained"]) > 0
    assert all(0 < percent < 100 for percent in month["averageViewPercentage"])
    other = await analyst(still, sandbox_person="mara")
    theirs = columns(await get(still, REPORTS, other, **MONTH))
    assert theirs["views"] != month["views"]
    top = MONTH | {"metrics": "views", "dimensions": "video", "sort": "-views", "maxResults": "3"}
    views = columns(await get(still, REPORTS, head, **top))["views"]
    assert views == sorted(views, reverse=True)
    assert len(views) == 3
    early = ALL_TIME | {"startDate": "2026-11-28", "metrics": "views", "dimensions": "day"}
    assert "rows" not in await get(still, REPORTS, head, **early | {"endDate": "2026-11-29"})


REFUSED: list[tuple[dict[str, str], tuple[int, str]]] = [
    ({"ids": ""}, (400, "required")),
    ({"metrics": ""}, (400, "required")),
    ({"startDate": ""}, (400, "required")),
    ({"endDate": "25.11.2026"}, (400, "badRequest")),
    ({"endDate": "2026-13-01"}, (400, "badRequest")),
    ({"endDate": "2026-01-01"}, (400, "badRequest")),
    ({"metrics": "likez"}, (400, "badRequest")),
    ({"metrics": "estimatedRevenue"}, (403, "forbidden")),
    ({"dimensions": "daze"}, (400, "badRequest")),
    ({"dimensions": "video,day"}, (400, "badRequest")),
    ({"dimensions": "video"}, (400, "badRequest")),
    ({"filters": "clip==x"}, (400, "badRequest")),
    ({"sort": "likez"}, (400, "badRequest")),
    ({"maxResults": "0"}, (400, "badRequest")),
    ({"ids": "channel==UCsomebodyElse0000000001"}, (403, "forbidden")),
    (
        {"metrics": "videoThumbnailImpressions", "dimensions": "video", "filters": "video==x"},
        (400, "badRequest"),
    ),
]


async def test_reports_are_refused(still: Client) -> None:
    head = await analyst(still)
    for change, expected in REFUSED:
        assert await refusal(still, REPORTS, head, **MONTH | change) == expected, change
    poor = bearer(await login(still))
    assert await refusal(still, REPORTS, poor, **MONTH) == (403, "insufficientPermissions")
    foreign = MONTH | {"filters": f"video=={(await uploads(still, head, 1))[0]}"}
    mara = await analyst(still, sandbox_person="mara")
    assert "rows" not in await get(still, REPORTS, mara, **foreign)
    fault = {"host": "youtubeanalytics.googleapis.com", "kind": "rate_limit", "times": 1}
    await still.post("/_faults", json=fault)
    assert await refusal(still, REPORTS, head, **MONTH) == (403, "rateLimitExceeded")


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({"part": "snippet"}, (400, "missingRequiredParameter")),
        ({"regionCode": "DK"}, (400, "missingRequiredParameter")),
        ({"part": "snippet", "regionCode": "Denmark"}, (400, "badRequest")),
        ({"part": "snippet", "regionCode": "DK", "id": "26"}, (400, "incompatibleParameters")),
        ({"part": "snippet", "id": "26,999"}, (404, "videoCategoryNotFound")),
        ({"part": "statistics", "id": "26"}, (400, "unknownPart")),
    ],
)
async def test_categories_are_refused(
    still: Client, params: dict[str, str], expected: tuple[int, str]
) -> None:
    head = bearer(await login(still))
    assert await refusal(still, f"{API}/videoCategories", head, **params) == expected


async def test_categories_differ_by_region(still: Client) -> None:
    head = bearer(await login(still))
    url, found = f"{API}/videoCategories", {}
    for region in ("DK", "us"):
        sent = {"part": "snippet", "regionCode": region, "hl": "en_US"}
        found[region] = {one["id"]: one for one in (await get(still, url, head, **sent))["items"]}
    assert found["us"].keys() - found["DK"].keys() == {"29"}
    assert found["DK"]["26"]["snippet"]["title"] == "Howto & Style"
    assert {one["snippet"]["assignable"] for one in found["DK"].values()} == {True, False}
    one = (await get(still, url, head, part="snippet", id="26"))["items"]
    assert one == [found["DK"]["26"]]
