"""Google Business Profile: a publication as the body of a local post, and recognizing it.

https://developers.google.com/my-business/reference/rest/v4/accounts.locations.localPosts
"""

from collections.abc import Mapping
from typing import Any

from openchannels.connectors.base.parse import dig, moment
from openchannels.connectors.base.publisher import Job
from openchannels.connectors.google.business.local_times import local_time
from openchannels.core.clock import iso

STANDARD, OFFER = "STANDARD", "OFFER"
SOONEST = 600.0
"""Seconds ahead; what is scheduled for sooner goes out at once, since no earliest time is told."""
CLOCKS_DIFFER = 120.0
OFFER_FIELDS = ("couponCode", "redeemOnlineUrl", "termsConditions")


def topic_of(job: Job) -> str:
    return str(job.option.get("topicType") or STANDARD)


def schedule_of(job: Job) -> float | None:
    """Returns when Google is to show the post, in Unix seconds; None for at once."""
    at = moment(job.option.get("scheduledTime")) or job.schedule_at
    return at if at is not None and at > job.now + SOONEST else None


def drops_button(job: Job) -> bool:
    """Returns whether a button is given that an offer cannot have."""
    return topic_of(job) == OFFER and bool(job.option.get("callToAction"))


async def post_body(job: Job, language: str) -> dict[str, Any]:
    """Returns the body of a post. Google fetches the photo from its address."""
    topic, at = topic_of(job), schedule_of(job)
    photos = [await one.public_url() for one in job.images[:1]]
    body = {
        "languageCode": job.option.get("languageCode") or language,
        "summary": job.content.body,
        "topicType": topic,
        "callToAction": None if topic == OFFER else _button(job.option.get("callToAction")),
        "event": None if topic == STANDARD else _event(job),
        "offer": _offer(job.option.get("offer") or {}) if topic == OFFER else None,
        "media": [{"mediaFormat": "PHOTO", "sourceUrl": url} for url in photos] or None,
        "scheduledTime": None if at is None else iso(at),
    }
    return {name: value for name, value in body.items() if value is not None}


def _button(given: Any) -> dict[str, str] | None:
    if not given:
        return None
    return {name: given[name] for name in ("actionType", "url") if given.get(name)}


def _event(job: Job) -> dict[str, Any]:
    given: Mapping[str, Any] = job.option.get("event") or {}
    title = given.get("title") or job.content.title
    return {
        **({"title": title} if title else {}),
        "schedule": {**_time("start", given.get("start")), **_time("end", given.get("end"))},
    }


def _time(name: str, local: str | None) -> dict[str, Any]:
    """The time of day at the place: a zone would move it."""
    at = local_time(local)
    if at is None:
        return {}
    return {
        f"{name}Date": {"year": at.year, "month": at.month, "day": at.day},
        f"{name}Time": {"hours": at.hour, "minutes": at.minute},
    }


def _offer(given: Mapping[str, Any]) -> dict[str, str]:
    return {name: given[name] for name in OFFER_FIELDS if given.get(name)}


def is_this_post(post: Mapping[str, Any], body: Mapping[str, Any], committed_at: float) -> bool:
    """Returns whether a post was made since that time with what a body says."""
    paths = (("topicType",), ("callToAction", "url"), ("event", "title"))
    return (
        (moment(post.get("createTime")) or 0.0) >= committed_at - CLOCKS_DIFFER
        and str(post.get("summary") or "").strip() == body["summary"].strip()
        and all(dig(post, *path) == dig(body, *path) for path in paths)
    )
