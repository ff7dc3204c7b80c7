"""The explicit list of imitated platforms, one file each."""

from openchannels.sandbox.clock import Clock
from openchannels.sandbox.dataset import World
from openchannels.sandbox.emulator import Platform
from openchannels.sandbox.grants import Grants
from openchannels.sandbox.platforms.bilibili.app import Bilibili
from openchannels.sandbox.platforms.douyin.app import Douyin
from openchannels.sandbox.platforms.facebook.app import Facebook
from openchannels.sandbox.platforms.google.business import GoogleBusiness
from openchannels.sandbox.platforms.google.youtube import YouTube
from openchannels.sandbox.platforms.kwai.app import Kwai
from openchannels.sandbox.platforms.linkedin.app import LinkedIn
from openchannels.sandbox.platforms.meta.instagram import Instagram
from openchannels.sandbox.platforms.meta.threads import Threads
from openchannels.sandbox.platforms.pinterest.app import Pinterest
from openchannels.sandbox.platforms.tiktok.app import TikTok
from openchannels.sandbox.platforms.twitter.app import Twitter
from openchannels.sandbox.platforms.wechat.channels import WxSph
from openchannels.sandbox.platforms.wechat.official_account import WxGzh
from openchannels.sandbox.platforms.xhs.app import Xhs
from openchannels.sandbox.webhooks_out import Outbox


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
