"""Bilibili: the accounts behind a grant."""

from collections.abc import Mapping
from typing import Any

from openchannels.connectors.base.accounts import Accounts
from openchannels.connectors.base.parse import count, dig, https, text
from openchannels.connectors.bilibili.api import API, granted, signed
from openchannels.core.accounts import Candidate, Counters, Profile
from openchannels.core.availability import FieldCoverage
from openchannels.core.credentials import Tokens
from openchannels.core.platform_errors import PlatformFailure
from openchannels.core.platforms import Platform
from openchannels.transport.platform_client import PlatformClient


class BilibiliAccounts(Accounts):
    coverage = FieldCoverage(
        "uid account nickname avatar",
        scoped=dict.fromkeys(("fansCount", "followingCount", "workCount"), "USER_DATA"),
    )

    async def candidates(self, client: PlatformClient, tokens: Tokens) -> list[Candidate]:
        line = signed(client, tokens)
        answer = await line.get(f"{API}/user/account/info", operation="account.read")
        person = dig(answer, "data")
        openid = text(dig(person, "openid"))
        if openid is None:
            raise client.malformed("account.read")
        totals = await self._totals(line, tokens)
        return [Candidate(read_profile(openid, person, totals), tokens)]

    async def _totals(self, line: PlatformClient, tokens: Tokens) -> Any:
        """Counts of the account; without them it is still an account."""
        if not granted(tokens, "USER_DATA"):
            return None
        try:
            answer = await line.get(f"{API}/data/user/stat", operation="account.stats")
        except PlatformFailure:
            return None
        return dig(answer, "data")


def read_profile(openid: str, person: Mapping[str, Any], totals: Any) -> Profile:
    return Profile(
        platform=Platform("bilibili"),
        uid=openid,
        handle=openid,
        nickname=text(person.get("name")) or openid,
        avatar=https(person.get("face")),
        counters=Counters(
            fans=count(dig(totals, "follower")),
            following=count(dig(totals, "following")),
            works=count(dig(totals, "arc_passed_total")),
        ),
    )
