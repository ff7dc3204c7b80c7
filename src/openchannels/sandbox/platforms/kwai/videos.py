"""Videos as Kwai shows them, and those that were published by calls.

https://open.kuaishou.com/platformDocs/openAbility/contentManagement/createAVideo
"""

from typing import Any

from openchannels.sandbox import sample_text
from openchannels.sandbox.dataset import Creator, Series, Work
from openchannels.sandbox.emulator import Context
from openchannels.sandbox.ids import hexadecimal
from openchannels.sandbox.work_ids import TextIds

REALM = "KWAI"
VIDEO_IDS = TextIds("3x", length=11, bits=52, alphabet="0123456789abcdefghijklmnopqrstuvwxyz")
CAP_SECONDS = 86_400
_KIND = "kwai publication"


def is_processed(work: Work, now: float) -> bool:
    """Whether a video can be read by its id; before that only the list has it."""
    return work.post is None or now >= float(work.post["processed"])


def _is_pending(work: Work, now: float) -> bool:
    return work.index % 17 == 3 if work.post is None else now < float(work.post["reviewed"])


def video(work: Work, now: float) -> dict[str, Any]:
    """A video; nobody can play one that is pending, and only a published one has a cover then."""
    identifier = VIDEO_IDS.id_of(work)
    pending = _is_pending(work, now)
    media = hexadecimal(16, "file", identifier)
    caption = f"{work.title_zh()} #{work.pick(48, sample_text.TAGS_ZH)}"
    has_cover = work.post is not None or not pending
    return {
        "photo_id": identifier,
        "caption": caption if work.post is None else work.title_zh(),
        "cover": f"https://p1.a.yximgs.com/upic/{media}.jpg" if has_cover else "",
        "play_url": "" if pending else f"https://v1.kwaicdn.com/upic/{media}.mp4?tag=1",
        "create_time": work.created * 1000 + work.number(100, 0, 999),
        "like_count": work.share_of_views(now, 60, 20, 90),
        "comment_count": work.share_of_views(now, 66, 1, 12),
        "view_count": work.views(now),
        "pending": pending,
    }


class Publications:
    """What accounts have published; a refused video disappears when its time has come."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def series(self, person: str) -> Series:
        """The videos of a person, without those that were refused by now."""
        series = self._context.dataset.series(Creator(REALM, person))
        documents = self._context.documents
        for id, one in documents.of_owner(_KIND, series.owner.key).items():
            if one["refused"] is not None and one["refused"] <= self._context.clock.now():
                documents.put(_KIND, id, one | {"refused": None}, series.owner.key)
                series.delete([id], lambda text: VIDEO_IDS.index_of(series.owner, text))
        return series

    def count(self, owner: Creator, now: float) -> int:
        """How many videos an account has published within 24 hours."""
        found = self._context.documents.of_owner(_KIND, owner.key).values()
        return sum(one["at"] > now - CAP_SECONDS for one in found)

    def add(self, series: Series, caption: str, size: int, now: float) -> Work:
        """Publish a video, treated as the platform is set to at the moment."""
        conduct = self._context.conducts.of(REALM)
        processed = now + conduct.processing_seconds
        reviewed = processed + conduct.review_seconds
        refused = reviewed if conduct.reject else None
        refused = processed if conduct.reject_media else refused
        post = {"title": caption, "size": size, "processed": processed, "reviewed": reviewed}
        work = series.publish_post(post, now)
        document = {"at": now, "refused": refused}
        self._context.documents.put(_KIND, VIDEO_IDS.id_of(work), document, series.owner.key)
        return work
