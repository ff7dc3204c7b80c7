"""Bilibili: connecting accounts, and the life of their tokens."""

from openchannels.connectors.base.auth import OAuth
from openchannels.connectors.bilibili.api import API, signed
from openchannels.core.accounts import Account
from openchannels.core.credentials import TokenModel, Tokens
from openchannels.core.platforms import Text
from openchannels.transport.oauth import OAuthConfig
from openchannels.transport.platform_client import PlatformClient

DAY = 86_400


class BilibiliAuth(OAuth):
    config = OAuthConfig(
        # https://open.bilibili.com/doc/4/eaf0e2b5-bde9-b9a0-9be1-019bb455701c
        authorize_url="https://account.bilibili.com/pc/account-pc/auth/oauth",
        token_url="https://api.bilibili.com/x/account-oauth2/v1/token",
        refresh_url="https://api.bilibili.com/x/account-oauth2/v1/refresh_token",
        # Granted in the console and on the consent page; never part of a request.
        scopes=("USER_INFO", "USER_DATA", "ARC_BASE", "ARC_DATA"),
        required_scopes=("USER_INFO", "ARC_BASE"),
        scope_param=None,
        response_type=None,
        redirect_param="gourl",
        redirect_in_token=False,
        answer_at="data",
        token_model=TokenModel.ROTATING,
        # The official example shows a moment in Unix seconds under this name.
        expires_is="either",
        # A grant whose access token has ended needs a new authorization.
        # https://open.bilibili.com/doc/4/eaf0e2b5-bde9-b9a0-9be1-019bb455701c
        needs_live_access=True,
        leeway=3 * DAY,
    )
    # Four weeks lie between two refreshes, and no push that we take tells of a grant's end.
    probe_every = 7.0 * DAY
    instructions = Text(
        en="Open the link, sign in to Bilibili, and leave every permission ticked: "
        "without the data permissions there are no follower counts and no metrics.",
        zh="打开链接，登录哔哩哔哩并保持所有权限勾选；缺少数据权限时无法获取粉丝数和作品数据。",
    )

    async def probe(self, client: PlatformClient, account: Account, tokens: Tokens) -> None:
        line = signed(client, tokens)
        await line.get(f"{API}/user/account/info", operation="auth.probe")
