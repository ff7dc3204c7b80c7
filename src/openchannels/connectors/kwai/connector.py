"""KWAI (Kuaishou): OAuth by query parameters; one call lists videos with their counts."""

from collections.abc import Mapping
from typing import Any, ClassVar

from openchannels.connectors.base.accounts import AccountReader
from openchannels.connectors.base.auth import OAuth
from openchannels.connectors.base.connector import Connector
from openchannels.connectors.base.insights import DetailInsights, ProfileInsights
from openchannels.connectors.base.mapping import ProfileMap
from openchannels.connectors.base.parse import count, dig, text
from openchannels.connectors.kwai.api import CODES, FAILURES, SITE, get_json
from openchannels.connectors.kwai.details import KwaiDetails
from openchannels.connectors.kwai.links import LINKS
from openchannels.connectors.kwai.publisher import KwaiPublisher
from openchannels.connectors.kwai.publishing import PUBLISHING
from openchannels.connectors.kwai.upload import HOSTS
from openchannels.connectors.kwai.works import KwaiWorks
from openchannels.core.accounts import Candidate
from openchannels.core.credentials import TokenModel, Tokens
from openchannels.core.platform_errors import FailureKind, PlatformFailure
from openchannels.core.platforms import Mark, Platform, Text
from openchannels.transport.oauth import OAuthConfig
from openchannels.transport.platform_client import PlatformClient

DAY = 86_400

# https://open.kuaishou.com/platformDocs/openAbility/userInformation/publicInformation.html
PROFILE = ProfileMap(
    Platform("KWAI"),
    {"handle": "open_id", "nickname": "name", "avatar": "bigHead|head"},
    counters={"fans": "fan", "following": "follow", "works": "public_count"},
)


class KwaiAuth(OAuth):
    config = OAuthConfig(
        authorize_url=f"{SITE}/oauth2/authorize",
        token_url=f"{SITE}/oauth2/access_token",
        refresh_url=f"{SITE}/oauth2/refresh_token",
        scopes=("user_info", "user_video_info"),
        required_scopes=("user_info", "user_video_info"),
        scope_separator=",",
        client_id_param="app_id",
        client_secret_param="app_secret",
        redirect_in_token=False,
        token_method="GET",
        extra={"ua": "pc"},
        # The parameters of an error are not documented; these are the names its answers use.
        error_params=("error", "error_msg", "result"),
        success_values=FAILURES.success,
        # 100200106: the app lacks the scope.
        callback_errors={**CODES, "100200106": FailureKind.MISCONFIGURED},
        # A new refresh token expires with the old one, 180 days after the consent, so refreshing
        # unused tokens gains nothing.
        # https://open.kuaishou.com/platformDocs/openAbility/kwaiLogin
        token_model=TokenModel.ROTATING,
        default_lifetime=2 * DAY,
        classify=FAILURES.classify,
    )
    instructions = Text(
        en="Open the link, scan the code with the Kuaishou app or sign in, and approve. "
        "Kuaishou ends every authorization after 180 days.",
        zh="打开链接，用快手 App 扫码或登录后同意授权。快手的授权最长 180 天，到期需要重新授权。",
    )


class KwaiAccounts(AccountReader):
    coverage = PROFILE.coverage

    async def candidates(self, client: PlatformClient, tokens: Tokens) -> list[Candidate]:
        answer = await get_json(client, tokens, "openapi/user_info", "account.read")
        user = dig(answer, "user_info")
        open_id = text(tokens.extra.get("open_id"))
        if open_id is None or not isinstance(user, dict):
            raise client.malformed("account.read")
        works = await self._work_count(client, tokens)
        added = {"open_id": open_id, "public_count": works}
        profile = PROFILE.read({**user, **added}, open_id)
        return [Candidate(profile, tokens)]

    async def _work_count(self, client: PlatformClient, tokens: Tokens) -> int | None:
        """Returns the number of public works; None if it cannot be read."""
        try:
            answer = await get_json(client, tokens, "openapi/photo/count", "account.stats")
        except PlatformFailure:
            return None
        return count(dig(answer, "public_count"))


class Kwai(Connector):
    """One authorization gives one account, whose `open_id` differs per app."""

    id = Platform("KWAI")
    name = Text(en="Kwai", zh="快手")
    mark = Mark("快", "#c94400")
    docs_url = "https://open.kuaishou.com/platformDocs/develop/web-app.html"
    sandbox_settings: ClassVar[Mapping[str, Any]] = {
        "upload_hosts": (*HOSTS, "localhost", "127.0.0.1")
    }
    failures = FAILURES
    auth = KwaiAuth()
    accounts = KwaiAccounts()
    publishing = PUBLISHING
    publisher = KwaiPublisher()
    absent: ClassVar = {
        "verifyOwnership": Text(
            en="Kuaishou does not say whose a video is.", zh="快手不说明视频属于哪个账号。"
        )
    }
    works = KwaiWorks()
    details = KwaiDetails()
    account_insights = ProfileInsights(accounts)
    work_insights = DetailInsights(details)
    links = LINKS
