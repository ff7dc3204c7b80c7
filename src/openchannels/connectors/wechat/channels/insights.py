"""WeChat Channels: single works, found in the lists, and the figures of accounts."""

import re

from openchannels.connectors.base.insights import (
    AccountInsights,
    WorkDetails,
    check_id,
    figures_of,
    is_of,
    no_such_work,
)
from openchannels.connectors.base.parse import text
from openchannels.connectors.wechat.channels.api import PROFILE, read_login_data
from openchannels.connectors.wechat.channels.works import LISTS, WORK, WxSphWorks, read_posts
from openchannels.core.accounts import Account
from openchannels.core.credentials import Tokens
from openchannels.core.insights import AccountFigures, DetailedWork, Period
from openchannels.core.paging import NumberRequest
from openchannels.transport.platform_app import App
from openchannels.transport.platform_client import PlatformClient

POST_ID = re.compile("[0-9A-Za-z/+=_-]{1,256}")
MAX_PAGES = 5
"""Most pages of each list that are searched for a work: frequent calls are risky."""


class WxSphDetails(WorkDetails):
    needs = "platforms.wxSph.list_works"
    own_only = True

    def available(self, app: App) -> bool:
        """Returns whether the setting is on that allows to list works."""
        return bool(app.option(WxSphWorks.option))

    async def fetch(
        self, client: PlatformClient, account: Account, tokens: Tokens, work_id: str
    ) -> DetailedWork:
        """Finds a work among the newest of each list: the site answers for no single one."""
        check_id(client, "works.read", work_id, POST_ID)
        for mode in LISTS:
            for number in range(1, MAX_PAGES + 1):
                page = NumberRequest(number, WxSphWorks.paging.maximum)
                posts = await read_posts(client, account, tokens, mode, page, "works.read")
                for item in posts.items:
                    work = WORK.read(item, account)
                    ids = (text(item.get("exportId")), text(item.get("objectId")))
                    if work is not None and work_id in ids:
                        return DetailedWork(work)
                if not posts.has_next:
                    break
        raise no_such_work(client, "works.read", http_status=200)


class WxSphAccountInsights(AccountInsights):
    async def fetch(
        self, client: PlatformClient, account: Account, tokens: Tokens, period: Period
    ) -> AccountFigures:
        """Fetches the user of the cookie and returns its counts."""
        data = await read_login_data(client, tokens.access_token, "account.insights")
        profile = PROFILE.read(data)
        if profile is None or not is_of(account, profile):
            raise client.malformed("account.insights")
        return figures_of(profile)
