"""Google Business Profile: local posts, their states, the photo that is fetched twice, limits."""

import zlib
from typing import Any

from .conftest import Client, advance
from .file_server import FileServer
from .oauth_platforms import GBP_POSTS, PLATFORMS
from .oauth_protocol import bearer, login

GOOGLE = PLATFORMS["google_business"]
IMAGE = b"a picture"
SCHEDULE = {
    "startDate": {"year": 2026, "month": 12, "day": 4},
    "startTime": {"hours": 18, "minutes": 0},
    "endDate": {"year": 2026, "month": 12, "day": 4},
    "endTime": {"hours": 21, "minutes": 30},
}
EVENT = {"topicType": "EVENT", "event": {"title": "Open wheel night", "schedule": SCHEDULE}}


class Place:
    """A location of a person as a test writes to it."""

    def __init__(self, client: Client, head: dict[str, str], url: str) -> None:
        self.client, self.head, self.url = client, head, url

    async def post(self, **more: Any) -> Any:
        body = {"summary": "New bowls.", "topicType": "STANDARD", "languageCode": "da"} | more
        return await self.client.post(self.url, json=body, headers=self.head)

    async def state(self, one: Any) -> str:
        return (await self.show(one)).json().get("state", "")

    async def show(self, one: Any) -> Any:
        number = one.json()["name"].rpartition("/")[2]
        return await self.client.get(f"{self.url}/{number}", headers=self.head)

    async def patch(self, one: Any, mask: str, **body: Any) -> Any:
        number = one.json()["name"].rpartition("/")[2]
        url = f"{self.url}/{number}"
        query = {"updateMask": mask} if mask else {}
        return await self.client.patch(url, params=query, json=body, headers=self.head)

    async def delete(self, one: Any) -> Any:
        number = one.json()["name"].rpartition("/")[2]
        return await self.client.delete(f"{self.url}/{number}", headers=self.head)


async def place(client: Client, person: str = "ida", number: int = 0, account: int = 0) -> Place:
    head = bearer(await login(client, GOOGLE, sandbox_person=person))
    world = (await client.get(f"/_world/google_business/{person}")).json()
    location = world["locations"][number]["id"]
    url = f"{GBP_POSTS}/{world['accounts'][account]}/locations/{location}/localPosts"
    return Place(client, head, url)


def refusal(answer: Any) -> tuple[int, str]:
    details = answer.json()["error"].get("details", [{}])[0].get("errorDetails", [{}])
    return answer.status_code, details[0].get("field", "")


async def test_a_post_is_processed_and_then_live(still: Client, file_server: FileServer) -> None:
    here = await place(still)
    await still.put("/_publishing/google_business", json={"processingSeconds": 60})
    address = file_server.put("/a.jpg", "image/jpeg", IMAGE)
    media = [{"mediaFormat": "PHOTO", "sourceUrl": address}]
    button = {"actionType": "LEARN_MORE", "url": "https://kiln.example/bowls"}
    made = await here.post(media=media, callToAction=button)
    assert made.status_code == 200, made.text
    body = made.json()
    assert (body["state"], body["summary"], body["callToAction"]) == (
        "PROCESSING",
        "New bowls.",
        button,
    )
    assert body["media"][0]["googleUrl"].startswith("https://lh3.googleusercontent.com/p/")
    assert await here.state(made) == "PROCESSING"
    await advance(still, 60)
    assert await here.state(made) == "LIVE"
    assert "lpsid=" in (await here.show(made)).json()["searchUrl"]
    listed = (await still.get(here.url, headers=here.head)).json()["localPosts"]
    assert listed[0]["name"] == body["name"]
    (kept,) = (await still.get("/_world/google_business/ida/posts")).json()["posts"]
    assert kept["files"][0]["checksum"] == zlib.crc32(IMAGE)

    awaited = await here.post(media=media)
    file_server.silent.add("/a.jpg")
    await advance(still, 60)
    assert await here.state(awaited) == "PROCESSING"
    file_server.silent.clear()
    assert await here.state(awaited) == "LIVE"

    removed = await here.post(media=media)
    del file_server.files["/a.jpg"]
    await advance(still, 60)
    assert await here.state(removed) == "REJECTED"
    unreachable = await here.post(media=media)
    assert refusal(unreachable) == (400, "media.source_url")
    assert unreachable.json()["error"]["details"][0]["errorDetails"][0]["code"] == 1000
    phone = await here.post(summary="Ring 86 12 34 56")
    await still.put("/_publishing/google_business", json={"reject": "policy", "reviewSeconds": 9})
    other = await here.post()
    assert await here.state(other) == "PROCESSING"
    await advance(still, 60)
    assert [await here.state(one) for one in (phone, other)] == ["REJECTED", "REJECTED"]


async def test_scheduled_posts_changes_and_deletions(still: Client) -> None:
    here = await place(still)
    later = await here.post(**EVENT, scheduledTime="2026-11-25T18:00:00Z")
    assert later.json()["state"] == "PROCESSING"
    assert await here.state(later) == "SCHEDULED"
    shown = (await here.show(later)).json()["event"]["schedule"]
    assert (shown["startTime"], shown["endTime"]) == ({"hours": 18}, {"hours": 21, "minutes": 30})
    changed = await here.patch(
        later, "summary,event.title", summary="New", event={"title": "Wheel"}
    )
    assert changed.json()["state"] == "PROCESSING"
    after = (await here.show(later)).json()
    assert (after["summary"], after["event"]["title"], after["state"]) == (
        "New",
        "Wheel",
        "SCHEDULED",
    )
    assert after["scheduledTime"] == "2026-11-25T18:00:00Z"
    await advance(still, 6 * 3_600)
    here.head = (await place(still)).head
    assert await here.state(later) == "LIVE"
    for mask in ("", "topicType", "media"):
        assert (await here.patch(later, mask, summary="x")).status_code == 400
    assert (await here.delete(later)).json() == {}
    assert (await here.delete(later)).status_code == 404


async def test_what_a_post_may_not_be(still: Client) -> None:
    here = await place(still)
    open_end = {name: value for name, value in SCHEDULE.items() if name != "endTime"}
    event = EVENT["event"]
    photo = {"mediaFormat": "PHOTO", "sourceUrl": "https://media.example/a.jpg"}
    for change, status, field in (
        ({"summary": "x" * 1_501}, 400, "summary"),
        ({"topicType": None}, 400, "topicType"),
        ({"topicType": "EVENT"}, 400, "event.title"),
        ({**EVENT, "event": {**event, "title": "x" * 59}}, 400, "event.title"),
        ({**EVENT, "event": {**event, "schedule": open_end}}, 400, "event.schedule.endTime"),
        ({"callToAction": {"actionType": "CALL", "url": "https://a"}}, 400, "callToAction.url"),
        ({"callToAction": {"actionType": "BOOK"}}, 400, "callToAction.url"),
        ({"media": [photo, photo]}, 400, "media"),
        ({"media": [{**photo, "mediaFormat": "VIDEO"}]}, 500, ""),
        ({"scheduledTime": "2026-11-25T11:00:00Z"}, 400, "scheduledTime"),
        ({"state": "LIVE"}, 400, "state"),
        ({"colour": "red"}, 400, ""),
    ):  # fmt: skip
        await advance(still, 10)
        assert refusal(await here.post(**change)) == (status, field), change


async def test_limits_and_locations_that_may_not_post(still: Client) -> None:
    here = await place(still, "mara")
    answers = [(await here.post()).status_code for _ in range(11)]
    assert answers == [200] * 10 + [429]
    other = await place(still, "mara", 1, 1)
    assert (await other.post()).status_code == 200
    foreign = await place(still, "mara", 1, 0)
    assert (await foreign.post()).status_code == 404
    await advance(still, 61)
    assert (await here.post()).status_code == 200
    await still.put("/_publishing/google_business", json={"audited": False})
    refused = (await other.post()).json()["error"]
    assert refused["details"][0]["metadata"]["quota_limit_value"] == "0"
    await still.put("/_publishing/google_business", json={"dailyCap": 1})
    assert (await other.post()).status_code == 429
    await still.put("/_publishing/google_business", json={})
    unverified = await place(still, "many", 5, 2)
    assert (await unverified.post()).json()["error"]["status"] == "PERMISSION_DENIED"
    chain = await place(still, "many", 8, 2)
    assert "LOCATION_DISABLED" in (await chain.post()).text
    poor = bearer(await login(still, GOOGLE, scope="openid", sandbox_scopes="openid"))
    assert (await still.post(here.url, json={}, headers=poor)).status_code == 403


async def test_reviews_are_answered_once_each(still: Client) -> None:
    here = await place(still)
    url = here.url.replace("localPosts", "reviews")

    async def listed(**query: str) -> Any:
        return (await still.get(url, params=query, headers=here.head)).json()

    first = await listed(pageSize="2")
    rest = await listed(pageSize="2", pageToken=first["nextPageToken"])
    assert {one["reviewId"] for one in first["reviews"]}.isdisjoint(
        one["reviewId"] for one in rest["reviews"]
    )
    assert first["totalReviewCount"] >= 3
    reply = f"{url}/{first['reviews'][0]['reviewId']}/reply"
    await still.put("/_publishing/google_business", json={"reviewSeconds": 60})
    long = await still.put(reply, json={"comment": "é" * 2_049}, headers=here.head)
    assert refusal(long) == (400, "comment")
    for text in ("Thank you!", "Thank you all!"):
        sent = await still.put(reply, json={"comment": text}, headers=here.head)
        assert sent.json()["reviewReplyState"] == "PENDING"
    await advance(still, 60)
    shown = (await listed(pageSize="1"))["reviews"][0]["reviewReply"]
    assert (shown["comment"], shown["reviewReplyState"]) == ("Thank you all!", "APPROVED")
    deleted = [(await still.delete(reply, headers=here.head)).status_code for _ in range(2)]
    assert deleted == [200, 404]
