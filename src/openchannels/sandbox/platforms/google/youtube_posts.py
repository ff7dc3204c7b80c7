"""Videos that calls have published: what becomes of them, and how they are shown.

A post holds the parts that the call set, the file that came (`file`), when YouTube is through with
it (`processedAt`, `rejectedAt`) and how that ends (`failure`, `rejection`). A `locked` one stays
private: it is of a project that YouTube has not audited.
"""

from collections.abc import Mapping
from typing import Any

from openchannels.sandbox.conduct import Conduct
from openchannels.sandbox.platforms.google.youtube_resources import moment_of

Post = Mapping[str, Any]
_SHOWN_AS_SENT = ("localizations", "recordingDetails", "paidProductPlacementDetails")
_PARTS = 100


def new_post(resource: dict[str, Any], file: dict[str, Any], now: float, conduct: Conduct) -> Post:
    """The post of a resource and a file that have come."""
    done = now + conduct.processing_seconds
    return {
        **resource,
        "file": file,
        "locked": not conduct.audited,
        "processedAt": done,
        "rejectedAt": done + conduct.review_seconds,
        "failure": conduct.reject_media,
        "rejection": conduct.reject,
    }


def privacy(post: Post, now: float) -> str:
    """`public`, `unlisted` or `private`, as of now."""
    status = post.get("status", {})
    if post["locked"]:
        return "private"
    if "publishAt" in status and moment_of(status["publishAt"]) <= now:
        return "public"
    return str(status.get("privacyStatus", "public"))


def status_of(post: Post, now: float) -> dict[str, Any]:
    """The part `status`."""
    sent = {"embeddable": True, "publicStatsViewable": True, "selfDeclaredMadeForKids": False}
    shown = {**sent, **post.get("status", {}), "privacyStatus": privacy(post, now)}
    if shown["privacyStatus"] == "public":
        shown.pop("publishAt", None)
    return {
        **_progress(post, now),
        "license": "youtube",
        **shown,
        "madeForKids": shown["selfDeclaredMadeForKids"],
    }


def _progress(post: Post, now: float) -> dict[str, str]:
    if now < post["processedAt"]:
        return {"uploadStatus": "uploaded"}
    if post["failure"]:
        return {"uploadStatus": "failed", "failureReason": post["failure"]}
    if post["rejection"] and now >= post["rejectedAt"]:
        return {"uploadStatus": "rejected", "rejectionReason": post["rejection"]}
    return {"uploadStatus": "processed"}


def snippet_of(post: Post) -> dict[str, Any]:
    """What the call said of the video: the writable half of the part `snippet`."""
    return {"title": "", "description": "", "categoryId": "22", **post.get("snippet", {})}


def further_parts(post: Post, now: float, seconds: int) -> dict[str, Any]:
    """The parts that a derived video does not have."""
    sent = {name: post[name] for name in _SHOWN_AS_SENT if name in post}
    return {**sent, "processingDetails": _processing(post, now), **_file_details(post, seconds)}


def _processing(post: Post, now: float) -> dict[str, Any]:
    left = post["processedAt"] - now
    if left > 0:
        progress = {"partsTotal": str(_PARTS), "partsProcessed": "0"}
        progress["timeLeftMs"] = str(int(left * 1000))
        return {"processingStatus": "processing", "processingProgress": progress}
    if post["failure"]:
        return {"processingStatus": "failed", "processingFailureReason": "transcodeFailed"}
    return {"processingStatus": "succeeded"}


def _file_details(post: Post, seconds: int) -> dict[str, Any]:
    file = post["file"]
    if not file:
        return {}
    details = {"fileSize": str(file["size"]), "durationMs": str(seconds * 1000)}
    return {"fileDetails": {"fileName": file["name"], "fileType": "video", **details}}
