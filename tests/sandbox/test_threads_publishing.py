"""Publishing on Threads, as a stranger does it from Meta's documents."""

from typing import Any

from .conftest import Client, advance
from .graph_person import GraphPerson, conduct
from .media_host import MediaHost
from .oauth_platforms import PLATFORMS
from .oauth_protocol import asked, login

GRAPH = "/graph.threads.net/v1.0"
SCOPES = (
    "threads_basic,threads_content_publish,threads_manage_replies,threads_delete,"
    "threads_location_tagging"
)
NOT_FOUND = (24, 4279009)


class ThreadsPerson(GraphPerson):
    """The calls of the owner of a profile."""

    async def create(self, kind: str = "TEXT", **fields: Any) -> str:
        told = await self.call("POST", "me/threads", media_type=kind, **fields)
        return str(told["id"])

    async def publish(self, container: str) -> str:
        await self.ready(container)
        told = await self.call("POST", "me/threads_publish", creation_id=container)
        return str(told["id"])

    async def posted(self, kind: str = "TEXT", **fields: Any) -> str:
        return await self.publish(await self.create(kind, **fields))


async def person(client: Client, scopes: str = SCOPES, **more: str) -> ThreadsPerson:
    query = asked("client_id", "threads", scopes, **more)
    tokens = await login(client, PLATFORMS["threads"], **query)
    return ThreadsPerson(client, GRAPH, tokens["access_token"], "me")


async def test_a_text_is_published_and_listed(sandbox: Client) -> None:
    ida = await person(sandbox)
    await conduct(sandbox, "threads", processingSeconds=6000)
    text = {"text": "Rye is back #bread", "link_attachment": "https://pier.example/rye"}
    container = await ida.create(**text, reply_control="everyone")
    assert await ida.refused("me/threads_publish", creation_id=container) == NOT_FOUND
    await advance(sandbox, 6001)
    post = await ida.publish(container)
    await ida.ready(container, "PUBLISHED")
    fields = "id,text,media_type,permalink,link_attachment_url,topic_tag,is_quote_post"
    newest = (await ida.call("GET", "me/threads", fields=fields, limit=1))["data"][0]
    assert newest.pop("permalink").startswith("https://www.threads.com/@ida.")
    assert newest == {
        "id": post, "text": text["text"], "media_type": "TEXT_POST", "topic_tag": "bread",
        "link_attachment_url": text["link_attachment"], "is_quote_post": False,
    }  # fmt: skip
    assert await ida.refused(post, "GET", fields="status") == (100, None)
    quick = await ida.create(text="At once", auto_publish_text="true", quote_post_id=post)
    told = await ida.call("GET", quick, fields="text,is_quote_post,quoted_post")
    assert (told["text"], told["quoted_post"]) == ("At once", {"id": post})


async def test_a_carousel_and_files_that_fail(sandbox: Client, media: MediaHost) -> None:
    ida = await person(sandbox)
    image = await ida.create("IMAGE", image_url=media.url("/a.png"), is_carousel_item="true")
    video = await ida.create("VIDEO", video_url=media.url("/v.mp4"), is_carousel_item="true")
    for child in (image, video):
        await ida.ready(child)
    children = f"{image},{video}"
    post = await ida.posted("CAROUSEL", children=children, text="Friday")
    told = await ida.call("GET", post, fields="media_type,children")
    assert [one["media_type"] for one in told["children"]["data"]] == ["IMAGE", "VIDEO"]
    alone = await ida.refused("me/threads", media_type="CAROUSEL", children=image)
    assert alone == (100, None)
    media.missing |= {"/none.jpg", "/none.mp4"}
    missing = {"media_type": "IMAGE", "image_url": media.url("/none.jpg")}
    assert await ida.refused("me/threads", **missing) == (9004, 2207052)
    video = await ida.create("VIDEO", video_url=media.url("/none.mp4"))
    assert (await ida.ready(video, "ERROR"))["error_message"] == "FAILED_DOWNLOADING_VIDEO"
    await conduct(sandbox, "threads", rejectMedia="INVALID_DURATION")
    video = await ida.create("VIDEO", video_url=media.url("/v.mp4"))
    assert (await ida.ready(video, "ERROR"))["error_message"] == "INVALID_DURATION"


async def test_refused_texts_and_options(sandbox: Client) -> None:
    ida = await person(sandbox)
    links = " ".join(f"https://pier.example/{number}" for number in range(6))
    for fields in (
        {"text": "a" * 501},
        {"text": "\U0001f35e" * 125 + "a"},
        {"text": links},
        {"text": "a", "reply_control": "nobody"},
        {"text": "a", "alt_text": "b"},
        {"text": "a", "topic_tag": "a.b"},
        {"text": "a", "location_id": "1"},
        {"media_type": "IMAGE", "link_attachment": "https://pier.example/"},
    ):
        sent = {"media_type": "TEXT", **fields}
        assert await ida.refused("me/threads", **sent) == (100, None), fields
    assert await ida.posted(text="\U0001f35e" * 125)


async def test_quotas_replies_reposts_and_deletion(sandbox: Client) -> None:
    ida = await person(sandbox)
    post = await ida.posted(text="First")
    reply = await ida.posted(text="Me too", reply_to_id=post)
    fields = "id,text,replied_to"
    (shown,) = (await ida.call("GET", "me/replies", fields=fields))["data"]
    assert shown == {"id": reply, "text": "Me too", "replied_to": {"id": post}}
    repost = (await ida.call("POST", f"{post}/repost"))["id"]
    newest = (await ida.call("GET", "me/threads", fields="id,reposted_post", limit=2))["data"]
    assert newest == [{"id": repost, "reposted_post": {"id": post}}, {"id": post}]
    await conduct(sandbox, "threads", dailyCap=1)
    for one in (repost, reply, post):
        assert (await ida.call("DELETE", one))["deleted_id"] == one
        assert await ida.refused(one, "DELETE") == (24, None)
    names = "quota_usage,config,reply_quota_usage,delete_quota_usage"
    (row,) = (await ida.call("GET", "me/threads_publishing_limit", fields=names))["data"]
    assert row == {
        "quota_usage": 1, "config": {"quota_total": 1, "quota_duration": 86_400},
        "reply_quota_usage": 1, "delete_quota_usage": 3,
    }  # fmt: skip
    waiting = await ida.create(text="Second")
    assert await ida.refused("me/threads_publish", creation_id=waiting) == (9, None)
    await conduct(sandbox, "threads", reject="4/2207051")
    assert await ida.refused("me/threads_publish", creation_id=waiting) == (4, 2207051)
    await advance(sandbox, 86_400)
    await ida.ready(waiting, "EXPIRED")


async def test_scopes(sandbox: Client) -> None:
    ida = await person(sandbox, "threads_basic,threads_content_publish")
    post = await ida.posted(text="First")
    assert (await ida.refused(post, "DELETE", 403))[0] == 10
    names = {"fields": "delete_quota_usage"}
    assert (await ida.refused("me/threads_publishing_limit", "GET", 403, **names))[0] == 10
    replying = {"media_type": "TEXT", "text": "b", "reply_to_id": post}
    assert (await ida.refused("me/threads", http=403, **replying))[0] == 10
    reader = await person(sandbox, "threads_basic")
    assert (await reader.refused("me/threads", http=403, media_type="TEXT", text="a"))[0] == 10
