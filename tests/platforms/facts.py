"""What the tests know of the platforms by themselves, from their fact sheets.

Nothing here is read from connectors or emulators: a mistake that both share must still be seen.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

World = dict[str, Any]

PKCE = {
    "douyin": False, "xhs": False, "wxSph": False, "KWAI": False, "youtube": True,
    "wxGzh": False, "bilibili": False, "twitter": True, "tiktok": True, "facebook": False,
    "instagram": False, "threads": False, "pinterest": False, "linkedin": False,
    "google_business": True,
}  # fmt: skip
"""Whether the platform takes a PKCE challenge from apps with a secret."""

HOSTS: dict[str, set[str]] = {
    "douyin": {"open.douyin.com"},
    "xhs": {"creator.xiaohongshu.com"},
    "wxSph": {"channels.weixin.qq.com"},
    "KWAI": {"open.kuaishou.com"},
    "youtube": {
        "accounts.google.com", "oauth2.googleapis.com", "www.googleapis.com",
        "youtubeanalytics.googleapis.com",
    },
    "wxGzh": {"api.weixin.qq.com", "mp.weixin.qq.com"},
    "bilibili": {"account.bilibili.com", "api.bilibili.com", "member.bilibili.com"},
    "twitter": {"x.com", "api.x.com"},
    "tiktok": {"www.tiktok.com", "open.tiktokapis.com"},
    "facebook": {"www.facebook.com", "graph.facebook.com"},
    "instagram": {"www.instagram.com", "api.instagram.com", "graph.instagram.com"},
    "threads": {"threads.com", "graph.threads.net"},
    "pinterest": {"www.pinterest.com", "api.pinterest.com"},
    "linkedin": {"www.linkedin.com", "api.linkedin.com"},
    "google_business": {
        "accounts.google.com", "oauth2.googleapis.com",
        "mybusinessaccountmanagement.googleapis.com",
        "mybusinessbusinessinformation.googleapis.com", "mybusiness.googleapis.com",
        "businessprofileperformance.googleapis.com",
    },
}  # fmt: skip
"""The hosts that a code, a token or a cookie of the platform may be sent to."""

PAGING: dict[str, tuple[str, int, int, bool]] = {
    "youtube": ("cursor", 25, 50, True),
    "facebook": ("cursor", 25, 100, True),
    "instagram": ("cursor", 25, 100, True),
    "threads": ("cursor", 25, 100, True),
    "twitter": ("cursor", 10, 100, True),
    "tiktok": ("cursor", 20, 20, False),
    "pinterest": ("cursor", 25, 100, False),
    "KWAI": ("cursor", 20, 200, False),
    "google_business": ("cursor", 20, 100, False),
    "douyin": ("cursor", 10, 20, False),
    "wxGzh": ("cursor", 20, 20, False),
    "bilibili": ("page", 20, 50, False),
    "linkedin": ("page", 10, 100, False),
    "wxSph": ("page", 20, 20, False),
}
"""Mode, default size, largest size, and whether one can go back."""

UNITS = {"youtube": "quota units", "twitter": "USD"}
"""What a platform counts in, where that is not calls."""


@dataclass(frozen=True)
class Expected:
    """An account as the sandbox's world describes it; None is not told there."""

    uid: str
    account: str | None = None
    works: int | None = None
    nickname: str | None = None


def one(
    uid: str, account: str | None = None, works: str | None = None, name: str | None = None
) -> Callable[[World], list[Expected]]:
    """One account, whose values stand under these keys of the world."""

    def read(world: World) -> list[Expected]:
        told = [world.get(key) if key else None for key in (uid, account, works, name)]
        return [Expected(*told)] if told[0] else []

    return read


def youtube(world: World) -> list[Expected]:
    return [Expected(world["sub"], c["id"], c["works"], c["name"]) for c in world["channels"]]


def linkedin(world: World) -> list[Expected]:
    # The other roles, an analyst's for instance, may not read posts.
    roles = ("ADMINISTRATOR", "CONTENT_ADMINISTRATOR")
    pages = [
        Expected(page["urn"], nickname=page["name"])
        for page in world["organizations"]
        if page["role"] in roles
    ]
    return [Expected(world["id"]), *pages]


def wxsph(world: World) -> list[Expected]:
    # The number counts both of the lists: videos and image posts.
    works = world["works"] + world.get("imagePosts", 0)
    told = (world.get("uniqId"), world.get("uniqId"), works, world.get("name"))
    return [Expected(*told)] if told[0] else []


def pinterest(world: World) -> list[Expected]:
    # The number that Pinterest tells includes pins that a person only saved.
    return [Expected(world["id"], world["username"], world["works"] + world["saved"])]


IDENTITIES: dict[str, Callable[[World], list[Expected]]] = {
    "douyin": one("openId", "openId"),
    "xhs": one("userId", "redId"),
    "wxSph": wxsph,
    "KWAI": one("openId", "openId", None, "name"),
    "youtube": youtube,
    "wxGzh": lambda world: [Expected(world["accounts"][0]["appId"])],
    "bilibili": one("openid", "openid", None, "name"),
    "twitter": one("id", "username", "posts"),
    "tiktok": one("openId", "username", "works"),
    "facebook": lambda world: [Expected(p["id"], nickname=p["name"]) for p in world["pages"]],
    "instagram": one("userId", "username", "works"),
    "threads": one("id", "username"),
    "pinterest": pinterest,
    "linkedin": linkedin,
    "google_business": lambda world: [Expected(place["id"]) for place in world["locations"]],
}
"""The accounts behind a person's grant, by what the sandbox's world says."""
