"""Facebook: stories of a photo or a video, which live for a day.

https://developers.facebook.com/docs/page-stories-api
"""

from openchannels.connectors.base.parse import dig, https, text
from openchannels.connectors.base.shapes import rows_at
from openchannels.connectors.base.turn import Turn
from openchannels.connectors.meta.facebook.feed_post import upload_photos
from openchannels.connectors.meta.facebook.publish_calls import (
    LOOK,
    LOOKS,
    may_be_sent_again,
    publish,
    read,
)
from openchannels.connectors.meta.facebook.reel import UploadedVideo
from openchannels.connectors.meta.facebook.video_work import VideoState
from openchannels.connectors.meta.facebook.work_kind import WorkKind
from openchannels.core.publications import (
    Later,
    NotPublished,
    Outcome,
    Published,
    Ready,
    Settled,
    Undecided,
)

FIELDS = "post_id,status,creation_time,media_type,media_id,url"


async def find_story(turn: Turn, medium: str) -> Published | None:
    """Returns the story that shows a photo or video, by the id of that."""
    answer = await read(turn, f"{turn.account.uid}/stories", FIELDS)
    for row in rows_at(turn.client, LOOK, answer, "data"):
        if text(row.get("media_id")) == medium:
            return Published(text(row.get("post_id")) or medium, https(row.get("url")))
    return None


class PhotoStory(WorkKind):
    """Kept between steps: the photo, as posts keep theirs."""

    schedules = False

    async def prepare(self, turn: Turn) -> Ready | Later:
        await upload_photos(turn)
        return Ready()

    async def commit(self, turn: Turn) -> Outcome:
        photo = turn.job.state["photos"][0]
        answer = await publish(turn, "photo_stories", form={"photo_id": photo})
        return Published(text(dig(answer, "post_id")) or photo)

    async def settle(self, turn: Turn) -> Settled:
        found = await find_story(turn, turn.job.state["photos"][0])
        if found is not None:
            return found
        return NotPublished() if may_be_sent_again(turn) else Undecided(turn.until_look(*LOOKS))

    async def verify(self, turn: Turn, work_id: str) -> Published | Later:
        return await find_story(turn, turn.job.state["photos"][0]) or Later(60.0)


class VideoStory(UploadedVideo):
    edge = "video_stories"
    schedules = False

    async def settle(self, turn: Turn) -> Settled:
        return await find_story(turn, turn.job.state["video"]) or await super().settle(turn)

    async def verify(self, turn: Turn, work_id: str) -> Published | Later:
        return await find_story(turn, turn.job.state["video"]) or Later(60.0)

    def _published(self, turn: Turn, found: VideoState, work_id: str | None = None) -> Published:
        """A story, which `verify` finds: its id has not that of its Page before it."""
        story = (found.post or "").rpartition("_")[2]
        return Published(story or turn.job.state["video"])
