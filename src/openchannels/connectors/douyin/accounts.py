"""Douyin: reading the account of a grant."""

from collections.abc import Mapping
from typing import Any

from openchannels.connectors.base.accounts import AccountReader
from openchannels.connectors.base.parse import dig, text
from openchannels.connectors.douyin import miniapp
from openchannels.connectors.douyin.api import (
    API,
    FANS_SCOPE,
    PROFILE,
    is_miniapp,
    open_id_of,
    read_follower_count,
    read_profile,
)
from openchannels.core.accounts import Candidate
from openchannels.core.credentials import Tokens
from openchannels.transport.platform_client import PlatformClient


class DouyinAccounts(AccountReader):
    coverage = PROFILE.coverage

    async def candidates(self, client: PlatformClient, tokens: Tokens) -> list[Candidate]:
        """Returns the account of a grant.

        https://developer.open-douyin.com/docs/resource/zh-CN/dop/develop/openapi/account-management/get-account-open-info
        """
        if is_miniapp(client.app):
            return [await miniapp.read_candidate(client, tokens)]
        uid, user = await read_user(client, tokens)
        followers = None
        if FANS_SCOPE in (tokens.scopes or ()):
            followers = await read_follower_count(client, tokens, "data/external/user/fans/")
        return [Candidate(read_profile(uid, user, followers), tokens)]


async def read_user(client: PlatformClient, tokens: Tokens) -> tuple[str, Mapping[str, Any]]:
    """Returns the id of a website app's user, and the user."""
    answer = await client.call(
        "POST",
        f"{API}/oauth/userinfo/",
        operation="account.read",
        idempotent=True,
        form={"open_id": open_id_of(tokens), "access_token": tokens.access_token},
    )
    user = dig(answer, "data")
    uid = open_id_of(tokens) or text(dig(user, "open_id"))
    if uid is None or not isinstance(user, dict):
        raise client.malformed("account.read")
    return uid, user
