"""Erasing a user: accounts, credentials, sessions, keys, assets, webhooks, events, usage, audit.

Servers may keep running. Rows that a request in flight still writes are found by further passes.
The audit log keeps one entry: that a user was erased, under a hash of the name.
"""

import asyncio
import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from openchannels.core.assets import folder_of
from openchannels.core.audit import Action
from openchannels.service.accounts.disconnect import Disconnects
from openchannels.service.authorization.confirmation import Confirmations
from openchannels.service.context import Context
from openchannels.service.tasks.revoke_unconfirmed import RevokeUnconfirmed
from openchannels.store.database import Connection
from openchannels.store.queries import account_lists, audit, unconfirmed
from openchannels.store.queries import erasure as store

SETTLE_SECONDS = 5.0
"""By then each server has written down the usage it counted, and ended short requests."""
PASSES = 12
MOST = 500
PREFIX = "openchannels/erased\n"


@dataclass(frozen=True, slots=True)
class Erased:
    """Deleted rows by table, and the outcomes of the grants by reason."""

    subject: str
    rows: Mapping[str, int]
    grants: Mapping[str, int]


class StillActive(Exception):
    """New rows of the user appeared in every pass; something still acts for them."""


def subject_of(user_id: str) -> str:
    """The hash under which the audit log knows an erased user; with the name it can be found."""
    return hashlib.sha256((PREFIX + user_id).encode()).hexdigest()


class Erasure:
    """Erases users."""

    def __init__(
        self,
        context: Context,
        disconnects: Disconnects,
        confirmations: Confirmations,
        revoke_unconfirmed: RevokeUnconfirmed,
    ) -> None:
        self._context = context
        self._disconnects = disconnects
        self._confirmations = confirmations
        self._revoke_unconfirmed = revoke_unconfirmed

    async def has_data(self, user_id: str) -> bool:
        """Whether there is anything to erase."""
        return await self._context.db.read(store.user_exists, user_id)

    async def erase(
        self, user_id: str, actor: str, *, revoke: bool, settle_seconds: float = SETTLE_SECONDS
    ) -> Erased:
        """Erase a user; with `revoke` the grants at the platforms are ended first, if possible.

        Those of accounts, and those that nobody confirmed. Keys stop working at once. A failing
        platform does not stop the erasure. `settle_seconds` is the time that requests in flight
        have to end. Safe to interrupt and to repeat. Raises StillActive.
        """
        held = await self._context.db.write(self._disable, user_id, revoke)
        rows: Counter[str] = Counter()
        grants: Counter[str] = Counter()
        await self._end_accounts(user_id, revoke, rows, grants)
        await self._revoke_unconfirmed_grants(user_id, held, grants)
        # Ending grants was counted as use of the platforms.
        await self._context.usage.flush()
        rows.update(await self._pass(user_id, actor, rows, grants))
        await self._delete_files(user_id)
        for _ in range(PASSES):
            await asyncio.sleep(settle_seconds)
            late = await self._pass(user_id, actor, {}, {})
            await self._delete_files(user_id)
            if not late:
                return Erased(subject_of(user_id), dict(rows), dict(grants))
            rows.update(late)
        raise StillActive

    async def _delete_files(self, user_id: str) -> None:
        """Delete the files of the assets, and of uploads that no row names."""
        await self._context.asset_store.delete_folder(folder_of(user_id))

    def _disable(self, connection: Connection, user_id: str, revoke: bool) -> Sequence[str]:
        """Disable keys and open sessions; returns the sessions whose grants are to be revoked."""
        held = self._confirmations.decline_all(connection, user_id) if revoke else ()
        store.disable_user(connection, user_id, self._context.clock(), held)
        return held

    async def _revoke_unconfirmed_grants(
        self, user_id: str, held: Sequence[str], grants: Counter[str]
    ) -> None:
        if not held:
            return
        await self._revoke_unconfirmed.run(held)
        left = await self._context.db.read(unconfirmed.awaiting_revocation, user_id)
        counts = {"unconfirmed": len(held) - len(left), "failed": len(left)}
        grants.update({reason: count for reason, count in counts.items() if count})

    async def _end_accounts(
        self, user_id: str, revoke: bool, rows: Counter[str], grants: Counter[str]
    ) -> None:
        db, now = self._context.db, self._context.clock
        while found := await db.read(account_lists.list_accounts, user_id, None, now(), MOST):
            if revoke:
                ends = await self._disconnects.end_grants(found)
                grants.update(end.reason or "revoked" for end in ends.values())
            await db.write(store.remove_accounts, [account.id for account in found])
            rows["accounts"] += len(found)

    async def _pass(
        self, user_id: str, actor: str, before: Mapping[str, int], grants: Mapping[str, int]
    ) -> Mapping[str, int]:
        return await self._context.db.write(self._erase, user_id, actor, dict(before), dict(grants))

    def _erase(
        self,
        connection: Connection,
        user_id: str,
        actor: str,
        before: Mapping[str, int],
        grants: Mapping[str, int],
    ) -> Mapping[str, int]:
        """Delete all rows and record it in the audit log, in one transaction."""
        gone = store.erase_rows(connection, user_id)
        if gone or before:
            audit.record(
                connection,
                self._context.clock(),
                None,
                actor,
                Action.USER_ERASED,
                subject=subject_of(user_id),
                rows={**before, **gone},
                grants=grants,
            )
        return gone
