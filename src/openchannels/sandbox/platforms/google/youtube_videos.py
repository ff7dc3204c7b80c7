"""Videos in the uploads playlist and by id, with their edge cases.

The index of a video modulo 24 selects its case, so one page of an ordinary channel has all.
https://developers.google.com/youtube/v3/docs/videos
"""

from typing import Any

from openchannels.sandbox import comments, sample_text
from openchannels.sandbox.dataset import PERSONS, Work
from openchannels.sandbox.emulator import Emulator
from openchannels.sandbox.figures import Share
from openchannels.sandbox.ids import hexadecimal
from openchannels.sandbox.platforms.google import youtube_posts as posts
from openchannels.sandbox.platforms.google.accounts import timestamp

_CYCLE = 24
UNLISTED, PRIVATE, SCHEDULED, DELETED, BLOCKED, HIDDEN_LIKES, NO_COMMENTS = 1, 3, 5, 7, 9, 11, 13
UPCOMING, LIVE, PAST_STREAM, PROCESSING, BARE = 15, 17, 19, 21, 23
_UNFINISHED = {UPCOMING: "upcoming", LIVE: "live"}
_SIZES = {"default": (120, 90), "medium": (320, 180), "high": (480, 360), "maxres": (1280, 720)}
_FILES = {"default": "default", "medium": "mqdefault", "high": "hqdefault"}
_WEEK = 7 * 86_400
LIKES = Share(60, 20, 60, ("likes",))
COMMENTS = Share(66, 2, 8, (comments.COMMENTS, comments.ANSWERS))


def _case(work: Work) -> int:
    """The case of a derived video; one that was published is none."""
    return -1 if work.post is not None else work.index % _CYCLE


def _privacy(work: Work, now: float) -> str:
    if work.post is not None:
        return posts.privacy(work.post, now)
    case = _case(work)
    if case in (PRIVATE, SCHEDULED):
        return "private"
    return "unlisted" if case == UNLISTED else "public"


def thumbnails(video_id: str) -> dict[str, Any]:
    """The images of a video by their size."""
    return {
        name: {
            "url": f"https://i.ytimg.com/vi/{video_id}/{_FILES.get(name, 'maxresdefault')}.jpg",
            "width": width,
            "height": height,
        }
        for name, (width, height) in _SIZES.items()
    }


def playlist_item(
    work: Work,
    video_id: str,
    playlist: str,
    channel: str,
    position: int,
    parts: list[str],
    now: float,
) -> dict[str, Any]:
    """An item of the uploads playlist."""
    deleted = _case(work) == DELETED
    owner = "UC" + playlist[2:]
    snippet: dict[str, Any] = {
        "publishedAt": timestamp(work.created + 2),
        "channelId": owner,
        "title": "Deleted video" if deleted else work.title_en(),
        "description": "This video is unavailable." if deleted else _snippet(work)["description"],
        "thumbnails": {} if deleted else thumbnails(video_id),
        "channelTitle": channel,
        "playlistId": playlist,
        "position": position,
        "resourceId": {"kind": "youtube#video", "videoId": video_id},
        "videoOwnerChannelTitle": channel,
        "videoOwnerChannelId": owner,
    }
    details = {"videoId": video_id, "videoPublishedAt": timestamp(work.created)}
    status = {"privacyStatus": "privacyStatusUnspecified" if deleted else _privacy(work, now)}
    all_parts = {"snippet": snippet, "contentDetails": details, "status": status}
    if _case(work) == BARE:
        all_parts = {"snippet": snippet}
    head = {
        "kind": "youtube#playlistItem",
        "etag": hexadecimal(20, "item", video_id),
        "id": "VVU" + hexadecimal(20, "item id", video_id),
    }
    return head | {part: all_parts[part] for part in parts if part in all_parts}


def video(
    work: Work, video_id: str, owner: str, channel: str, parts: list[str], now: float
) -> dict[str, Any] | None:
    """A video by id, or None if it was deleted or is blocked."""
    case = _case(work)
    if case in (DELETED, BLOCKED):
        return None
    all_parts: dict[str, Any] = {
        "snippet": {
            "publishedAt": timestamp(work.created),
            "channelId": owner,
            **_snippet(work),
            "thumbnails": thumbnails(video_id),
            "channelTitle": channel,
            "liveBroadcastContent": _UNFINISHED.get(case, "none"),
        },
        "contentDetails": {
            "duration": _duration(work),
            "dimension": "2d",
            "definition": "hd",
            "caption": "false",
        },
        "status": _status(work, now),
        "statistics": _statistics(work, now),
    }
    if case in (UPCOMING, LIVE, PAST_STREAM):
        all_parts["liveStreamingDetails"] = _stream(work, now)
    if work.post is not None:
        all_parts |= posts.further_parts(work.post, now, length(work))
    head = {"kind": "youtube#video", "etag": hexadecimal(20, "video", video_id), "id": video_id}
    return head | {part: all_parts[part] for part in parts if part in all_parts}


def as_post(work: Work, now: float) -> dict[str, Any]:
    """A derived video as one that was published, so that a call can change it."""
    status = _status(work, now)
    shown = ("privacyStatus", "publishAt", "license", "embeddable", "publicStatsViewable")
    return {
        "snippet": _snippet(work),
        "status": {name: status[name] for name in shown if name in status},
        "file": {},
        "locked": False,
        "processedAt": work.created,
        "rejectedAt": work.created,
        "failure": "",
        "rejection": "",
    }


def find_video(emulator: Emulator, person: str, text: str, now: float) -> Work | None:
    """A video of the person, or one that another of the pages' persons shows to others."""
    for owner in dict.fromkeys((person, *PERSONS)):
        work = emulator.find_work(emulator.series(owner), text)
        if work is not None and _case(work) not in (DELETED, BLOCKED):
            return work if owner == person or _privacy(work, now) != "private" else None
    return None


def _snippet(work: Work) -> dict[str, Any]:
    """What the owner says of a video."""
    if work.post is not None:
        return posts.snippet_of(work.post)
    return {
        "title": work.title_en(),
        "description": work.pick(40, sample_text.LINES_EN),
        "tags": [work.pick(48, sample_text.TAGS_EN)],
        "categoryId": "26",
        "defaultAudioLanguage": "en",
    }


def takes_comments(work: Work) -> bool:
    """Whether a video may be commented on; those for kids may not."""
    if work.post is not None:
        return not work.post.get("status", {}).get("selfDeclaredMadeForKids", False)
    return _case(work) != NO_COMMENTS


def takes_ratings(work: Work) -> bool:
    """Whether a video may be liked; one that hides its likes may not."""
    return _case(work) != HIDDEN_LIKES


def length(work: Work) -> int:
    """The length of a video in seconds."""
    return work.number(90, 12, 2400)


def _duration(work: Work) -> str:
    if _case(work) in _UNFINISHED:
        return "P0D"
    minutes, seconds = divmod(length(work), 60)
    return f"PT{minutes}M{seconds}S" if minutes else f"PT{seconds}S"


def _status(work: Work, now: float) -> dict[str, Any]:
    if work.post is not None:
        return posts.status_of(work.post, now)
    case = _case(work)
    status: dict[str, Any] = {
        "uploadStatus": "uploaded" if case == PROCESSING else "processed",
        "privacyStatus": _privacy(work, now),
        "license": "youtube",
        "embeddable": True,
        "publicStatsViewable": case != HIDDEN_LIKES,
        "madeForKids": False,
    }
    if case == SCHEDULED:
        status["publishAt"] = timestamp(now // 86_400 * 86_400 + _WEEK)
    return status


def _statistics(work: Work, now: float) -> dict[str, str]:
    case = _case(work)
    counts = {"viewCount": str(work.views(now)), "favoriteCount": "0"}
    if case != HIDDEN_LIKES:
        counts["likeCount"] = str(LIKES.at(work, now))
    if case != NO_COMMENTS:
        counts["commentCount"] = str(COMMENTS.at(work, now))
    return counts


def _stream(work: Work, now: float) -> dict[str, str]:
    case = _case(work)
    if case == UPCOMING:
        return {"scheduledStartTime": timestamp(now // 86_400 * 86_400 + _WEEK)}
    details = {"actualStartTime": timestamp(work.created)}
    if case == PAST_STREAM:
        details["actualEndTime"] = timestamp(work.created + 3600)
    return details
