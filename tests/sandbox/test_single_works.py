"""Single works by id are those of the list; deleted ones and those of others are refused."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import pytest

from .conftest import Client
from .oauth_platforms import (
    DOUYIN_HOST,
    KWAI_APP,
    KWAI_HOST,
    PINTEREST_API,
    PLATFORMS,
    TIKTOK_API,
    TWITTER_API,
    twitter_profile,
)
from .oauth_protocol import Answer, bearer, login

TIKTOK_FIELDS = {"fields": "id,create_time,cover_image_url,like_count,view_count"}
POST_FIELDS = {"tweet.fields": "created_at,public_metrics,author_id"}
Body = dict[str, Any]


async def kwai(client: Client, tokens: Answer, call: str, **query: str) -> Body:
    sent = KWAI_APP | {"access_token": tokens["access_token"]} | query
    return (await client.get(f"{KWAI_HOST}/openapi/photo/{call}", params=sent)).json()


async def kwai_works(client: Client, tokens: Answer) -> list[Body]:
    return (await kwai(client, tokens, "list", count="20"))["video_list"]


async def kwai_work(client: Client, tokens: Answer, one: str) -> Any:
    body = await kwai(client, tokens, "info", photo_id=one)
    return body["video_info"] if body["result"] == 1 else body["result"]


async def tiktok(client: Client, tokens: Answer, call: str, body: Body) -> list[Body]:
    url = f"{TIKTOK_API}/video/{call}/"
    sent = await client.post(url, params=TIKTOK_FIELDS, json=body, headers=bearer(tokens))
    return sent.json()["data"]["videos"]


async def tiktok_works(client: Client, tokens: Answer) -> list[Body]:
    return await tiktok(client, tokens, "list", {"max_count": 20})


async def tiktok_work(client: Client, tokens: Answer, one: str) -> Any:
    found = await tiktok(client, tokens, "query", {"filters": {"video_ids": [one]}})
    return found[0] if found else "left out"


async def pinterest_works(client: Client, tokens: Answer) -> list[Body]:
    url = f"{PINTEREST_API}/pins?pin_metrics=true"
    return (await client.get(url, headers=bearer(tokens))).json()["items"]


async def pinterest_work(client: Client, tokens: Answer, one: str) -> Any:
    url = f"{PINTEREST_API}/pins/{one}?pin_metrics=true"
    response = await client.get(url, headers=bearer(tokens))
    return response.json() if response.status_code == 200 else response.json()["code"]


async def twitter_works(client: Client, tokens: Answer) -> list[Body]:
    user = (await twitter_profile(client, tokens)).json()["data"]["id"]
    url = f"{TWITTER_API}/users/{user}/tweets"
    return (await client.get(url, params=POST_FIELDS, headers=bearer(tokens))).json()["data"]


async def twitter_work(client: Client, tokens: Answer, one: str) -> Any:
    url = f"{TWITTER_API}/tweets/{one}"
    body = (await client.get(url, params=POST_FIELDS, headers=bearer(tokens))).json()
    return body.get("data") or body["errors"][0]["type"].rsplit("/", 1)[1]


async def douyin_works(client: Client, tokens: Answer) -> list[Body]:
    url = f"{DOUYIN_HOST}/api/douyin/v1/video/video_list/"
    sent = {"open_id": tokens["open_id"], "count": "20"}
    head = {"access-token": tokens["access_token"]}
    works = (await client.get(url, params=sent, headers=head)).json()["data"]["list"]
    return [{"id": work["item_id"], **work} for work in works]


async def douyin_work(client: Client, tokens: Answer, one: str) -> Any:
    url = f"{DOUYIN_HOST}/api/douyin/v1/video/video_data/"
    sent = {"params": {"open_id": tokens["open_id"]}, "json": {"item_ids": [one]}}
    response = await client.post(url, headers={"access-token": tokens["access_token"]}, **sent)
    found = response.json()["data"]["list"]
    return {"id": one, **found[0]} if found else "left out"


@dataclass(frozen=True)
class Single:
    """How a test reads works of a platform, and what answers an id that is none."""

    works: Callable[[Client, Answer], Awaitable[list[Body]]]
    work: Callable[[Client, Answer, str], Awaitable[Any]]
    refusal: Any
    id: str = "id"
    scope: str = ""


SINGLES = {
    "KWAI": Single(kwai_works, kwai_work, 120001, id="photo_id"),
    "tiktok": Single(tiktok_works, tiktok_work, "left out"),
    "pinterest": Single(pinterest_works, pinterest_work, 50),
    "twitter": Single(twitter_works, twitter_work, "resource-not-found"),
    "douyin": Single(
        douyin_works, douyin_work, "left out", scope="user_info,video.list.bind,video.data.bind"
    ),
}


@pytest.mark.parametrize("name", SINGLES)
async def test_a_single_work_is_the_one_of_the_list(still: Client, name: str) -> None:
    one, protocol = SINGLES[name], PLATFORMS[name]
    scope = {"scope": one.scope} if one.scope else {}
    tokens = await login(still, protocol, **scope)
    works = await one.works(still, tokens)
    for work in works[:4]:
        assert await one.work(still, tokens, work[one.id]) == work
    other = await login(still, protocol, sandbox_person="somebody", **scope)
    foreign = (await one.works(still, other))[0]
    assert foreign[one.id] not in {work[one.id] for work in works}
    gone = works[0][one.id]
    world = f"/_world/{name}/ida/works"
    assert (await still.post(world, json={"remove": [gone]})).json() == {"removed": [gone]}
    for unknown in (foreign[one.id], gone, "123"):
        assert await one.work(still, tokens, unknown) == one.refusal
