"""The fifteen platforms, in the order in which they are listed.

A connector is added here by hand: an explicit list is easier to follow than a discovery.
"""

from openchannels.connectors.bilibili import Bilibili
from openchannels.connectors.douyin import Douyin
from openchannels.connectors.facebook import Facebook
from openchannels.connectors.form import Connector, CookieRefused, Submission
from openchannels.connectors.google_business import GoogleBusiness
from openchannels.connectors.instagram import Instagram
from openchannels.connectors.kwai import Kwai
from openchannels.connectors.linkedin import LinkedIn
from openchannels.connectors.pinterest import Pinterest
from openchannels.connectors.threads import Threads
from openchannels.connectors.tiktok import TikTok
from openchannels.connectors.twitter import Twitter
from openchannels.connectors.wxgzh import WxGzh
from openchannels.connectors.wxsph import WxSph
from openchannels.connectors.xhs import Xhs
from openchannels.connectors.youtube import YouTube
from openchannels.core.platforms import Platform

_ALL: tuple[Connector, ...] = (
    Douyin(),
    Xhs(),
    WxSph(),
    Kwai(),
    YouTube(),
    WxGzh(),
    Bilibili(),
    Twitter(),
    TikTok(),
    Facebook(),
    Instagram(),
    Threads(),
    Pinterest(),
    LinkedIn(),
    GoogleBusiness(),
)

CONNECTORS: dict[Platform, Connector] = {c.id: c for c in _ALL}
"""Every platform's connector."""

__all__ = ["CONNECTORS", "Connector", "CookieRefused", "Submission"]
