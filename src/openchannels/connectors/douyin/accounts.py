"""Douyin: the accounts behind a grant."""

from collections.abc import Mapping
from typing import Any

from openchannels.connectors.base.accounts import Accounts
from openchannels.connectors.base.parse import dig, https, text
from openchannels.connectors.douyin import miniapp
from openchannels.connectors.douyin.api import API, FANS_SCOPE, fans, is_miniapp, open_id
from openchannels.core.accounts import Candidate, Counters, Profile
from openchannels.core.availability import FieldCoverage
from openchannels.core.credentials import Tokens
from openchannels.core.platforms import Platform
from openchannels.transport.platform_client import PlatformClient


class DouyinAccounts(Accounts):
    coverage = FieldCoverage("uid account nickname avatar", scoped={"fansCount": FANS_SCOPE})

    async def candidates(self, client: PlatformClient, tokens: Tokens) -> list[Candidate]:
        """https://developer.open-douyin.com/docs/resource/zh-CN/dop/develop/openapi/account-management/get-account-open-info"""
        if is_miniapp(client.app):
            return [await miniapp.candidate(client, tokens)]
        answer = await client.call(
            "POST",
            f"{API}/oauth/userinfo/",
            operation="account.read",
            idempotent=True,
            form={"open_id": open_id(tokens), "access_token": tokens.access_token},
        )
        person = dig(answer, "data")
        uid = open_id(tokens) or text(dig(person, "open_id"))
        if uid is None or not isinstance(person, dict):
            raise client.malformed("account.read")
        followers = None
        if FANS_SCOPE in (tokens.scopes or ()):
            followers = await fans(client, tokens, "data/external/user/fans/")
        return [Candidate(read_profile(uid, person, followers), tokens)]


def read_profile(uid: str, person: Mapping[str, Any], followers: int | None) -> Profile:
    return Profile(
        platform=Platform("douyin"),
        uid=uid,
        handle=uid,
        nickname=text(person.get("nickname")) or uid,
        avatar=https(person.get("avatar")),
        counters=Counters(fans=followers),
    )
