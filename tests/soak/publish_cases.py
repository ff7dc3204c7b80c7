"""What the storm of posts posts: kinds of posts on every platform that the service publishes on.

xhs and wxSph are not among them: what is out there a person or a plug-in has published.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Case:
    """A kind of post on one platform. `commit` is where its call that publishes goes.

    `before` calls of one post go to the same place earlier; `values` are options that are looked
    up.
    """

    platform: str
    kind: str
    commit: tuple[str, str]
    option: dict[str, Any] = field(default_factory=dict)
    method: str = "POST"
    before: int = 0
    values: tuple[str, ...] = ()
    tags: str = ""
    cover: bool = False
    """Whether it has a cover of its own, without which one is made of the video."""


X = ("api.x.com", "/2/tweets")
PINTEREST = ("api.pinterest.com", "/v5/pins")
LINKEDIN = ("api.linkedin.com", "/rest/posts")
GOOGLE = ("mybusiness.googleapis.com", "/v4/accounts/*/localPosts")
FEED = ("graph.facebook.com", "/*/feed")
REELS = ("graph.facebook.com", "/*/video_reels")
INSTAGRAM = ("graph.instagram.com", "/*/media_publish")
THREADS = ("graph.threads.net", "/v1.0/me/threads_publish")
TIKTOK = ("open.tiktokapis.com", "/v2/post/publish/content/init/")
BILIBILI = ("member.bilibili.com", "/arcopen/fn/archive/add-by-utoken")
PUBLIC = {"privacy_level": "PUBLIC_TO_EVERYONE"}
DOUYIN = ("open.douyin.com", "/api/douyin/v1/video/create_")
CASES: Sequence[Case] = (
    Case("youtube", "video", ("*", "/upload/youtube/v3/videos"), method="PUT"),
    Case("twitter", "text", X),
    Case("twitter", "image", X),
    Case("twitter", "video", X),
    Case("pinterest", "image", PINTEREST, values=("boardId",)),
    Case("pinterest", "video", PINTEREST, values=("boardId",)),
    Case("linkedin", "text", LINKEDIN),
    Case("linkedin", "image", LINKEDIN),
    Case("linkedin", "video", LINKEDIN),
    Case("google_business", "text", GOOGLE),
    Case("google_business", "image", GOOGLE),
    Case("facebook", "text", FEED),
    Case("facebook", "image", FEED),
    Case("facebook", "video", REELS, {"content_category": "reel"}, before=1),
    Case("instagram", "image", INSTAGRAM),
    Case("instagram", "video", INSTAGRAM),
    Case("threads", "text", THREADS),
    Case("threads", "image", THREADS),
    Case("threads", "video", THREADS),
    Case("tiktok", "image", TIKTOK, PUBLIC),
    Case("tiktok", "video", ("*", "/video/*"), PUBLIC, method="PUT"),
    Case("bilibili", "video", BILIBILI, {"tid": 21}, tags="#rye"),
    Case("KWAI", "video", ("open.kuaishou.com", "/openapi/photo/publish"), cover=True),
    Case("wxGzh", "image", ("api.weixin.qq.com", "/cgi-bin/freepublish/submit")),
    Case("douyin", "image", DOUYIN),
    Case("douyin", "video", DOUYIN),
)
PLATFORMS: Sequence[str] = tuple(dict.fromkeys(case.platform for case in CASES))
SETTINGS = {
    "OPENCHANNELS_PLATFORMS__TIKTOK__AUDITED": "true",
    "OPENCHANNELS_PLATFORMS__DOUYIN__PUBLISH": "server",
}
"""With which TikTok's posts are public, and Douyin's are not left to a person."""
