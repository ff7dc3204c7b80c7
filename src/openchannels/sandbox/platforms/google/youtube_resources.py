"""The video that a call sends to be published or changed: its parts, read and checked.

https://developers.google.com/youtube/v3/docs/videos#resource
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from openchannels.sandbox.http import EarlyReply, Request
from openchannels.sandbox.platforms.google.categories import ASSIGNABLE
from openchannels.sandbox.platforms.google.youtube_api import bad_request, invalid

MOST_TITLE, MOST_DESCRIPTION_BYTES, MOST_TAGS = 100, 5_000, 500
_WRITABLE: dict[str, dict[str, type]] = {
    "snippet": {
        "title": str,
        "description": str,
        "tags": list,
        "categoryId": str,
        "defaultLanguage": str,
        "defaultAudioLanguage": str,
    },
    "status": {
        "privacyStatus": str,
        "publishAt": str,
        "license": str,
        "embeddable": bool,
        "publicStatsViewable": bool,
        "selfDeclaredMadeForKids": bool,
        "containsSyntheticMedia": bool,
    },
    "recordingDetails": {"recordingDate": str},
    "paidProductPlacementDetails": {"hasPaidProductPlacement": bool},
}
_READ_ONLY = {
    "snippet": {
        "publishedAt", "channelId", "thumbnails", "channelTitle", "liveBroadcastContent",
        "localized",
    },
    "status": {"uploadStatus", "failureReason", "rejectionReason", "madeForKids"},
}  # fmt: skip
PARTS = {*_WRITABLE, "localizations"}
"""Parts that a call may set."""


def read_resource(request: Request, body: dict[str, Any], parts: Collection[str]) -> dict[str, Any]:
    """The named parts of a video as a call sends them, without what only YouTube sets.

    Raises EarlyReply for what YouTube refuses.
    """
    _check_names(body)
    sent = {part: body.get(part, {}) for part in parts if part in PARTS}
    for part, known in _WRITABLE.items():
        if part in sent:
            sent[part] = {name: value for name, value in sent[part].items() if name in known}
    if "snippet" in sent:
        _check_snippet(sent["snippet"])
    if "status" in sent:
        _check_status(sent["status"])
    if sent.get("localizations") and not sent.get("snippet", {}).get("defaultLanguage"):
        raise _refused("defaultLanguageNotSet", "The default language is not set.")
    return sent


def moment_of(text: str) -> float:
    """Unix seconds of an RFC 3339 time. Raises EarlyReply for any other text."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise _refused("invalidPublishAt", "The scheduled publishing time is not valid.")
    return moment.timestamp()


def _check_names(body: dict[str, Any]) -> None:
    unknown = body.keys() - PARTS - {"id", "kind", "etag"}
    for part, known in _WRITABLE.items():
        value = body.get(part, {})
        if not isinstance(value, dict):
            raise EarlyReply(bad_request(f"Invalid value at '{part}'."))
        unknown |= value.keys() - known.keys() - _READ_ONLY.get(part, set())
        wrong = [n for n, kind in known.items() if n in value and not isinstance(value[n], kind)]
        if wrong:
            raise EarlyReply(bad_request(f"Invalid value at '{part}.{wrong[0]}'."))
    if unknown:
        name = sorted(unknown)[0]
        message = f'Invalid JSON payload received. Unknown name "{name}": Cannot find field.'
        raise EarlyReply(bad_request(message))


def _check_snippet(snippet: dict[str, Any]) -> None:
    title, description = snippet.get("title", ""), snippet.get("description", "")
    if not title.strip() or len(title) > MOST_TITLE or _has_angles(title):
        raise _refused("invalidTitle", "The request metadata specifies an invalid video title.")
    if len(description.encode()) > MOST_DESCRIPTION_BYTES or _has_angles(description):
        message = "The request metadata specifies an invalid video description."
        raise _refused("invalidDescription", message)
    tags = snippet.get("tags", [])
    counted = sum(len(tag) + 2 * (" " in tag) for tag in tags) + max(0, len(tags) - 1)
    if counted > MOST_TAGS or any(_has_angles(tag) for tag in tags):
        raise _refused("invalidTags", "The request metadata specifies invalid video keywords.")
    if snippet.setdefault("categoryId", "22") not in ASSIGNABLE:
        message = "The snippet.categoryId property specifies an invalid category ID."
        raise _refused("invalidCategoryId", message)


def _has_angles(text: str) -> bool:
    return "<" in text or ">" in text


def _check_status(status: dict[str, Any]) -> None:
    privacy = status.setdefault("privacyStatus", "public")
    if privacy not in ("public", "unlisted", "private"):
        raise _refused("invalidVideoMetadata", "The privacy status is not valid.")
    if status.setdefault("license", "youtube") not in ("youtube", "creativeCommon"):
        raise _refused("invalidVideoMetadata", "The license is not valid.")
    if "publishAt" not in status:
        return
    moment_of(status["publishAt"])
    if privacy != "private":
        message = "A video can only be scheduled while its privacy status is private."
        raise _refused("invalidPublishScheduleForVideo", message)


def _refused(reason: str, message: str) -> EarlyReply:
    return EarlyReply(invalid(reason, message))
