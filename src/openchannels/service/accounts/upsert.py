"""Storing connected accounts: who may hold one, what a reconnect keeps, what is sealed."""

from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any

from openchannels.connectors.registry import Connector, OAuth
from openchannels.core import errors
from openchannels.core.accounts import NORMAL, Account, Candidate
from openchannels.core.audit import Action
from openchannels.core.credentials import Tokens
from openchannels.core.events import EventType
from openchannels.service.accounts.options import UpsertOptions
from openchannels.service.accounts.ownership import find_stored
from openchannels.service.credentials import schedule
from openchannels.service.sealing import credential_row, grant_key
from openchannels.store.database import AnyRow, Connection
from openchannels.store.queries import accounts, audit, credentials, events, groups, snapshots
from openchannels.store.vault.vault import Vault, VaultError

NAMES = ("nickname", "avatar")
"""Columns that the caller may set; a reconnect keeps them."""
STATE_COLUMNS = ("status", "reason", "reason_since", "evidence", "attention", "attention_since")
"""Columns that hold the state of an account."""


def store_accounts(
    connection: Connection,
    vault: Vault,
    connector: Connector,
    candidates: Sequence[Candidate],
    how: UpsertOptions,
) -> list[Account]:
    """Store accounts with their sealed credentials, all or none.

    Raises GROUP_NOT_FOUND where the group is gone, ACCOUNT_OF_ANOTHER_USER where another user
    holds one, ACCOUNT_CREATE_FAILED where a platform's or plug-in's text is too long for its
    column.
    """
    group_id = how.group_id
    if group_id is not None and not groups.hold_owned(connection, how.user_id, group_id):
        raise errors.GROUP_NOT_FOUND()
    group_id = group_id or groups.ensure_default(connection, how.user_id, how.now)
    return [_store_one(connection, vault, connector, c, how, group_id) for c in candidates]


def _store_one(
    connection: Connection,
    vault: Vault,
    connector: Connector,
    candidate: Candidate,
    how: UpsertOptions,
    group_id: str,
) -> Account:
    stored_as = find_stored(connection, candidate, how)
    holder, foreign = stored_as.row, stored_as.foreign
    if holder is None:
        account_id = candidate.profile.account_id
        values = _new(candidate, how, group_id) | stored_as.identity
        accounts.insert_account(connection, _storable(values))
    else:
        account_id = holder.id
        values = _again(candidate, how, group_id, holder, foreign) | stored_as.identity
        accounts.update_account(connection, account_id, _storable(values))
        if foreign:
            # What another user's calls have found is not the new holder's.
            snapshots.delete_snapshots(connection, [account_id])
    kept = None if foreign else credentials.get_credential(connection, account_id)
    if kept is not None and holder is not None and holder.status == NORMAL:
        candidate = _with_refresh_token(vault, connector, candidate, how, kept)
    _store_credential(connection, vault, connector, account_id, candidate, how, kept)
    stored = accounts.get_account(connection, account_id, how.user_id)
    assert stored is not None
    ended = kept is not None and kept.end_announced_at is not None
    _record_connected(connection, how, stored, None if foreign else holder, ended=ended)
    return stored


def _storable(values: dict[str, Any]) -> dict[str, Any]:
    """The values, if both database engines accept them. Raises ACCOUNT_CREATE_FAILED."""
    if not accounts.is_storable(values):
        raise errors.ACCOUNT_CREATE_FAILED()
    return values


def _record_connected(
    connection: Connection, how: UpsertOptions, stored: Account, before: Any, *, ended: bool
) -> None:
    """Record that an account was connected or reconnected, and whether it recovered.

    `ended`: it was announced that the grant before had ended.
    """
    kinds = [EventType.CONNECTED if before is None else EventType.RECONNECTED]
    offline = before is not None and (ended or before.status != NORMAL)
    if offline and stored.status == NORMAL:
        kinds.append(EventType.RECOVERED)
    audit.record(connection, how.now, how.user_id, how.actor, Action(kinds[0].value), stored.id)
    for kind in kinds:
        about = (stored.id, stored.platform)
        events.record_event(connection, how.now, how.user_id, kind, about)


def _new(candidate: Candidate, how: UpsertOptions, group_id: str) -> dict[str, Any]:
    profile = candidate.profile
    return {
        **_described(candidate, how),
        "id": profile.account_id,
        "user_id": how.user_id,
        "platform": profile.platform,
        "uid": profile.uid,
        "secondary": profile.secondary,
        "client_type": profile.client_type,
        "nickname": profile.nickname,
        "avatar": profile.avatar,
        "names_set": list(how.names),
        "group_id": group_id,
        "rank": 1,
        "created_at": how.now,
    }


def _again(
    candidate: Candidate, how: UpsertOptions, group_id: str, holder: Any, foreign: bool
) -> dict[str, Any]:
    """The columns a reconnect changes; chosen names and the group stay unless given again."""
    chosen = set() if foreign else set(holder.names_set)
    values = _described(candidate, how)
    values["proved"] = candidate.verified or (holder.proved and not foreign)
    for name in NAMES:
        value = getattr(candidate.profile, name)
        if value is not None and (name not in chosen or name in how.names):
            values[name] = value
    values["names_set"] = sorted(chosen | set(how.names))
    if holder.proved and not candidate.verified:
        # What the platform said stays when a submission cannot be checked.
        for name in ("handle", "counters", "stats_at", "facts"):
            del values[name]
    if not candidate.tokens.access_token and not foreign:
        # Without a new credential the state of the old one is unchanged.
        for name in STATE_COLUMNS:
            del values[name]
    if foreign:
        values["user_id"] = how.user_id
    if foreign or how.group_given:
        values["group_id"] = group_id
    return values


def _described(candidate: Candidate, how: UpsertOptions) -> dict[str, Any]:
    known = {k: v for k, v in asdict(candidate.profile.counters).items() if v is not None}
    return {
        "handle": candidate.profile.handle,
        "status": NORMAL,
        "reason": None,
        "reason_since": None,
        "evidence": None,
        "attention": None,
        "attention_since": None,
        "proved": candidate.verified,
        "counters": known,
        "stats_at": how.now if known else None,
        "facts": dict(candidate.profile.facts),
        "login_at": how.now,
        "updated_at": how.now,
    }


def _with_refresh_token(
    vault: Vault, connector: Connector, candidate: Candidate, how: UpsertOptions, previous: AnyRow
) -> Candidate:
    """Carry over the previous refresh token where a consent returns none, as Google's may."""
    fresh = candidate.tokens
    same_grant = previous.grant_key == _key_of(connector, candidate, how)
    if fresh.refresh_token is not None or not fresh.access_token or not same_grant:
        return candidate
    try:
        old = Tokens.from_json(vault.open(previous.sealed, credential_row(previous.account_id)))
    except VaultError:
        return candidate
    if old.refresh_token is None:
        return candidate
    kept = replace(
        fresh,
        refresh_token=old.refresh_token,
        refresh_expires_at=fresh.refresh_expires_at or old.refresh_expires_at,
        extra={**old.extra, **fresh.extra},
    )
    return replace(candidate, tokens=kept)


def _key_of(connector: Connector, candidate: Candidate, how: UpsertOptions) -> str | None:
    """The grant behind a candidate; the account's identity stands in for an unknown person."""
    owner = candidate.profile.identity if isinstance(connector.auth, OAuth) else None
    return grant_key(connector, candidate.grant_subject or owner, how.app_id)


def _store_credential(
    connection: Connection,
    vault: Vault,
    connector: Connector,
    account_id: str,
    candidate: Candidate,
    how: UpsertOptions,
    previous: AnyRow | None,
) -> None:
    tokens = candidate.tokens
    if previous is not None and not tokens.access_token:
        # A plug-in that sends no cookie this time leaves the one it sent before.
        return
    sealed = vault.seal(
        tokens.to_json(), credential_row(account_id), previous.sealed if previous else None
    )
    credentials.store_credential(
        connection,
        account_id,
        {
            "platform": candidate.profile.platform,
            "sealed": sealed,
            "grant_key": _key_of(connector, candidate, how),
            "checked_at": how.now if candidate.verified else None,
            "refused_since": None,
            **schedule.lifetime_columns(connector, account_id, tokens, how.now),
        },
    )


def connected_view(account: Account) -> dict[str, Any]:
    """A connected account as sessions show it; absent values are left out."""
    view = {
        "accountId": account.id,
        "platform": account.platform,
        "platformUid": account.uid,
        "account": account.account,
        "displayName": account.nickname,
        "avatarUrl": account.avatar,
    }
    return {name: value for name, value in view.items() if value is not None}


def offered_view(candidate: Candidate) -> dict[str, Any]:
    """A selectable account as sessions show it, without its tokens."""
    profile = candidate.profile
    view = {
        "platform": profile.platform,
        "platformUid": profile.uid,
        "account": profile.account,
        "displayName": profile.nickname,
        "avatarUrl": profile.avatar,
        "parentPlatformUid": candidate.parent,
    }
    return {name: value for name, value in view.items() if value is not None}
