"""Douyin: website apps by OAuth, which list works, and mini-apps by a QR code, which cannot."""

from openchannels.connectors.base.connector import Connector
from openchannels.connectors.douyin.accounts import DouyinAccounts
from openchannels.connectors.douyin.api import classify_douyin
from openchannels.connectors.douyin.auth import DouyinAuth
from openchannels.connectors.douyin.inbound import DouyinInbound
from openchannels.connectors.douyin.works import DouyinWorks
from openchannels.core.platform_errors import Failure
from openchannels.core.platforms import Mark, Platform, Text
from openchannels.transport.client import Answer


class Douyin(Connector):
    """An account is named by an `open_id` that differs per app, so also per kind of app."""

    id = Platform("douyin")
    name = Text(en="Douyin", zh="抖音")
    mark = Mark("抖", "#17181f")
    request_id_header = "x-tt-logid"
    docs_url = "https://developer.open-douyin.com/docs/resource/zh-CN/dop/overview"
    auth = DouyinAuth()
    accounts = DouyinAccounts()
    works = DouyinWorks()
    inbound = DouyinInbound()

    def classify(self, answer: Answer) -> Failure | None:
        return classify_douyin(answer)
