"""The explicit list of imitated platforms, one file each."""

from openchannels.sandbox.clock import Clock
from openchannels.sandbox.grants import Grants
from openchannels.sandbox.outbox import Outbox
from openchannels.sandbox.platform import Platform
from openchannels.sandbox.platforms.bilibili import Bilibili
from openchannels.sandbox.platforms.douyin import Douyin
from openchannels.sandbox.platforms.facebook import Facebook
from openchannels.sandbox.platforms.google_business import GoogleBusiness
from openchannels.sandbox.platforms.instagram import Instagram
from openchannels.sandbox.platforms.kwai import Kwai
from openchannels.sandbox.platforms.linkedin import LinkedIn
from openchannels.sandbox.platforms.pinterest import Pinterest
from openchannels.sandbox.platforms.threads import Threads
from openchannels.sandbox.platforms.tiktok import TikTok
from openchannels.sandbox.platforms.twitter import Twitter
from openchannels.sandbox.platforms.wxgzh import WxGzh
from openchannels.sandbox.platforms.wxsph import WxSph
from openchannels.sandbox.platforms.xhs import Xhs
from openchannels.sandbox.platforms.youtube import YouTube
from openchannels.sandbox.world import World


def all_platforms(
    world: World, grants: Grants, clock: Clock, outbox: Outbox, quota: int | None
) -> list[Platform]:
    """Every platform, made anew for one sandbox."""
    return [
        YouTube(world, grants, quota),
        Facebook(world, grants),
        Bilibili(world, grants),
        WxSph(world, grants),
        Xhs(world, grants),
        Kwai(world, grants),
        TikTok(world, grants),
        Pinterest(world, grants),
        Twitter(world, grants),
        Threads(world, grants),
        Instagram(world, grants),
        GoogleBusiness(world, grants),
        LinkedIn(world, grants),
        Douyin(world, grants, outbox),
        WxGzh(world, grants, clock, outbox),
    ]
