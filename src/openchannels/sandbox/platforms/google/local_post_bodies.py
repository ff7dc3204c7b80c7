"""The local post that a call sends: its fields, read and checked.

https://developers.google.com/my-business/reference/rest/v4/accounts.locations.localPosts
"""

import re
from datetime import datetime
from typing import Any

from openchannels.sandbox.http import EarlyReply
from openchannels.sandbox.platforms.google.business_errors import status_reply, violation

MOST_SUMMARY, MOST_EVENT_TITLE = 1_500, 58
_WITH_URL = ("BOOK", "ORDER", "SHOP", "LEARN_MORE", "SIGN_UP")
_SCHEDULE = ("startDate", "startTime", "endDate", "endTime")
_READ_ONLY = {"name", "createTime", "updateTime", "state", "searchUrl"}
WRITABLE = {
    "languageCode", "summary", "topicType", "callToAction", "event", "offer", "media",
    "scheduledTime",
}  # fmt: skip
PATCHABLE = WRITABLE - {"topicType", "media"}
_PHONE = re.compile(r"\+?\d(?:[ ()/-]?\d){7,}")
_MISSING, _INVALID, _TOO_MANY, _READ_ONLY_CODE, _TOO_LONG = 2, 5, 7, 11, 9
FETCH_FAILED = 1_000


def check_post(body: dict[str, Any], now: float) -> None:
    """Raises EarlyReply for what Google refuses at once."""
    for name in sorted(body.keys() & _READ_ONLY):
        raise violation(_READ_ONLY_CODE, name, "The field is read-only.")
    for name in sorted(body.keys() - WRITABLE):
        message = f'Invalid JSON payload received. Unknown name "{name}": Cannot find field.'
        raise EarlyReply(status_reply(400, "INVALID_ARGUMENT", message))
    topic, summary = body.get("topicType"), body.get("summary")
    if topic not in ("STANDARD", "EVENT", "OFFER"):
        raise violation(_INVALID if topic else _MISSING, "topicType", "topicType is required")
    if not isinstance(summary, str) or not summary.strip():
        raise violation(_MISSING, "summary", "summary is required")
    if len(summary) > MOST_SUMMARY:
        raise violation(_TOO_LONG, "summary", f"Must be at most {MOST_SUMMARY} characters")
    _check_button(body.get("callToAction"), topic)
    _check_event(body.get("event"), topic)
    if "offer" in body and topic != "OFFER":
        raise violation(_INVALID, "offer", "Only an offer has one")
    _check_media(body.get("media", []))
    if "scheduledTime" in body and moment_of(body["scheduledTime"]) <= now:
        raise violation(_INVALID, "scheduledTime", "Must be in the future")


def moment_of(text: object) -> float:
    """Unix seconds of `scheduledTime`. Raises EarlyReply with 400."""
    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise violation(_INVALID, "scheduledTime", "Is not a time")
    return moment.timestamp()


def has_phone_number(body: dict[str, Any]) -> bool:
    """Whether the text holds what looks like a phone number, which moderation refuses."""
    return bool(_PHONE.search(body["summary"]))


def addresses_of(body: dict[str, Any]) -> list[str]:
    """The addresses from which the photos of a post are fetched."""
    media = body.get("media")
    items = media if isinstance(media, list) else []
    return [
        str(item["sourceUrl"]) for item in items if isinstance(item, dict) and "sourceUrl" in item
    ]


def _check_button(button: object, topic: str) -> None:
    if button is None:
        return
    if topic == "OFFER" or not isinstance(button, dict):
        raise violation(_INVALID, "callToAction", "An offer has no button")
    action, address = button.get("actionType"), button.get("url")
    if action not in (*_WITH_URL, "CALL"):
        raise violation(_INVALID, "callToAction.actionType", "Unsupported value")
    if action == "CALL" and address:
        raise violation(_INVALID, "callToAction.url", "Must be absent for CALL")
    if action != "CALL" and not address:
        raise violation(_MISSING, "callToAction.url", "callToAction.url is required")


def _check_event(event: object, topic: str) -> None:
    if topic == "STANDARD":
        if event is not None:
            raise violation(_INVALID, "event", "Only events and offers have one")
        return
    if not isinstance(event, dict) or not event.get("title"):
        raise violation(_MISSING, "event.title", "event.title is required")
    if len(event["title"]) > MOST_EVENT_TITLE:
        message = f"Must be at most {MOST_EVENT_TITLE} characters"
        raise violation(_TOO_LONG, "event.title", message)
    schedule = event.get("schedule", {})
    for name in _SCHEDULE:
        if name not in schedule:
            raise violation(_MISSING, f"event.schedule.{name}", f"{name} is required")
    if _moment(schedule, "end") <= _moment(schedule, "start"):
        raise violation(_INVALID, "event.schedule", "INVERTED_RANGE")


def _moment(schedule: dict[str, Any], edge: str) -> tuple[int, ...]:
    day, time = schedule[f"{edge}Date"], schedule[f"{edge}Time"]
    date = tuple(int(day.get(name, 0)) for name in ("year", "month", "day"))
    return (*date, *(int(time.get(name, 0)) for name in ("hours", "minutes", "seconds")))


def _check_media(media: object) -> None:
    if not isinstance(media, list) or len(media) > 1:
        raise violation(_TOO_MANY, "media", "TOO_MANY_ITEMS")
    for item in media:
        if item.get("mediaFormat") == "VIDEO":
            raise EarlyReply(status_reply(500, "INTERNAL", "Internal error encountered."))
        if item.get("mediaFormat") != "PHOTO" or item.keys() != {"mediaFormat", "sourceUrl"}:
            raise violation(_INVALID, "media", "A photo has mediaFormat and sourceUrl")
