"""Publishing on Instagram: containers, uploads of bytes, the daily quota, stories, deletion.

https://developers.facebook.com/docs/instagram-platform/content-publishing
"""

import re
from collections.abc import Mapping
from typing import Any

from openchannels.sandbox.clock import utc_text
from openchannels.sandbox.dataset import Creator, Dataset
from openchannels.sandbox.emulator import Context
from openchannels.sandbox.http import Reply, Request
from openchannels.sandbox.ids import digits, letters
from openchannels.sandbox.media_fetcher import FetchedFile
from openchannels.sandbox.platforms.meta.containers import (
    DAY,
    EXPIRED,
    FINISHED,
    PUBLISHED,
    Container,
    Containers,
)
from openchannels.sandbox.platforms.meta.graph import (
    HOST,
    read_list,
    refusal,
    structure,
)
from openchannels.sandbox.platforms.meta.rupload import UPLOADS, number_header, upload_refused
from openchannels.sandbox.work_ids import DecimalIds

IDS = DecimalIds(17_900_000_000_000_000, bits=56)
MOST_CONTAINERS, MOST_POSTS = 400, 100
STORIES = "instagram story"
_MOST_IMAGE, _MOST_VIDEO = 8 << 20, 300_000_000
_KINDS = {"": "IMAGE", "IMAGE": "IMAGE", "VIDEO": "VIDEO", "REELS": "VIDEO"}
_TEXTS = {
    "IN_PROGRESS": "In Progress: Media is still being processed.",
    "FINISHED": "Finished: Media has been uploaded and it is ready to be published.",
    "PUBLISHED": "Published: Media has been published.",
    "EXPIRED": "Expired: The container was not published within 24 hours.",
}


def problem_of(wanted: str, file: FetchedFile) -> str:
    """The subcode of what is wrong with a file that was pulled; empty if nothing is."""
    if not file.is_there:
        return "2207077" if wanted == "video" else "2207052"
    kind = file.mime_type.partition(";")[0].partition("/")
    if wanted == "video":
        return "2207026" if kind[0] == "image" or file.size > _MOST_VIDEO else ""
    if kind[0] in ("image", "video") and kind[2] not in ("jpeg", "jpg"):
        return "2207005"
    return "2207004" if file.size > _MOST_IMAGE else ""


_ON_IMAGES = {"2207052": "9004/2207052", "2207005": "36001/2207005", "2207004": "36000/2207004"}


class InstagramPublishing:
    """What a person prepares and publishes, on the host of a call."""

    def __init__(self, context: Context, host: str) -> None:
        self._context = context
        self._dataset: Dataset = context.dataset
        self._containers = Containers(context, "instagram", problem_of)
        self._host = host

    def _conduct_cap(self) -> int:
        cap = self._context.conducts.of("instagram").daily_cap
        return MOST_POSTS if cap is None else cap

    def container(self, person: str, identifier: str, now: float) -> dict[str, Any] | None:
        """The node of a person's container, or None."""
        found = self._containers.find(Creator("instagram", person), identifier, now)
        if found is None:
            return None
        state = found.state(now)
        text = _TEXTS.get(state) or (
            f"Error: Media upload has failed with error code {found.problem}"
        )
        return {"id": identifier, "status_code": state, "status": text}

    def create(self, request: Request, person: str) -> Reply:
        """A container. Raises GraphError."""
        owner = Creator("instagram", person)
        kind = request.parameter("media_type")
        made = self._containers.of_owner(owner, request.now - DAY)
        if sum(one.created > request.now - DAY for one in made) >= MOST_CONTAINERS:
            raise refusal("9/2207042", "The user has reached the maximum number of containers.")
        if kind not in (*_KINDS, "STORIES", "CAROUSEL"):
            raise refusal("100/2207023", "The media_type is unknown.")
        child = request.parameter("is_carousel_item").lower() in ("true", "1")
        post = self._post(request, kind, child)
        if kind == "CAROUSEL":
            post["children"] = self._children(request, owner)
            return self._made(self._containers.add(owner, post, {}, request.now))
        return self._single(request, owner, kind, post)

    def _post(self, request: Request, kind: str, child: bool) -> dict[str, Any]:
        """What the media will be. Raises GraphError for parameters that do not fit."""
        story, moving = kind == "STORIES", kind in ("REELS", "VIDEO")
        caption = "" if child or story else request.parameter("caption")
        _check_caption(caption)
        if kind == "VIDEO" and not child:
            raise refusal("100", "A single video must be a reel: use media_type=REELS.")
        if kind in ("REELS", "STORIES", "CAROUSEL") and child:
            raise refusal("100", "The media_type is not allowed in a carousel.")
        collaborators = read_list(",".join(_values(request, "collaborators")))
        if collaborators and (story or child or len(collaborators) > 3):
            raise refusal("100", "The param collaborators is not allowed.")
        alt_text = request.parameter("alt_text")
        if alt_text and (moving or story or len(alt_text) > 1000):
            raise refusal("100", "The param alt_text is not allowed.")
        place = request.parameter("location_id")
        if place and not place.isdecimal():
            raise refusal("100", "INSTAGRAM_PLATFORM_API__INVALID_LOCATION_ID")
        tags = _user_tags(request, story, moving)
        if request.parameter("product_tags") and self._host != HOST:
            raise refusal("100", "The param product_tags is not allowed.")
        product = {"REELS": "REELS", "STORIES": "STORY"}.get(kind, "FEED")
        return {
            "title": caption,
            "media_type": "CAROUSEL_ALBUM" if kind == "CAROUSEL" else _KINDS.get(kind, "IMAGE"),
            "product": product,
            "child": child,
            "alt_text": alt_text,
            "collaborators": collaborators,
            "user_tags": tags,
        }

    def _children(self, request: Request, owner: Creator) -> list[dict[str, Any]]:
        ids = read_list(",".join(_values(request, "children")))
        if not 2 <= len(ids) <= 10:
            raise refusal("100/2207028", "A carousel needs 2 to 10 children.")
        children = []
        for one in ids:
            found = self._containers.find(owner, one, request.now)
            if found is None or not found.post["child"]:
                raise refusal("24/2207006", "The media could not be found.")
            if found.state(request.now) != FINISHED:
                raise refusal("9007/2207027", "The media is not ready.")
            children.append(
                {"id": one, "media_type": found.post["media_type"]}
                | ({"alt_text": found.post["alt_text"]} if found.post["alt_text"] else {})
            )
        return children

    def _single(self, request: Request, owner: Creator, kind: str, post: dict[str, Any]) -> Reply:
        image, video = request.parameter("image_url"), request.parameter("video_url")
        if request.parameter("upload_type") == "resumable":
            if self._host != HOST or (post["media_type"] == "IMAGE" and kind != "STORIES"):
                raise refusal("100", "The param upload_type is not allowed.")
            post["media_type"] = "VIDEO"
            return self._made(self._containers.add(owner, post, {}, request.now, None), upload=True)
        moving = bool(video) if kind == "STORIES" else post["media_type"] == "VIDEO"
        address = video if moving else image
        if not address or not address.isascii():
            raise refusal("100", "The media URL is missing or not in US-ASCII.")
        post["media_type"] = "VIDEO" if moving else "IMAGE"
        if not moving:
            found = self._context.media.result(address) or FetchedFile()
            problem = problem_of("image", found)
            if problem:
                raise refusal(_ON_IMAGES[problem], "The media could not be used.")
        files = {address: "video"} if moving else {}
        cover = request.parameter("cover_url")
        return self._made(
            self._containers.add(
                owner, post, files | ({cover: "image"} if cover else {}), request.now
            )
        )

    def _made(self, container: Container, upload: bool = False) -> Reply:
        answer = {"id": container.id}
        if upload:
            answer["uri"] = f"https://{UPLOADS}/ig-api-upload/v26.0/{container.id}"
        return Reply.json(answer)

    def publish(self, request: Request, person: str) -> Reply:
        """Publish a container, which makes it visible. Raises GraphError."""
        owner, now = Creator("instagram", person), request.now
        container = self._containers.find(owner, request.parameter("creation_id"), now)
        if container is None or container.post["child"]:
            raise refusal("24/2207006", "The media could not be found.")
        state = container.state(now)
        if state == PUBLISHED:
            raise refusal("100", "The media has already been published.")
        if state == EXPIRED:
            raise refusal("24/2207008", "The container does not exist or has expired.")
        if state != FINISHED:
            raise refusal("9007/2207027", "The media is not ready to be published.")
        if self._used(owner, now) >= self._conduct_cap():
            raise refusal("9/2207042", "The maximum number of posts per day was reached.")
        reject = self._context.conducts.of("instagram").reject
        if reject:
            raise refusal(reject)
        identifier = self._publish(owner, container, now)
        self._containers.publish(container, identifier, now)
        return Reply.json({"id": identifier})

    def _publish(self, owner: Creator, container: Container, now: float) -> str:
        if container.post["product"] != "STORY":
            return IDS.id_of(self._dataset.series(owner).publish_post(container.post, now))
        identifier = "178" + digits(14, "story", container.id)
        story = container.post | {"id": identifier, "created": now}
        self._context.documents.put(STORIES, identifier, story, owner.key)
        return identifier

    def _used(self, owner: Creator, now: float) -> int:
        made = self._containers.of_owner(owner, now - DAY)
        return sum(one.published > now - DAY for one in made)

    def limit(self, request: Request, person: str) -> Reply:
        """How much of the daily quota is used."""
        used = self._used(Creator("instagram", person), request.now)
        row: dict[str, Any] = {"quota_usage": used}
        if "config" in request.query.get("fields"):
            row["config"] = {"quota_total": self._conduct_cap(), "quota_duration": DAY}
        return Reply.json({"data": [row]})

    def upload(self, request: Request, person: str) -> Reply:
        """Take the bytes of a container from an offset on."""
        owner, identifier = Creator("instagram", person), request.params["container"]
        container = self._containers.find(owner, identifier, request.now)
        if container is None or container.awaits == 0:
            return upload_refused("ProcessingFailedError", "Request processing failed")
        address = request.headers.get("file_url", "")
        if address:
            self._containers.pull(container, address, request.now)
            return _uploaded()
        offset, size = (number_header(request, name) for name in ("offset", "file_size"))
        if offset != container.uploaded:
            return upload_refused("OffsetInvalidError", "Request starting offset is invalid", 412)
        if not size or offset + len(request.body) > size:
            return upload_refused("ProcessingFailedError", "Request processing failed")
        after = self._containers.upload(container, size, len(request.body), request.now)
        if after.awaits:
            return upload_refused("PartialRequestError", "Partial request", retriable=True)
        return _uploaded()

    def story(self, person: str, identifier: str, now: float) -> dict[str, Any] | None:
        """The node of a story that still lives, or None."""
        stories = self.stories(person, now)
        return next((one for one in stories if one["id"] == identifier), None)

    def stories(self, person: str, now: float) -> list[dict[str, Any]]:
        """The nodes of the stories of the last 24 hours, newest first."""
        key = Creator("instagram", person).key
        found = list(self._context.documents.of_owner(STORIES, key).values())
        return [
            {
                "id": one["id"],
                "media_type": one["media_type"],
                "media_product_type": "STORY",
                "shortcode": letters(11, "ig code", one["id"]),
                "timestamp": f"{utc_text(one['created'])}+0000",
            }
            for one in reversed(found)
            if now - one["created"] < DAY
        ]

    def delete(self, person: str, identifier: str, now: float) -> bool:
        """Delete a media or a story; returns whether there was one."""
        series = self._dataset.series(Creator("instagram", person))
        if series.delete([identifier], lambda one: IDS.index_of(series.owner, one)):
            return True
        there = self.story(person, identifier, now) is not None
        return there and self._context.documents.delete(STORIES, identifier)


def _uploaded() -> Reply:
    return Reply.json({"success": True, "message": "Upload successful."})


def _values(request: Request, name: str) -> list[str]:
    return request.query.values(name) or request.form.values(name)


def _check_caption(caption: str) -> None:
    if len(caption) > 2200 or len(re.findall(r"#\w", caption)) > 30:
        raise refusal("36004/2207010", "The caption is too long.")
    if len(re.findall(r"(?<!\w)@\w", caption)) > 20:
        raise refusal("100/2207040", "The caption has too many @ tags.")


def _user_tags(request: Request, story: bool, moving: bool) -> list[Mapping[str, Any]]:
    """The tagged persons: at a place in an image, without one in a video."""
    tags = structure(request, "user_tags") or []
    if not isinstance(tags, list) or not all(isinstance(one, dict) for one in tags):
        raise refusal("100", "The param user_tags must be a list.")
    for tag in tags:
        placed = "x" in tag and "y" in tag
        if not tag.get("username") or (not story and placed == moving):
            raise refusal("100", "A user tag needs a username, and x and y on images only.")
    return tags
