"""The registered platforms, in the order in which they are listed.

Connectors are added by hand: an explicit list is easier to follow than discovery. Everything
else that depends on the set of platforms is derived from this list.
"""

from openchannels.connectors.base.auth import OAuth
from openchannels.connectors.base.connector import Connector
from openchannels.connectors.base.engagement import Engagement, InteractionRule
from openchannels.connectors.base.insights import AccountInsights, WorkDetails, WorkInsights
from openchannels.connectors.base.option_values import OptionValues
from openchannels.connectors.base.plugin import CookieRefused, Plugin, Submission
from openchannels.connectors.base.publisher import (
    Fetched,
    Job,
    PublishedWork,
    Publisher,
    ReportedPublisher,
)
from openchannels.connectors.base.works import WorksReader
from openchannels.connectors.bilibili.connector import Bilibili
from openchannels.connectors.douyin.connector import Douyin
from openchannels.connectors.google.business.connector import GoogleBusiness
from openchannels.connectors.google.youtube.connector import YouTube
from openchannels.connectors.kwai.connector import Kwai
from openchannels.connectors.linkedin.connector import LinkedIn
from openchannels.connectors.meta.facebook.connector import Facebook
from openchannels.connectors.meta.instagram.connector import Instagram
from openchannels.connectors.meta.threads.connector import Threads
from openchannels.connectors.pinterest.connector import Pinterest
from openchannels.connectors.tiktok.connector import TikTok
from openchannels.connectors.twitter.connector import Twitter
from openchannels.connectors.wechat.channels.connector import WxSph
from openchannels.connectors.wechat.official_account.connector import WxGzh
from openchannels.connectors.xhs.connector import Xhs
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
"""Connectors by platform."""

__all__ = [
    "CONNECTORS",
    "AccountInsights",
    "Connector",
    "CookieRefused",
    "Engagement",
    "Fetched",
    "InteractionRule",
    "Job",
    "OAuth",
    "OptionValues",
    "Plugin",
    "PublishedWork",
    "Publisher",
    "ReportedPublisher",
    "Submission",
    "WorkDetails",
    "WorkInsights",
    "WorksReader",
]
