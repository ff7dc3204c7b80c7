"""The person's Douyin app, which opens a link: it fetches what is offered and publishes it.

The control call `POST /_douyin/open` is the phone.
"""

import asyncio
from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from openchannels.sandbox.dataset import DEFAULT_PERSON, is_person_name
from openchannels.sandbox.emulator import Context, ControlCall
from openchannels.sandbox.http import ControlError, Reply, Request
from openchannels.sandbox.platforms.douyin.publications import NewWork, Publications
from openchannels.sandbox.platforms.douyin.share import Offer, Refused, Share
from openchannels.sandbox.platforms.douyin.webhooks import Webhooks
from openchannels.sandbox.webhooks_out import DeliveryFailed

MOST_VIDEO_BYTES, MOST_PICTURE_BYTES = 128_000_000, 20_000_000
VIDEO_TYPES = ("video/mp4", "video/quicktime", "video/3gpp")
PICTURE_TYPES = ("image/png", "image/jpeg", "image/gif")
MOST_PICTURES = 12
MOST_FETCHED_AT_ONCE = 4


class Opened(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """Body of `POST /_douyin/open`.

    `schema` is the link. The person looks at it only, unless they `publish`. The webhook is sent
    `times` times, also to the URL in `to`; its content is an object, or `content_as_text`, and it
    names both ids of the work, unless it is `without_video_id`.
    """

    schema: str
    person: str = DEFAULT_PERSON
    publish: bool = True
    times: Literal[0, 1, 2, 3] = 1
    content_as_text: bool = False
    without_video_id: bool = False
    to: str = ""


class Phone:
    """The app of any person."""

    def __init__(self, context: Context, share: Share) -> None:
        self._context = context
        self._share = share
        self._publications = Publications(context)
        self._webhooks = Webhooks(context)

    def control_calls(self) -> list[ControlCall]:
        """The call that opens a link."""
        meaning = (
            "open a link of the hand-over as {person}: {schema, publish, times: how often the"
            " webhook is sent, contentAsText, withoutVideoId, to}"
        )
        return [ControlCall("POST", "/_douyin/open", meaning, self.open)]

    async def open(self, request: Request) -> Reply:
        """Open a link; answers what is shown, what was published, and the service's responses."""
        wish = msgspec.json.decode(request.body, type=Opened)
        if not is_person_name(wish.person):
            raise ControlError("A person's name has 1 to 64 letters, digits, - or _.")
        to = wish.to or self._webhooks.url
        if wish.to and not self._context.webhooks.is_allowed(wish.to):
            raise ControlError("Set `to` to a URL on this machine.")
        try:
            offer = self._share.open(wish.schema, request.now)
            media = await self._fetched(offer.parameters)
        except Refused as refusal:
            return Reply.json({"refused": str(refusal)})
        text, chosen = caption(offer.parameters), _chosen(offer.parameters)
        shown = {"caption": text, "media": media, **chosen}
        if not wish.publish:
            return Reply.json({"shown": shown})
        new = NewWork(
            text,
            is_pictures="video_path" not in offer.parameters,
            private_status=int(chosen["privateStatus"]),
        )
        ids = self._publications.publish(wish.person, new)
        told = await self._tell(wish, offer, ids, to) if to and offer.is_told else []
        return Reply.json({"shown": shown, "published": ids, "told": told})

    async def _tell(
        self, wish: Opened, offer: Offer, ids: Mapping[str, str], to: str
    ) -> list[dict[str, Any]]:
        """Send the webhook as often as wished, always the same one; returns the responses."""
        named = {
            name: id for name, id in ids.items() if name == "item_id" or not wish.without_video_id
        }
        content: Any = {"share_id": offer.share_id, **named, "has_default_hashtag": False}
        if wish.content_as_text:
            content = msgspec.json.encode(content).decode()
        event = self._webhooks.event(to, offer.app, wish.person, "create_video", content)
        answers: list[dict[str, Any]] = []
        for _ in range(wish.times):
            try:
                response = await self._context.webhooks.deliver(event)
            except DeliveryFailed as problem:
                answers.append({"error": str(problem)})
            else:
                answers.append({"status": response.status})
        return answers

    async def _fetched(self, parameters: Mapping[str, str]) -> list[dict[str, Any]]:
        """What the app has fetched: one video, else pictures. Raises Refused."""
        is_video = "video_path" in parameters
        addresses = _addresses(parameters)
        if not 1 <= len(addresses) <= MOST_PICTURES:
            raise Refused("no_media")
        gate = asyncio.Semaphore(MOST_FETCHED_AT_ONCE)

        async def fetch(address: str) -> dict[str, Any]:
            async with gate:
                file = await self._context.media.fetch(address)
            if not file.is_there or not file.size:
                raise Refused("no_media")
            if file.mime_type not in (VIDEO_TYPES if is_video else PICTURE_TYPES):
                raise Refused("bad_content_type")
            if file.size > (MOST_VIDEO_BYTES if is_video else MOST_PICTURE_BYTES):
                raise Refused("too_big")
            return {"url": address, "size": file.size, "mimeType": file.mime_type}

        return list(await asyncio.gather(*map(fetch, addresses)))


def _addresses(parameters: Mapping[str, str]) -> list[str]:
    if "video_path" in parameters:
        return [parameters["video_path"]]
    if "image_path" in parameters:
        return [parameters["image_path"]]
    return [str(one) for one in _listed(parameters, "image_list_path")]


def _listed(parameters: Mapping[str, str], name: str) -> list[Any]:
    """A parameter that is a JSON array; empty if it is none."""
    try:
        value = msgspec.json.decode(parameters.get(name, "[]"))
    except msgspec.DecodeError:
        return []
    return value if isinstance(value, list) else []


def caption(parameters: Mapping[str, str]) -> str:
    """The title with its topics written in, and those that it has not at its end."""
    text = parameters.get("title", "")
    written = [one for one in _listed(parameters, "title_hashtag_list") if _is_topic(one)]
    # From the last one on, so that the others stay where they are said to be.
    for _, one in sorted(enumerate(written), key=_place, reverse=True):
        before, after = text[: one["start"]], text[one["start"] :]
        gap = " " if before and not before.endswith(" ") else ""
        text = f"{before}{gap}#{one['name']} {after}"
    topics = [f"#{one}" for one in _listed(parameters, "hashtag_list")]
    missing = [topic for topic in topics if topic not in text.split()]
    return " ".join([text.strip(), *missing]).strip()


def _place(topic: tuple[int, dict[str, Any]]) -> tuple[int, int]:
    return topic[1]["start"], topic[0]


def _is_topic(value: Any) -> bool:
    return isinstance(value, dict) and type(value.get("start")) is int and "name" in value


def _chosen(parameters: Mapping[str, str]) -> dict[str, str]:
    """What else the publish page shows."""
    private, download = parameters.get("private_status", "0"), parameters.get("download_type", "1")
    return {
        "shortTitle": parameters.get("short_title", ""),
        "privateStatus": private if private in ("0", "1", "2") else "0",
        "downloadType": download,
        "toPublish": parameters.get("share_to_publish", "0"),
    }
