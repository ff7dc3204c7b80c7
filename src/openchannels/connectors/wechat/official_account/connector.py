"""wxGzh: WeChat official accounts over a third-party platform, works as published articles."""

from collections.abc import Mapping
from typing import Any, ClassVar

from openchannels.connectors.base.connector import Connector
from openchannels.connectors.wechat.component import classify_wechat
from openchannels.connectors.wechat.official_account.accounts import WxGzhAccounts
from openchannels.connectors.wechat.official_account.auth import WxGzhAuth
from openchannels.connectors.wechat.official_account.inbound import WxGzhInbound
from openchannels.connectors.wechat.official_account.works import WxGzhWorks
from openchannels.core.platform_errors import Failure
from openchannels.core.platforms import Mark, Platform, Text
from openchannels.transport.client import Answer


class WxGzh(Connector):
    """One authorization by an administrator opens one official account."""

    id = Platform("wxGzh")
    name = Text(en="WeChat Official", zh="微信公众号")
    mark = Mark("公", "#067a3d")
    docs_url = "https://developers.weixin.qq.com/doc/oplatform/Third-party_Platforms/2.0/product/Third_party_platform_appid.html"
    sandbox_settings: ClassVar[Mapping[str, Any]] = {
        "component_token": "sandbox-wxGzh-token",
        "component_aes_key": "sandboxWxGzhEncodingAESKeyForOfflineUseOnly",
    }
    auth = WxGzhAuth()
    accounts = WxGzhAccounts()
    works = WxGzhWorks()
    inbound = WxGzhInbound()

    def classify(self, answer: Answer) -> Failure | None:
        return classify_wechat(answer)
