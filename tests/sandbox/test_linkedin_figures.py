"""Single posts and figures of LinkedIn, as a stranger asks for them."""

from typing import Any

from .conftest import NOON, Client
from .oauth_platforms import LINKEDIN_API, PLATFORMS, restli
from .oauth_protocol import Answer, login

API = f"{LINKEDIN_API}/rest"
LINKEDIN = PLATFORMS["linkedin"]
DAY = 86_400
MIDNIGHT = NOON - DAY // 2
SHARES, FOLLOWERS = (
    "organizationalEntityShareStatistics",
    "organizationalEntityFollowerStatistics",
)
OF_MEMBERS = {"scope": "openid r_member_postAnalytics r_member_profileAnalytics"}
WEEK = "(start:(year:2026,month:11,day:10),end:(year:2026,month:11,day:17))"


async def get(client: Client, tokens: Answer, path: str, **params: str) -> Any:
    response = await client.get(f"{API}/{path}", params=params, headers=restli(tokens))
    return response.json()


def interval(start: int, end: int, granularity: str = "DAY") -> str:
    span = f"timeRange:(start:{start * 1000},end:{end * 1000})"
    return f"({span},timeGranularityType:{granularity})"


async def organizations(client: Client, person: str) -> list[dict[str, Any]]:
    return (await client.get(f"/_world/linkedin/{person}")).json()["organizations"]


async def test_one_post_is_the_listed_one(still: Client) -> None:
    tokens = await login(still, LINKEDIN, sandbox_person="mara")
    first, second, *_, analyst = await organizations(still, "mara")
    for one in (first, second):
        sent = {"author": one["urn"], "q": "author", "count": "8"}
        for post in (await get(still, tokens, "posts", **sent))["elements"]:
            encoded = post["id"].replace(":", "%3A")
            assert await get(still, tokens, f"posts/{encoded}", viewContext="AUTHOR") == post
    urn = post["id"]
    hidden = "/_world/linkedin/mara/works"
    body = {"account": analyst["urn"], "add": 1}
    (theirs,) = (await still.post(hidden, json=body)).json()["added"]
    for path, status, code in (
        (urn[:-4] + "0000", 404, "RESOURCE_NOT_FOUND"),
        ("urn:li:person:abc", 400, "INVALID_URN_TYPE"),
        (f"{urn}?viewContext=NOBODY", 400, "ILLEGAL_ARGUMENT"),
        (theirs, 403, "ACCESS_DENIED"),
    ):
        error = (await still.get(f"{API}/posts/{path}", headers=restli(tokens))).json()
        assert (error["status"], error["code"]) == (status, code), path
    other = await login(still, LINKEDIN)
    assert (await get(still, other, f"posts/{urn}"))["status"] == 404
    poor = await login(still, LINKEDIN, sandbox_scopes="r_basicprofile")
    assert (await get(still, poor, f"posts/{urn}"))["status"] == 403


async def test_an_organization_is_counted_in_all_and_by_day(still: Client) -> None:
    tokens = await login(still, LINKEDIN)
    (one,) = await organizations(still, "ida")
    asked = {"q": "organizationalEntity", "organizationalEntity": one["urn"]}
    (whole,) = (await get(still, tokens, SHARES, **asked))["elements"]
    counts = whole["totalShareStatistics"]
    urns: dict[str, list[str]] = {"share": [], "ugcPost": []}
    for start in (0, 100, 200):
        sent = {"author": one["urn"], "q": "author", "count": "100", "start": str(start)}
        for post in (await get(still, tokens, "posts", **sent))["elements"]:
            urns[post["id"].split(":")[2]].append(post["id"])
    lists = {f"{kind}s": f"List({','.join(some)})" for kind, some in urns.items()}
    each = (await get(still, tokens, SHARES, **asked, **lists))["elements"]
    for name, count in counts.items():
        if name != "engagement":
            assert sum(row["totalShareStatistics"][name] for row in each) == count, name
    week = asked | {"timeIntervals": interval(MIDNIGHT - 9 * DAY, MIDNIGHT)}
    days = (await get(still, tokens, SHARES, **week))["elements"]
    assert [row["timeRange"]["start"] for row in days] == [
        (MIDNIGHT - back * DAY) * 1000 for back in (9, 8, 7, 6, 5, 4, 3)
    ]
    assert all(row["totalShareStatistics"]["impressionCount"] > 0 for row in days)
    dotted = {
        "timeIntervals.timeGranularityType": "DAY",
        "timeIntervals.timeRange.start": str((MIDNIGHT - 9 * DAY) * 1000),
        "timeIntervals.timeRange.end": str(MIDNIGHT * 1000),
    }
    assert (await get(still, tokens, SHARES, **asked, **dotted))["elements"] == days
    year = asked | {"timeIntervals": interval(0, MIDNIGHT, "MONTH")}
    months = (await get(still, tokens, SHARES, **year))["elements"]
    assert len(months) == 13
    urn = next(row["share"] for row in each if "share" in row)
    single = (await get(still, tokens, SHARES, **week, shares=f"List({urn})"))["elements"]
    assert [(row["share"], row["timeRange"]) for row in single] == [
        (urn, day["timeRange"]) for day in days
    ]


async def test_followers_are_won_by_day(still: Client) -> None:
    tokens = await login(still, LINKEDIN, sandbox_person="mara")
    first, second, *_ = await organizations(still, "mara")
    told = []
    for one in (first, second):
        asked = {"q": "organizationalEntity", "organizationalEntity": one["urn"]}
        sent = asked | {"timeIntervals": interval(MIDNIGHT - 30 * DAY, MIDNIGHT)}
        days = (await get(still, tokens, FOLLOWERS, **sent))["elements"]
        told.append([row["followerGains"]["organicFollowerGain"] for row in days])
        (every,) = (await get(still, tokens, FOLLOWERS, **asked))["elements"]
        groups = every["followerCountsBySeniority"]
        size = await get(
            still, tokens, f"networkSizes/{one['urn']}", edgeType="COMPANY_FOLLOWED_BY_MEMBER"
        )
        counts = [group["followerCounts"]["organicFollowerCount"] for group in groups]
        assert sum(counts) == size["firstDegreeSize"]
    assert len(told[0]) == 28
    assert sum(told[0]) > 0
    assert told[0] != told[1]


async def test_figures_of_organizations_are_refused(still: Client) -> None:
    tokens = await login(still, LINKEDIN, sandbox_person="mara")
    admin, *_, analyst = await organizations(still, "mara")
    asked = {"q": "organizationalEntity", "organizationalEntity": admin["urn"]}
    for path in (SHARES, FOLLOWERS):
        for change, status in (
            ({"q": "author"}, 400),
            ({"organizationalEntity": "urn:li:organization:1"}, 400),
            ({"organizationalEntity": analyst["urn"]}, 403),
            ({"timeIntervals": "(timeGranularityType:DAY)"}, 400),
            ({"timeIntervals": interval(MIDNIGHT, MIDNIGHT - DAY)}, 400),
            ({"timeIntervals": interval(MIDNIGHT - DAY, MIDNIGHT, "WEEK")}, 400),
        ):
            answer = await get(still, tokens, path, **asked | change)
            assert answer.get("status") == status, change
    poor = await login(still, LINKEDIN, sandbox_scopes="r_basicprofile")
    assert (await get(still, poor, SHARES, **asked))["status"] == 403


async def test_posts_of_a_member_are_counted_one_metric_a_call(still: Client) -> None:
    tokens = await login(still, LINKEDIN, **OF_MEMBERS)
    member = (await still.get("/_world/linkedin/ida")).json()["id"]
    body = {"account": f"urn:li:person:{member}", "add": 3}
    urns = (await still.post("/_world/linkedin/ida/works", json=body)).json()["added"]
    await still.post("/_clock", json={"advanceSeconds": 3 * DAY})
    path = "memberCreatorPostAnalytics"
    for urn in urns:
        kind = "share" if ":share:" in urn else "ugc"
        asked = {"q": "entity", "entity": f"({kind}:{urn})", "aggregation": "TOTAL"}
        found = {}
        for metric in ("IMPRESSION", "MEMBERS_REACHED", "RESHARE", "REACTION", "COMMENT"):
            (row,) = (await get(still, tokens, path, **asked, queryType=metric))["elements"]
            assert list(row["metricType"].values()) == [metric]
            found[metric] = row["count"]
        assert found["IMPRESSION"] > found["MEMBERS_REACHED"] > found["REACTION"]
    daily = {"q": "me", "queryType": "IMPRESSION", "aggregation": "DAILY", "dateRange": WEEK}
    days = (await get(still, tokens, path, **daily))["elements"]
    assert len(days) == 7
    (total,) = (await get(still, tokens, path, **daily | {"aggregation": "TOTAL"}))["elements"]
    assert total["count"] == sum(day["count"] for day in days) > 0
    (now,) = (await get(still, tokens, "memberFollowersCount", q="me"))["elements"]
    won = await get(still, tokens, "memberFollowersCount", q="dateRange", dateRange=WEEK)
    assert now["memberFollowersCount"] > sum(day["memberFollowersCount"] for day in won["elements"])
    for change, status in (
        ({"queryType": "LIKES"}, 400),
        ({"queryType": "MEMBERS_REACHED"}, 400),
        ({"aggregation": "WEEKLY"}, 400),
        ({"dateRange": "last week"}, 400),
        ({"q": "author"}, 400),
        ({"q": "entity", "entity": urns[0]}, 400),
        ({"q": "entity", "entity": "(share:urn:li:share:7000000000000000001)"}, 403),
    ):
        assert (await get(still, tokens, path, **daily | change)).get("status") == status, change
    poor = await login(still, LINKEDIN)
    for name in (path, "memberFollowersCount"):
        assert (await get(still, poor, name, **daily))["status"] == 403
    mara = await login(still, LINKEDIN, sandbox_person="mara", **OF_MEMBERS)
    plain = {"q": "me", "queryType": "COMMENT"}
    (row,) = (await get(still, mara, path, **plain))["elements"]
    assert row["metricType"] == "COMMENT"
