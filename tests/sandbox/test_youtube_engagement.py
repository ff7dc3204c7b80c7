"""YouTube: comments as readers and owners see them, ratings, subscriptions."""

from typing import Any

from .conftest import Client
from .test_youtube import API, bearer, login
from .test_youtube_publishing import SCOPE, manager, reason

THREADS, COMMENTS = f"{API}/commentThreads", f"{API}/comments"
RATE, RATINGS = f"{API}/videos/rate", f"{API}/videos/getRating"
SUBSCRIPTIONS = f"{API}/subscriptions"
FOREIGN = "UC0123456789-abcdefghi_A"


async def newest(client: Client, head: dict[str, str]) -> str:
    """The newest public video of `ida`."""
    world = (await client.get("/_world/youtube/ida")).json()
    query = {
        "part": "snippet,status",
        "playlistId": world["channels"][0]["uploads"],
        "maxResults": "24",
    }
    items = (await client.get(f"{API}/playlistItems", params=query, headers=head)).json()["items"]
    public = [item for item in items if item.get("status", {}).get("privacyStatus") == "public"]
    return public[0]["snippet"]["resourceId"]["videoId"]


async def threads(client: Client, head: dict[str, str], video: str, **more: str) -> Any:
    query = {"part": "snippet,replies", "videoId": video, "textFormat": "plainText", **more}
    return await client.get(THREADS, params=query, headers=head)


async def write(client: Client, head: dict[str, str], url: str, **snippet: Any) -> Any:
    query, body = {"part": "snippet"}, {"snippet": snippet}
    return await client.post(url, params=query, json=body, headers=head)


async def moderate(client: Client, head: dict[str, str], ids: str, status: str) -> Any:
    query = {"id": ids, "moderationStatus": status}
    return await client.post(f"{COMMENTS}/setModerationStatus", params=query, headers=head)


async def test_comments_are_shown_to_who_may_see_them(wired: Client) -> None:
    head, mara = await manager(wired), await manager(wired, sandbox_person="mara")
    video = await newest(wired, head)
    (stranger, *_) = (await threads(wired, head, video)).json()["items"]
    channel = stranger["snippet"]["channelId"]
    text = {"snippet": {"textOriginal": "Kaolin & <ash>\nCone 10"}}
    named = {"videoId": video, "channelId": channel, "topLevelComment": text}
    made = await write(wired, mara, THREADS, **named)
    assert made.status_code == 200, made.text
    one = made.json()["id"]
    wrong = await write(wired, mara, THREADS, **named | {"channelId": FOREIGN})
    assert reason(wrong) == (404, "channelNotFound")
    nameless = await write(wired, mara, THREADS, topLevelComment=text)
    assert reason(nameless) == (400, "channelOrVideoIdMissing")

    (found,) = (await threads(wired, head, video, searchTerms="KAOLIN")).json()["items"]
    shown = found["snippet"]["topLevelComment"]["snippet"]
    assert (found["id"], shown["textDisplay"]) == (one, "Kaolin & <ash>\nCone 10")
    assert "textOriginal" not in shown
    (coded,) = (await threads(wired, mara, video, searchTerms="kaolin", textFormat="html")).json()[
        "items"
    ]
    display = coded["snippet"]["topLevelComment"]["snippet"]["textDisplay"]
    assert display == "Kaolin &amp; &lt;ash&gt;<br>Cone 10"

    answer = (await write(wired, mara, COMMENTS, parentId=stranger["id"], textOriginal="a")).json()
    foreign = await moderate(wired, mara, answer["id"], "heldForReview")
    assert reason(foreign) == (403, "forbidden")
    assert (await moderate(wired, head, answer["id"], "heldForReview")).status_code == 204
    query = {"part": "snippet", "parentId": stranger["id"]}
    assert (await wired.get(COMMENTS, params=query, headers=head)).json()["items"] == []
    refused = await threads(wired, mara, video, moderationStatus="heldForReview")
    assert reason(refused) == (403, "forbidden")
    for more, why in (({"id": one}, "operationNotSupported"), ({"order": "x"}, "badRequest")):
        assert reason(await threads(wired, head, video, **more)) == (400, why)
    first = (await threads(wired, head, video, maxResults="1")).json()
    second = await threads(wired, head, video, maxResults="1", pageToken=first["nextPageToken"])
    assert first["items"][0]["id"] != second.json()["items"][0]["id"]
    for who, status in ((head, 403), (mara, 204), (mara, 404)):
        gone = await wired.delete(COMMENTS, params={"id": one}, headers=who)
        assert gone.status_code == status


async def test_a_video_is_rated(wired: Client) -> None:
    head, mara = await manager(wired), await manager(wired, sandbox_person="mara")
    video = await newest(wired, head)

    async def rate(rating: str, one: str = video) -> Any:
        return await wired.post(RATE, params={"id": one, "rating": rating}, headers=mara)

    async def ratings(ids: str) -> list[str]:
        answer = (await wired.get(RATINGS, params={"id": ids}, headers=mara)).json()
        return [item["rating"] for item in answer["items"]]

    for rating in ("like", "like", "none", "like"):
        assert (await rate(rating)).status_code == 204
    assert await ratings(f"{video},aB3dE5gH7jX") == ["like", "none"]
    assert reason(await rate("love")) == (400, "invalidRating")
    assert reason(await rate("like", "aB3dE5gH7jX")) == (404, "videoNotFound")
    poor = bearer(await login(wired, scope=f"openid {SCOPE}.readonly"))
    sent = {"id": video, "rating": "like"}
    refused = await wired.post(RATE, params=sent, headers=poor)
    assert reason(refused) == (403, "insufficientPermissions")


async def test_a_channel_is_subscribed_to_once(wired: Client) -> None:
    head = await manager(wired)

    async def follow(channel: str) -> Any:
        named = {"kind": "youtube#channel", "channelId": channel}
        return await write(wired, head, SUBSCRIPTIONS, resourceId=named)

    async def followed(**more: str) -> dict[str, str]:
        query = {"part": "snippet", "mine": "true", **more}
        items = (await wired.get(SUBSCRIPTIONS, params=query, headers=head)).json()["items"]
        return {one["snippet"]["resourceId"]["channelId"]: one["id"] for one in items}

    made = (await follow(FOREIGN)).json()["id"]
    assert reason(await follow(FOREIGN)) == (400, "subscriptionDuplicate")
    own = (await wired.get("/_world/youtube/ida")).json()["channels"][0]["id"]
    assert reason(await follow(own)) == (400, "subscriptionForbidden")
    assert reason(await follow("UCnobody")) == (404, "publisherNotFound")
    other = FOREIGN.replace("_", "-")
    await follow(other)
    assert await followed(forChannelId=FOREIGN) == {FOREIGN: made}
    assert (await followed()).keys() == {FOREIGN, other}
    for reply in (204, 404):
        gone = await wired.delete(SUBSCRIPTIONS, params={"id": made}, headers=head)
        assert gone.status_code == reply
    assert await followed(forChannelId=FOREIGN) == {}


async def test_a_body_of_another_shape_is_refused(wired: Client) -> None:
    head = await manager(wired)
    video = await newest(wired, head)
    odd: list[Any] = [None, "x", -1, True, [], {}]
    for one in odd:
        for sent in (one, {"videoId": video, "topLevelComment": one, "resourceId": one}):
            for url in (THREADS, COMMENTS, SUBSCRIPTIONS):
                query, body = {"part": "snippet"}, {"snippet": sent}
                answer = await wired.post(url, params=query, json=body, headers=head)
                assert answer.status_code == 400, answer.text
    for query in ({"part": "id", "mine": "true"}, {"part": "snippet", "videoId": video}):
        url = SUBSCRIPTIONS if "mine" in query else THREADS
        answer = await wired.get(url, params={**query, "pageToken": "9" * 5000}, headers=head)
        assert answer.status_code == 400, answer.text
