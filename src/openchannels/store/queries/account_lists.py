"""Lists of a user's accounts: each form of a filter has a statement that is compiled once."""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Float,
    Text,
    and_,
    bindparam,
    case,
    cast,
    func,
    not_,
    or_,
    select,
)

from openchannels.core.accounts import (
    ABNORMAL,
    NORMAL,
    Account,
    AccountFilter,
    AccountSlice,
    ListedAccount,
)
from openchannels.store.fast_select import FastSelect, padded, place_count, place_holders
from openchannels.store.queries.accounts import CREDENTIAL_STATE, WITH_CREDENTIAL, account_from_row
from openchannels.store.tables import accounts, credentials

OF_CREDENTIALS = {column.name: column for column in CREDENTIAL_STATE}
LISTED = [
    OF_CREDENTIALS[name] if name in OF_CREDENTIALS else accounts.c[name]
    for name in ListedAccount._fields
]
"""Columns of an account in a list, in the order of `ListedAccount`."""


@dataclass(frozen=True, slots=True)
class AccountRows:
    """A part of a list of accounts; `total` counts all that match, `more` says if any follow."""

    rows: Sequence[ListedAccount]
    total: int
    more: bool


@dataclass(frozen=True, slots=True)
class _Shape:
    """What of a filter is in the text of a statement; all else are its parameters.

    Of lists it is how many places they take. `scopes` are those that accounts of a platform need.
    """

    ids: int = 0
    groups: int = 0
    platforms: int = 0
    one_group: bool = False
    status: int | None = None
    scopes: tuple[tuple[str, tuple[str, ...]], ...] = ()


def list_rows(
    connection: Connection,
    user_id: str,
    wanted: AccountFilter,
    now: float,
    part: AccountSlice,
    required_scopes: Mapping[str, tuple[str, ...]],
) -> AccountRows:
    """Returns a part of a user's accounts that match, in the order of their ids.

    `required_scopes` are those without which an account of a platform does not work.
    """
    shape = _shape(wanted, required_scopes)
    values = {
        "user_id": user_id,
        "now": now,
        **padded("ids", wanted.ids),
        **padded("groups", wanted.group_ids),
        **padded("platforms", wanted.platforms),
        "group_id": wanted.group_id,
        "after": part.after,
        "room": part.size + 1,
        "skipped": (part.number - 1) * part.size,
    }
    rows = _listing(shape, part.after is not None).all(connection, **values)
    more = len(rows) > part.size
    total = len(rows)
    if more or part.after is not None or part.number > 1:
        total = _count(shape).all(connection, **values)[0][0]
    return AccountRows(rows[: part.size], total, more)


@lru_cache(maxsize=256)
def _listing(shape: _Shape, goes_on: bool) -> FastSelect:
    listing = (
        select(*LISTED)
        .select_from(WITH_CREDENTIAL)
        .where(*_conditions(shape))
        .order_by(accounts.c.id)
        .limit(bindparam("room", type_=BigInteger))
        .offset(bindparam("skipped", type_=BigInteger))
    )
    if goes_on:
        listing = listing.where(accounts.c.id > bindparam("after"))
    return FastSelect(listing, ListedAccount)


@lru_cache(maxsize=256)
def _count(shape: _Shape) -> FastSelect:
    # SQLite would look each credential up, which is three quarters of the time.
    counted = accounts if shape.status is None else WITH_CREDENTIAL
    return FastSelect(select(func.count()).select_from(counted).where(*_conditions(shape)))


def _shape(wanted: AccountFilter, required_scopes: Mapping[str, tuple[str, ...]]) -> _Shape:
    """Ids take precedence over groups, and groups over all other filters."""
    if wanted.ids:
        return _Shape(ids=place_count(wanted.ids))
    if wanted.group_ids:
        return _Shape(groups=place_count(wanted.group_ids))
    return _Shape(
        platforms=place_count(wanted.platforms),
        one_group=wanted.group_id is not None,
        status=wanted.status,
        scopes=() if wanted.status is None else tuple(required_scopes.items()),
    )


def _conditions(shape: _Shape) -> Iterator[ColumnElement[bool]]:
    yield accounts.c.user_id == bindparam("user_id")
    for column, name, count in (
        (accounts.c.id, "ids", shape.ids),
        (accounts.c.group_id, "groups", shape.groups),
        (accounts.c.platform, "platforms", shape.platforms),
    ):
        if count:
            yield column.in_(place_holders(name, count))
    if shape.one_group:
        yield accounts.c.group_id == bindparam("group_id")
    if shape.status is not None:
        working = _is_working(bindparam("now", type_=Float), dict(shape.scopes))
        yield working if shape.status == NORMAL else not_(working)


def list_accounts(
    connection: Connection, user_id: str, ids: Collection[str] | None, now: float, limit: int
) -> Sequence[Account]:
    """Returns a user's accounts in the order of their ids, at most `limit`.

    All of them, or those with the given ids. Their status does not consider missing scopes.
    """
    status = case((_is_working(now, {}), NORMAL), else_=ABNORMAL).label("current_status")
    query = select(accounts, status).select_from(WITH_CREDENTIAL)
    query = query.where(accounts.c.user_id == user_id)
    if ids is not None:
        query = query.where(accounts.c.id.in_(ids))
    rows = connection.execute(query.order_by(accounts.c.id).limit(limit))
    return [account_from_row(row, row.current_status) for row in rows]


def _is_working(
    now: float | ColumnElement[float], required_scopes: Mapping[str, Sequence[str]]
) -> ColumnElement[bool]:
    """Whether an account's status is 1; the same rules as in `service/accounts/status.py`."""
    end = credentials.c.grant_ends_at
    return and_(
        accounts.c.status == NORMAL,
        credentials.c.account_id.is_not(None),
        or_(end.is_(None), end > now),
        *(
            or_(accounts.c.platform != platform, _has_scopes(scopes))
            for platform, scopes in required_scopes.items()
        ),
    )


def _has_scopes(required: Sequence[str]) -> ColumnElement[bool]:
    """Whether the granted scopes, a JSON list, are unknown or hold all required ones."""
    granted = func.coalesce(cast(credentials.c.scopes, Text), "null")
    held = (granted.contains(json.dumps(scope), autoescape=True) for scope in required)
    return or_(granted == "null", and_(*held))
