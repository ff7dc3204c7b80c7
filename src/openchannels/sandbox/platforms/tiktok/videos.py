"""Videos and photos as the Display API shows them, and whose they are.

https://developers.tiktok.com/doc/tiktok-api-v2-video-object
"""

from typing import Any

from openchannels.sandbox import sample_text
from openchannels.sandbox.dataset import Work
from openchannels.sandbox.figures import Share
from openchannels.sandbox.ids import hexadecimal, letters
from openchannels.sandbox.work_ids import DecimalIds

COVER_SECONDS = 21_600
LIKES = Share(60, 20, 120)
_PHOTO_EVERY = 11
IDS = DecimalIds(7_000_000_000_000_000_000, bits=60)
VIDEO_FIELDS = (
    "id", "create_time", "title", "video_description", "duration", "cover_image_url", "share_url",
    "embed_link", "embed_html", "height", "width", "like_count", "comment_count", "share_count",
    "view_count",
)  # fmt: skip


def open_id(person: str, client_key: str) -> str:
    """A person's id for an app."""
    return "-000" + letters(20, "tiktok", client_key, person)


def username(person: str) -> str:
    """A person's user name."""
    return f"{person.lower()}.{hexadecimal(4, 'tiktok name', person)}"


def video(work: Work, now: float, fields: list[str]) -> dict[str, Any]:
    """The requested fields of a video."""
    identifier = IDS.id_of(work)
    photo = work.post["photo"] if work.post else work.index % _PHOTO_EVERY == 4
    kind = "photo" if photo else "video"
    page = f"https://www.tiktok.com/@{username(work.owner.person)}/{kind}/{identifier}"
    picture = f"https://p19-sign.tiktokcdn-us.com/obj/{hexadecimal(20, 'cover', identifier)}.jpeg"
    title, text = _texts(work)
    shown = {
        "id": identifier,
        "create_time": work.created,
        "title": title[:150],
        "video_description": text[:150],
        "duration": 0 if photo else work.number(96, 5, 600),
        "cover_image_url": f"{picture}?x-expires={int(now) + COVER_SECONDS}",
        "share_url": f"{page}?utm_campaign=tt4d_open_api&utm_source=awexample",
        "embed_link": f"https://www.tiktok.com/player/v1/{identifier}",
        "embed_html": "<blockquote></blockquote>",
        "height": 1024,
        "width": 576,
        "like_count": LIKES.at(work, now),
        "comment_count": work.share_of_views(now, 66, 1, 12),
        "share_count": work.share_of_views(now, 72, 0, 9),
        "view_count": work.views(now),
    }
    return {name: shown[name] for name in fields}


def _texts(work: Work) -> tuple[str, str]:
    """Title and description; a video that was published has its caption as both."""
    title = work.title_en()
    if work.post is not None:
        return title, work.post["description"] or title
    text = f"{title} #{work.pick(48, sample_text.TAGS_EN)}"
    return ("" if work.index % 5 == 0 else title), text
