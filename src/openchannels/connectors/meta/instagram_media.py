"""How Instagram describes an account and its media, whichever login was used."""

from collections.abc import Mapping
from typing import Any

from openchannels.connectors.base.parse import count, dig, first, https, moment, text
from openchannels.connectors.meta.graph import insight_values, picture
from openchannels.core.accounts import Account, Counters, Profile
from openchannels.core.platforms import Platform
from openchannels.core.works import ContentMode, Metrics, Work, WorkStatus


def read_profile(row: Any, uid: str) -> Profile:
    return Profile(
        platform=Platform("instagram"),
        uid=uid,
        handle=text(dig(row, "username")),
        nickname=text(dig(row, "name")) or text(dig(row, "username")) or uid,
        avatar=https(dig(row, "profile_picture_url")),
        counters=Counters(
            fans=count(dig(row, "followers_count")),
            following=count(dig(row, "follows_count")),
            works=count(dig(row, "media_count")),
        ),
    )


def read_work(
    media: Mapping[str, Any], account: Account, apart: Mapping[str, int] | None = None
) -> Work:
    # Publishing calls a video what reading calls a Reel; both words are understood.
    kinds = (media.get("media_type"), media.get("media_product_type"))
    video = "VIDEO" in kinds or "REELS" in kinds
    author = text(dig(media, "owner", "id")) or account.uid
    own_name = account.handle or account.nickname if author == account.uid else None
    return Work(
        id=str(media["id"]),
        mode=ContentMode.VIDEO if video else ContentMode.IMAGE,
        description=text(media.get("caption")),
        url=https(media.get("permalink")),
        cover_url=picture(media, video=video),
        published_at=moment(media.get("timestamp")),
        author_name=text(media.get("username")) or own_name,
        author_uid=author,
        status=WorkStatus.PUBLISHED,
        metrics=read_metrics(media, apart or insight_values(media), video=video),
    )


def read_metrics(media: Mapping[str, Any], values: Mapping[str, int], *, video: bool) -> Metrics:
    saved = first((values.get("saved"), count(media.get("saved_count"))))
    return Metrics(
        views=values.get("views"),
        plays=values.get("views") if video else None,
        reach=values.get("reach"),
        likes=count(media.get("like_count")),
        comments=count(media.get("comments_count")),
        saves=saved,
        collects=saved,
        shares=first((values.get("shares"), count(media.get("shares_count")))),
        engagements=values.get("total_interactions"),
    )
