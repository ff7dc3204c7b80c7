"""X: media in segments, posts with everything they may have, and what X refuses."""

import zlib
from typing import Any

from .conftest import Client, advance
from .oauth_platforms import PLATFORMS, TWITTER_API, twitter_profile
from .oauth_protocol import bearer, login

X = PLATFORMS["twitter"]
SCOPE = "tweet.read tweet.write users.read media.write offline.access"
MEDIA = f"{TWITTER_API}/media"
FILE = bytes(range(256)) * 40 + b"the end"
HALF = 8_192


async def writer(client: Client, **more: str) -> dict[str, str]:
    return bearer(await login(client, X, **({"scope": SCOPE} | more)))


async def opened(
    client: Client, head: dict[str, str], kind: str = "video/mp4", category: str = "tweet_video"
) -> str:
    sent = {"media_type": kind, "media_category": category, "total_bytes": len(FILE)}
    answer = await client.post(f"{MEDIA}/upload/initialize", json=sent, headers=head)
    assert answer.status_code == 200, answer.text
    assert answer.json()["data"]["expires_after_secs"] == 86_400
    return answer.json()["data"]["id"]


async def append(client: Client, head: dict[str, str], one: str, index: int, part: bytes) -> Any:
    files = {"media": ("a.bin", part, "application/octet-stream")}
    url = f"{MEDIA}/upload/{one}/append"
    return await client.post(url, data={"segment_index": str(index)}, files=files, headers=head)


async def finalized(client: Client, head: dict[str, str], one: str) -> Any:
    return await client.post(f"{MEDIA}/upload/{one}/finalize", headers=head)


async def uploaded(client: Client, head: dict[str, str], *kind: str) -> str:
    one = await opened(client, head, *kind)
    assert (await append(client, head, one, 0, FILE)).status_code == 200
    assert (await finalized(client, head, one)).status_code == 200
    return one


async def state(client: Client, head: dict[str, str], one: str) -> Any:
    query = {"command": "STATUS", "media_id": one}
    answer = await client.get(f"{MEDIA}/upload", params=query, headers=head)
    return answer.json()["data"].get("processing_info")


async def post(client: Client, head: dict[str, str], **body: Any) -> Any:
    return await client.post(f"{TWITTER_API}/tweets", json=body, headers=head)


async def timeline(client: Client, head: dict[str, str], **query: str) -> list[Any]:
    user = (await client.get(f"{TWITTER_API}/users/me", headers=head)).json()["data"]["id"]
    fields = "created_at,attachments,referenced_tweets,conversation_id,in_reply_to_user_id"
    sent = {"max_results": "5", "tweet.fields": fields} | query
    answer = await client.get(f"{TWITTER_API}/users/{user}/tweets", params=sent, headers=head)
    return answer.json().get("data", [])


async def test_a_video_in_segments_becomes_a_post(still: Client) -> None:
    head = await writer(still)
    await still.put("/_publishing/twitter", json={"processingSeconds": 100})
    one = await opened(still, head)
    await append(still, head, one, 1, FILE[HALF:])
    assert (await finalized(still, head, one)).status_code == 400
    await append(still, head, one, 0, b"cut")
    assert (await finalized(still, head, one)).status_code == 400
    await append(still, head, one, 0, FILE[:HALF])
    closed = (await finalized(still, head, one)).json()["data"]
    assert closed["processing_info"]["state"] == "pending"
    assert closed["media_key"] == f"7_{one}"
    early = await post(still, head, text="Glaze", media={"media_ids": [one]})
    assert "Your media IDs are invalid." in early.text
    await advance(still, 50)
    going = await state(still, head, one)
    assert (going["state"], going["progress_percent"], going["check_after_secs"]) == (
        "in_progress",
        50,
        50,
    )
    await advance(still, 50)
    assert (await state(still, head, one))["state"] == "succeeded"
    made = await post(
        still, head, text="Glaze & ash https://kiln.test/a", media={"media_ids": [one]}
    )
    assert made.status_code == 201, made.text
    text = made.json()["data"]["text"]
    assert text.startswith("Glaze &amp; ash https://t.co/")
    assert text.count("https://t.co/") == 2
    (newest, *_) = await timeline(still, head)
    assert (newest["id"], newest["text"]) == (made.json()["data"]["id"], text)
    assert newest["attachments"]["media_keys"] == [f"7_{one}"]
    (kept,) = (await still.get("/_world/twitter/ida/posts")).json()["posts"]
    sums = [segment["checksum"] for segment in kept["media"][0]["segments"]]
    assert sums == [zlib.crc32(FILE[:HALF]), zlib.crc32(FILE[HALF:])]
    assert (await append(still, head, one, 0, b"x" * (5 * 1024**2 + 1))).status_code == 413


async def test_media_that_fail_and_expire(still: Client) -> None:
    head = await writer(still)
    for code, end in (("UnsupportedMedia", ("failed", 3)), ("stuck", ("in_progress", 1))):
        await still.put("/_publishing/twitter", json={"rejectMedia": code})
        info = await state(still, head, await uploaded(still, head))
        assert (info["state"], info["error"]["code"]) == end
    await still.put("/_publishing/twitter", json={})
    image = await uploaded(still, head, "image/png", "tweet_image")
    assert await state(still, head, image) is None
    alt = {"id": image, "metadata": {"alt_text": {"text": "A bowl"}}}
    assert (await still.post(f"{MEDIA}/metadata", json=alt, headers=head)).status_code == 200
    gif = await uploaded(still, head, "image/gif", "tweet_gif")
    mixed = await post(still, head, media={"media_ids": [image, gif]})
    assert mixed.status_code == 400
    wrong = await uploaded(still, head, "image/png", "tweet_video")
    assert (await post(still, head, media={"media_ids": [wrong]})).status_code == 403
    for change in ({"colour": "red"}, {"total_bytes": 0}, {"media_type": "text/html"}):
        sent = {"media_type": "image/png", "media_category": "tweet_image", "total_bytes": 5}
        url = f"{MEDIA}/upload/initialize"
        assert (await still.post(url, json=sent | change, headers=head)).status_code == 400
    await advance(still, 86_400)
    head = await writer(still)
    query = {"media_id": image}
    gone = await still.get(f"{MEDIA}/upload", params=query, headers=head)
    assert gone.status_code == 404
    assert (await post(still, head, media={"media_ids": [image]})).status_code == 400


async def test_bodies_outside_the_schema_and_long_texts(still: Client) -> None:
    head = await writer(still)
    poll = {"options": ["a", "b"], "duration_minutes": 60}
    for body in (
        {},
        {"text": None},
        {"text": "a", "colour": "red"},
        {"text": "a", "reply_settings": "everyone"},
        {"text": "a", "poll": {"options": ["a"], "duration_minutes": 60}},
        {"text": "a", "poll": poll, "media": {"media_ids": ["1"]}},
        {"text": "a", "reply": {"tweet": "1"}},
    ):
        assert (await post(still, head, **body)).status_code == 400, body
    for text, status in (
        ("x" * 280, 201),
        ("x" * 281, 403),
        ("字" * 140, 201),
        ("字" * 141, 403),
        ("x" * 256 + " https://kiln.test/" + "y" * 80, 201),
        ("x" * 257 + " https://kiln.test/" + "y" * 80, 403),
        ("👨‍👩‍👧‍👦" * 140, 201),
        ("👨‍👩‍👧‍👦" * 141, 403),
        ("$ABC and $XYZ", 403),
    ):
        assert (await post(still, head, text=text)).status_code == status, text
    made = await post(still, head, text="Which?", poll=poll, reply_settings="following")
    (newest, *_) = await timeline(still, head)
    assert newest["id"] == made.json()["data"]["id"]
    assert newest["attachments"]["poll_ids"]
    premium = await writer(still, sandbox_person="mara")
    assert (await post(still, premium, text="x" * 400)).status_code == 201
    fields = {"tweet.fields": "note_tweet"}
    (long, *_) = await timeline(still, premium, **fields)
    assert len(long["note_tweet"]["text"]) == 400 > len(long["text"])


async def test_duplicates_replies_and_quotes(still: Client) -> None:
    head = await writer(still)
    first = (await post(still, head, text="Rye is back")).json()["data"]["id"]
    twice = await post(still, head, text="rye  is back")
    assert (twice.status_code, twice.json()["type"]) == (403, "about:blank")
    assert "duplicate content" in twice.json()["detail"]
    answer = {"in_reply_to_tweet_id": first}
    reply = (await post(still, head, text="On Friday", reply=answer)).json()["data"]["id"]
    deeper = {"in_reply_to_tweet_id": reply}
    assert (await post(still, head, text="At nine", reply=deeper)).status_code == 201
    (newest, *_) = await timeline(still, head)
    assert newest["referenced_tweets"] == [{"type": "replied_to", "id": reply}]
    assert newest["conversation_id"] == first
    assert first in [one["id"] for one in await timeline(still, head, exclude="replies")]

    mara = await writer(still, sandbox_person="mara")
    stranger = (await post(still, mara, text="Not for you")).json()["data"]["id"]
    me = (await still.get(f"{TWITTER_API}/users/me", headers=head)).json()["data"]["username"]
    summons = (await post(still, mara, text=f"What says @{me}?")).json()["data"]["id"]
    cold = await post(still, head, text="Hi", reply={"in_reply_to_tweet_id": stranger})
    assert "not been mentioned" in cold.json()["detail"]
    called = await post(still, head, text="Hi", reply={"in_reply_to_tweet_id": summons})
    assert called.status_code == 201
    quote = {"text": "Look", "quote_tweet_id": first}
    assert (await post(still, head, **quote)).status_code == 403
    missing = await post(still, head, text="?", reply={"in_reply_to_tweet_id": "99"})
    assert "deleted or not visible" in missing.json()["detail"]
    gone = f"{TWITTER_API}/tweets/{first}"
    assert (await still.delete(f"{TWITTER_API}/tweets/{stranger}", headers=head)).status_code == 403
    assert (await still.delete(gone, headers=head)).json() == {"data": {"deleted": True}}
    assert (await still.delete(gone, headers=head)).status_code == 404


async def test_scopes_caps_refusals_and_a_late_timeline(still: Client) -> None:
    tokens = await login(still, X)
    poor = bearer(tokens)
    refused = await post(still, poor, text="a")
    assert (refused.status_code, refused.json()["type"].rsplit("/", 1)[1]) == (
        403,
        "not-authorized-for-resource",
    )
    sent = {"media_type": "image/png", "media_category": "tweet_image", "total_bytes": 5}
    closed = await still.post(f"{MEDIA}/upload/initialize", json=sent, headers=poor)
    assert (closed.status_code, closed.json()["type"]) == (403, "about:blank")

    head = await writer(still)
    for code, status in (("credits-depleted", 402), ("Reply settings", 403)):
        await still.put("/_publishing/twitter", json={"reject": code})
        assert (await post(still, head, text="a")).status_code == status
    await still.put("/_publishing/twitter", json={"dailyCap": 1, "reviewSeconds": 600})
    made = (await post(still, head, text="a")).json()["data"]["id"]
    capped = await post(still, head, text="b")
    assert capped.status_code == 429
    assert capped.headers["x-user-limit-24hour-remaining"] == "0"
    assert made not in [one["id"] for one in await timeline(still, head)]
    await advance(still, 700)
    (newest,) = await timeline(still, head, start_time="2026-11-25T12:00:01Z")
    assert newest["id"] == made
    assert (await twitter_profile(still, tokens)).status_code == 200


async def test_answers_are_found_and_hidden_and_posts_are_kept(still: Client) -> None:
    scope = f"{SCOPE} tweet.moderate.write bookmark.write like.write"
    head = await writer(still, scope=scope)
    mara = await writer(still, sandbox_person="mara")
    me = (await still.get(f"{TWITTER_API}/users/me", headers=head)).json()["data"]
    them = (await still.get(f"{TWITTER_API}/users/me", headers=mara)).json()["data"]
    root = (await post(still, head, text=f"Hello @{them['username']}")).json()["data"]["id"]
    to_root = {"in_reply_to_tweet_id": root}
    answer = (await post(still, mara, text="Hi", reply=to_root)).json()["data"]["id"]

    async def search(query: str) -> Any:
        url = f"{TWITTER_API}/tweets/search/recent"
        sent = {"query": query, "max_results": "10", "tweet.fields": "created_at,author_id"}
        return (await still.get(url, params=sent, headers=head)).json()

    (found,) = (await search(f"conversation_id:{root} is:reply"))["data"]
    assert (found["id"], found["author_id"]) == (answer, them["id"])
    assert (await search(f"in_reply_to_tweet_id:{answer}"))["meta"] == {"result_count": 0}
    url = f"{TWITTER_API}/tweets/{answer}/hidden"
    assert (await still.put(url, json={"hidden": True}, headers=head)).json() == {
        "data": {"hidden": True}
    }
    own = f"{TWITTER_API}/tweets/{root}/hidden"
    assert (await still.put(own, json={"hidden": True}, headers=head)).status_code == 403
    acts = f"{TWITTER_API}/users/{me['id']}"
    for name, status in (("retweets", 200), ("bookmarks", 200), ("likes", 403)):
        done = await still.post(f"{acts}/{name}", json={"tweet_id": answer}, headers=head)
        assert done.status_code == status, done.text
    undone = await still.delete(f"{acts}/retweets/{answer}", headers=head)
    assert undone.json() == {"data": {"retweeted": False}}
    await advance(still, 8 * 86_400)
    head = await writer(still)
    assert "data" not in await search(f"conversation_id:{root} is:reply")


async def test_a_body_of_another_shape_is_refused(still: Client) -> None:
    head = await writer(still)
    one = await uploaded(still, head, "image/png", "tweet_image")
    odd: list[Any] = [None, "", -1, 1.5, True, [[]], [{}], {"a": 1}]
    for sent in odd:
        poll = {"options": ["a", "b"], "duration_minutes": 60}
        bodies: list[dict[str, Any]] = [
            {"text": sent},
            {"text": "a", "media": {"media_ids": sent}},
            {"text": "a", "poll": {**poll, "options": sent}},
            {"text": "a", "poll": {**poll, "duration_minutes": sent}},
            {"text": "a", "reply_settings": sent},
        ]
        for body in bodies:
            answer = await post(still, head, **body)
            assert answer.status_code == 400, (body, answer.text)
        for described in (
            {"id": one, "metadata": sent},
            {"id": one, "metadata": {"alt_text": sent}},
        ):
            answer = await still.post(f"{MEDIA}/metadata", json=described, headers=head)
            assert answer.status_code == 400, (described, answer.text)
        for name in ("media_type", "media_category"):
            opening = {"media_type": "video/mp4", "media_category": "tweet_video", name: sent}
            url = f"{MEDIA}/upload/initialize"
            answer = await still.post(url, json={**opening, "total_bytes": 5}, headers=head)
            assert answer.status_code == 400, (opening, answer.text)
