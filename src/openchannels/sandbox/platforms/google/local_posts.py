"""Local posts of a location; their index selects what kind they are and in which state.

https://developers.google.com/my-business/reference/rest/v4/accounts.locations.localPosts
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from openchannels.sandbox import sample_text
from openchannels.sandbox.clock import utc_text
from openchannels.sandbox.dataset import Work
from openchannels.sandbox.ids import digits, letters
from openchannels.sandbox.work_ids import DecimalIds

IDS = DecimalIds(4_000_000_000_000_000_000, bits=60)
"""The last segment of a post's name."""
_LATE_LINKS = "mara"
"""A person whose posts have no link before they are through."""
_STATES = (
    "LIVE",
    "LIVE",
    "LIVE",
    "PROCESSING",
    "LIVE",
    "REJECTED",
    "LIVE",
    "SCHEDULED",
    "RECURRING",
)


def local_post(work: Work, parent: str, now: float, *, is_new: bool = False) -> dict[str, Any]:
    """A post of the location named `accounts/{account}/locations/{location}`.

    One that was written by this very call `is_new`, and not through yet.
    """
    if work.post is not None:
        return _written(work, work.post, parent, "PROCESSING" if is_new else _state(work.post, now))
    number = IDS.id_of(work)
    moment = datetime.fromtimestamp(work.created, UTC)
    state = _STATES[work.index % len(_STATES)]
    kind = ("STANDARD", "EVENT", "STANDARD", "OFFER")[work.index % 4]
    post: dict[str, Any] = {
        "name": f"{parent}/localPosts/{number}",
        "languageCode": "en",
        "summary": work.pick(40, sample_text.LINES_EN),
        "createTime": f"{moment:%Y-%m-%dT%H:%M:%S}.{work.index % 1000:03d}000000Z",
        "updateTime": f"{moment:%Y-%m-%dT%H:%M:%S}Z",
        "state": state,
        "searchUrl": _search_url(parent, number),
        "topicType": kind,
    }
    if state == "SCHEDULED":
        post["scheduledTime"] = f"{moment:%Y-%m-%dT%H:%M:%S}Z"
    if kind != "STANDARD":
        day = {"year": moment.year, "month": moment.month, "day": moment.day}
        schedule = {"startDate": day, "endDate": day, "startTime": {"hours": 18}}
        schedule["endTime"] = {"hours": 21}
        post["event"] = {"title": work.title_en(), "schedule": schedule}
    if work.index % 3:
        video = work.index % 5 == 0
        file = letters(20, "gbp media", number)
        media = {
            "name": f"{parent}/media/localPosts/{file}",
            "googleUrl": f"https://lh3.googleusercontent.com/p/{file}",
        }
        post["media"] = [media | {"mediaFormat": "VIDEO" if video else "PHOTO"}]
    return post


def _state(post: Mapping[str, Any], now: float) -> str:
    """What has become of a post that a call has written."""
    if now < post["ready"]:
        return "PROCESSING"
    if post["rejected"] or post["wasThere"] is False:
        return "REJECTED"
    if (post["scheduled"] or 0.0) > now:
        return "SCHEDULED"
    return "PROCESSING" if post["photo"] and post["wasThere"] is None else "LIVE"


def _written(work: Work, post: Mapping[str, Any], parent: str, state: str) -> dict[str, Any]:
    number = IDS.id_of(work)
    shown: dict[str, Any] = {
        "name": f"{parent}/localPosts/{number}",
        "languageCode": "en",
        **post["body"],
        "createTime": f"{utc_text(work.created)}Z",
        "updateTime": f"{utc_text(post['updated'])}Z",
        "state": state,
    }
    if state != "PROCESSING" or work.owner.person != _LATE_LINKS:
        shown["searchUrl"] = _search_url(parent, number)
    if "event" in shown:
        shown["event"] = _without_zeros(shown["event"])
    media = [_shown_medium(medium, parent) for medium in post["media"]]
    return {**shown, "media": media} if media else shown


def _shown_medium(medium: Mapping[str, Any], parent: str) -> Mapping[str, Any]:
    if "file" not in medium:
        return medium
    return {
        "name": f"{parent}/media/localPosts/{medium['file']}",
        "mediaFormat": medium["mediaFormat"],
        "googleUrl": f"https://lh3.googleusercontent.com/p/{medium['file']}",
    }


def _without_zeros(event: Mapping[str, Any]) -> dict[str, Any]:
    """An event as Google answers it: numbers of times that are 0 are left out."""
    schedule = {
        name: {unit: number for unit, number in value.items() if number}
        for name, value in event.get("schedule", {}).items()
    }
    return {**event, "schedule": schedule}


def _search_url(parent: str, number: str) -> str:
    place = f"https://local.google.com/place?id={digits(10, parent)}"
    return f"{place}&use=posts&lpsid={number}"
