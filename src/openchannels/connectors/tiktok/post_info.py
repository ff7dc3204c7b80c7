"""TikTok: whether a work is posted or left as a draft, and its content and options in a call.

https://developers.tiktok.com/doc/content-posting-api-reference-direct-post
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from openchannels.connectors.base.parse import count, dig, text
from openchannels.connectors.base.publisher import Job
from openchannels.core import errors
from openchannels.core.publications import Content, PublicationRefused
from openchannels.transport.platform_app import App
from openchannels.transport.platform_client import PlatformClient

DIRECT_SCOPE, DRAFT_SCOPE = "video.publish", "video.upload"
PUBLIC, PRIVATE = "PUBLIC_TO_EVERYONE", "SELF_ONLY"
PULL = "PULL_FROM_URL"
CREATOR = "publish.creator"
Mode = Literal["direct", "inbox"]


def mode_of(app: App, scopes: Sequence[str] | None) -> Mode:
    """Returns whether a work is posted, or left as a draft in the creator's inbox.

    Posts of an app that is not audited can be seen by their creator alone, so such an app leaves
    drafts where the account allows it. Scopes that are not known count as granted.
    """
    chosen = app.option("publish_mode", "auto")
    if chosen != "auto":
        return "direct" if chosen == "direct" else "inbox"
    may_post = scopes is None or DIRECT_SCOPE in scopes
    may_draft = scopes is None or DRAFT_SCOPE in scopes
    return "direct" if may_post and (is_audited(app) or not may_draft) else "inbox"


def is_audited(app: App) -> bool:
    return bool(app.option("audited", False))


def is_pulled(content: Content, option: Mapping[str, Any]) -> bool:
    """Returns whether TikTok fetches the files: always photos, videos where that is asked for."""
    return bool(content.images) or option.get("source") == PULL


@dataclass(frozen=True, slots=True)
class Creator:
    """What a creator may do at the moment; a length in seconds."""

    username: str | None
    levels: tuple[str, ...]
    no_comment: bool
    no_duet: bool
    no_stitch: bool
    longest: int | None

    @classmethod
    def read(cls, client: PlatformClient, answer: Any) -> "Creator":
        """Raises PlatformFailure: MALFORMED without a list of levels."""
        found, given = dig(answer, "data"), dig(answer, "data", "privacy_level_options")
        if not isinstance(given, list):
            raise client.malformed(CREATOR)
        return cls(
            text(dig(found, "creator_username")),
            tuple(filter(None, map(text, given))),
            dig(found, "comment_disabled") is True,
            dig(found, "duet_disabled") is True,
            dig(found, "stitch_disabled") is True,
            count(dig(found, "max_video_post_duration_sec")),
        )


def privacy_level(app: App, option: Mapping[str, Any]) -> str:
    """Returns who may see a post. Raises PublicationRefused where that must be chosen."""
    chosen: str | None = option.get("privacy_level")
    if chosen:
        return chosen
    if is_audited(app):
        raise PublicationRefused(errors.PUBLISH_OPTION_MISSING, "privacy_level", kind="required")
    return PRIVATE


def check(job: Job, creator: Creator, level: str) -> None:
    """Raises PublicationRefused for what the creator may not post."""
    if level not in creator.levels:
        raise PublicationRefused(
            errors.PUBLISH_OPTION_MISSING,
            f"privacy_level: {', '.join(creator.levels)}",
            kind="invalid_option",
        )
    seconds = 0.0 if job.video is None else job.video.duration or 0.0
    if creator.longest is not None and seconds > creator.longest:
        raise PublicationRefused(
            errors.MEDIA_UNSUPPORTED,
            f"The video has {seconds:.0f} s, this creator may post {creator.longest} s.",
            kind="invalid_duration",
        )


def caption_of(job: Job) -> str:
    """Returns the caption of a video: title and text, of which it has but one."""
    return "\n".join(filter(None, (job.content.title, job.content.body)))


def video_info(job: Job, creator: Creator, level: str) -> dict[str, Any]:
    """Returns the `post_info` of a video that is posted."""
    option = job.option
    return {
        "title": caption_of(job),
        "privacy_level": level,
        "disable_duet": creator.no_duet or bool(option.get("disable_duet")),
        "disable_comment": creator.no_comment or bool(option.get("disable_comment")),
        "disable_stitch": creator.no_stitch or bool(option.get("disable_stitch")),
        **_brands(option),
        **({"is_aigc": option["is_aigc"]} if "is_aigc" in option else {}),
    }


def photo_info(job: Job, creator: Creator | None, level: str | None) -> dict[str, Any]:
    """Returns the `post_info` of photos; for a draft, without a level, only its texts."""
    texts = {"title": job.content.title, "description": job.content.body}
    if creator is None or level is None:
        return texts
    return {
        **texts,
        "privacy_level": level,
        "disable_comment": creator.no_comment or bool(job.option.get("disable_comment")),
        "auto_add_music": bool(job.option.get("auto_add_music")),
        **_brands(job.option),
    }


def photo_cover(job: Job) -> int:
    """Returns which photo is the cover: the option, or the one that is the work's cover."""
    chosen = job.option.get("photo_cover_index")
    if chosen is not None:
        return int(chosen)
    cover = job.content.cover
    addresses = [medium.url for medium in job.content.media]
    return addresses.index(cover.url) if cover is not None and cover.url in addresses else 0


def _brands(option: Mapping[str, Any]) -> dict[str, bool]:
    names = ("brand_content_toggle", "brand_organic_toggle")
    return {name: bool(option.get(name)) for name in names}
