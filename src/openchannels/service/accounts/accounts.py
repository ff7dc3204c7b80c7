"""Creates plug-in accounts, changes and lists accounts, and tells whether one still works."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from openchannels.connectors.registry import Connector, CookieRefused, Plugin, Submission
from openchannels.core import errors, urls
from openchannels.core.accounts import AccountFilter, AccountSlice, Candidate
from openchannels.core.audit import Action
from openchannels.core.exceptions import Issue, ServiceError, Unavailable
from openchannels.core.metrics import outcome_of
from openchannels.core.names import camel
from openchannels.core.platform_errors import FailureKind, PlatformFailure
from openchannels.core.platforms import Platform
from openchannels.service.accounts import upsert
from openchannels.service.accounts.connected import report_connected
from openchannels.service.accounts.options import UpsertOptions
from openchannels.service.accounts.status import (
    AccountPage,
    AccountWithStatus,
    StatusOfAccount,
    advice_of,
    state_of,
    with_status,
)
from openchannels.service.context import Caller, Context
from openchannels.service.errors import to_error
from openchannels.service.platforms.purposes import GrantedPurposes
from openchannels.store.database import Connection
from openchannels.store.queries import account_lists, audit, groups
from openchannels.store.queries import accounts as store
from openchannels.store.queries.moving import refuse_new_work

LONGEST_URL = f"must be an http(s) address of at most {urls.MAX_LENGTH} characters"
SAVE_SECONDS = 20.0
"""How long a checked cookie is held while the store takes no writes; the caller waits."""


@dataclass(frozen=True, slots=True)
class NewAccount:
    """An account that a plug-in submits through the caller's back end."""

    platform: Platform
    uid: str | None = None
    nickname: str | None = None
    avatar: str | None = None
    group_id: str | None = None
    login_cookie: str | None = None


class Accounts:
    """Accounts of a caller."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._purposes = GrantedPurposes(context.platforms)

    async def create(self, caller: Caller, new: NewAccount) -> AccountWithStatus:
        """Connect a plug-in's account.

        Raises, in this order: VALIDATION_FAILED; ACCOUNT_CREATE_NOT_SUPPORTED;
        REQUIRED_FIELD_MISSING;
        ACCOUNT_INFO_FAILED, PLATFORM_RESPONSE_INVALID or another PlatformError;
        GROUP_NOT_FOUND, ACCOUNT_OF_ANOTHER_USER; UNAVAILABLE while the store is away.
        """
        metrics = self._context.metrics
        try:
            stored = await self._create(caller, new)
        except Exception as error:
            metrics.count_connection(new.platform, outcome_of(error))
            raise
        report_connected(metrics, new.platform, caller.user_id, [stored.account.id])
        return stored

    async def _create(self, caller: Caller, new: NewAccount) -> AccountWithStatus:
        _check_avatar(new.avatar)
        connector, auth = self._context.platforms.plugin(new.platform)
        given = {"uid": new.uid, "nickname": new.nickname, "loginCookie": new.login_cookie}
        absent = [name for name in auth.required_fields if not given[name]]
        if absent:
            raise errors.REQUIRED_FIELD_MISSING({"fields": absent})
        await self._context.db.read(refuse_new_work)
        candidate = await self._verified(connector, auth, new, caller.user_id)
        names = tuple(name for name in upsert.NAMES if getattr(new, name))
        write = partial(
            self._context.db.write, self._store, connector, candidate, caller, new.group_id, names
        )
        try:
            async with asyncio.timeout(SAVE_SECONDS):
                return await self._context.unwritten.write(
                    f"{new.platform} of a plug-in", write, after=Unavailable
                )
        except TimeoutError:
            raise errors.unavailable("store") from None

    async def _verified(
        self, connector: Connector, auth: Plugin, new: NewAccount, user_id: str
    ) -> Candidate:
        client = self._context.platforms.client(connector, user_id)
        submission = Submission(new.uid, new.nickname, new.avatar, new.login_cookie)
        try:
            candidate = await auth.check_submission(client, submission)
        except CookieRefused as refused:
            data = {
                "platform": connector.id,
                "category": refused.category,
                "retryable": False,
            }
            raise errors.ACCOUNT_INFO_FAILED(data) from refused
        except PlatformFailure as failure:
            raise submission_error(failure, self._context.clock()) from failure
        if "uid" not in auth.required_fields and new.uid not in (None, candidate.profile.uid):
            raise errors.PLATFORM_RESPONSE_INVALID({"platform": connector.id})
        return candidate

    def _store(
        self,
        connection: Connection,
        connector: Connector,
        candidate: Candidate,
        caller: Caller,
        group_id: str | None,
        names: tuple[str, ...],
    ) -> AccountWithStatus:
        now = self._context.clock()
        how = UpsertOptions(
            user_id=caller.user_id,
            group_id=group_id,
            group_given=group_id is not None,
            actor=f"key:{caller.key_id}",
            app_id="",
            takeover=self._context.rules.takeover,
            now=now,
            names=names,
        )
        stored = upsert.store_accounts(connection, self._context.vault, connector, [candidate], how)
        return self._get(connection, caller.user_id, stored[0].id)

    async def update(
        self, caller: Caller, account_id: str, values: Mapping[str, Any]
    ) -> AccountWithStatus:
        """Change any of `nickname, avatar, group_id, rank`; names stay through reconnects.

        Raises VALIDATION_FAILED for an avatar, ACCOUNT_NOT_FOUND, GROUP_NOT_FOUND.
        """
        _check_avatar(values.get("avatar"))
        return await self._context.db.write(self._update, caller, account_id, values)

    def _update(
        self, connection: Connection, caller: Caller, account_id: str, values: Mapping[str, Any]
    ) -> AccountWithStatus:
        group_id, now = values.get("group_id"), self._context.clock()
        # The group is locked before the account, as when an account is stored or a group deleted.
        grouped = group_id is None or groups.hold_owned(connection, caller.user_id, group_id)
        names_set = store.lock_names(connection, caller.user_id, account_id)
        if names_set is None:
            raise errors.ACCOUNT_NOT_FOUND()
        if not grouped:
            raise errors.GROUP_NOT_FOUND()
        names = sorted({*names_set, *(name for name in upsert.NAMES if name in values)})
        store.update_account(
            connection, account_id, {**values, "names_set": names, "updated_at": now}
        )
        audit.record(
            connection,
            now,
            caller.user_id,
            f"key:{caller.key_id}",
            Action.ACCOUNT_UPDATED,
            account_id,
            fields=sorted(map(camel, values)),
        )
        return self._get(connection, caller.user_id, account_id)

    async def list_accounts(
        self, caller: Caller, wanted: AccountFilter, part: AccountSlice
    ) -> AccountPage:
        """A part of the caller's matching accounts, in the order of their ids."""
        return await self._context.db.read(self._list, caller.user_id, wanted, part)

    async def get_account(self, caller: Caller, account_id: str) -> AccountWithStatus:
        """One of the caller's accounts. Raises ACCOUNT_NOT_FOUND."""
        return await self._context.db.read(self._get, caller.user_id, account_id)

    def _list(
        self, connection: Connection, user_id: str, wanted: AccountFilter, part: AccountSlice
    ) -> AccountPage:
        platforms, now = self._context.platforms, self._context.clock()
        required = platforms.all_required_scopes
        found = account_lists.list_rows(connection, user_id, wanted, now, part, required)
        listed = [
            with_status(
                account,
                required.get(account.platform, ()),
                platforms.name(account.platform),
                now,
            )
            for account in found.rows
        ]
        return AccountPage(listed, found.total, found.more)

    def _get(self, connection: Connection, user_id: str, account_id: str) -> AccountWithStatus:
        wanted = AccountFilter(ids=[account_id])
        found = self._list(connection, user_id, wanted, AccountSlice(size=1)).accounts
        if not found:
            raise errors.ACCOUNT_NOT_FOUND()
        return found[0]

    async def auth_state(self, caller: Caller, account_id: str) -> StatusOfAccount:
        """Whether an account works, what for, and what a person should do about it.

        Raises ACCOUNT_NOT_FOUND.
        """
        row = await self._context.db.read(store.status_row, account_id)
        if row is None or row.user_id != caller.user_id:
            raise errors.ACCOUNT_NOT_FOUND()
        platforms = self._context.platforms
        connector = platforms.find(row.platform)
        required = platforms.required_scopes(connector) if connector else ()
        state = state_of(row, required, self._context.clock())
        purposes = self._purposes.of(row.platform, row.scopes)
        name = platforms.name(Platform(row.platform))
        return StatusOfAccount(state, advice_of(state.reason, state.evidence, name), purposes)


def _check_avatar(avatar: str | None) -> None:
    """Raises VALIDATION_FAILED for an avatar that is no web address."""
    if avatar is not None and not urls.is_web_address(avatar):
        raise errors.validation_failed([Issue("avatar", LONGEST_URL)])


def submission_error(failure: PlatformFailure, now: float) -> ServiceError:
    """The error of a submitted account that the platform could not confirm."""
    unreadable = failure.kind is FailureKind.MALFORMED
    code = errors.PLATFORM_RESPONSE_INVALID if unreadable else errors.ACCOUNT_INFO_FAILED
    return to_error(failure, now, code=code)
