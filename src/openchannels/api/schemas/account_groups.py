"""Types of account groups on the wire."""

from collections.abc import Mapping
from typing import Annotated, Any

from msgspec import Meta

from openchannels.api.schemas.common import UNSET, Filled, Moment, Rank, Unset, Wire
from openchannels.core.accounts import MAX_LISTED
from openchannels.core.clock import iso
from openchannels.core.groups import MAX_BROWSER_CONFIG, MAX_NAME, MAX_PLACE, Group

Name = Annotated[str, Meta(min_length=1, max_length=MAX_NAME)]
Place = Annotated[str, Meta(max_length=MAX_PLACE)]
CONFIG_NOTE = (
    "Settings of the browser in which the group's accounts are used; any object of at most"
    f" {MAX_BROWSER_CONFIG} bytes. Stored sealed, never returned."
)
BrowserConfig = Annotated[dict[str, Any], Meta(description=CONFIG_NOTE)]


class CreateGroup(Wire, kw_only=True):
    """A new group."""

    name: Name
    rank: Rank | Unset = UNSET
    ip: Place | Unset = UNSET
    location: Place | Unset = UNSET
    country_code: Place | Unset = UNSET
    proxy_ip: Place | Unset = UNSET
    browser_config: BrowserConfig | Unset = UNSET


class UpdateGroup(Wire, kw_only=True):
    """The properties to change; absent ones stay."""

    name: Name | Unset = UNSET
    rank: Rank | Unset = UNSET
    ip: Place | Unset = UNSET
    location: Place | Unset = UNSET
    country_code: Place | Unset = UNSET
    proxy_ip: Place | Unset = UNSET
    browser_config: (
        Annotated[dict[str, Any] | None, Meta(description=f"{CONFIG_NOTE} `null` removes it.")]
        | Unset
    ) = UNSET


class DeleteGroupsQuery(Wire, kw_only=True):
    """The groups to delete."""

    ids: Annotated[
        list[Filled], Meta(min_length=1, max_length=MAX_LISTED, description="Ids of groups.")
    ]


class AccountRank(Wire, kw_only=True):
    """An account's rank within its group."""

    id: Filled
    rank: Rank


class SortAccounts(Wire, kw_only=True):
    """The ranks of accounts of a group, each account once; others keep theirs."""

    list: Annotated[list[AccountRank], Meta(max_length=MAX_LISTED)]


class GroupVo(Wire, kw_only=True):
    """A group of accounts."""

    id: str
    name: str
    rank: int
    ip: str
    location: str
    country_code: str
    proxy_ip: str
    is_default: bool
    has_browser_config: bool
    created_at: Moment
    updated_at: Moment


def given(body: CreateGroup | UpdateGroup) -> Mapping[str, Any]:
    """Returns the properties that the caller sent."""
    named = {name: getattr(body, name) for name in body.__struct_fields__}
    return {name: value for name, value in named.items() if value is not UNSET}


def group_vo(group: Group) -> GroupVo:
    return GroupVo(
        id=group.id,
        name=group.name,
        rank=group.rank,
        ip=group.ip,
        location=group.location,
        country_code=group.country_code,
        proxy_ip=group.proxy_ip,
        is_default=group.is_default,
        has_browser_config=group.has_browser_config,
        created_at=iso(group.created_at),
        updated_at=iso(group.updated_at),
    )
