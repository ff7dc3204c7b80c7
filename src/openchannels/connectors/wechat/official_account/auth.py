"""WeChat official accounts: connecting accounts, and refreshing their tokens."""

from collections.abc import Mapping
from typing import Any

from openchannels.connectors.base.auth import OAuth
from openchannels.connectors.base.parse import count, dig, rows, text
from openchannels.connectors.base.shapes import object_at
from openchannels.connectors.wechat.component import API, LOGIN_PAGE, call_component, login_page
from openchannels.core.accounts import Account
from openchannels.core.credentials import TokenModel, Tokens
from openchannels.core.platforms import Text
from openchannels.transport import oauth
from openchannels.transport.oauth import OAuthConfig
from openchannels.transport.platform_client import PlatformClient

PUBLISHING = "7"
"""Id of the permission set for published articles and their statistics."""


class WxGzhAuth(OAuth):
    config = OAuthConfig(
        authorize_url=LOGIN_PAGE,
        token_url=f"{API}/cgi-bin/component/api_query_auth",
        scopes=(PUBLISHING,),
        required_scopes=(PUBLISHING,),
        code_param="auth_code",
        # The refresh token lives as long as the authorization.
        # https://developers.weixin.qq.com/doc/oplatform/Third-party_Platforms/2.0/api/ThirdParty/token/authorization_info.html
        token_model=TokenModel.STATIC,
        leeway=300,
    )
    # WeChat reports a revoked authorization by webhook; the probe finds a lost one.
    probe_every = 7.0 * 86_400
    app_settings = (
        "component_app_id",
        "component_app_secret",
        "component_token",
        "component_aes_key",
    )
    starts_on_our_page = True
    instructions = Text(
        en="Open the link on a computer, press the button, and scan the code with the WeChat "
        "account of an administrator. Leave every permission set ticked.",
        zh="在电脑上打开链接并点击按钮，由公众号管理员用微信扫码，保持所有权限集勾选。",
    )

    async def start_url(self, client: PlatformClient, state: str, verifier: str | None) -> str:
        return await login_page(client, state)

    def callback_params(self, params: Mapping[str, str]) -> Mapping[str, str]:
        """Returns the parameters; WeChat may append a second query: `?state=S?auth_code=C`."""
        state, _, rest = params.get("state", "").partition("?")
        name, _, code = rest.partition("=")
        return {**params, "state": state, **({name: code} if name else {})}

    async def exchange(
        self, client: PlatformClient, params: Mapping[str, str], verifier: str | None
    ) -> Tokens:
        answer = await call_component(
            client, "api_query_auth", "auth.exchange", authorization_code=params["auth_code"]
        )
        return read_grant(client, dig(answer, "authorization_info"), "auth.exchange")

    async def refresh(self, client: PlatformClient, tokens: Tokens) -> Tokens:
        answer = await call_component(
            client,
            "api_authorizer_token",
            "auth.refresh",
            authorizer_appid=text(tokens.extra.get("appid")),
            authorizer_refresh_token=tokens.refresh_token,
        )
        return oauth.keep_old(tokens, read_grant(client, answer, "auth.refresh"))

    def probe_due(self, tokens: Tokens, verified_at: float) -> float | None:
        """Returns when to probe next; the probe does not need a valid access token."""
        return verified_at + self.probe_every

    async def probe(self, client: PlatformClient, account: Account, tokens: Tokens) -> None:
        answer = await read_authorizer(client, account.uid, "auth.probe")
        object_at(client, "auth.probe", answer, "authorizer_info")


def read_grant(client: PlatformClient, info: Any, operation: str) -> Tokens:
    """Returns the tokens of an authorization answer.

    https://developers.weixin.qq.com/doc/oplatform/Third-party_Platforms/2.0/api/ThirdParty/token/authorization_info.html
    """
    token = text(dig(info, "authorizer_access_token"))
    if token is None:
        raise client.malformed(operation)
    sets = dig(info, "func_info")
    permission_sets = (text(dig(row, "funcscope_category", "id")) for row in rows(sets))
    appid = text(dig(info, "authorizer_appid"))
    return Tokens(
        access_token=token,
        refresh_token=text(dig(info, "authorizer_refresh_token")),
        expires_at=client.clock() + (count(dig(info, "expires_in")) or 7200),
        scopes=tuple(filter(None, permission_sets)) if isinstance(sets, list) else None,
        extra={"appid": appid} if appid else {},
    )


async def read_authorizer(client: PlatformClient, appid: str | None, operation: str) -> Any:
    """Returns an account's information; WeChat refuses if it has revoked its authorization.

    https://developers.weixin.qq.com/doc/oplatform/Third-party_Platforms/2.0/api/ThirdParty/token/api_get_authorizer_info.html
    """
    return await call_component(
        client, "api_get_authorizer_info", operation, idempotent=True, authorizer_appid=appid
    )
