"""WeChat official accounts: what several of its capabilities need."""

from collections.abc import Mapping
from typing import Any

from openchannels.connectors.wechat.component import API, call_component
from openchannels.core.credentials import Tokens
from openchannels.transport.platform_client import PlatformClient

DATA_CUBE = "data cube of a verified account"
"""What counts depend on."""


async def authorizer(client: PlatformClient, appid: str | None, operation: str) -> Any:
    """What WeChat tells of an account; refused for one that has taken its authorization back.

    https://developers.weixin.qq.com/doc/oplatform/Third-party_Platforms/2.0/api/ThirdParty/token/api_get_authorizer_info.html
    """
    return await call_component(
        client, "api_get_authorizer_info", operation, idempotent=True, authorizer_appid=appid
    )


async def published(client: PlatformClient, tokens: Tokens, offset: int, number: int) -> Any:
    """https://developers.weixin.qq.com/doc/service/api/public/api_freepublish_batchget.html"""
    answer = await ask(
        client,
        tokens,
        "cgi-bin/freepublish/batchget",
        "works.list",
        body={"offset": offset, "count": number, "no_content": 1},
    )
    if not isinstance(answer, dict) or not answer.keys() & {"item", "total_count"}:
        raise client.malformed("works.list")
    return answer


async def ask(
    client: PlatformClient,
    tokens: Tokens,
    path: str,
    operation: str,
    body: Mapping[str, Any],
    **more: Any,
) -> Any:
    return await client.call(
        "POST",
        f"{API}/{path}",
        operation=operation,
        idempotent=True,
        params={"access_token": tokens.access_token},
        json_body=body,
        **more,
    )
