"""The operations of publishing over HTTP, with a made-up platform behind them."""

from typing import Any

import pytest

from openchannels.api.schemas.publishing import error_data_vo
from openchannels.core.clock import iso
from openchannels.core.platform_errors import FailureKind
from openchannels.core.platforms import Platform
from openchannels.core.publications import NeedsAction, PublishStatus, Stage
from tests.harness.rig import Rig
from tests.publishing.conftest import Desk
from tests.publishing.made_up import failing

pytestmark = pytest.mark.asyncio(loop_scope="module")
PUBLISH = "/api/v2/channels/publish"
WATCH = "https://www.youtube.com/watch"


def flow(desk: Desk, title: str = "Rye", **more: Any) -> dict[str, Any]:
    item = {"platform": "youtube", "accountId": desk.account}
    at = {"publishAt": "2020-01-01T00:00:00Z"}
    return {"content": {"title": title, "body": "Iron."}, **at, "items": [item], **more}


async def test_a_flow_is_made_published_and_listed(desk: Desk) -> None:
    made = await desk.tool.post(f"{PUBLISH}/flows", flow(desk, flowId="f1"))
    assert made.code == 0, made.envelope
    (task,) = made.data["tasks"]
    assert (task["status"], task["accountId"]) == (0, desk.account)
    await desk.work()
    found = await desk.tool.get(f"{PUBLISH}/flows/f1")
    (task,) = found.data["tasks"]
    assert (task["status"], task["workLink"]) == (1, "https://played.example/w0")
    for path in ("records", "records/published"):
        (record,) = (await desk.tool.get(f"{PUBLISH}/{path}")).data
        assert (record["id"], record["title"], record["type"]) == (task["id"], "Rye", "article")
    assert (await desk.tool.get(f"{PUBLISH}/records/queued")).data == []
    shown = await desk.tool.get(f"{PUBLISH}/records/public/{task['id']}")
    assert shown.data["workLink"] == "https://played.example/w0"
    assert "title" not in shown.data


async def test_the_same_flow_again_changes_nothing(desk: Desk) -> None:
    body = flow(desk, flowId="f2")
    first = await desk.tool.post(f"{PUBLISH}/flows", body)
    again = await desk.tool.post(f"{PUBLISH}/flows", body)
    assert again.data == first.data
    other = await desk.tool.post(f"{PUBLISH}/flows", flow(desk, "Wheat", flowId="f2"))
    assert other.code == 15025
    await desk.work()
    assert desk.world.count("Rye") == 1
    twice = {**body, "items": body["items"] * 2}
    assert (await desk.tool.post(f"{PUBLISH}/flows", twice)).code == 15052


async def test_an_empty_flow_id_is_none(desk: Desk) -> None:
    made = [await desk.tool.post(f"{PUBLISH}/flows", flow(desk, flowId="")) for _ in range(2)]
    assert [answer.code for answer in made] == [0, 0]
    assert all(answer.data["flowId"] for answer in made)
    assert made[0].data["flowId"] != made[1].data["flowId"]


async def test_a_waiting_task_is_changed_and_cancelled(desk: Desk) -> None:
    later = flow(desk, publishAt="2099-01-01T00:00:00Z")
    (task,) = (await desk.tool.post(f"{PUBLISH}/flows", later)).data["tasks"]
    one = f"{PUBLISH}/tasks/{task['id']}"
    moved = await desk.tool.patch(f"{one}/publish-at", {"publishAt": "2098-01-01T00:00:00Z"})
    assert moved.data == {"taskId": task["id"]}
    await desk.work()
    assert desk.world.out == {}
    assert (await desk.tool.delete(one)).data == {"taskId": task["id"]}
    assert (await desk.tool.post(f"{one}/publish-now", {})).code == 15058
    assert (await desk.tool.post(f"{one}/retry", {})).code == 15095
    assert (await desk.get(task["id"])).status is PublishStatus.CANCELLED
    assert await desk.events(task["id"]) == [
        "publish.scheduled",
        "publish.scheduled",
        "publish.cancelled",
    ]
    assert (await desk.tool.delete(f"{PUBLISH}/records/{task['id']}")).data is True
    assert (await desk.tool.get(f"{PUBLISH}/records/{task['id']}")).code == 15000


@pytest.mark.parametrize("at", ["9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+12:00"])
async def test_a_time_that_utc_cannot_write_is_refused(desk: Desk, at: str) -> None:
    for path in ("preflight", "flows"):
        answer = await desk.tool.post(f"{PUBLISH}/{path}", flow(desk, publishAt=at))
        assert [one["path"] for one in answer.data["issues"]] == ["publishAt"], answer.body
    later = flow(desk, publishAt="2099-01-01T00:00:00Z")
    (task,) = (await desk.tool.post(f"{PUBLISH}/flows", later)).data["tasks"]
    moved = await desk.tool.patch(f"{PUBLISH}/tasks/{task['id']}/publish-at", {"publishAt": at})
    assert moved.code == 10002


@pytest.mark.parametrize("can", [True, False])
async def test_a_work_is_taken_back_where_the_app_can(
    desk: Desk, can: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    (task,) = (await desk.tool.post(f"{PUBLISH}/flows", flow(desk))).data["tasks"]
    await desk.work()
    publisher = desk.rig.runtime.services.context.platforms.connector(Platform("youtube")).publisher

    async def remove(*call: Any) -> None:
        del desk.world.out[call[-1].work_id]

    monkeypatch.setattr(publisher, "removes_for", lambda app: can)
    monkeypatch.setattr(publisher, "remove", remove)
    assert (await desk.tool.delete(f"{PUBLISH}/tasks/{task['id']}")).code == (0 if can else 15055)
    assert len(desk.world.out) == (0 if can else 1)


async def test_the_last_time_that_utc_can_write_is_taken(desk: Desk) -> None:
    last = flow(desk, publishAt="9999-12-31T23:59:59.000Z")
    (task,) = (await desk.tool.post(f"{PUBLISH}/flows", last)).data["tasks"]
    assert task["publishTime"] == "9999-12-31T23:59:59.000Z"


@pytest.mark.parametrize(
    ("wrong", "path", "message"),
    [
        ({"title": None}, "content.title", "Expected str, got null"),
        ({"media": [{"url": "a"}, {"url": ""}]}, "content.media.1.url", None),
        ({"media": [{}]}, "content.media.0.url", "is required"),
        ({"cover": "x"}, "content.cover", None),
    ],
)
async def test_the_part_of_the_content_that_is_wrong_is_named(
    desk: Desk, wrong: dict[str, Any], path: str, message: str | None
) -> None:
    answer = await desk.tool.post(f"{PUBLISH}/flows", flow(desk, content=wrong))
    (issue,) = answer.data["issues"]
    assert (answer.code, issue["path"]) == (10002, path)
    assert message in (None, issue["message"])


async def test_what_is_sent_is_not_taken_for_a_place(desk: Desk) -> None:
    body = flow(desk)
    body["items"][0]["platform"] = "x - at `$.other"
    (issue,) = (await desk.tool.post(f"{PUBLISH}/flows", body)).data["issues"]
    assert issue["path"] == "items.0.platform"


async def test_publish_now(desk: Desk) -> None:
    later = flow(desk, publishAt="2099-01-01T00:00:00Z")
    (task,) = (await desk.tool.post(f"{PUBLISH}/flows", later)).data["tasks"]
    assert (await desk.tool.post(f"{PUBLISH}/tasks/{task['id']}/publish-now", {})).code == 0
    await desk.work()
    assert desk.world.count("Rye") == 1


async def test_a_person_finishes_it(desk: Desk) -> None:
    desk.world.outcomes = [NeedsAction("draft", link="https://played.example/drafts/1")]
    (task,) = (await desk.tool.post(f"{PUBLISH}/flows", flow(desk))).data["tasks"]
    await desk.work()
    one = f"{PUBLISH}/records/{task['id']}"
    action = (await desk.tool.get(f"{one}/user-action")).data
    assert action["shortLink"] == "https://played.example/drafts/1"
    assert (await desk.tool.patch(f"{one}/work-link", {})).code == 15036
    link = {"workLink": f"{WATCH}?v=aB3dE5gH7jK", "platformWorkId": "w0"}
    done = await desk.tool.patch(f"{one}/work-link", link)
    assert (done.data["status"], done.data["platformWorkId"]) == (1, "w0")
    assert (await desk.events(task["id"]))[-1] == "publish.published"
    audited = [row["action"] for row in await desk.rig.rows("audit", user_id=desk.user)]
    assert "publication.changed" in audited


@pytest.mark.parametrize(
    "link",
    [
        "w0",
        "javascript:alert(1)",
        "https://example.com/watch?v=aB3dE5gH7jK",
        "https://www.youtube.com/@rye",
        "https://x.com/rye/status/1",
    ],
)
async def test_a_link_that_leads_to_no_work_of_the_platform_is_refused(
    desk: Desk, link: str
) -> None:
    (task,) = (await desk.tool.post(f"{PUBLISH}/flows", flow(desk))).data["tasks"]
    await desk.work()
    one = f"{PUBLISH}/records/{task['id']}"
    refused = await desk.tool.patch(f"{one}/work-link", {"workLink": link})
    assert (refused.code, refused.data) == (15036, {"platform": "youtube"})
    assert (await desk.tool.get(one)).data["workLink"] == "https://played.example/w0"


async def test_a_reported_link_names_its_work(desk: Desk) -> None:
    desk.world.outcomes = [NeedsAction("draft")]
    (task,) = (await desk.tool.post(f"{PUBLISH}/flows", flow(desk))).data["tasks"]
    await desk.work()
    link = {"workLink": "https://youtu.be/aB3dE5gH7jK"}
    done = await desk.tool.patch(f"{PUBLISH}/records/{task['id']}/work-link", link)
    assert done.data["platformWorkId"] == "aB3dE5gH7jK"


async def test_a_reported_link_settles_what_was_not_confirmed(desk: Desk) -> None:
    """Somebody has looked, so that a retry would publish it twice."""
    error = {"type": "unconfirmed", "code": 15063}
    values = {"status": int(PublishStatus.FAILED), "stage": Stage.DONE.value, "error": error}
    one = await desk.add("Rye", **values)
    path = f"{PUBLISH}/records/{one}/work-link"
    unready = await desk.tool.patch(path, {"linkStatus": "pending"})
    assert unready.data["status"] == -1
    done = await desk.tool.patch(path, {"workLink": f"{WATCH}?v=aB3dE5gH7jK"})
    assert (done.data["status"], done.data.get("errorData")) == (1, None)
    assert await desk.events(one) == ["publish.published"]
    assert (await desk.tool.post(f"{PUBLISH}/tasks/{one}/retry?force=true", {})).code == 15095


@pytest.mark.parametrize(
    ("kind", "reason"),
    [(FailureKind.QUOTA, "limit"), (FailureKind.UNAVAILABLE, "next_attempt")],
)
async def test_what_is_waited_for_after_a_failure_is_told(
    desk: Desk, kind: FailureKind, reason: str
) -> None:
    desk.world.before_prepare = [failing(kind, retry_after=90.0)]
    (task,) = (await desk.tool.post(f"{PUBLISH}/flows", flow(desk))).data["tasks"]
    await desk.work()
    told = (await desk.tool.get(f"{PUBLISH}/records/{task['id']}")).data
    due = iso(desk.rig.clock() + 90)
    assert (told["status"], told["waiting"]) == (6, {"reason": reason, "expectedAt": due})
    assert told["errorData"]["retryable"] is True
    await desk.pass_time(100, step=100)
    told = (await desk.tool.get(f"{PUBLISH}/records/{task['id']}")).data
    assert (told["status"], told.get("waiting"), told.get("errorData")) == (1, None, None)


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (
            {"code": 15063, "platformCode": "REJECTED", "platformMessage": "By our policy."},
            "The platform failed to publish, status: REJECTED: By our policy.",
        ),
        (
            {"code": 15063, "platformMessage": "Copyright & more"},
            "The platform failed to publish, status: Copyright &amp; more",
        ),
        (
            {"code": 15063, "status": "not_published"},
            "The platform failed to publish, status: not_published",
        ),
        (
            {"code": 15038, "platformCode": "not_found", "platformMessage": "https://a/b.jpg"},
            "Publish resource is not accessible: https://a/b.jpg (status: not_found)",
        ),
        (
            {"code": 15079, "platform": "youtube", "platformMessage": "It is gone."},
            "youtube work not found: It is gone.",
        ),
    ],
)
async def test_a_failure_is_told_without_gaps(error: dict[str, Any], message: str) -> None:
    told = error_data_vo({"type": "platform", **error}, "en-US")
    assert told.message == message


async def test_what_is_not_there(desk: Desk, rig: Rig) -> None:
    other = await rig.tool()
    (task,) = (await desk.tool.post(f"{PUBLISH}/flows", flow(desk, flowId="mine"))).data["tasks"]
    assert (await other.get(f"{PUBLISH}/flows/mine")).code == 15050
    assert (await other.get(f"{PUBLISH}/records/{task['id']}")).code == 15000
    assert (await other.post(f"{PUBLISH}/tasks/{task['id']}/publish-now", {})).code == 15004
    assert (await other.post(f"{PUBLISH}/flows", flow(desk))).code == 15021
    unknown = flow(desk)
    unknown["content"]["media"] = [{"url": "https://media.example/none.jpg"}]
    missing = await desk.tool.post(f"{PUBLISH}/flows", unknown)
    assert missing.code == 15038
    assert missing.message.endswith(f"none.jpg (status: {missing.data['reason']})")
    assert (await desk.tool.post(f"{PUBLISH}/preflight", flow(desk))).data["ok"] is True
