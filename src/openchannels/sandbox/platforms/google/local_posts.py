"""Local posts of a location; their index selects what kind they are and in which state.

https://developers.google.com/my-business/reference/rest/v4/accounts.locations.localPosts
"""

from datetime import UTC, datetime
from typing import Any

from openchannels.sandbox import sample_text
from openchannels.sandbox.dataset import Work
from openchannels.sandbox.ids import digits, letters
from openchannels.sandbox.work_ids import DecimalIds

IDS = DecimalIds(4_000_000_000_000_000_000, bits=60)
"""The last segment of a post's name."""
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


def local_post(work: Work, parent: str) -> dict[str, Any]:
    """A post of the location named `accounts/{account}/locations/{location}`."""
    number = IDS.id_of(work)
    moment = datetime.fromtimestamp(work.created, UTC)
    state = _STATES[work.index % len(_STATES)]
    kind = ("STANDARD", "EVENT", "STANDARD", "OFFER")[work.index % 4]
    place = f"https://local.google.com/place?id={digits(10, parent)}"
    post: dict[str, Any] = {
        "name": f"{parent}/localPosts/{number}",
        "languageCode": "en",
        "summary": work.pick(40, sample_text.LINES_EN),
        "createTime": f"{moment:%Y-%m-%dT%H:%M:%S}.{work.index % 1000:03d}000000Z",
        "updateTime": f"{moment:%Y-%m-%dT%H:%M:%S}Z",
        "state": state,
        "searchUrl": f"{place}&use=posts&lpsid={number}",
        "topicType": kind,
    }
    if state == "SCHEDULED":
        post["scheduledTime"] = f"{moment:%Y-%m-%dT%H:%M:%S}Z"
    if kind != "STANDARD":
        day = {"year": moment.year, "month": moment.month, "day": moment.day}
        schedule = {"startDate": day, "endDate": day, "startTime": {"hours": 18}}
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
