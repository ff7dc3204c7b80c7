"""Files on foreign addresses: looked at, fetched, adapted, and gone with their publication."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
import pytest_asyncio

from openchannels.core.assets import AssetStatus
from openchannels.core.platforms import Platform
from openchannels.core.publications import (
    Accepted,
    Cap,
    Content,
    Later,
    NeedsAction,
    Publication,
    Published,
    PublishStatus,
)
from openchannels.core.publishing import MediaRules
from tests.assets.files import audio, image, video
from tests.harness.tasks import run_due
from tests.publishing.conftest import ANYTHING, DAY, Desk
from tests.publishing.file_server import FileServer, redirect
from tests.publishing.made_up import PlayedPublisher

pytestmark = pytest.mark.asyncio(loop_scope="module")
PUBLISH = "/api/v2/channels/publish"


@pytest_asyncio.fixture(loop_scope="module")
async def files() -> AsyncIterator[FileServer]:
    async with FileServer().listening() as server:
        server.files = {"/a.jpg": image("JPEG"), "/v.mp4": video(), "/a.png": image("PNG")}
        yield server


def flow(desk: Desk, *urls: str, adaptation: str | None = None, **more: Any) -> dict[str, Any]:
    options = {"options": {"adaptation": {"imageFormat": adaptation}}} if adaptation else {}
    media = [{"url": url, **options} for url in urls]
    item = {"platform": "youtube", "accountId": desk.account}
    content = {"title": "Rye", "body": "Iron.", "media": media}
    return {"content": content, "publishAt": "2020-01-01T00:00:00Z", "items": [item], **more}


async def made(desk: Desk, body: dict[str, Any]) -> Publication:
    answer = await desk.tool.post(f"{PUBLISH}/flows", body)
    assert answer.code == 0, answer.envelope
    return await desk.get(answer.data["tasks"][0]["id"])


def hold(desk: Desk) -> None:
    """Let the platform take its time after the call that publishes."""
    desk.world.outcomes = [Accepted(60.0)]
    desk.world.polled = [Later(60.0), Published("w0", "https://played.example/w0")]


async def assets(desk: Desk) -> list[dict[str, Any]]:
    rows = await desk.rig.rows("assets", user_id=desk.user)
    return [row for row in rows if row["status"] != AssetStatus.DELETED.value]


def limit_images(desk: Desk, monkeypatch: pytest.MonkeyPatch, **media: Any) -> None:
    connector = desk.rig.runtime.services.context.platforms.connector(Platform("youtube"))
    limited = replace(ANYTHING, media=MediaRules(image_formats=("jpg", "jpeg"), **media))
    monkeypatch.setattr(connector, "publishing", limited)


async def test_fetched_before_it_goes_out_and_gone_with_it(desk: Desk, files: FileServer) -> None:
    files.answers["/moved"] = redirect(files.url("/v.mp4"))
    urls = (files.url("/a.jpg"), files.url("/moved"))
    one = await made(desk, flow(desk, *urls))
    assert await assets(desk) == []
    hold(desk)
    await desk.work()
    assert desk.world.count("Rye") == 1
    stored = Content.from_json((await desk.get(one.id)).content)
    rows = await assets(desk)
    assert {one.asset_id for one in stored.media} == {row["id"] for row in rows}
    assert {row["mime_type"] for row in rows} == {"image/jpeg", "video/mp4"}
    assert {row["type"] for row in rows} == {"publishMedia"}
    assert all(row["path"].endswith((".jpg", ".mp4")) for row in rows)
    await desk.pass_time(DAY, step=3600)
    assert (await desk.get(one.id)).status is PublishStatus.PUBLISHED
    assert await assets(desk) == []
    while await run_due(desk.rig.runtime.services, "purge-assets"):
        pass
    assert await desk.rig.rows("assets", user_id=desk.user) == []


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("/none.jpg", "status"),
        ("/sound.mp3", "type"),
        ("/page", "type"),
        ("/broken.jpg", "unreadable"),
        ("/loop", "status"),
        ("/inside", "address"),
        ("http://10.0.0.1/a.jpg", "address"),
        ("ftp://files.example/a.jpg", "address"),
    ],
)
async def test_what_cannot_be_used_is_refused_at_once(
    desk: Desk, files: FileServer, path: str, reason: str
) -> None:
    files.files |= {
        "/sound.mp3": audio("mp3", "libmp3lame"),
        "/page": b"<html><body>Not found</body></html>" * 10,
        "/broken.jpg": image("JPEG")[:200],
    }
    files.answers |= {
        "/loop": redirect("/loop"),
        "/inside": redirect("http://169.254.169.254/latest/meta-data/"),
    }
    url = path if "://" in path else files.url(path)
    for operation in ("flows", "preflight"):
        answer = await desk.tool.post(f"{PUBLISH}/{operation}", flow(desk, url))
        assert (answer.code, answer.data["reason"]) == (15038, reason), answer.envelope
        assert answer.data["url"] == url
    assert await desk.rig.rows("publications", user_id=desk.user) == []


async def test_one_file_for_several_accounts_is_looked_at_once(
    desk: Desk, files: FileServer
) -> None:
    second = await desk.tool.connected("youtube", "tomas")
    body = flow(desk, files.url("/a.jpg"), files.url("/a.jpg"))
    body["items"].append({"platform": "youtube", "accountId": second})
    answer = await desk.tool.post(f"{PUBLISH}/preflight", body)
    assert answer.data["ok"], answer.envelope
    # Its beginning, and the whole of the image.
    assert files.asked == ["/a.jpg", "/a.jpg"]


async def test_another_file_than_before_is_not_sent(desk: Desk, files: FileServer) -> None:
    one = await made(desk, flow(desk, files.url("/a.jpg")))
    files.files["/a.jpg"] = image("JPEG", 200, 200)
    await desk.work()
    found = await desk.get(one.id)
    assert found.status is PublishStatus.FAILED
    assert found.error is not None
    assert (found.error["type"], found.error["platformCode"]) == ("media_unavailable", "changed")
    assert desk.world.out == {}
    assert await assets(desk) == []


async def test_a_server_that_is_away_is_asked_again(desk: Desk, files: FileServer) -> None:
    one = await made(desk, flow(desk, files.url("/a.jpg")))
    files.answers["/a.jpg"] = b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n"
    await desk.work()
    assert desk.world.out == {}
    files.answers.clear()
    files.cut.add("/a.jpg")
    await desk.pass_time(60)
    assert desk.world.out == {}
    files.cut.clear()
    await desk.pass_time(300)
    assert (await desk.get(one.id)).status is PublishStatus.PUBLISHED
    await desk.pass_time(DAY, step=3600)
    assert await assets(desk) == []


async def test_a_process_that_ends_while_it_fetches_leaves_nothing(
    desk: Desk, files: FileServer
) -> None:
    one = await made(desk, flow(desk, files.url("/a.jpg")))
    store = desk.rig.runtime.services.context.asset_store

    async def die(*_: Any) -> int:
        raise SystemExit

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(store, "write", die)
        with pytest.raises(SystemExit):
            await desk.work()
    (left,) = await assets(desk)
    assert left["status"] == AssetStatus.PENDING.value
    await desk.pass_time(300)
    assert (await desk.get(one.id)).status is PublishStatus.PUBLISHED
    assert desk.world.count("Rye") == 1
    await desk.pass_time(DAY, step=3600)
    assert await assets(desk) == []


async def test_what_is_known_later_is_checked_again(
    desk: Desk, files: FileServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The length of a foreign video is not known before it is here."""
    limit_images(desk, monkeypatch, min_video_duration=3)
    one = await made(desk, flow(desk, files.url("/v.mp4")))
    await desk.work()
    found = await desk.get(one.id)
    assert found.status is PublishStatus.FAILED
    assert found.error is not None
    assert found.error["platformCode"] == "youtube.video.least_duration"
    assert desk.world.out == {}


async def test_a_title_is_changed_after_its_files_have_gone(
    desk: Desk, files: FileServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(PlayedPublisher, "updates", True)
    one = await made(desk, flow(desk, files.url("/a.jpg")))
    await desk.work()
    await desk.pass_time(DAY, step=7200)
    files.files.clear()
    body = {"content": {"title": "Rye, corrected"}}
    answer = await desk.tool.post(f"{PUBLISH}/tasks/{one.id}/update", body)
    assert answer.code == 0, answer.envelope
    await desk.work()
    assert (await desk.get(one.id)).status is PublishStatus.PUBLISHED
    assert desk.world.out == {"w0": "Rye, corrected"}


async def test_a_repeat_finds_its_flow_after_its_files_and_account_have_gone(
    desk: Desk, files: FileServer
) -> None:
    body = flow(desk, files.url("/a.jpg"), flowId="repeated")
    one = await made(desk, body)
    await desk.work()
    files.files.clear()
    assert (await made(desk, body)).id == one.id
    await desk.tool.delete(f"/api/v2/channels/accounts/{desk.account}")
    assert (await made(desk, body)).id == one.id
    other = {**body, "content": {**body["content"], "title": "Wheat"}}
    assert (await desk.tool.post(f"{PUBLISH}/flows", other)).code == 15021
    assert desk.world.count("Rye") == 1


@pytest.mark.parametrize("how", ["deleted", "reported"])
async def test_files_go_once_a_person_is_waited_for_no_more(
    desk: Desk, files: FileServer, how: str
) -> None:
    desk.world.outcomes = [NeedsAction("draft")]
    one = await made(desk, flow(desk, files.url("/a.jpg")))
    await desk.work()
    assert len(await assets(desk)) == 1
    record = f"{PUBLISH}/records/{one.id}"
    link = {"workLink": "https://www.youtube.com/watch?v=aB3dE5gH7jK"}
    answer = (
        await desk.tool.delete(record)
        if how == "deleted"
        else await desk.tool.patch(f"{record}/work-link", link)
    )
    assert answer.code == 0, answer.envelope
    assert await assets(desk) == []


async def test_images_are_adapted_only_on_request(
    desk: Desk, files: FileServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    files.files["/a.png"] = image("PNG", 400, 300)
    limit_images(desk, monkeypatch, max_image_width=200)
    url = files.url("/a.png")
    refused = await desk.tool.post(f"{PUBLISH}/preflight", flow(desk, url))
    rules = [issue["rule"] for issue in refused.data["items"][0]["issues"]]
    assert rules == ["youtube.image.format", "youtube.image.most_width"]
    accepted = await desk.tool.post(f"{PUBLISH}/preflight", flow(desk, url, adaptation="auto"))
    assert accepted.data["ok"], accepted.envelope
    one = await made(desk, flow(desk, url, adaptation="auto"))
    hold(desk)
    await desk.work()
    stored = Content.from_json((await desk.get(one.id)).content)
    sent = {row["id"]: row for row in await assets(desk)}[stored.media[0].asset_id]
    assert sent["mime_type"] == "image/jpeg"
    assert (sent["metadata"]["width"], sent["metadata"]["height"]) == (200, 150)
    await desk.pass_time(DAY, step=3600)
    assert await assets(desk) == []


async def test_preflight_counts_the_caps_of_the_app(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some are set by the operator: those that are kept when it goes out."""
    raised = [Cap(5, DAY, scope="app")]
    monkeypatch.setattr(PlayedPublisher, "caps_for", lambda self, app: raised)
    (item,) = (await desk.tool.post(f"{PUBLISH}/preflight", flow(desk))).data["items"]
    assert [(cap["scope"], cap["most"]) for cap in item["caps"]] == [("app", 5)]


async def test_preflight_tells_cost_and_time(desk: Desk, files: FileServer) -> None:
    desk.world.caps = (Cap(1, DAY, scope="app", day="America/Los_Angeles"),)
    before = (await desk.tool.post(f"{PUBLISH}/preflight", flow(desk))).data["items"][0]
    assert before["cost"] == [{"amount": 1.0, "unit": "uploads"}]
    assert [(cap["scope"], cap["most"], cap["left"]) for cap in before["caps"]] == [("app", 1, 1)]
    await made(desk, flow(desk))
    await desk.work()
    after = (await desk.tool.post(f"{PUBLISH}/preflight", flow(desk))).data["items"][0]
    assert after["caps"][0]["left"] == 0
    assert after["earliestAt"] == after["caps"][0]["freeAt"] > before["earliestAt"]
