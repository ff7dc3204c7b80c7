"""Account groups: the client's methods and their result type."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote

from openchannels.client.webhooks import Caller

GROUPS = "/api/v2/channels/account-groups"


@dataclass(frozen=True, slots=True)
class Group:
    """A group of accounts; its browser configuration is never returned."""

    id: str
    name: str
    rank: int
    is_default: bool
    has_browser_config: bool
    created_at: datetime
    updated_at: datetime
    ip: str = ""
    location: str = ""
    country_code: str = ""
    proxy_ip: str = ""


class Groups:
    """`client.groups`: every method raises ApiError and TransportError."""

    def __init__(self, call: Caller) -> None:
        self._call = call

    def list(self) -> tuple[Group, ...]:
        """Returns all groups by rank."""
        return self._call(tuple[Group, ...], "GET", GROUPS)

    def create(
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
        return self._call(Group, "POST", GROUPS, json=body)

    def update(
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
        body = _properties(name, rank, ip, location, country_code, proxy_ip, browser_config)
        if remove_browser_config:
            body["browserConfig"] = None
        return self._call(Group, "PATCH", _path(group_id), json=body)

    def delete(self, group_ids: Iterable[str]) -> bool:
        """Deletes groups; their accounts move to the default group. False if there were none."""
        return self._call(bool, "DELETE", GROUPS, params={"ids[]": [*group_ids]})

    def sort_accounts(self, group_id: str, ranks: Mapping[str, int]) -> None:
        """Sets the ranks of accounts of a group, by account id."""
        listed = [{"id": account_id, "rank": rank} for account_id, rank in ranks.items()]
        path = f"{_path(group_id)}/accounts/rank"
        self._call(bool, "PATCH", path, json={"list": listed})


def _properties(
    name: str | None,
    rank: int | None,
    ip: str | None,
    location: str | None,
    country_code: str | None,
    proxy_ip: str | None,
    browser_config: Mapping[str, Any] | None,
) -> dict[str, Any]:
    named = {
        "name": name,
        "rank": rank,
        "ip": ip,
        "location": location,
        "countryCode": country_code,
        "proxyIp": proxy_ip,
        "browserConfig": browser_config,
    }
    return {name: value for name, value in named.items() if value is not None}


def _path(group_id: str) -> str:
    return f"{GROUPS}/{quote(group_id, safe='')}"
