"""`client.groups`: groups of accounts."""

from collections.abc import Iterable, Mapping
from typing import Any

from openchannels.client import operations
from openchannels.client.aio.connection import Connection
from openchannels.client.models import Group
from openchannels.client.requests import NULL


class Groups:
    """Every method raises ApiError and ConnectionFailed."""

    def __init__(self, connection: Connection) -> None:
        self._call = connection.call

    async def list(self) -> tuple[Group, ...]:
        """Returns all groups by rank."""
        return await self._call(operations.LIST_GROUPS, tuple[Group, ...])

    async def create(
        self,
        name: str,
        *,
        rank: int | None = None,
        ip: str | None = None,
        location: str | None = None,
        country_code: str | None = None,
        proxy_ip: str | None = None,
        browser_config: Mapping[str, Any] | None = None,
    ) -> Group:
        body = _properties(name, rank, ip, location, country_code, proxy_ip, browser_config)
        return await self._call(operations.CREATE_GROUP, Group, body=body)

    async def update(
        self,
        group_id: str,
        *,
        name: str | None = None,
        rank: int | None = None,
        ip: str | None = None,
        location: str | None = None,
        country_code: str | None = None,
        proxy_ip: str | None = None,
        browser_config: Mapping[str, Any] | None = None,
        remove_browser_config: bool = False,
    ) -> Group:
        """Changes the given properties."""
        config = NULL if remove_browser_config else browser_config
        body = _properties(name, rank, ip, location, country_code, proxy_ip, config)
        return await self._call(operations.UPDATE_GROUP, Group, group_id, body=body)

    async def delete(self, group_ids: Iterable[str]) -> bool:
        """Deletes groups; their accounts move to the default group. False if there were none."""
        query = {"ids[]": [*group_ids]}
        return await self._call(operations.DELETE_GROUPS, bool, query=query)

    async def sort_accounts(self, group_id: str, ranks: Mapping[str, int]) -> None:
        """Sets the ranks of accounts of a group, by account id."""
        body = {"list": [{"id": account, "rank": rank} for account, rank in ranks.items()]}
        await self._call(operations.SORT_ACCOUNTS, bool, group_id, body=body)


def _properties(
    name: str | None,
    rank: int | None,
    ip: str | None,
    location: str | None,
    country_code: str | None,
    proxy_ip: str | None,
    browser_config: Any,
) -> dict[str, Any]:
    """Returns the body of a new or changed group."""
    return {
        "name": name,
        "rank": rank,
        "ip": ip,
        "location": location,
        "countryCode": country_code,
        "proxyIp": proxy_ip,
        "browserConfig": browser_config,
    }
