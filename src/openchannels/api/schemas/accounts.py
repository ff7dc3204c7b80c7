"""Types of accounts on the wire."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from openchannels.api.schemas.auth_status import Advice, TokenEnd, Why
from openchannels.api.schemas.common import (
    MAX_SAFE,
    Count,
    Filled,
    Moment,
    PlatformName,
    Rank,
    Wire,
    moment,
    none_if_empty,
    none_if_unset,
    texts,
)
from openchannels.core.accounts import MAX_LISTED, MAX_NICKNAME, AccountSlice
from openchannels.core.clock import iso
from openchannels.core.errors import validation_failed
from openchannels.core.exceptions import Issue
from openchannels.core.urls import MAX_LENGTH as MAX_URL
from openchannels.service.accounts.status import AccountPage, AccountWithStatus

MAX_COOKIE = 65_536
AVATAR = r"^([Hh][Tt][Tt][Pp][Ss]?://[^/?#\\\s]\S*)?$"
Nickname = Annotated[str, Meta(min_length=1, max_length=MAX_NICKNAME)]
Avatar = Annotated[
    str,
    Meta(
        description=f"An http(s) address of at most {MAX_URL} characters, or empty.",
        extra_json_schema={"maxLength": MAX_URL, "pattern": AVATAR},
    ),
]
SIZE_NOTE = f"Accounts of one page; {MAX_LISTED} if absent."


class CreateAccount(Wire, kw_only=True):
    """An account from a browser plug-in's login."""

    type: PlatformName
    uid: (
        Annotated[
            str,
            # The lookahead excludes a line break at the end, which `$` permits in Python.
            Meta(
                pattern=r"^[A-Za-z0-9_-]{1,64}$(?!\n)",
                description="The account's id at the platform. What the platform itself says"
                " takes its place.",
            ),
        ]
        | msgspec.UnsetType
    ) = msgspec.UNSET
    nickname: Nickname | msgspec.UnsetType = msgspec.UNSET
    avatar: Avatar | msgspec.UnsetType = msgspec.UNSET
    group_id: str | msgspec.UnsetType = msgspec.UNSET
    login_cookie: (
        Annotated[
            str,
            Meta(
                min_length=1,
                max_length=MAX_COOKIE,
                description="The creator's login cookies, as a Cookie header's text or a JSON"
                " array of name/value objects. Stored sealed, never returned.",
            ),
        ]
        | msgspec.UnsetType
    ) = msgspec.UNSET


class UpdateAccount(Wire, kw_only=True):
    """The properties to change, at least one; what is absent or empty stays."""

    nickname: Nickname | msgspec.UnsetType = msgspec.UNSET
    avatar: Avatar | msgspec.UnsetType = msgspec.UNSET
    group_id: Annotated[str, Meta(description="Id of a group.")] | msgspec.UnsetType = msgspec.UNSET
    rank: Rank | msgspec.UnsetType = msgspec.UNSET


class AccountsQuery(Wire, kw_only=True):
    """Selects accounts by `ids`, else by `spaceIds`, else by all other filters, and a page."""

    ids: (
        Annotated[
            list[Filled],
            Meta(max_length=MAX_LISTED, description="Ids of accounts; other filters are ignored."),
        ]
        | msgspec.UnsetType
    ) = msgspec.UNSET
    space_ids: (
        Annotated[
            list[Filled],
            Meta(
                max_length=MAX_LISTED, description="Ids of groups; the filters below are ignored."
            ),
        ]
        | msgspec.UnsetType
    ) = msgspec.UNSET
    types: Annotated[list[PlatformName], Meta(description="Platforms.")] | msgspec.UnsetType = (
        msgspec.UNSET
    )
    status: (
        Annotated[Literal[0, 1], Meta(description="1 works, 0 does not.")] | msgspec.UnsetType
    ) = msgspec.UNSET
    group_id: Annotated[str, Meta(description="Id of a group.")] | msgspec.UnsetType = msgspec.UNSET

    page: (
        Annotated[int, Meta(ge=1, le=MAX_SAFE, description="Page number from 1.")]
        | msgspec.UnsetType
    ) = msgspec.UNSET
    page_size: (
        Annotated[int, Meta(ge=1, le=MAX_LISTED, description=SIZE_NOTE)] | msgspec.UnsetType
    ) = msgspec.UNSET
    cursor: (
        Annotated[
            Filled,
            Meta(description="`nextCursor` of the previous page; not together with `page`."),
        ]
        | msgspec.UnsetType
    ) = msgspec.UNSET
    limit: Annotated[int, Meta(ge=1, le=MAX_LISTED, description=SIZE_NOTE)] | msgspec.UnsetType = (
        msgspec.UNSET
    )


REVOKE_NOTE = "`false` leaves the grant at the platform as it is; otherwise it is revoked."


class DeleteQuery(Wire, kw_only=True):
    """Options of deleting an account."""

    revoke: Annotated[bool, Meta(description=REVOKE_NOTE)] | msgspec.UnsetType = msgspec.UNSET


class DeleteManyQuery(Wire, kw_only=True):
    """The accounts to delete, and options."""

    ids: Annotated[
        list[Filled], Meta(min_length=1, max_length=MAX_LISTED, description="Ids of accounts.")
    ]
    revoke: Annotated[bool, Meta(description=REVOKE_NOTE)] | msgspec.UnsetType = msgspec.UNSET


class RevokeQuery(Wire, kw_only=True):
    """Options of revoking a grant."""

    siblings: (
        Annotated[
            bool,
            Meta(
                description="`true` accepts that your other accounts on the grant go offline too."
            ),
        ]
        | msgspec.UnsetType
    ) = msgspec.UNSET


class AccountVo(Wire, kw_only=True):
    """A connected account. Counters that the platform does not provide are absent."""

    id: str
    user_id: str
    type: PlatformName
    client_type: Literal["web", "app"] | None = None
    uid: str
    account: str | None = None
    login_time: Moment | None = None
    avatar: str | None = None
    nickname: str
    fans_count: Count | None = None
    following_count: Count | None = None
    read_count: Count | None = None
    like_count: Count | None = None
    collect_count: Count | None = None
    forward_count: Count | None = None
    comment_count: Count | None = None
    last_stats_time: Moment | None = None
    work_count: Count | None = None
    group_id: str
    status: Annotated[int, Meta(description="1 normal, 0 abnormal.")]
    rank: int
    created_at: Moment
    updated_at: Moment
    reason: Why | None = None
    advice: Advice | None = None
    expires_at: TokenEnd | None = None


class AccountList(Wire, kw_only=True):
    """A page of accounts; `total` counts all that match. The last has no `nextCursor`."""

    total: Count
    list: list[AccountVo]
    next_cursor: str | None = None


class DeletedVo(Wire, kw_only=True):
    """The deleted accounts; ids of other users are ignored."""

    deleted: list[str]


class RevokedVo(Wire, kw_only=True):
    """Whether the grant was revoked, which accounts share it, and why it was not revoked.

    For the reasons `siblings` and `grant_shared` nothing was changed. For all others the account is
    offline here, and the grant at the platform was not revoked.
    """

    revoked: bool
    siblings: Annotated[list[str], Meta(description="Your other accounts on the same grant.")]
    reason: (
        Literal[
            "siblings",
            "grant_shared",
            "not_supported",
            "not_configured",
            "grant_dead",
            "refused",
        ]
        | None
    ) = None


def account_changes(body: UpdateAccount) -> Mapping[str, Any]:
    """Returns the properties to change. Raises ValidationFailed if there are none."""
    sent = {
        "nickname": none_if_unset(body.nickname),
        "avatar": none_if_empty(body.avatar),
        "group_id": none_if_empty(body.group_id),
        "rank": none_if_unset(body.rank),
    }
    values = {name: value for name, value in sent.items() if value is not None}
    if not values:
        raise validation_failed([Issue("body", "has no property to change")])
    return values


def account_slice(query: AccountsQuery) -> AccountSlice:
    """Returns the part that a query asks for. Raises ValidationFailed for both kinds of paging."""
    by_number = {query.page, query.page_size} != {msgspec.UNSET}
    by_cursor = {query.cursor, query.limit} != {msgspec.UNSET}
    if by_number and by_cursor:
        issue = Issue("cursor", "cursor and limit do not go together with page and pageSize")
        raise validation_failed([issue])
    size = none_if_unset(query.limit if by_cursor else query.page_size)
    return AccountSlice(
        size=size or MAX_LISTED,
        number=none_if_unset(query.page) or 1,
        after=none_if_unset(query.cursor),
    )


def account_list(found: AccountPage) -> AccountList:
    return AccountList(
        total=found.total,
        list=[account_vo(one) for one in found.accounts],
        next_cursor=found.accounts[-1].account.id if found.more else None,
    )


def account_vo(one: AccountWithStatus) -> AccountVo:
    account, status, reason, advice = one
    counter = account.counters.get
    return AccountVo(
        id=account.id,
        user_id=account.user_id,
        type=account.platform,
        client_type=account.client_type,  # type: ignore[arg-type]
        uid=account.uid,
        account=account.account,
        login_time=moment(account.login_at),
        avatar=account.avatar,
        nickname=account.nickname,
        fans_count=counter("fans"),
        following_count=counter("following"),
        read_count=counter("reads"),
        like_count=counter("likes"),
        collect_count=counter("collects"),
        forward_count=counter("forwards"),
        comment_count=counter("comments"),
        last_stats_time=moment(account.stats_at),
        work_count=counter("works"),
        group_id=account.group_id,
        status=status,
        rank=account.rank,
        created_at=iso(account.created_at),
        updated_at=iso(account.updated_at),
        reason=reason.value if reason else None,
        advice=texts(advice) if advice else None,
        expires_at=moment(account.expires_at),
    )
