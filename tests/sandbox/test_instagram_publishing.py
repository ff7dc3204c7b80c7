"""Publishing on Instagram, as a stranger does it from Meta's documents."""

from typing import Any

from tests.harness.waiting import until

from .conftest import Client, advance
from .graph_person import GraphPerson, conduct
from .media_host import MediaHost
from .oauth_platforms import PLATFORMS
from .oauth_protocol import asked, login
from .test_facebook import login as facebook_login

GRAPH = "/graph.instagram.com/v26.0"
FACEBOOK = "/graph.facebook.com/v26.0"
SCOPES = "instagram_business_basic,instagram_business_content_publish"
FACEBOOK_SCOPES = (
    "pages_show_list,pages_read_engagement,instagram_basic,instagram_content_publish,"
    "instagram_manage_contents"
)


class InstagramPerson(GraphPerson):
    """The calls of the owner of a professional account."""

    state = "status_code"

    async def create(self, **fields: Any) -> str:
        return str((await self.call("POST", f"{self.me}/media", **fields))["id"])

    async def publish(self, container: str) -> str:
        await self.ready(container)
        told = await self.call("POST", f"{self.me}/media_publish", creation_id=container)
        return str(told["id"])


async def person(client: Client, scopes: str = SCOPES) -> InstagramPerson:
    query = asked("client_id", "instagram", scopes)
    tokens = await login(client, PLATFORMS["instagram"], **query)
    return InstagramPerson(client, GRAPH, tokens["access_token"], "me")


async def facebook_person(client: Client) -> InstagramPerson:
    token = await facebook_login(client, scope=FACEBOOK_SCOPES)
    user = (await client.get("/_world/instagram/ida")).json()["userId"]
    return InstagramPerson(client, FACEBOOK, token, user)


async def test_an_image_and_a_reel_are_published_and_listed(
    sandbox: Client, media: MediaHost
) -> None:
    ida = await person(sandbox)
    url = f"{ida.me}/media"
    await conduct(sandbox, "instagram", processingSeconds=6000)
    image = await ida.create(image_url=media.url("/a.jpg"), caption="Rye", alt_text="Loaf")
    assert await ida.refused("me/media_publish", creation_id=image) == (9007, 2207027)
    await advance(sandbox, 6001)
    published = await ida.publish(image)
    assert published != image
    assert await ida.ready(image, "PUBLISHED")
    await conduct(sandbox, "instagram")
    reel = await ida.publish(
        await ida.create(media_type="REELS", video_url=media.url("/v.mp4"), caption="Reel")
    )
    fields = "id,caption,media_type,media_product_type,permalink,alt_text"
    first, second = (await ida.call("GET", url, fields=fields, limit=2))["data"]
    assert (second["id"], second["caption"], second["alt_text"]) == (published, "Rye", "Loaf")
    assert (second["media_type"], "/p/" in second["permalink"]) == ("IMAGE", True)
    assert (first["id"], first["media_product_type"]) == (reel, "REELS")
    assert await ida.call("GET", reel, fields="permalink") == {
        "permalink": first["permalink"], "id": reel
    }  # fmt: skip
    assert media.asked == ["/a.jpg", "/v.mp4"]


async def test_a_carousel_keeps_its_order(sandbox: Client, media: MediaHost) -> None:
    ida = await person(sandbox)
    image = await ida.create(image_url=media.url("/a.jpg"), is_carousel_item="true")
    video = await ida.create(
        media_type="VIDEO", video_url=media.url("/v.mp4"), is_carousel_item="true"
    )
    for child in (image, video):
        await ida.ready(child)
    refused = await ida.refused("me/media", media_type="CAROUSEL", children=image)
    assert refused == (100, 2207028)
    parent = await ida.create(media_type="CAROUSEL", children=f"{image},{video}", caption="Two")
    told = await ida.call("GET", await ida.publish(parent), fields="media_type,children")
    kinds = [child["media_type"] for child in told["children"]["data"]]
    assert (told["media_type"], kinds) == ("CAROUSEL_ALBUM", ["IMAGE", "VIDEO"])


async def test_files_that_cannot_be_used(sandbox: Client, media: MediaHost) -> None:
    ida = await person(sandbox)
    media.missing |= {"/none.jpg", "/none.mp4"}
    for path, code in (("/none.jpg", (9004, 2207052)), ("/a.png", (36001, 2207005))):
        assert await ida.refused("me/media", image_url=media.url(path)) == code
    missing = await ida.create(media_type="REELS", video_url=media.url("/none.mp4"))
    assert "2207077" in (await ida.ready(missing, "ERROR"))["status"]
    await conduct(sandbox, "instagram", rejectMedia="2207026")
    video = await ida.create(media_type="REELS", video_url=media.url("/v.mp4"))
    assert "2207026" in (await ida.ready(video, "ERROR"))["status"]
    long = {"image_url": media.url("/a.jpg"), "caption": "a" * 2201}
    assert await ida.refused("me/media", **long) == (36004, 2207010)


async def test_cap_rejection_expiry_and_scope(sandbox: Client, media: MediaHost) -> None:
    ida = await person(sandbox)
    image = {"image_url": media.url("/a.jpg")}
    await ida.publish(await ida.create(**image))
    await conduct(sandbox, "instagram", dailyCap=1)
    row = {"quota_usage": 1, "config": {"quota_total": 1, "quota_duration": 86400}}
    told = await ida.call("GET", "me/content_publishing_limit", fields="config,quota_usage")
    assert told == {"data": [row]}
    waiting = await ida.create(**image)
    await ida.ready(waiting)
    assert await ida.refused("me/media_publish", creation_id=waiting) == (9, 2207042)
    await conduct(sandbox, "instagram", reject="4/2207051")
    assert await ida.refused("me/media_publish", creation_id=waiting) == (4, 2207051)
    await ida.ready(waiting)
    await advance(sandbox, 86_400)
    assert await ida.refused("me/media_publish", creation_id=waiting) == (24, 2207008)
    await ida.ready(waiting, "EXPIRED")
    reader = await person(sandbox, "instagram_business_basic")
    error = await reader.call("POST", "me/media", 403, **image)
    assert error["error"]["code"] == 10


async def test_bytes_stories_and_deletion_by_facebook_login(
    sandbox: Client, media: MediaHost
) -> None:
    ida = await facebook_person(sandbox)
    made = await ida.call(
        "POST", f"{ida.me}/media", media_type="REELS", upload_type="resumable", caption="Bytes"
    )
    uri = made["uri"].replace("https://", "/")
    head = {"authorization": f"OAuth {ida.token}", "offset": "0", "file_size": "1000"}
    wrong = await sandbox.post(uri, content=b"", headers=head | {"authorization": "OAuth x"})
    assert (wrong.status_code, wrong.json()["debug_info"]["type"]) == (400, "NotAuthorizedError")
    part = await sandbox.post(uri, content=bytes(600), headers=head)
    assert part.json()["debug_info"]["retriable"] is True
    assert (await sandbox.post(uri, content=bytes(1000), headers=head)).status_code == 412
    rest = await sandbox.post(uri, content=bytes(400), headers=head | {"offset": "600"})
    assert rest.json()["success"] is True
    reel = await ida.publish(made["id"])
    story = await ida.publish(await ida.create(media_type="STORIES", image_url=media.url("/a.jpg")))
    (shown,) = (await ida.call("GET", f"{ida.me}/stories", fields="id,permalink"))["data"]
    assert shown["id"] == story
    assert shown["permalink"].endswith(f"/{story}")
    newest = (await ida.call("GET", f"{ida.me}/media", fields="id", limit=1))["data"]
    assert newest == [{"id": reel}]
    for one in (reel, story):
        assert (await ida.call("DELETE", one))["deleted_id"] == one
        assert await ida.refused(one, "DELETE") == (100, 33)


async def test_an_upload_may_name_an_address(sandbox: Client, media: MediaHost) -> None:
    ida = await facebook_person(sandbox)
    made = await ida.call("POST", f"{ida.me}/media", media_type="REELS", upload_type="resumable")
    head = {"authorization": f"OAuth {ida.token}", "file_url": media.url("/v.mp4")}
    told = await sandbox.post(made["uri"].replace("https://", "/"), headers=head)
    assert told.json()["success"] is True
    await ida.publish(made["id"])
    await until(lambda: media.asked == ["/v.mp4"])
