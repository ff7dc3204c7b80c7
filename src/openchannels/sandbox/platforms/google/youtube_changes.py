"""Videos that are changed and deleted.

https://developers.google.com/youtube/v3/docs/videos/update
"""

from typing import Any

from openchannels.sandbox.dataset import Work
from openchannels.sandbox.emulator import Emulator
from openchannels.sandbox.http import EarlyReply, Reply, Request, Route
from openchannels.sandbox.platforms.google.youtube_api import (
    HOSTS,
    MANAGING,
    Access,
    channel_id,
    channel_title,
    invalid,
    missing_parameter,
    not_found,
    read_parts,
)
from openchannels.sandbox.platforms.google.youtube_posts import privacy
from openchannels.sandbox.platforms.google.youtube_resources import PARTS, read_resource
from openchannels.sandbox.platforms.google.youtube_videos import as_post, video

UNITS = 50
"""What a call that writes costs."""


class VideoChanges:
    """`videos.update` and `videos.delete`."""

    def __init__(self, emulator: Emulator, access: Access) -> None:
        self._emulator = emulator
        self._access = access

    def routes(self) -> list[Route]:
        """Their addresses."""
        path = "/youtube/v3/videos"
        return [
            route
            for host in HOSTS
            for route in (
                Route("PUT", host, path, self.update),
                Route("DELETE", host, path, self.delete),
            )
        ]

    def update(self, request: Request) -> Reply:
        """Replace the named parts of a video; what is not sent of them is gone."""
        token = self._access.require(request, MANAGING, UNITS)
        parts = read_parts(request, PARTS)
        person = token.grant.person
        series = self._emulator.series(person)
        wanted = str(request.json.get("id", ""))
        work = self._emulator.find_work(series, wanted)
        if work is None:
            return not_found("video", "youtube.video")
        if "snippet" in parts and "categoryId" not in request.json.get("snippet", {}):
            message = "The snippet.categoryId property specifies an invalid category ID."
            return invalid("invalidCategoryId", message)
        post = _changed(work, read_resource(request, request.json, parts), request.now)
        series.change_post(work, post)
        changed = self._emulator.find_work(self._emulator.series(person), wanted)
        owner, title = channel_id(person), channel_title(series.owner)
        return Reply.json(changed and video(changed, wanted, owner, title, parts, request.now))

    def delete(self, request: Request) -> Reply:
        """Delete a video."""
        token = self._access.require(request, MANAGING, UNITS)
        wanted = request.query.get("id")
        if not wanted:
            return missing_parameter("id")
        deleted = self._emulator.delete(token.grant.person, "", [wanted])
        return Reply(204) if deleted else not_found("video", "youtube.video")


def _changed(work: Work, sent: dict[str, Any], now: float) -> dict[str, Any]:
    """The post after an update. Raises EarlyReply if it is scheduled after it was published."""
    before = work.post if work.post is not None else as_post(work, now)
    published = before.get("published", False) or privacy(before, now) != "private"
    if published and "publishAt" in sent.get("status", {}):
        message = "The video was published before and cannot be scheduled."
        raise EarlyReply(invalid("invalidPublishScheduleForVideo", message))
    post = {**before, **sent, "published": published}
    return {**post, "title": post.get("snippet", {}).get("title", "")}
