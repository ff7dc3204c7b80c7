"""YouTube: a publication as the resource of a video, and what changes of one are written.

https://developers.google.com/youtube/v3/docs/videos
"""

from collections.abc import Mapping
from typing import Any

from openchannels.connectors.base.hashtags import split_hashtags
from openchannels.connectors.base.parse import dig, moment
from openchannels.connectors.base.publisher import Job
from openchannels.core.clock import iso

Resource = dict[str, dict[str, Any]]

CATEGORY = "22"
"""People and blogs, as in Google's own examples: what applies without one is not documented."""
WRITABLE: Mapping[str, tuple[str, ...]] = {
    "snippet": (
        *("title", "description", "tags", "categoryId"),
        *("defaultLanguage", "defaultAudioLanguage"),
    ),
    "status": (
        *("privacyStatus", "publishAt", "license", "embeddable", "publicStatsViewable"),
        *("selfDeclaredMadeForKids", "containsSyntheticMedia"),
    ),
}
"""Properties that an update may name. One of a named part that it leaves out is deleted."""


def link_of(video_id: str) -> str:
    return f"https://www.youtube.com/watch?v={video_id}"


def video_resource(job: Job) -> Resource:
    """Returns what is sent for a publication. Without the option, a video is not for children."""
    description, tags = split_hashtags(job.content.body)
    option = job.option
    snippet = {
        "title": job.content.title,
        "description": description,
        "tags": tags or None,
        "categoryId": option.get("categoryId") or CATEGORY,
    }
    publish_at = publish_time(job)
    status = {
        "privacyStatus": "private" if publish_at else option.get("privacyStatus") or "public",
        "publishAt": publish_at,
        "license": option.get("license"),
        "embeddable": option.get("embeddable", True),
        "selfDeclaredMadeForKids": option.get("selfDeclaredMadeForKids", False),
        "containsSyntheticMedia": option.get("containsSyntheticMedia"),
    }
    return {"snippet": _known(snippet), "status": _known(status)}


def publish_time(job: Job) -> str | None:
    """Returns when YouTube is to make the video public, in RFC 3339."""
    if job.option.get("publishAt"):
        return str(job.option["publishAt"])
    return None if job.schedule_at is None else iso(job.schedule_at)


def changed_resource(
    current: Mapping[str, Any], sent: Mapping[str, Any], wanted: Resource, now: float
) -> Resource:
    """Returns the parts of a video to write: those that differ from what was sent before.

    What its owner has changed since stays, and so does all that is not ours.
    """
    changed = {}
    for part, names in WRITABLE.items():
        before, after = sent.get(part) or {}, wanted[part]
        differing = {name for name in before.keys() | after.keys() if _differ(before, after, name)}
        if not differing:
            continue
        own = {name: dig(current, part, name) for name in names}
        changed[part] = _known(own | {name: after.get(name) for name in differing})
    if "status" in changed:
        _drop_passed_schedule(changed["status"], now)
    return changed


def _differ(before: Mapping[str, Any], after: Mapping[str, Any], name: str) -> bool:
    return bool(before.get(name) != after.get(name))


def _drop_passed_schedule(status: dict[str, Any], now: float) -> None:
    """A time in the past would publish a video that its owner has made private since."""
    passed = (moment(status.get("publishAt")) or 0.0) <= now
    if passed or status.get("privacyStatus") != "private":
        status.pop("publishAt", None)


def _known(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}
