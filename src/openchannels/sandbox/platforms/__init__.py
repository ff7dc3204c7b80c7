"""The registry of emulators: one line for each platform."""

from openchannels.sandbox.emulator import Emulator
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

EMULATORS: list[type[Emulator]] = [
    YouTube,
    Facebook,
    Bilibili,
    WxSph,
    Xhs,
    Kwai,
    TikTok,
    Pinterest,
    Twitter,
    Threads,
    Instagram,
    GoogleBusiness,
    LinkedIn,
    Douyin,
    WxGzh,
]
"""Where two emulators answer the same host, the routes of the earlier one are tried first."""
