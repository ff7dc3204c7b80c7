"""Figures and single works: what is told, what is kept, and who may ask."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import quote

import pytest
from yarl import URL

from openchannels.api.schemas.platform_metadata import metadata_vo
from openchannels.connectors.base.insights import WorkDetails
from openchannels.core.accounts import Account
from openchannels.core.clock import iso
from openchannels.core.insights import AccountFigures, AccountMetrics, AccountSpan, WorkFigures
from openchannels.core.platform_errors import FailureKind
from openchannels.core.platforms import Platform
from openchannels.core.works import Metrics
from openchannels.service.insights import snapshots
from openchannels.service.platforms.metadata import metadata
from openchannels.store.queries import accounts
from openchannels.store.queries import snapshots as store
from tests.harness.paths import ACCOUNTS, WORKS
from tests.insights.conftest import Scene
from tests.insights.made_up import detailed

pytestmark = pytest.mark.asyncio(loop_scope="module")
DAY = 86_400.0
IDS = ("aB3", "urn:li:share:1", "accounts/1/locations/2/localPosts/3", "analytics", "link-info",
       "a b?c#d%2Fe", "作品")  # fmt: skip


def times(answer: Any) -> list[str]:
    return [one["snapshotAt"] for one in answer.data["snapshots"]]


async def test_an_accounts_figures_are_told_and_kept(scene: Scene) -> None:
    now = scene.tool.rig.clock()
    told = (await scene.figures()).data
    (snapshot,) = told["snapshots"]
    assert told["metrics"] == {"fansCount": 7, "workCount": 0}
    assert told["profile"] == {"displayName": "Ida"}
    assert told["extra"] == {"level": 3}
    assert told["fetchedAt"] == iso(now)
    assert {name: snapshot[name] for name in ("metrics", "profile", "extra")} == {
        name: told[name] for name in ("metrics", "profile", "extra")
    }
    assert (snapshot["id"], snapshot["snapshotAt"]) == (told["snapshotId"], iso(now))
    assert (told["platform"], told["accountId"]) == ("youtube", scene.account)
    assert "message" not in told


async def test_the_same_figures_are_kept_once_a_minute(scene: Scene) -> None:
    clock, kept = scene.tool.rig.clock, list[str]()
    for seconds, fans in ((0, 7), (59, 7), (0, 8), (0, 7), (61, 7)):
        clock.advance(seconds)
        scene.played.account = replace(scene.played.account, metrics=AccountMetrics(fans=fans))
        kept.append((await scene.figures()).data["snapshotId"])
    assert [kept.index(one) for one in kept] == [0, 0, 2, 3, 4]
    at_once = await asyncio.gather(*(scene.figures() for _ in range(5)))
    assert {one.data["snapshotId"] for one in at_once} == {kept[-1]}


async def test_snapshots_are_those_of_the_period(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = scene.tool.rig.clock
    moments = []
    for _ in range(4):
        await scene.figures()
        moments.append(iso(clock()))
        clock.advance(14 * DAY)
    scene.played.there = False
    assert times(await scene.figures()) == moments[2:]
    assert times(await scene.figures(since=moments[0])) == moments
    assert times(await scene.figures(until=moments[1])) == moments[:2]
    assert times(await scene.figures(since=moments[1], until=moments[2])) == moments[1:3]
    refused = await scene.figures(since=moments[2], until=moments[1])
    assert (refused.code, refused.data["issues"][0]["path"]) == (10002, "since")
    monkeypatch.setattr(snapshots, "MOST", 3)
    assert times(await scene.figures(since="0001-01-01T00:00:00+14:00")) == moments[1:]


async def test_the_platforms_own_parts_stand_among_the_stored(scene: Scene) -> None:
    now = scene.tool.rig.clock()
    spans = [AccountSpan(now - DAY, now - 5.0, AccountMetrics(views=3)),
             AccountSpan(now - 5.0, now + DAY, AccountMetrics(views=1))]  # fmt: skip
    scene.played.account = AccountFigures(AccountMetrics(views=4), spans=spans)
    asked = {"since": iso(now - 2 * DAY), "until": iso(now)}
    first, *rest = (await scene.figures(**asked)).data["snapshots"]
    assert first == {
        "platformUid": first["platformUid"],
        "snapshotAt": iso(now - 5.0),
        "fetchedAt": iso(now),
        "periodStartAt": iso(now - DAY),
        "periodEndAt": iso(now - 5.0),
        "metrics": {"viewCount": 3},
    }
    (stored,) = (one for one in rest if "id" in one)
    assert (stored["periodStartAt"], stored["periodEndAt"]) == (asked["since"], asked["until"])
    (running,) = (one for one in rest if "id" not in one)
    assert (running["snapshotAt"], running["metrics"]) == (iso(now), {"viewCount": 1})
    (period,) = scene.played.asked
    assert (iso(period.since), iso(period.until)) == (asked["since"], asked["until"])


async def test_without_figures_there_is_a_message_and_what_is_stored(scene: Scene) -> None:
    await scene.figures()
    await scene.work("w/analytics", accountId=scene.account)
    scene.played.there = False
    told = (await scene.figures()).data
    assert (told["message"], len(told["snapshots"])) == ("Analytics not supported", 1)
    assert "metrics" not in told
    work = (await scene.work("w/analytics", accountId=scene.account)).data
    assert (work["message"], len(work["snapshots"])) == ("Work analytics not supported", 1)
    alone = (await scene.work("w/analytics", platform="bilibili")).data
    assert alone == {
        "platform": "bilibili",
        "platformWorkId": "w",
        "snapshots": [],
        "message": "Account required",
    }
    assert len(scene.played.asked) == 2


async def test_what_is_checked_first(scene: Scene) -> None:
    stranger = await scene.tool.rig.tool()
    other = await scene.tool.connected("bilibili")
    lacking = {"platform": "bilibili", "capability": "work.getDetail"}
    for rest, platform, account, code, data in (
        ("w", "nonsense", None, 10002, None),
        ("x" * 513, "youtube", None, 10002, None),
        ("w", "bilibili", None, 15080, lacking),
        ("w", "bilibili", "nobody", 15080, lacking),
        ("w", "youtube", None, 16037, {"platform": "youtube"}),
        ("w", "youtube", "nobody", 12600, {}),
        ("w", "youtube", other, 15040, {}),
        ("w/analytics", "youtube", other, 15040, {}),
        ("w/history", "youtube", None, 10002, None),
        ("w/history", "youtube", other, 15040, {}),
    ):
        params = {"accountId": account} if account else {}
        answer = await scene.work(rest, platform, **params)
        assert answer.code == code, (rest, platform, account)
        assert data is None or answer.data == data
    for path in (f"{ACCOUNTS}/{scene.account}/analytics",
                 *(f"{WORKS}/youtube/w{end}?accountId={scene.account}"
                   for end in ("", "/analytics", "/history"))):  # fmt: skip
        assert (await stranger.get(path)).code == 12600
    asked = {"candidateAccountId": scene.account}
    assert (await stranger.post(f"{WORKS}/youtube/w/ownership/verify", asked)).code == 12600
    assert scene.played.asked == []


@pytest.mark.parametrize("work_id", IDS)
async def test_any_work_id_arrives_whole(scene: Scene, work_id: str) -> None:
    base = f"{WORKS}/youtube/{quote(work_id, safe='')}"
    account = f"accountId={quote(scene.account)}"

    async def call(method: str, end: str, body: Any = None) -> Any:
        url = URL(f"{scene.tool.rig.url}{base}{end}", encoded=True)
        key = {"X-Api-Key": scene.tool.key.key}
        async with scene.tool.rig.http.request(method, url, headers=key, json=body) as answer:
            told = await answer.json()
        assert told["code"] == 0, told
        return told["data"]

    detail = await call("GET", f"?{account}")
    await call("GET", f"/analytics?{account}")
    await call("POST", "/ownership/verify", {"candidateAccountId": scene.account})
    history = await call("GET", f"/history?{account}")
    asked = [one[0] if isinstance(one, tuple) else one for one in scene.played.asked]
    assert asked == [work_id] * 3
    assert detail["work"]["id"] == work_id
    assert {one["platformWorkId"] for one in history["list"]} == {work_id}


async def test_a_work_and_its_metrics(scene: Scene) -> None:
    scene.played.detail = lambda work_id: detailed(work_id, "UC9", title="T", author_name="Ida")
    told = (await scene.work("w", accountId=scene.account)).data
    assert told["work"] == {
        "id": "w",
        "title": "T",
        "mediaType": "video",
        "author": "Ida",
        "authorPlatformUid": "UC9",
    }
    (snapshot,) = told["snapshots"]
    assert (snapshot["work"], snapshot["metrics"]) == (told["work"], {"likeCount": 2})
    assert (snapshot["id"], snapshot["snapshotAt"]) == (told["snapshotId"], told["fetchedAt"])
    scene.tool.rig.clock.advance(30.0)
    (again,) = (await scene.work("w", accountId=scene.account)).data["snapshots"]
    (kept,) = (await scene.work("w/history", accountId=scene.account)).data["list"]
    assert kept == snapshot == {**again, "fetchedAt": snapshot["fetchedAt"]}


async def test_a_work_over_time(scene: Scene) -> None:
    clock, moments = scene.tool.rig.clock, list[str]()
    for views in range(5):
        scene.played.work = WorkFigures(Metrics(views=views))
        await scene.work("w/analytics", accountId=scene.account)
        await scene.work("another/analytics", accountId=scene.account)
        moments.append(iso(clock()))
        clock.advance(views % 2 * DAY)
    listed, cursor, pages = list[Any](), "", 0
    while cursor or not pages:
        more = {"cursor": cursor} if cursor else {}
        page = (await scene.work("w/history", accountId=scene.account, limit=2, **more)).data
        listed, cursor, pages = listed + page["list"], page.get("nextCursor", ""), pages + 1
    assert (pages, len({one["id"] for one in listed})) == (3, 5)
    assert [one["snapshotAt"] for one in listed] == moments[::-1]
    assert sorted(one["metrics"]["viewCount"] for one in listed) == [0, 1, 2, 3, 4]
    assert listed[0]["work"] == {"id": "w"}
    part = await scene.work(
        "w/history", accountId=scene.account, since=moments[0], until=moments[1]
    )
    assert len(part.data["list"]) == 2
    for bad in ("x", "nan_" + listed[0]["id"], "0x1p0_x", "0x1p99999_" + "0" * 24):
        answer = await scene.work("w/history", accountId=scene.account, cursor=bad)
        assert answer.code == 10002, bad


def by(author: Callable[[Account], str | None], **work: Any) -> Any:
    return lambda account: lambda work_id: detailed(work_id, author(account), **work)


OWNERS = {
    "the channel": (by(lambda account: account.secondary), True),
    "the person behind several channels": (by(lambda account: account.uid), False),
    "somebody else": (by(lambda _: "UC-other"), False),
    "nobody": (by(lambda _: None), False),
    "a name": (by(lambda _: None, author_name="Ida", author_uid="UC"), False),
}


@pytest.mark.parametrize("case", OWNERS)
async def test_a_work_is_owned_if_the_platform_names_the_account(scene: Scene, case: str) -> None:
    made, owned = OWNERS[case]
    scene.played.detail = made(await stored(scene))
    answer = await verify(scene)
    assert answer.data == {"platform": "youtube", "owned": owned}
    assert (await scene.work("w/history", accountId=scene.account)).data == {"list": []}


async def stored(scene: Scene) -> Account:
    db = scene.tool.rig.runtime.db
    account = await db.read(accounts.get_account, scene.account, scene.tool.user_id)
    assert account is not None
    return account


async def verify(scene: Scene) -> Any:
    body = {"candidateAccountId": scene.account}
    return await scene.tool.post(f"{WORKS}/youtube/w/ownership/verify", body)


async def test_what_else_proves_a_work_and_what_does_not(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene.played.failures = [FailureKind.NOT_FOUND]
    assert (await verify(scene)).data["owned"] is False
    scene.played.failures = [FailureKind.RATE_LIMITED]
    assert (await verify(scene)).code == 15071
    connector = scene.tool.rig.runtime.services.context.platforms.connector(Platform("youtube"))
    monkeypatch.setattr(type(connector.details), "own_only", True, raising=False)
    assert (await verify(scene)).data["owned"] is True
    scene.played.failures = [FailureKind.NOT_FOUND]
    assert (await verify(scene)).data["owned"] is False
    scene.played.there = False
    told = (await verify(scene)).data
    assert told["owned"] is False
    assert told["message"] == "Ownership verification not supported"
    assert WorkDetails.own_only is False


async def test_a_refused_token_is_refreshed_and_a_dead_one_ends_the_account(scene: Scene) -> None:
    scene.played.failures = [FailureKind.TOKEN_EXPIRED]
    assert (await scene.figures()).data["metrics"]["fansCount"] == 7
    scene.played.failures = [FailureKind.DEAD_GRANT]
    assert (await scene.figures()).code == 15002
    asked = len(scene.played.asked)
    assert (await scene.figures()).code == 15001
    assert (await scene.work("w", accountId=scene.account)).code == 15001
    assert len(scene.played.asked) == asked
    assert (await scene.work("w/history", accountId=scene.account)).code == 0


async def test_figures_are_told_though_they_cannot_be_kept(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: Any) -> None:
        raise OSError("the database is away")

    for query in ("keep_account", "keep_work"):
        monkeypatch.setattr(store, query, away)
    for told in (
        (await scene.figures()).data,
        (await scene.work("w/analytics", accountId=scene.account)).data,
        (await scene.work("w", accountId=scene.account)).data,
    ):
        assert "fetchedAt" in told
        assert "snapshotId" not in told


async def test_snapshots_go_with_their_account(scene: Scene) -> None:
    rig = scene.tool.rig
    await scene.figures()
    await scene.work("w", accountId=scene.account)
    assert len(await rig.rows("snapshots", user_id=scene.tool.user_id)) == 2
    assert (await scene.tool.call("DELETE", f"{ACCOUNTS}/{scene.account}")).code == 0
    assert await rig.rows("snapshots") == []


async def test_what_is_claimed_is_what_is_there(scene: Scene) -> None:
    platforms = scene.tool.rig.runtime.services.context.platforms
    for there in (True, False):
        scene.played.there = there
        rows = {row.id: metadata_vo(row, "", "en-US") for row in metadata(platforms)}
        can, cannot = (rows[Platform(name)].capabilities for name in ("youtube", "bilibili"))
        assert (can.analytics.account, can.analytics.work) == (there, there)
        assert (can.work.get_detail, can.work.verify_ownership) == (there, there)
        assert (cannot.analytics.account, cannot.work.get_detail) == (False, False)
