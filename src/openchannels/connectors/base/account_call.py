"""The call that reads the account behind a grant."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from openchannels.connectors.base.mapping import ProfileMap
from openchannels.connectors.base.shapes import object_at
from openchannels.core.accounts import Profile
from openchannels.transport.platform_client import PlatformClient


@dataclass(frozen=True, slots=True)
class AccountCall:
    """One GET that returns one account, as an object at the path `at`."""

    url: str
    at: str = ""
    params: Mapping[str, Any] = field(default_factory=dict)
    operation: str = "account.read"

    async def profile(
        self,
        client: PlatformClient,
        profile_map: ProfileMap,
        *,
        headers: Mapping[str, str],
        params: Mapping[str, Any] | None = None,
        uid: str | None = None,
    ) -> Profile:
        """Returns the account's profile; `uid` is the fallback for an account without an id.

        Raises PlatformFailure: MALFORMED without an account, or without any id.
        """
        answer = await client.get(
            self.url,
            operation=self.operation,
            params={**self.params, **(params or {})},
            headers=headers,
        )
        found = object_at(client, self.operation, answer, self.at)
        profile = profile_map.read(found, uid)
        if profile is None:
            raise client.malformed(self.operation)
        return profile
